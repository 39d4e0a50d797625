CREATE TABLE conversation_mutes (
    account_id int8,
    conversation_id int8,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
);
