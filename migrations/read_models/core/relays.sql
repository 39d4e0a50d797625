CREATE TABLE relays (
    id int8 PRIMARY KEY,
    inbox_url text NOT NULL,
    follow_uri text NOT NULL,
    standing text NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE INDEX relays_inbox ON relays (inbox_url);
CREATE INDEX relays_follow ON relays (follow_uri);
