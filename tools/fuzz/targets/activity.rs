//! Any bytes as a document, and any document as everything that travels.

#![no_main]

#[expect(dead_code, reason = "it serves other targets and tests, too")]
#[path = "../../../activitypub/tests/it/oracle.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|input: &[u8]| oracle::document(input));
