CREATE TABLE domain_policies (
    domain text PRIMARY KEY,
    severity text,
    reject_media bool NOT NULL,
    reject_reports bool NOT NULL,
    public_comment text,
    private_comment text,
    obfuscate bool NOT NULL,
    block_id int8,
    blocked_at timestamptz,
    block_version int8,
    allow_id int8,
    allowed_at timestamptz
);
CREATE UNIQUE INDEX domain_policies_block ON domain_policies (block_id DESC) WHERE block_id IS NOT NULL;
CREATE UNIQUE INDEX domain_policies_allow ON domain_policies (allow_id DESC) WHERE allow_id IS NOT NULL;
