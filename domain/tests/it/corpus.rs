//! Inputs that fuzzing has found to lead somewhere, each read as the fuzzer reads it. `tools/fuzz` tells where they come from.

use std::fs;
use std::path::Path;

use crate::oracle;

#[test]
fn html_is_harmless() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/html");
    let inputs: Vec<_> = fs::read_dir(directory).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(inputs.len() > 10, "{}", inputs.len());
    inputs.iter().filter_map(|input| std::str::from_utf8(input).ok()).for_each(oracle::html);
}
