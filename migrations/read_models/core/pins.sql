CREATE TABLE pins (
    account_id int8,
    status_id int8,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, status_id)
);
CREATE INDEX pins_status ON pins (status_id, position DESC);
CREATE INDEX pins_account ON pins (account_id, position DESC);
