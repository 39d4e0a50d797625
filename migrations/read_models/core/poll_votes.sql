CREATE TABLE poll_votes (
    status_id int8,
    account_id int8,
    choices jsonb NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (status_id, account_id)
);
