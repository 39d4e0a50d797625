//! The condition of lists says what the domain says of one status.

use chronodon_domain::visibility::{Relation, may_see};
use chronodon_events::AccountId;
use chronodon_events::account::AccountSuspended;
use chronodon_events::domain_policy::Severity;
use chronodon_events::values::Visibility;
use chronodon_projections::core::visible::visible;

use crate::support::{World, blocks, domain_blocked, follows, posted, registered};

const AUTHOR: i64 = 1;
const STRANGER: i64 = 2;
const FOLLOWER: i64 = 3;
const MENTIONED: i64 = 4;
const BLOCKED: i64 = 5;
const SUSPENDED: i64 = 6;
/// Of a domain that is suspended, of a subdomain of it, and of one that a nearer policy lets be.
const OF_SUSPENDED: [i64; 2] = [7, 8];
const OF_SPARED: i64 = 9;

#[tokio::test]
async fn lists_and_single_statuses_agree() {
    let mut world = World::new().await;
    for account in AUTHOR..=OF_SPARED {
        world.happens(registered(account)).await;
    }
    world.happens(follows(FOLLOWER, AUTHOR)).await;
    world.happens(blocks(AUTHOR, BLOCKED)).await;
    let visibilities = [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct];
    for (id, visibility) in (10..).zip(visibilities) {
        world.happens(posted(AUTHOR, id, visibility, Some(MENTIONED))).await;
        world.happens(posted(SUSPENDED, id + 10, visibility, Some(MENTIONED))).await;
        world.happens(posted(OF_SUSPENDED[0], id + 20, visibility, Some(MENTIONED))).await;
        world.happens(posted(OF_SUSPENDED[1], id + 30, visibility, Some(MENTIONED))).await;
        world.happens(posted(OF_SPARED, id + 40, visibility, Some(MENTIONED))).await;
    }
    world.is_at(OF_SUSPENDED[0], "Bad.example");
    world.is_at(OF_SUSPENDED[1], "a.b.bad.example");
    world.is_at(OF_SPARED, "good.bad.example");
    world.happens(domain_blocked("bad.example", Severity::Suspend)).await;
    world.happens(domain_blocked("good.bad.example", Severity::Noop)).await;
    world.happens(AccountSuspended { account_id: AccountId(SUSPENDED), reason: None }).await;
    world.rebuild().await;

    let sql = format!("SELECT id FROM statuses s WHERE {} ORDER BY id", visible("s", "$1"));
    for viewer in [None, Some(AUTHOR), Some(STRANGER), Some(FOLLOWER), Some(MENTIONED), Some(BLOCKED)] {
        let rows = world.slots.reader().query(&sql, &[&viewer]).await.unwrap();
        let listed: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let relation = Relation {
            follows: viewer == Some(FOLLOWER),
            blocked_by: viewer == Some(BLOCKED),
            mentioned: viewer == Some(MENTIONED),
        };
        let strange = Relation { follows: false, blocked_by: false, ..relation };
        let seen = |first: i64, author: i64, relation: Relation| {
            let may_see = move |(id, visibility): (i64, Visibility)| {
                may_see(visibility, AccountId(author), viewer.map(AccountId), relation).then_some(id)
            };
            (first..).zip(visibilities).filter_map(may_see).collect::<Vec<_>>()
        };
        let expected = [seen(10, AUTHOR, relation), seen(50, OF_SPARED, strange)].concat();
        assert_eq!(listed, expected, "{viewer:?}");
    }
}
