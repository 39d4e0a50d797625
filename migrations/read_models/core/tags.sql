CREATE TABLE tags (
    tag text PRIMARY KEY,
    statuses_count int8 NOT NULL
);
