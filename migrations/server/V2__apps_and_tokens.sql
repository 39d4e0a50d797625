-- What the server keeps beside the log: none of it is an event, all of it is in `backup`.
CREATE SCHEMA IF NOT EXISTS server;
CREATE SCHEMA IF NOT EXISTS vault;

-- Apps, also those that nobody has let in yet.
CREATE TABLE server.apps (
    id int8 PRIMARY KEY,
    name text NOT NULL,
    website text,
    redirect_uris text[] NOT NULL,
    scopes text[] NOT NULL,
    client_id text NOT NULL UNIQUE,
    client_secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- Access tokens, as SHA-256 hashes. Without an account: the app's own.
CREATE TABLE server.access_tokens (
    id int8 PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    app_id int8 NOT NULL,
    account_id int8,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_on date
);
CREATE INDEX access_tokens_account ON server.access_tokens (account_id);
CREATE INDEX access_tokens_app ON server.access_tokens (app_id);

-- Codes of the authorization code grant, as hashes; used once, within ten minutes.
CREATE TABLE server.authorization_codes (
    code_hash bytea PRIMARY KEY,
    app_id int8 NOT NULL,
    account_id int8 NOT NULL,
    scopes text[] NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text,
    expires_at timestamptz NOT NULL
);

-- Browser sessions of the sign-in pages, as hashes.
CREATE TABLE server.sessions (
    session_hash bytea PRIMARY KEY,
    account_id int8 NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON server.sessions (account_id);

-- Who can sign in with what. The address is sealed; its HMAC keeps it unique.
CREATE TABLE vault.credentials (
    account_id int8 PRIMARY KEY,
    email_hmac bytea NOT NULL UNIQUE,
    email_sealed bytea NOT NULL,
    password_hash text NOT NULL,
    updated_at timestamptz NOT NULL
);
