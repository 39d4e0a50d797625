CREATE TABLE follow_requests (
    account_id int8,
    target_id int8,
    position int8 NOT NULL,
    reblogs bool NOT NULL,
    notify bool NOT NULL,
    languages jsonb NOT NULL,
    uri text,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX follow_requests_uri ON follow_requests (uri) WHERE uri IS NOT NULL;
CREATE INDEX follow_requests_account ON follow_requests (account_id, position DESC);
CREATE INDEX follow_requests_target ON follow_requests (target_id, position DESC);
