-- The token that a code was used for: a code with one is used up, and using it again ends that token.
ALTER TABLE server.authorization_codes ADD COLUMN token_id int8;
CREATE INDEX authorization_codes_account ON server.authorization_codes (account_id);
CREATE INDEX authorization_codes_expiry ON server.authorization_codes (expires_at);
CREATE INDEX sessions_expiry ON server.sessions (expires_at);
