CREATE TABLE quotes (
    status_id int8 PRIMARY KEY,
    account_id int8 NOT NULL,
    local bool NOT NULL,
    quoted_id int8,
    uri text NOT NULL,
    state text NOT NULL,
    authorization_uri text
);
CREATE INDEX quotes_quoted ON quotes (quoted_id, status_id DESC) WHERE quoted_id IS NOT NULL;
CREATE INDEX quotes_authorization ON quotes (authorization_uri) WHERE authorization_uri IS NOT NULL;
