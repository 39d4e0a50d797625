CREATE TABLE actor_keys (
    uri text PRIMARY KEY,
    account_id int8 NOT NULL,
    pem text NOT NULL
);
CREATE INDEX actor_keys_account ON actor_keys (account_id);
