CREATE TABLE activity_weeks (
    week int8 PRIMARY KEY,
    statuses int8 NOT NULL,
    registrations int8 NOT NULL
);
