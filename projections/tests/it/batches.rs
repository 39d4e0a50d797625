//! The result does not depend on where batches are cut, and erased events leave what a deletion leaves.

use chronodon_events::account_domain_block::{AccountDomainBlockCreated, AccountDomainBlockRemoved};
use chronodon_events::domain_policy::{DomainAllowed, DomainDisallowed, DomainUnblocked, Severity};
use chronodon_events::favourite::{FavouriteAdded, FavouriteRemoved};
use chronodon_events::quote::{QuoteApproved, QuoteRejected, QuoteRevoked};
use chronodon_events::reblog::ReblogCreated;
use chronodon_events::relationship::FollowRemoved;
use chronodon_events::remote::{Quote, QuoteState};
use chronodon_events::status::{StatusDeleted, StatusEdited, StatusPosted};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::rebuild_in_batches_of;
use jiff::Timestamp;

use crate::support::{World, blocks, domain_blocked, follows, posted, registered, status_ref};

/// Accounts 1–9, everything between them, and some of it taken back.
async fn history(world: &mut World) {
    for account in 1..10 {
        world.happens(registered(account)).await;
    }
    for account in 1..9 {
        world.happens(follows(account, account + 1)).await;
        world.happens(follows(account + 1, account)).await;
    }
    for id in 100..160 {
        let author = 1 + id % 9;
        let mut status = posted(author, id, Visibility::Public, Some(1 + (id + 1) % 9));
        if id > 110 {
            status.in_reply_to = Some(status_ref(1 + (id - 7) % 9, id - 7));
        }
        world.happens(status).await;
        let (account_id, status) = (AccountId(1 + (id + 2) % 9), status_ref(author, id));
        world.happens(FavouriteAdded { account_id, status: status.clone(), uri: None }).await;
        let reblog_id = StatusId(id + 1_000);
        let created_at = Timestamp::from_second(id).unwrap();
        world
            .happens(ReblogCreated {
                account_id,
                reblog_id,
                status,
                visibility: Visibility::Public,
                created_at,
                account_local: true,
                uri: None,
            })
            .await;
        if id % 4 == 0 {
            world.happens(FavouriteRemoved { account_id, status_id: StatusId(id), uri: None }).await;
        }
        if id % 5 == 0 {
            world
                .happens(StatusDeleted {
                    account_id: AccountId(author),
                    status_id: StatusId(id),
                    media_ids: Vec::new(),
                    expired: false,
                })
                .await;
        }
    }
    quotes(world).await;
    for (number, domain) in ["bad.example", "worse.example", "good.example"].into_iter().enumerate() {
        world.happens(domain_blocked(domain, Severity::Silence)).await;
        world.happens(DomainAllowed { domain: domain.to_owned() }).await;
        world.happens(domain_blocked(domain, Severity::Suspend)).await;
        let account_id = AccountId(1 + i64::try_from(number).unwrap());
        world.happens(AccountDomainBlockCreated { account_id, domain: domain.to_owned() }).await;
    }
    world.happens(DomainUnblocked { domain: "good.example".to_owned() }).await;
    world.happens(DomainDisallowed { domain: "worse.example".to_owned() }).await;
    world.happens(AccountDomainBlockRemoved { account_id: AccountId(1), domain: "bad.example".to_owned() }).await;
    world.happens(blocks(1, 2)).await;
    for (account, target) in [(1, 2), (2, 1)] {
        world.happens(FollowRemoved { account_id: AccountId(account), target_id: AccountId(target), uri: None }).await;
    }
}

/// Statuses of accounts 1–9 that quote those before them, of which every fifth is gone, like every fifth of these.
async fn quotes(world: &mut World) {
    for id in 200..255 {
        let quoted = status_ref(1 + (id - 95) % 9, id - 95);
        let state = if id % 2 == 0 { QuoteState::Accepted } else { QuoteState::Pending };
        let status = Some(quoted.clone());
        let quote = Some(Quote { uri: "https://a.example/1".to_owned(), status, state, authorization: None });
        let status = status_ref(1 + id % 9, id);
        let visibility = if id % 3 == 0 { Visibility::Private } else { Visibility::Public };
        world.happens(StatusPosted { quote, ..posted(1 + id % 9, id, visibility, None) }).await;
        let answer = QuoteRejected {
            account_id: status.account_id,
            status: Some(status.clone()),
            uri: None,
            quoted: quoted.clone(),
            request: None,
        };
        match id % 4 {
            0 => world.happens(QuoteRevoked { status, quoted, authorization: None }).await,
            1 => {
                let again = id % 8 == 1;
                world.happens(QuoteApproved { status, quoted, authorization: None, request: None, again }).await;
            }
            2 => world.happens(answer).await,
            _ => {}
        }
        if id % 7 == 0 && id % 5 != 0 {
            let quoted = posted(1 + (id - 95) % 9, id - 95, Visibility::Public, None);
            world.happens(edited(&quoted)).await;
        }
        for (gone, account) in [(id, 1 + id % 9), (id - 95, 1 + (id - 95) % 9)] {
            if gone % 5 == 0 || (id % 11 == 0 && gone < 200) {
                let (account_id, status_id) = (AccountId(account), StatusId(gone));
                world.happens(StatusDeleted { account_id, status_id, media_ids: Vec::new(), expired: false }).await;
            }
        }
    }
}

fn edited(status: &StatusPosted) -> StatusEdited {
    StatusEdited {
        account_id: status.account_id,
        status_id: status.status_id,
        text: "otherwise".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Vec::new(),
        hashtags: Vec::new(),
        media_ids: Vec::new(),
        poll: None,
        poll_reset: false,
        edited_at: status.created_at,
        remote: None,
    }
}

/// Quotes are counted where they are accepted and both statuses are there, whichever was deleted first.
#[tokio::test]
async fn quotes_are_counted_while_they_are_there() {
    let mut world = World::new().await;
    history(&mut world).await;
    world.rebuild().await;
    let sql = "SELECT s.id FROM statuses s WHERE quotes_count <> (
        SELECT count(*) FROM quotes q WHERE q.quoted_id = s.id AND q.state = 'accepted')";
    let reader = world.slots.reader();
    assert_eq!(reader.query(sql, &[]).await.unwrap().len(), 0);
    let states = "SELECT state, count(*) FROM quotes q GROUP BY state ORDER BY state";
    let states: Vec<(String, i64)> =
        reader.query(states, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    let names: Vec<_> = states.iter().map(|(state, _)| state.as_str()).collect();
    assert_eq!(names, ["accepted", "deleted", "pending", "revoked"], "{states:?}");
}

#[tokio::test]
async fn batches_of_1_7_and_500_give_equal_tables() {
    let mut world = World::new().await;
    history(&mut world).await;
    let mut dumps = Vec::new();
    for batch in [1, 7, 500] {
        rebuild_in_batches_of(&world.log, &world.slots, batch, |_, _| ()).await.unwrap();
        dumps.push(world.dump().await);
    }
    assert!(dumps[0].len() > 300, "the history has left {} rows", dumps[0].len());
    assert_eq!(dumps[0], dumps[1]);
    assert_eq!(dumps[0], dumps[2]);
}

#[tokio::test]
async fn replay_after_erasure_is_the_state_after_deletion() {
    let mut world = World::new().await;
    history(&mut world).await;
    world.rebuild().await;
    let live = world.dump().await;
    let gone = "SELECT id FROM generate_series(100, 260) AS all_of_them (id)
        WHERE NOT EXISTS (SELECT FROM statuses s WHERE s.id = all_of_them.id)";
    let gone = world.slots.reader().query(gone, &[]).await.unwrap();
    for id in gone.iter().map(|row| i64::from(row.get::<_, i32>(0))) {
        world.log.keys().destroy_object(id).await.unwrap();
    }
    world.rebuild().await;
    let replayed = world.dump().await;
    let differing: Vec<_> =
        live.iter().chain(&replayed).filter(|row| !live.contains(row) || !replayed.contains(row)).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}
