CREATE TABLE reports (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    target_id int8 NOT NULL,
    target_local bool NOT NULL,
    statuses jsonb NOT NULL,
    comment text NOT NULL,
    category text NOT NULL,
    rule_ids jsonb NOT NULL,
    forwarded bool NOT NULL,
    uri text,
    created_at timestamptz NOT NULL,
    resolved_at timestamptz
);
CREATE INDEX reports_target ON reports (target_id, id);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;
CREATE INDEX reports_open_account ON reports (account_id) WHERE resolved_at IS NULL;
