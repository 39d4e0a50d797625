CREATE TABLE favourites (
    account_id int8,
    status_id int8,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, status_id)
);
CREATE INDEX favourites_status ON favourites (status_id, position DESC);
CREATE INDEX favourites_account ON favourites (account_id, position DESC);
