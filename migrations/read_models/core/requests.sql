-- What the commands whose ids their callers chose have led to, so that a retry finds it.
CREATE TABLE requests (
    command_id uuid PRIMARY KEY,
    result int8 NOT NULL,
    position int8 NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX requests_result ON requests (result);
