CREATE TABLE status_tags (
    tag text,
    status_id int8,
    account_id int8 NOT NULL,
    visibility text NOT NULL,
    local bool NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tag, status_id)
);
CREATE INDEX status_tags_status ON status_tags (status_id);
