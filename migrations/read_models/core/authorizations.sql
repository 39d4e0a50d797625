CREATE TABLE authorizations (
    account_id int8,
    app_id int8,
    name text NOT NULL,
    website text,
    scopes jsonb NOT NULL,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, app_id)
);
