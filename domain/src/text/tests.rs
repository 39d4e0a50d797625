//! Laws of the whole module, over hostile text.

use proptest::prelude::*;

use super::*;

/// Text made of the signs that mean something here, besides any text at all.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "@",
        "＠",
        "#",
        "＃",
        ":",
        "/",
        "=",
        ".",
        "-",
        "_",
        "·",
        "(",
        ")",
        "<",
        ">",
        "\"",
        "'",
        "&",
        "\n",
        "\r",
        "\t",
        " ",
        "\u{0}",
        "\u{200b}",
        "\u{200d}",
        "\u{202e}",
        "a",
        "é",
        "e\u{301}",
        "日",
        "。",
        "1",
        "alice",
        "example.org",
        "https://",
        "http://www.",
        "javascript://",
        "<script>",
        "</p>",
        "@alice@example.org",
        "#tag",
        ":emoji:",
        "👨‍👩‍👧",
        "xn--",
        "[::1]",
        "%",
        "\u{feff}",
        "İ",
        "ﬁ",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())]
}

fn anyone(mention: &MentionMatch) -> Option<Mentioned> {
    let acct = format!("{}@{}", mention.username, mention.domain.as_deref().unwrap_or("here.example"));
    Some(Mentioned { url: format!("https://here.example/@{acct}"), username: mention.username.clone(), acct })
}

fn format() -> Format<'static> {
    Format { base_url: "https://here.example", resolve: &anyone, rel_me: false, with_domains: false }
}

/// Removes every tag that `to_html` may write; what then still holds a `<` was let through.
fn without_our_tags(html: &str) -> String {
    let ours = regex::Regex::new(concat!(
        r#"</?p>|<br />|</?span>|</a>|<span class="(?:|invisible|ellipsis|h-card)"(?: translate="no")?>"#,
        r#"|<a href="https?://[^"<>]*" (?:class="u-url mention"|class="mention hashtag" rel="tag""#,
        r#"|target="_blank" rel="nofollow noopener" translate="no")>"#,
    ));
    ours.expect("valid").replace_all(html, "").into_owned()
}

proptest! {
    #[test]
    fn ranges_cut_the_text_in_order(text in hostile()) {
        let mut ranges: Vec<_> = mentions(&text).into_iter().map(|found| found.range).collect();
        ranges.extend(hashtags(&text).into_iter().map(|found| found.range));
        ranges.extend(links(&text).into_iter().map(|found| found.range));
        ranges.sort_by_key(|range| range.start);
        let mut free_from = 0;
        for range in ranges {
            prop_assert!(range.start >= free_from && range.start < range.end, "overlap or empty: {range:?}");
            prop_assert!(text.get(range.clone()).is_some(), "not on character boundaries: {range:?}");
            free_from = range.end;
        }
        for emoji in emoji_shortcodes(&text) {
            prop_assert_eq!(&text[emoji.range], format!(":{}:", emoji.shortcode));
        }
    }

    #[test]
    fn html_holds_only_our_tags(text in hostile()) {
        let html = to_html(&text, &format());
        let rest = without_our_tags(&html);
        prop_assert!(!rest.contains(['<', '>', '"', '\'']), "{html}\nleft: {rest}");
        let field = without_our_tags(&field_to_html(&text, &format()));
        prop_assert!(!field.contains(['<', '>', '"', '\'']), "{field}");
    }

    #[test]
    fn links_lead_to_the_web_only(text in hostile()) {
        for link in links(&text) {
            let lower = link.url.to_ascii_lowercase();
            prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{lower}");
            prop_assert_eq!(&text[link.range], link.url);
        }
    }

    #[test]
    fn the_rest_never_panics_and_settles(text in hostile()) {
        count_status(&text, &text);
        let _ = (is_username(&text), is_shortcode(&text), is_hashtag_name(&text));
        let stripped = strip_controls(&text);
        prop_assert!(!stripped.contains('\0'));
        prop_assert_eq!(&strip_controls(&stripped), &stripped);
        prop_assert_eq!(is_blank(&text), text.chars().all(|c| is_blank(&c.to_string())));
        let searched = searchable(&text);
        prop_assert!(!searched.contains("  ") && searched.trim() == searched);
        for tag in hashtags(&text) {
            prop_assert_eq!(&hashtag_key(&tag.key), &tag.key);
        }
    }
}

#[test]
fn long_hostile_text_takes_linear_time() {
    let started = std::time::Instant::now();
    for piece in [
        "@",
        "#",
        ":",
        "@a",
        "@a@",
        "#a",
        ":aa",
        "a.",
        "http://",
        "https://a.b/",
        "_",
        "e\u{301}",
        "@a@a.",
        "://",
        "a://~",
        "a://!",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        let _ = (to_html(&text, &format()), count(&text), emoji_shortcodes(&text));
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
