CREATE TABLE status_edits (
    status_id int8,
    position int8,
    account_id int8 NOT NULL,
    created_at timestamptz NOT NULL,
    text text NOT NULL,
    spoiler_text text NOT NULL,
    sensitive bool NOT NULL,
    mentions jsonb NOT NULL,
    media_ids jsonb NOT NULL,
    poll_options jsonb,
    PRIMARY KEY (status_id, position)
);
CREATE INDEX status_edits_media ON status_edits USING gin (media_ids) WHERE media_ids <> '[]'::jsonb;
