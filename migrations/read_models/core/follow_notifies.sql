CREATE TABLE follow_notifies (
    account_id int8,
    target_id int8,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX follow_notifies_target ON follow_notifies (target_id);
