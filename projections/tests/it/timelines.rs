//! What stands on timelines, and that pages add up to the whole.

use chronodon_events::account::{AccountSuspended, AccountUnsuspended};
use chronodon_events::list::{ListAccountAdded, ListCreated, ListDeleted, RepliesPolicy};
use chronodon_events::reblog::ReblogCreated;
use chronodon_events::relationship::{FollowChanged, MuteCreated};
use chronodon_events::status::StatusPosted;
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, ListId, MediaId, StatusId};
use chronodon_projections::Reader;
use chronodon_projections::core::timelines::{
    End, Feed, Only, Span, Tags, followed, home_viewers, list_viewers, public, tagged,
};
use jiff::Timestamp;

use crate::support::{World, blocks, follows, posted, registered, status_ref};

const ME: i64 = 1;
const FRIEND: i64 = 2;
const OTHER_FRIEND: i64 = 3;
const STRANGER: i64 = 4;
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn world() -> World {
    let mut world = World::new().await;
    for account in ME..=9 {
        world.happens(registered(account)).await;
    }
    world.happens(follows(ME, FRIEND)).await;
    world.happens(follows(ME, OTHER_FRIEND)).await;
    world
}

fn status(author: i64, id: i64) -> StatusPosted {
    posted(author, id, Visibility::Public, None)
}

fn reply(author: i64, id: i64, to: (i64, i64)) -> StatusPosted {
    StatusPosted { in_reply_to: Some(status_ref(to.0, to.1)), ..status(author, id) }
}

fn reblog(account: i64, id: i64, of: (i64, i64)) -> ReblogCreated {
    ReblogCreated {
        account_id: AccountId(account),
        reblog_id: StatusId(id),
        status: status_ref(of.0, of.1),
        visibility: Visibility::Public,
        created_at: Timestamp::from_second(id).unwrap(),
        account_local: true,
        uri: None,
    }
}

async fn home(reader: &Reader, now: Timestamp) -> Vec<i64> {
    let home = followed(reader, AccountId(ME), Feed::Home, Span::newest(1_000), now).await.unwrap();
    for id in 0..60 {
        let pushed = home_viewers(reader, id, &[ME, STRANGER], now).await.unwrap();
        assert!(!home.contains(&id) || pushed.contains(&ME), "{id} stands at home and is not pushed");
    }
    home
}

#[tokio::test]
async fn home_shows_what_those_whom_one_follows_say() {
    let mut world = world().await;
    world.happens(status(ME, 10)).await;
    world.happens(status(FRIEND, 11)).await;
    world.happens(status(STRANGER, 12)).await;
    for (id, visibility) in [(13, Visibility::Unlisted), (14, Visibility::Private), (15, Visibility::Direct)] {
        world.happens(posted(FRIEND, id, visibility, None)).await;
    }
    world.happens(posted(FRIEND, 16, Visibility::Direct, Some(ME))).await;
    world.happens(posted(STRANGER, 17, Visibility::Direct, Some(ME))).await;
    world.happens(posted(ME, 18, Visibility::Direct, Some(STRANGER))).await;
    // Replies to those one follows, to oneself, to its own author; not to strangers, unless they are one's own.
    world.happens(reply(FRIEND, 20, (OTHER_FRIEND, 1))).await;
    world.happens(reply(FRIEND, 21, (ME, 10))).await;
    world.happens(reply(FRIEND, 22, (FRIEND, 11))).await;
    world.happens(reply(FRIEND, 23, (STRANGER, 12))).await;
    world.happens(reply(ME, 24, (STRANGER, 12))).await;
    world.happens(reblog(FRIEND, 30, (STRANGER, 12))).await;
    world.happens(reblog(STRANGER, 31, (STRANGER, 12))).await;
    // A language the follow is limited to, another, and none.
    let languages = vec!["de".to_owned()];
    let limited = FollowChanged {
        account_id: AccountId(ME),
        target_id: AccountId(OTHER_FRIEND),
        reblogs: false,
        notify: false,
        languages,
        uri: None,
    };
    world.happens(limited).await;
    for (id, language) in [(40, Some("de")), (41, Some("en")), (42, None)] {
        let said = StatusPosted { language: language.map(str::to_owned), ..status(OTHER_FRIEND, id) };
        world.happens(said).await;
    }
    world.happens(reblog(OTHER_FRIEND, 43, (STRANGER, 12))).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    let expected = [42, 40, 30, 24, 22, 21, 20, 18, 16, 14, 13, 11, 10];
    assert_eq!(home(&reader, NOW).await, expected);
    assert_eq!(home_viewers(&reader, 41, &[ME], NOW).await.unwrap(), Vec::<i64>::new());
}

#[tokio::test]
async fn blocks_mutes_and_suspensions_apply_at_read() {
    let mut world = world().await;
    world.happens(status(STRANGER, 10)).await;
    world.happens(status(FRIEND, 11)).await;
    world.happens(reblog(FRIEND, 12, (STRANGER, 10))).await;
    world.happens(posted(FRIEND, 13, Visibility::Public, Some(STRANGER))).await;
    world.happens(status(OTHER_FRIEND, 14)).await;
    world.happens(status(5, 15)).await;
    world.happens(reblog(FRIEND, 16, (5, 15))).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    assert_eq!(home(&reader, NOW).await, [16, 14, 13, 12, 11]);

    let hour = Timestamp::from_second(3_600).unwrap();
    let mute = |target, expires_at| MuteCreated {
        account_id: AccountId(ME),
        target_id: AccountId(target),
        notifications: true,
        expires_at,
    };
    world.happens(mute(STRANGER, Some(hour))).await;
    world.happens(mute(OTHER_FRIEND, None)).await;
    world.happens(blocks(5, ME)).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    assert_eq!(home(&reader, NOW).await, [11]);
    assert_eq!(home(&reader, hour).await, [13, 12, 11]);
    let everyone = public(&reader, Some(AccountId(ME)), Only::default(), Span::newest(10), NOW).await.unwrap();
    assert_eq!(everyone, [13, 11]);
    let anonymous = public(&reader, None, Only::default(), Span::newest(10), NOW).await.unwrap();
    assert_eq!(anonymous, [15, 14, 13, 11, 10]);

    world.happens(AccountSuspended { account_id: AccountId(FRIEND), reason: None }).await;
    world.rebuild().await;
    assert_eq!(home(&world.slots.reader(), hour).await, Vec::<i64>::new());
    world.happens(AccountUnsuspended { account_id: AccountId(FRIEND) }).await;
    world.rebuild().await;
    assert_eq!(home(&world.slots.reader(), hour).await, [13, 12, 11]);
}

#[tokio::test]
async fn lists_have_their_members_and_policies() {
    let mut world = world().await;
    let list = ListId(50);
    for (id, replies_policy) in [(50, RepliesPolicy::List), (51, RepliesPolicy::None), (52, RepliesPolicy::Followed)] {
        let (account_id, title) = (AccountId(ME), String::new());
        let exclusive = id == 50;
        world.happens(ListCreated { account_id, list_id: ListId(id), title, replies_policy, exclusive }).await;
        for member in [FRIEND, STRANGER] {
            let (account_id, member_id) = (AccountId(ME), AccountId(member));
            world.happens(ListAccountAdded { account_id, list_id: ListId(id), member_id }).await;
        }
    }
    world.happens(status(FRIEND, 10)).await;
    world.happens(status(OTHER_FRIEND, 11)).await;
    world.happens(status(STRANGER, 12)).await;
    world.happens(reply(FRIEND, 13, (OTHER_FRIEND, 11))).await;
    world.happens(reply(FRIEND, 14, (ME, 9))).await;
    world.happens(posted(FRIEND, 15, Visibility::Direct, Some(ME))).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    let show = async |list| followed(&reader, AccountId(ME), Feed::List(list), Span::newest(20), NOW).await.unwrap();
    assert_eq!(show(list).await, [14, 10]);
    assert_eq!(show(ListId(51)).await, [14, 10]);
    assert_eq!(show(ListId(52)).await, [14, 13, 10]);
    assert_eq!(list_viewers(&reader, 13, &[50, 51, 52], NOW).await.unwrap(), [(52, ME)]);
    assert_eq!(list_viewers(&reader, 12, &[50, 51, 52], NOW).await.unwrap(), []);
    // The first of them is exclusive.
    assert_eq!(home(&reader, NOW).await, [11]);
    world.happens(ListDeleted { account_id: AccountId(ME), list_id: list }).await;
    world.rebuild().await;
    assert_eq!(home(&world.slots.reader(), NOW).await, [15, 14, 13, 11, 10]);
}

#[tokio::test]
async fn public_and_tag_timelines_choose() {
    let mut world = world().await;
    world.happens(status(FRIEND, 10)).await;
    world.happens(posted(FRIEND, 13, Visibility::Unlisted, None)).await;
    world.happens(reply(FRIEND, 16, (STRANGER, 4))).await;
    world.happens(reply(FRIEND, 19, (FRIEND, 10))).await;
    world.happens(StatusPosted { media_ids: vec![MediaId(7)], ..status(FRIEND, 22) }).await;
    world.happens(StatusPosted { local: false, ..status(FRIEND, 25) }).await;
    let mut two = status(FRIEND, 28);
    two.hashtags.extend(status(FRIEND, 29).hashtags);
    world.happens(two).await;
    world.happens(status(FRIEND, 29)).await;
    world.happens(reblog(FRIEND, 31, (FRIEND, 29))).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    let everyone = async |only| public(&reader, None, only, Span::newest(20), NOW).await.unwrap();
    assert_eq!(everyone(Only::default()).await, [29, 28, 25, 22, 19, 10]);
    assert_eq!(everyone(Only { local: true, ..Only::default() }).await, [29, 28, 22, 19, 10]);
    assert_eq!(everyone(Only { remote: true, ..Only::default() }).await, [25]);
    assert_eq!(everyone(Only { media: true, local: true, ..Only::default() }).await, [22]);

    let tagged = async |tags: Tags| tagged(&reader, None, &tags, Only::default(), Span::newest(20), NOW).await.unwrap();
    let word = |tag: &str| vec![tag.to_owned()];
    let any = word("tag1");
    assert_eq!(tagged(Tags { any: any.clone(), ..Tags::default() }).await, [28, 25, 22, 19, 16, 10]);
    assert_eq!(tagged(Tags { any: any.clone(), all: word("tag2"), ..Tags::default() }).await, [28]);
    assert_eq!(tagged(Tags { any: any.clone(), none: word("tag2"), ..Tags::default() }).await, [25, 22, 19, 16, 10]);
    let both = vec!["tag1".to_owned(), "tag2".to_owned()];
    assert_eq!(tagged(Tags { any: both, ..Tags::default() }).await, [29, 28, 25, 22, 19, 16, 10]);
}

/// Statuses and reblogs by many, some of the same statuses again and again.
async fn crowd(world: &mut World) {
    for account in 5..=8 {
        world.happens(follows(ME, account)).await;
    }
    for id in 100..500 {
        let author = FRIEND + id % 8;
        match id % 5 {
            0 => world.happens(reblog(author, id, (FRIEND + (100 + id % 7) % 8, 100 + id % 7))).await,
            1 => world.happens(reply(author, id, (FRIEND + id % 3, id - 50))).await,
            _ => world.happens(status(author, id)).await,
        }
    }
    world.happens(blocks(ME, 6)).await;
    world.rebuild().await;
}

#[tokio::test]
async fn pages_in_either_direction_add_up_to_the_whole() {
    let mut world = world().await;
    crowd(&mut world).await;
    let reader = world.slots.reader();
    let page = async |span| followed(&reader, AccountId(ME), Feed::Home, span, NOW).await.unwrap();
    let whole = page(Span::newest(1_000)).await;
    assert!(whole.len() > 150, "{}", whole.len());
    for limit in [1, 7, 20, 40] {
        let mut down: Vec<i64> = Vec::new();
        while let below = down.last().copied().unwrap_or(i64::MAX)
            && let next = page(Span { below, ..Span::newest(limit) }).await
            && !next.is_empty()
        {
            down.extend(next);
        }
        assert_eq!(down, whole, "down by {limit}");
        let mut up: Vec<i64> = Vec::new();
        while let above = up.first().copied().unwrap_or(i64::MIN)
            && let next = page(Span { above, end: End::Oldest, ..Span::newest(limit) }).await
            && !next.is_empty()
        {
            up.splice(0..0, next);
        }
        assert_eq!(up, whole, "up by {limit}");
    }
    let since = whole[30];
    assert_eq!(page(Span { above: since, ..Span::newest(1_000) }).await, whole[..30]);
    assert_eq!(page(Span { above: since, ..Span::newest(10) }).await, whole[..10]);
    let between = Span { above: whole[50], below: whole[10], limit: 5, end: End::Oldest };
    assert_eq!(page(between).await, whole[45..50]);
    // The ring in memory: a status that several reblog in a row stands there once.
    let reblogs = whole.iter().filter(|id| **id % 5 == 0).count();
    assert!((1..40).contains(&reblogs), "{reblogs} reblogs of 7 statuses");
}
