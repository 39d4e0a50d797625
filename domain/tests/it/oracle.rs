//! What must hold for any HTML at all. The fuzz target in `tools/fuzz` is this function.

use chronodon_domain::limits::REMOTE_TEXT_BYTES_MAX;
use chronodon_domain::text::{html_to_plain, sanitise_html};

/// What is kept is bounded, runs nothing however often it is read again, and says the same then.
pub fn html(html: &str) {
    let kept = sanitise_html(html);
    assert!(kept.len() <= 64 * (html.len() + 1), "{} bytes of {}", kept.len(), html.len());
    // Nested links and the like are put right by every parser in its own way, and what has grown too long is cut.
    let again = sanitise_html(&kept);
    assert!(kept.len() > REMOTE_TEXT_BYTES_MAX || words(&again) == words(&kept), "{kept}");
    for kept in [&kept, &again] {
        is_harmless(kept);
    }
    assert!(html_to_plain(html).len() <= html.len());
}

fn is_harmless(kept: &str) {
    let lower = kept.to_lowercase();
    for evil in ["<script", "<style", "<img", "<svg", "<math", "<iframe", "<!--"] {
        assert!(!lower.contains(evil), "{evil} in {kept}");
    }
    let tags = lower.split("<a ").skip(1).filter_map(|tag| tag.split('>').next());
    for (_, link) in tags.filter_map(|tag| tag.split_once("href=\"")) {
        assert!(!["javascript:", "data:", "file:"].iter().any(|scheme| link.trim().starts_with(scheme)), "{kept}");
    }
}

/// The text without blanks, which depend on where paragraphs end.
fn words(html: &str) -> String {
    html_to_plain(html).split_whitespace().collect()
}
