-- How far each reactor has come in the log. Not replayed when read models are: what was caused stays caused.
CREATE TABLE server.reactors (
    name text PRIMARY KEY,
    position int8 NOT NULL
);

-- Work to do. A claim pushes run_at ahead by the time a job may take, so what a crash leaves is taken up again.
-- Payloads hold ids only: nothing in here has to be erased.
CREATE TABLE server.jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    cause uuid,
    run_at timestamptz NOT NULL,
    attempts int4 NOT NULL DEFAULT 0,
    last_error text,
    -- Given up; stays until somebody looks at it.
    died_at timestamptz
);
CREATE INDEX jobs_due ON server.jobs (run_at) WHERE died_at IS NULL;
