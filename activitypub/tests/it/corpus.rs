//! Inputs that fuzzing has found to lead somewhere, each read as the fuzzer reads it. `tools/fuzz` tells where they come from.

use std::fs;
use std::path::Path;

use crate::oracle;

/// Every input of a target.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let inputs: Vec<_> = fs::read_dir(directory).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(inputs.len() > 10, "{}", inputs.len());
    inputs
}

#[test]
fn documents_are_read_or_refused() {
    inputs("activity").iter().for_each(|input| oracle::document(input));
}

#[test]
fn headers_are_read_or_refused() {
    let inputs = inputs("signature");
    inputs.iter().filter_map(|input| std::str::from_utf8(input).ok()).for_each(oracle::headers);
}
