//! Policies for domains: which is in force, what it hides and where, and that memory says what the tables say.

use std::sync::Arc;

use chronodon_event_log::Recorded;
use chronodon_events::account_domain_block::AccountDomainBlockCreated;
use chronodon_events::domain_policy::{DomainAllowed, DomainDisallowed, DomainUnblocked, Severity};
use chronodon_events::favourite::FavouriteAdded;
use chronodon_events::severance::{SeveranceKind, SeveranceRecorded, SeveranceTarget};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, Event, Position, SeveranceId};
use chronodon_projections::core::timelines::{Feed, Only, Span, Tags, followed, public, tagged};
use chronodon_projections::core::{accounts, domain_policies, notifications, severances, threads};
use chronodon_projections::memory::policies::{Policies, Policy};
use chronodon_projections::{Observer, Reader};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{World, domain_blocked, follows, posted, registered, status_ref};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ME: i64 = 1;
const FRIEND: i64 = 2;
const DOMAINS: [&str; 5] = ["example", "bad.example", "a.bad.example", "b.a.bad.example", "127.0.0.1:3000"];

fn event() -> impl Strategy<Value = Event> {
    let severity = prop::sample::select(vec![Severity::Noop, Severity::Silence, Severity::Suspend]);
    (0..5, prop::sample::select(&DOMAINS[..]), severity, any::<bool>(), any::<bool>()).prop_map(
        |(kind, domain, severity, reject_media, reject_reports)| {
            let mut blocked = domain_blocked(domain, severity);
            (blocked.reject_media, blocked.reject_reports) = (reject_media, reject_reports);
            let domain = domain.to_owned();
            match kind {
                0 | 1 => Event::from(blocked),
                2 => Event::from(DomainUnblocked { domain }),
                3 => Event::from(DomainAllowed { domain }),
                _ => Event::from(DomainDisallowed { domain }),
            }
        },
    )
}

/// What the tables say of a host.
async fn of_tables(reader: &Reader, host: &str) -> Policy {
    let block = domain_policies::of(reader, host).await.unwrap();
    let own = domain_policies::by_domain(reader, host).await.unwrap();
    let severity = block.as_ref().and_then(|row| Severity::parse(row.severity.as_deref()?));
    Policy {
        severity,
        reject_media: block.as_ref().is_some_and(|row| row.reject_media),
        reject_reports: block.as_ref().is_some_and(|row| row.reject_reports),
        allowed: own.is_some_and(|row| row.allow_id.is_some()),
    }
}

#[tokio::test]
async fn memory_loaded_or_told_says_what_the_tables_say() {
    let mut world = World::new().await;
    let mut random = TestRunner::deterministic();
    let told = Policies::default();
    let mut position = Position::START;
    for _ in 0..6 {
        for _ in 0..12 {
            world.happens(event().new_tree(&mut random).unwrap().current()).await;
        }
        let events = world.log.read_all(position, 1_000).await.unwrap();
        position = events.last().unwrap().position;
        told.applied(&events.into_iter().map(Arc::new).collect::<Vec<Arc<Recorded>>>());
        world.rebuild().await;
        let loaded = Policies::default();
        let slot = world.slots.active();
        let mut client = slot.pool().get().await.unwrap();
        loaded.load(&client.transaction().await.unwrap()).await.unwrap();
        for host in DOMAINS.into_iter().chain(["x.b.a.bad.example", "good.test", "xbad.example", "127.0.0.1:3001"]) {
            let expected = of_tables(&world.slots.reader(), host).await;
            assert_eq!(told.of(host), expected, "told of {host}");
            assert_eq!(loaded.of(host), expected, "loaded, {host}");
        }
    }
}

#[tokio::test]
async fn the_nearest_block_is_in_force_and_leave_to_enter_is_by_name() {
    let mut world = World::new().await;
    world.happens(domain_blocked("bad.example", Severity::Suspend)).await;
    world.happens(domain_blocked("good.bad.example", Severity::Noop)).await;
    world.happens(DomainAllowed { domain: "bad.example".to_owned() }).await;
    world.happens(DomainAllowed { domain: "friend.test".to_owned() }).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    let severity = async |host: &str| of_tables(&reader, host).await.severity;
    assert_eq!(severity("bad.example").await, Some(Severity::Suspend));
    assert_eq!(severity("a.b.bad.example").await, Some(Severity::Suspend));
    assert_eq!(severity("x.good.bad.example").await, Some(Severity::Noop));
    assert_eq!(severity("notbad.example").await, None);
    assert_eq!(severity("friend.test").await, None);
    assert!(of_tables(&reader, "bad.example").await.allowed && !of_tables(&reader, "a.bad.example").await.allowed);
    let published = domain_policies::published(&reader, 10).await.unwrap();
    assert_eq!(published.iter().map(|row| &*row.domain).collect::<Vec<_>>(), ["bad.example"]);
}

struct Seen {
    home: Vec<i64>,
    public: Vec<i64>,
    tagged: Vec<i64>,
    thread: Vec<i64>,
    told: usize,
    suspended: bool,
}

/// 2 is a friend, 3 a stranger; both at `bad.example`. Each posts, answers 10 and favourites it.
async fn world() -> World {
    let mut world = World::new().await;
    for account in 1..=4 {
        world.happens(registered(account)).await;
    }
    world.happens(follows(ME, FRIEND)).await;
    world.happens(posted(ME, 10, Visibility::Public, None)).await;
    for (account, id) in [(FRIEND, 20), (3, 30)] {
        world.is_at(account, "bad.example");
        world.happens(posted(account, id, Visibility::Public, None)).await;
        let mut reply = posted(account, id + 1, Visibility::Public, None);
        reply.in_reply_to = Some(status_ref(ME, 10));
        world.happens(reply).await;
        world.happens(FavouriteAdded { account_id: AccountId(account), status: status_ref(ME, 10), uri: None }).await;
    }
    world
}

async fn seen(world: &World) -> Seen {
    world.rebuild().await;
    let reader = world.slots.reader();
    let (me, span) = (Some(AccountId(ME)), Span::newest(100));
    let tags = Tags { any: vec!["tag0".to_owned(), "tag1".to_owned(), "tag2".to_owned()], ..Tags::default() };
    let filter = notifications::Filter { account_id: ME, limit: 40, ..notifications::Filter::default() };
    let extent = threads::Extent::of(me);
    let mut thread = threads::descendants(&reader, chronodon_events::StatusId(10), me, extent, NOW).await.unwrap();
    thread.sort_unstable();
    Seen {
        home: followed(&reader, AccountId(ME), Feed::Home, span, NOW).await.unwrap(),
        public: public(&reader, me, Only::default(), span, NOW).await.unwrap(),
        tagged: tagged(&reader, me, &tags, Only::default(), span, NOW).await.unwrap(),
        thread,
        told: notifications::page(&reader, &filter, NOW).await.unwrap().len(),
        suspended: accounts::by_ids(&reader, &[3]).await.unwrap()[0].suspended,
    }
}

#[tokio::test]
async fn a_suspended_domain_is_hidden_everywhere_until_it_is_not() {
    let mut world = world().await;
    let before = seen(&world).await;
    assert_eq!((before.home.len(), before.public.len(), before.told), (3, 3, 4));
    assert_eq!(before.thread, [21, 31]);
    assert_eq!(before.tagged.len(), 5);
    assert!(!before.suspended);

    world.happens(domain_blocked("example", Severity::Suspend)).await;
    let hidden = seen(&world).await;
    assert_eq!((hidden.home, hidden.public, hidden.tagged), (vec![10], vec![10], vec![10]));
    assert_eq!((hidden.thread, hidden.told), (vec![], 0));
    assert!(hidden.suspended);

    world.happens(DomainUnblocked { domain: "example".to_owned() }).await;
    let again = seen(&world).await;
    assert_eq!((again.home, again.public, again.told), (before.home, before.public, before.told));
}

#[tokio::test]
async fn a_silenced_domain_is_heard_by_those_who_follow() {
    let mut world = world().await;
    world.happens(domain_blocked("bad.example", Severity::Silence)).await;
    let seen = seen(&world).await;
    assert_eq!(seen.home, [21, 20, 10]);
    assert_eq!((seen.public, seen.tagged), (vec![10], vec![10]));
    assert_eq!((seen.thread, seen.told), (vec![21], 3));
    assert!(!seen.suspended);
}

#[tokio::test]
async fn whoever_hides_a_domain_sees_nothing_of_it_unasked() {
    let mut world = world().await;
    world.happens(AccountDomainBlockCreated { account_id: AccountId(ME), domain: "bad.example".to_owned() }).await;
    let mine = seen(&world).await;
    assert_eq!((mine.home, mine.public, mine.tagged), (vec![10], vec![10], vec![10]));
    assert_eq!((mine.thread, mine.told), (vec![], 0));
    let reader = world.slots.reader();
    let others = public(&reader, Some(AccountId(4)), Only::default(), Span::newest(9), NOW).await.unwrap();
    assert_eq!(others, [30, 20, 10]);
}

#[tokio::test]
async fn what_is_to_be_severed_is_found_and_told() {
    let mut world = world().await;
    world.happens(follows(3, ME)).await;
    world.happens(follows(3, FRIEND)).await;
    world.happens(domain_blocked("bad.example", Severity::Suspend)).await;
    world.rebuild().await;
    let reader = world.slots.reader();
    let tied = severances::tied_to(&reader, "bad.example", 10).await.unwrap();
    assert_eq!(tied, [severances::Ties { account_id: AccountId(ME), followers: 1, following: 1 }]);
    let ties = severances::ties_of(&reader, "bad.example", AccountId(ME)).await.unwrap();
    assert_eq!(ties.iter().map(|tie| tie.other_id.get()).collect::<Vec<_>>(), [FRIEND, 3]);

    world.happens(domain_blocked("bad.example", Severity::Silence)).await;
    world
        .happens(SeveranceRecorded {
            severance_id: SeveranceId(5),
            kind: SeveranceKind::DomainBlock,
            target: SeveranceTarget::Domain("bad.example".to_owned()),
            account_id: AccountId(ME),
            followers_count: 1,
            following_count: 1,
        })
        .await;
    world.rebuild().await;
    let reader = world.slots.reader();
    assert!(severances::tied_to(&reader, "bad.example", 10).await.unwrap().is_empty(), "it is suspended no more");
    let kinds = vec!["severed_relationships".to_owned()];
    let filter = notifications::Filter { account_id: ME, kinds, limit: 40, ..notifications::Filter::default() };
    let told = notifications::page(&reader, &filter, NOW).await.unwrap();
    assert_eq!(told.len(), 1);
    let severed = severances::by_notifications(&reader, &[told[0].id]).await.unwrap();
    assert_eq!((severed.len(), &*severed[0].target_name), (1, "bad.example"));
}
