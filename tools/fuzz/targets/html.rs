//! Any text as another server's HTML.

#![no_main]

#[path = "../../../domain/tests/it/oracle.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|input: &str| oracle::html(input));
