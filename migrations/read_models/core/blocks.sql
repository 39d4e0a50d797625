CREATE TABLE blocks (
    account_id int8,
    target_id int8,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX blocks_account ON blocks (account_id, position DESC);
CREATE INDEX blocks_target ON blocks (target_id);
