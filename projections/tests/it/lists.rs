//! Who is followed no more leaves the follower's lists, wherever batches are cut.

use chronodon_events::list::{ListAccountAdded, ListCreated, ListDeleted, RepliesPolicy};
use chronodon_events::relationship::{FollowRemoved, FollowRequestWithdrawn};
use chronodon_events::{AccountId, ListId};
use chronodon_projections::rebuild_in_batches_of;

use crate::support::{World, follows, registered};

const OWNERS: i64 = 3;
const MEMBERS: i64 = 6;

fn added(owner: i64, list: i64, member: i64) -> ListAccountAdded {
    ListAccountAdded { account_id: AccountId(owner), list_id: ListId(list), member_id: AccountId(member) }
}

/// Three owners with two lists each that hold accounts 1–6; each then parts from its next two, and takes one back.
async fn history(world: &mut World) {
    for account in 1..=MEMBERS {
        world.happens(registered(account)).await;
    }
    for owner in 1..=OWNERS {
        let account_id = AccountId(owner);
        for list in [owner * 10, owner * 10 + 1] {
            let (list_id, title) = (ListId(list), format!("list {list}"));
            let replies_policy = RepliesPolicy::Followed;
            world.happens(ListCreated { account_id, list_id, title, replies_policy, exclusive: false }).await;
            for member in 1..=MEMBERS {
                world.happens(added(owner, list, member)).await;
            }
        }
        let (first, second) = (AccountId(owner % MEMBERS + 1), AccountId((owner + 1) % MEMBERS + 1));
        world.happens(FollowRemoved { account_id, target_id: first, uri: None }).await;
        world.happens(FollowRequestWithdrawn { account_id, target_id: second, uri: None }).await;
        world.happens(follows(owner, first.get())).await;
        world.happens(added(owner, owner * 10, first.get())).await;
    }
    world.happens(ListDeleted { account_id: AccountId(3), list_id: ListId(31) }).await;
}

#[tokio::test]
async fn who_is_followed_no_more_is_on_no_list() {
    let mut world = World::new().await;
    history(&mut world).await;
    let mut dumps = Vec::new();
    for batch in [1, 7, 500] {
        rebuild_in_batches_of(&world.log, &world.slots, batch, |_, _| ()).await.unwrap();
        dumps.push(world.dump().await);
    }
    assert_eq!(dumps[0], dumps[1]);
    assert_eq!(dumps[0], dumps[2]);
    let sql = "SELECT list_id, array_agg(account_id ORDER BY account_id) FROM list_accounts GROUP BY 1 ORDER BY 1";
    let rows = world.slots.reader().query(sql, &[]).await.unwrap();
    let lists: Vec<(i64, Vec<i64>)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [
        (10, vec![1, 2, 4, 5, 6]),
        (11, vec![1, 4, 5, 6]),
        (20, vec![1, 2, 3, 5, 6]),
        (21, vec![1, 2, 5, 6]),
        (30, vec![1, 2, 3, 4, 6]),
    ];
    assert_eq!(lists, expected);
}
