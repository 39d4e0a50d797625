CREATE TABLE account_domain_blocks (
    account_id int8,
    domain text,
    position int8 NOT NULL,
    PRIMARY KEY (account_id, domain)
);
CREATE INDEX account_domain_blocks_account ON account_domain_blocks (account_id, position DESC);
