CREATE TABLE bookmarks (
    account_id int8,
    status_id int8,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, status_id)
);
CREATE INDEX bookmarks_status ON bookmarks (status_id, position DESC);
CREATE INDEX bookmarks_account ON bookmarks (account_id, position DESC);
