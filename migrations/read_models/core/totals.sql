CREATE TABLE totals (
    name text PRIMARY KEY,
    value int8 NOT NULL
);
