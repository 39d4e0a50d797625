CREATE TABLE rules (
    id int8 PRIMARY KEY,
    ordinal int4 NOT NULL,
    text text NOT NULL,
    hint text NOT NULL
);
