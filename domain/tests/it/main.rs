//! What must hold for any text that another server sends.

mod corpus;
mod oracle;
