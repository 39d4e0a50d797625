//! The index goes on from its last commit, is made anew when it is damaged, and forgets what was erased.

use std::path::Path;
use std::time::Duration;

use chronodon_events::AccountId;
use chronodon_events::media::{MediaUpdated, MediaUploaded};
use chronodon_events::status::{StatusDeleted, StatusEdited, StatusPosted};
use chronodon_events::values::Visibility;
use chronodon_events::{MediaId, StatusId};
use chronodon_projections::search::{Search, StatusesAsked};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::support::{World, posted, registered};

const ALICE: i64 = 1;

fn says(id: i64, text: &str) -> StatusPosted {
    StatusPosted { text: text.to_owned(), hashtags: Vec::new(), ..posted(ALICE, id, Visibility::Public, None) }
}

fn edited(id: i64, text: &str, media_ids: Vec<MediaId>) -> StatusEdited {
    StatusEdited {
        account_id: AccountId(ALICE),
        status_id: StatusId(id),
        text: text.to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Vec::new(),
        hashtags: Vec::new(),
        media_ids,
        poll: None,
        poll_reset: false,
        edited_at: Timestamp::UNIX_EPOCH,
        remote: None,
    }
}

fn described(id: i64, description: &str) -> MediaUploaded {
    let (account_id, media_id) = (AccountId(ALICE), MediaId(id));
    MediaUploaded { account_id, media_id, description: description.to_owned(), focus: None }
}

/// Opens the index, as a process that starts would.
async fn opened(world: &World, directory: &TempDir) -> Search {
    let search = Search::new(world.log.reader(), directory.path().to_owned());
    search.start();
    // The order is obeyed once the index is open, and brings it to the log's end.
    search.purge().await.unwrap();
    search
}

async fn found(world: &World, search: &Search, query: &str) -> Vec<i64> {
    let asked = StatusesAsked {
        query: query.to_owned(),
        viewer: AccountId(ALICE),
        author: None,
        below: None,
        above: None,
        limit: 40,
        offset: 0,
        now: Timestamp::UNIX_EPOCH,
        own_domain: "example.org".to_owned(),
    };
    search.statuses(&world.slots.reader(), &asked).await.unwrap()
}

fn damage(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            damage(&path);
        } else if path.extension().is_some_and(|ending| ending == "store" || ending == "fast") {
            std::fs::write(&path, b"damaged").unwrap();
        }
    }
}

#[tokio::test]
async fn it_goes_on_from_its_last_commit() {
    let mut world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    world.happens(registered(ALICE)).await;
    world.happens(says(1, "first words")).await;
    let search = opened(&world, &directory).await;
    search.close().await;
    drop(search);
    world.happens(says(2, "second words")).await;
    world.rebuild().await;
    let search = Search::new(world.log.reader(), directory.path().to_owned());
    let before = search.standings()[0].position;
    search.start();
    search.purge().await.unwrap();
    assert_eq!(found(&world, &search, "words").await, [2, 1]);
    assert!(search.standings()[0].position > before);
    search.close().await;
    drop(search);

    damage(directory.path());
    let search = opened(&world, &directory).await;
    assert_eq!(found(&world, &search, "words").await, [2, 1]);
    search.close().await;
}

#[tokio::test]
async fn descriptions_of_pictures_are_texts_of_their_status() {
    let mut world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    world.happens(registered(ALICE)).await;
    world.happens(described(10, "a heron")).await;
    world.happens(described(11, "")).await;
    world.happens(StatusPosted { media_ids: vec![MediaId(10), MediaId(11)], ..says(1, "look") }).await;
    let search = opened(&world, &directory).await;
    let description = "two otters".to_owned();
    let (account_id, media_id) = (AccountId(ALICE), MediaId(11));
    world.happens(MediaUpdated { account_id, media_id, description, focus: None }).await;
    world.rebuild().await;
    search.purge().await.unwrap();
    assert_eq!(found(&world, &search, "heron has:media look").await, [1]);
    assert_eq!(found(&world, &search, "otters").await, [1]);
    world.happens(edited(1, "look again", vec![MediaId(11)])).await;
    search.purge().await.unwrap();
    assert!(found(&world, &search, "heron").await.is_empty());
    assert_eq!(found(&world, &search, "again otters").await, [1]);
    search.close().await;
}

#[tokio::test]
async fn an_erased_post_is_nothing_also_when_its_edit_is_left() {
    let mut world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    world.happens(registered(ALICE)).await;
    for id in 1..=3 {
        world.happens(says(id, "parrots talk")).await;
    }
    world.happens(edited(1, "parrots write", Vec::new())).await;
    world.rebuild().await;
    let search = opened(&world, &directory).await;
    assert_eq!(found(&world, &search, "parrots").await, [3, 2, 1]);
    assert_eq!(found(&world, &search, "parrots write").await, [1]);
    for id in [1, 2] {
        world
            .happens(StatusDeleted {
                account_id: AccountId(ALICE),
                status_id: StatusId(id),
                media_ids: Vec::new(),
                expired: false,
            })
            .await;
        world.log.keys().destroy_object(id).await.unwrap();
    }
    search.purge().await.unwrap();
    assert_eq!(found(&world, &search, "parrots").await, [3]);
    tokio::time::timeout(Duration::from_secs(60), search.rebuild(|_, _| ())).await.unwrap().unwrap();
    assert_eq!(found(&world, &search, "parrots").await, [3]);
    search.close().await;
}
