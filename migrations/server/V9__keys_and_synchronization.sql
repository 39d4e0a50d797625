-- Keys that nobody was found to own, as hashes of their addresses: not asked for again until then, by any process.
CREATE TABLE server.unproven_keys (
    key_hash bytea PRIMARY KEY,
    until timestamptz NOT NULL
);
CREATE INDEX unproven_keys_until ON server.unproven_keys (until);

-- What another server has last said of who follows an account of its own from here (FEP-8fcf): looked into by a job, and
-- gone with that.
CREATE TABLE server.synchronizations (
    account_id int8 PRIMARY KEY,
    url text NOT NULL,
    digest text NOT NULL
);

-- Accounts of this server that are gone and of which others are still to be told: their keys are kept until then, at most.
CREATE TABLE server.departures (
    account_id int8 PRIMARY KEY,
    key_until timestamptz NOT NULL
);
