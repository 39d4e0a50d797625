CREATE TABLE mutes (
    account_id int8,
    target_id int8,
    position int8 NOT NULL,
    notifications bool NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX mutes_account ON mutes (account_id, position DESC);
