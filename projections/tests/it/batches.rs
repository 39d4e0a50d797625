//! The result does not depend on where batches are cut, and erased events leave what a deletion leaves.

use chronodon_events::account_domain_block::{AccountDomainBlockCreated, AccountDomainBlockRemoved};
use chronodon_events::domain_policy::{DomainAllowed, DomainDisallowed, DomainUnblocked, Severity};
use chronodon_events::favourite::{FavouriteAdded, FavouriteRemoved};
use chronodon_events::reblog::ReblogCreated;
use chronodon_events::relationship::FollowRemoved;
use chronodon_events::status::StatusDeleted;
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
    for id in (100..160).filter(|id| id % 5 == 0) {
        world.log.keys().destroy_object(id).await.unwrap();
    }
    world.rebuild().await;
    assert_eq!(world.dump().await, live);
}
