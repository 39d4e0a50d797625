CREATE TABLE severances (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    kind text NOT NULL,
    target_name text NOT NULL,
    followers_count int8 NOT NULL,
    following_count int8 NOT NULL,
    notification_id int8 NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX severances_notification ON severances (notification_id);
CREATE INDEX severances_account ON severances (account_id);
