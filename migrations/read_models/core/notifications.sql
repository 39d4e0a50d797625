CREATE TABLE notifications (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    from_account_id int8 NOT NULL,
    kind text NOT NULL,
    status_id int8,
    group_key text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX notifications_account ON notifications (account_id, id DESC);
CREATE INDEX notifications_group ON notifications (account_id, group_key, id DESC);
CREATE INDEX notifications_status ON notifications (status_id) WHERE status_id IS NOT NULL;
