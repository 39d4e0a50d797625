CREATE TABLE account_notes (
    account_id int8,
    target_id int8,
    comment text NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
