CREATE TABLE follows (
    account_id int8,
    target_id int8,
    position int8 NOT NULL,
    reblogs bool NOT NULL,
    notify bool NOT NULL,
    languages jsonb NOT NULL,
    uri text,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX follows_uri ON follows (uri) WHERE uri IS NOT NULL;
CREATE INDEX follows_account ON follows (account_id, position DESC);
CREATE INDEX follows_target ON follows (target_id, position DESC);
