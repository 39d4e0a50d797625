-- How far an account has read a timeline.
CREATE TABLE server.markers (
    account_id int8 NOT NULL,
    timeline text NOT NULL,
    last_read_id text NOT NULL,
    version int8 NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, timeline)
);
