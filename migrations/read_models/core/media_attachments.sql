CREATE TABLE media_attachments (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    state text NOT NULL,
    kind text,
    mime_type text,
    path text,
    preview_path text,
    remote_url text,
    preview_remote_url text,
    size_bytes int8,
    meta jsonb,
    blurhash text,
    description text NOT NULL,
    focus jsonb,
    reason text,
    created_at timestamptz NOT NULL,
    loose_since timestamptz NOT NULL
);
CREATE INDEX media_attachments_loose ON media_attachments (loose_since, id) WHERE remote_url IS NULL;
