CREATE TABLE statuses (
    id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    reblog_of_id int8,
    in_reply_to_id int8,
    in_reply_to_account_id int8,
    in_reply_to_uri text,
    conversation_id int8 NOT NULL,
    begun_in_id int8 NOT NULL,
    local bool NOT NULL,
    visibility text NOT NULL,
    created_at timestamptz NOT NULL,
    edited_at timestamptz,
    text text NOT NULL,
    spoiler_text text NOT NULL,
    sensitive bool NOT NULL,
    language text,
    mentions jsonb NOT NULL,
    hashtags jsonb NOT NULL,
    media_ids jsonb NOT NULL,
    application jsonb,
    uri text,
    url text,
    remote jsonb,
    quotes bool NOT NULL,
    quote_policy text NOT NULL,
    has_poll bool NOT NULL,
    replies_count int8 NOT NULL,
    reblogs_count int8 NOT NULL,
    favourites_count int8 NOT NULL,
    quotes_count int8 NOT NULL,
    version int8 NOT NULL
);
CREATE INDEX statuses_uri ON statuses (uri) WHERE uri IS NOT NULL;
CREATE INDEX statuses_account ON statuses (account_id, id DESC);
CREATE INDEX statuses_reblog_of ON statuses (reblog_of_id, id DESC) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_reblogger ON statuses (account_id, reblog_of_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX statuses_in_reply_to ON statuses (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX statuses_public ON statuses (id DESC) WHERE visibility = 'public' AND reblog_of_id IS NULL;
CREATE INDEX statuses_in_reply_to_uri ON statuses (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL;
CREATE INDEX statuses_conversation ON statuses (conversation_id);
CREATE INDEX statuses_local_conversation ON statuses (conversation_id) WHERE local;
CREATE INDEX statuses_media ON statuses USING gin (media_ids) WHERE media_ids <> '[]'::jsonb;
CREATE INDEX statuses_public_media ON statuses (id DESC)
    WHERE visibility = 'public' AND reblog_of_id IS NULL AND media_ids <> '[]'::jsonb;
