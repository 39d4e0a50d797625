//! Any text as the headers of a signed request: one per line, a name, a colon and a value.

#![no_main]

use chronodon_activitypub::signature::{self, Request};
use chronodon_activitypub::synchronization::Synchronization;
use chronodon_activitypub::uri::UriRules;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let headers: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(':')).collect();
    let request = Request { method: "POST", target: "https://a.example/inbox?x=y", headers: &headers, body: b"{}" };
    let _ = signature::read(&request, Timestamp::UNIX_EPOCH);
    let _ = Synchronization::read(text, UriRules::Public);
});
