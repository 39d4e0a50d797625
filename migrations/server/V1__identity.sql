-- Who this server is: at most one row, written at the first start. The domain is part of every name and address that
-- was ever given out, so a start under another one is refused.
CREATE TABLE server.identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    domain text NOT NULL,
    first_started_at timestamptz NOT NULL DEFAULT now()
);
