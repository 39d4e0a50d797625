-- The log and the vault. The schema `log` exists already: the migration history lives in it.
CREATE SCHEMA IF NOT EXISTS vault;

CREATE TABLE log.head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE log.head IS 'Position and time of the last event. Its row lock puts appends in order.';
INSERT INTO log.head (position, recorded_at) VALUES (0, to_timestamp(0));

CREATE TABLE log.events (
    position bigint PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    subject bigint NOT NULL,
    object bigint,
    recorded_at timestamptz NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    schema_version smallint NOT NULL,
    rest smallint NOT NULL CHECK (rest >= 0),
    stream text NOT NULL,
    event_type text NOT NULL,
    meta text NOT NULL,
    payload bytea NOT NULL,
    UNIQUE (stream, version)
);
COMMENT ON COLUMN log.events.object IS 'The object whose secret is mixed into the key; NULL: sealed with the key of the subject.';
COMMENT ON COLUMN log.events.rest IS 'How many events of the same append follow this one.';
COMMENT ON COLUMN log.events.meta IS 'JSON as it was sealed, to the byte: it is associated data of the payload.';
COMMENT ON COLUMN log.events.payload IS 'Sealed. Empty: redacted.';

CREATE TABLE vault.master_check (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sealed bytea NOT NULL
);
COMMENT ON TABLE vault.master_check IS 'A known text under the master key: a wrong key is found out at start.';

CREATE TABLE vault.account_keys (
    account_id bigint PRIMARY KEY,
    wrapped bytea,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
COMMENT ON TABLE vault.account_keys IS 'The key of each account, wrapped with the master key. A destroyed key leaves its mark.';

CREATE TABLE vault.object_secrets (
    object_id bigint PRIMARY KEY,
    secret bytea,
    destroyed_at timestamptz,
    CHECK ((secret IS NULL) = (destroyed_at IS NOT NULL))
);
COMMENT ON TABLE vault.object_secrets IS 'What is mixed with the key of an account to seal one object. A destroyed secret leaves its mark.';
