//! Any text as the headers of a signed request: one per line, a name, a colon and a value.

#![no_main]

#[expect(dead_code, reason = "it serves other targets and tests, too")]
#[path = "../../../activitypub/tests/it/oracle.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|input: &str| oracle::headers(input));
