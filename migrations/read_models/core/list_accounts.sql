CREATE TABLE list_accounts (
    list_id int8,
    account_id int8,
    owner_id int8 NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (list_id, account_id)
);
CREATE INDEX list_accounts_page ON list_accounts (list_id, position DESC);
CREATE INDEX list_accounts_owner ON list_accounts (owner_id, account_id);
