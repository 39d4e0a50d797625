//! The condition of lists says what the domain says of one status.

use chronodon_domain::visibility::{Relation, may_see};
use chronodon_events::AccountId;
use chronodon_events::account::AccountSuspended;
use chronodon_events::values::Visibility;
use chronodon_projections::core::visible::visible;

use crate::support::{World, blocks, follows, posted, registered};

const AUTHOR: i64 = 1;
const STRANGER: i64 = 2;
const FOLLOWER: i64 = 3;
const MENTIONED: i64 = 4;
const BLOCKED: i64 = 5;
const SUSPENDED: i64 = 6;

#[tokio::test]
async fn lists_and_single_statuses_agree() {
    let mut world = World::new().await;
    for account in AUTHOR..=SUSPENDED {
        world.happens(registered(account)).await;
    }
    world.happens(follows(FOLLOWER, AUTHOR)).await;
    world.happens(blocks(AUTHOR, BLOCKED)).await;
    let visibilities = [Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct];
    for (id, visibility) in (10..).zip(visibilities) {
        world.happens(posted(AUTHOR, id, visibility, Some(MENTIONED))).await;
        world.happens(posted(SUSPENDED, id + 10, visibility, Some(MENTIONED))).await;
    }
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
        let seen = |(id, visibility): &(i64, Visibility)| {
            may_see(*visibility, AccountId(AUTHOR), viewer.map(AccountId), relation).then_some(*id)
        };
        let expected: Vec<i64> = (10..).zip(visibilities).collect::<Vec<_>>().iter().filter_map(seen).collect();
        assert_eq!(listed, expected, "{viewer:?}");
    }
}
