-- Keys that nobody was found to own, as hashes of their addresses: not asked for again until then, by any process.
CREATE TABLE server.unproven_keys (
    key_hash bytea PRIMARY KEY,
    until timestamptz NOT NULL
);
CREATE INDEX unproven_keys_until ON server.unproven_keys (until);
