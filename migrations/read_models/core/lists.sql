CREATE TABLE lists (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    title text NOT NULL,
    replies_policy text NOT NULL,
    exclusive bool NOT NULL
);
CREATE INDEX lists_account ON lists (account_id, id);
