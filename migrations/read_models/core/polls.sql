CREATE TABLE polls (
    status_id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    asked_at timestamptz NOT NULL,
    options jsonb NOT NULL,
    tallies jsonb NOT NULL,
    multiple bool NOT NULL,
    hide_totals bool NOT NULL,
    expires_at timestamptz NOT NULL,
    closed bool NOT NULL,
    votes_count int8 NOT NULL,
    voters_count int8 NOT NULL
);
CREATE INDEX polls_open ON polls (expires_at) WHERE NOT closed;
