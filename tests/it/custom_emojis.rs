//! Custom emojis.

use chronodon::commands::By;
use chronodon_events::custom_emoji::CustomEmojiAdded;
use chronodon_events::values::ImageFile;
use serde_json::json;

use crate::support::TestServer;

fn emoji(shortcode: &str, category: Option<&str>) -> CustomEmojiAdded {
    CustomEmojiAdded {
        shortcode: shortcode.to_owned(),
        image: ImageFile { path: format!("emojis/{shortcode}.png"), ..ImageFile::default() },
        category: category.map(ToOwned::to_owned),
        visible_in_picker: true,
    }
}

#[tokio::test]
async fn everybody_sees_them_and_a_rebuild_changes_nothing() {
    let server = TestServer::start().await;
    let commands = &server.app.commands;
    commands.add_custom_emoji(By::operator(), emoji("zebra", None)).await.unwrap();
    commands.add_custom_emoji(By::operator(), emoji("Blob_cat", Some("blobs"))).await.unwrap();
    commands.add_custom_emoji(By::operator(), emoji("gone", None)).await.unwrap();
    assert!(commands.remove_custom_emoji(By::operator(), "gone").await.unwrap().is_some());
    assert!(commands.remove_custom_emoji(By::operator(), "gone").await.is_err());
    let fetch = || async {
        let answer = server.http.get(format!("{}/api/v1/custom_emojis", server.base)).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()
    };
    let listed = fetch().await;
    let cat = format!("{}/media/emojis/Blob_cat.png", server.base);
    let expected = json!({
        "shortcode": "Blob_cat", "url": cat, "static_url": cat, "visible_in_picker": true, "category": "blobs",
        "featured": false,
    });
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0], expected);
    assert!(listed[1].get("category").is_none());
    let alice = server.with_user("alice").await;
    let poll = json!({ "options": [":Blob_cat:", "no"], "expires_in": 600 });
    let posted = alice.post("/api/v1/statuses", json!({ "status": "a :zebra: :gone:", "poll": poll })).await;
    assert_eq!(posted["emojis"], json!([listed[1]]));
    assert_eq!(posted["poll"]["emojis"], json!([listed[0]]));
    let page = server.http.get(posted["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert_eq!(page.matches("class=\"emoji\"").count(), 2, "{page}");
    server.app.rebuild("core", |_, _| ()).await.unwrap();
    assert_eq!(fetch().await, listed);
    server.finish().await;
}
