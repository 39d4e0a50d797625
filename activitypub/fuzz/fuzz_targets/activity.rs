//! Any bytes as a document, and any document as everything that travels. Good seeds are in `../fixtures`.

#![no_main]

use chronodon_activitypub::activity::Activity;
use chronodon_activitypub::actor::{Actor, read_key};
use chronodon_activitypub::collection::Collection;
use chronodon_activitypub::json;
use chronodon_activitypub::object::Object;
use chronodon_activitypub::reference::Reference;
use chronodon_activitypub::uri::UriRules;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = json::read(bytes) else { return };
    let rules = UriRules::Public;
    let _ = (Actor::read(&value, rules), read_key(&value, rules), Object::read(&value, rules));
    let _ = Collection::read(&value, rules);
    if let Ok(activity) = Activity::read(&value, rules) {
        for embedded in activity.objects.iter().filter_map(Reference::embedded) {
            let _ = (Object::read(embedded, rules), Activity::read(embedded, rules));
        }
    }
});
