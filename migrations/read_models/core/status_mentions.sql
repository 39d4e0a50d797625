CREATE TABLE status_mentions (
    status_id int8,
    account_id int8,
    author_id int8 NOT NULL,
    visibility text NOT NULL,
    PRIMARY KEY (status_id, account_id)
);
CREATE INDEX status_mentions_account ON status_mentions (account_id, status_id DESC);
