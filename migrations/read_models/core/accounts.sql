-- A host and whatever it is part of: what a policy may be for that covers it.
CREATE FUNCTION domain_parents(host text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    parents text[] := ARRAY[lower(host)];
    dot int;
BEGIN
    LOOP
        dot := strpos(host, '.');
        EXIT WHEN dot = 0;
        host := substr(host, dot + 1);
        parents := parents || lower(host);
    END LOOP;
    RETURN parents;
END
$$;
CREATE TABLE accounts (
    id int8 PRIMARY KEY,
    username text NOT NULL,
    domain text,
    uri text,
    url text,
    kind text NOT NULL,
    inbox text,
    shared_inbox text,
    followers_uri text,
    remote jsonb,
    also_known_as jsonb NOT NULL,
    moved_to_id int8,
    created_at timestamptz NOT NULL,
    display_name text NOT NULL,
    note text NOT NULL,
    fields jsonb NOT NULL,
    avatar jsonb,
    header jsonb,
    locked bool NOT NULL,
    bot bool NOT NULL,
    discoverable bool NOT NULL,
    indexable bool NOT NULL,
    hide_collections bool NOT NULL,
    posting_defaults jsonb NOT NULL,
    locale text NOT NULL,
    role text NOT NULL,
    reason text,
    approved bool NOT NULL,
    confirmed bool NOT NULL,
    suspended bool NOT NULL,
    statuses_count int8 NOT NULL,
    followers_count int8 NOT NULL,
    following_count int8 NOT NULL,
    version int8 NOT NULL,
    domain_parents text[] GENERATED ALWAYS AS (CASE WHEN domain IS NOT NULL THEN domain_parents(domain) END) STORED
);
-- Other servers may give a handle to another actor: only ours are unique.
CREATE UNIQUE INDEX accounts_username ON accounts (lower(username)) WHERE domain IS NULL;
CREATE INDEX accounts_handle ON accounts (lower(username), coalesce(lower(domain), ''));
CREATE INDEX accounts_uri ON accounts (uri) WHERE uri IS NOT NULL;
CREATE INDEX accounts_domain ON accounts (domain, id) WHERE domain IS NOT NULL;
CREATE INDEX accounts_pending ON accounts (id) WHERE NOT approved;
CREATE INDEX accounts_domain_parents ON accounts USING gin (domain_parents) WHERE domain_parents IS NOT NULL;
