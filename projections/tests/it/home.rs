//! A ring's page is the home query's page, whatever happens.

use std::collections::HashMap;
use std::sync::Arc;

use chronodon_event_log::Recorded;
use chronodon_events::account::{AccountSuspended, AccountUnsuspended};
use chronodon_events::account_domain_block::AccountDomainBlockCreated;
use chronodon_events::domain_policy::{DomainUnblocked, Severity};
use chronodon_events::list::{
    ListAccountAdded, ListAccountRemoved, ListCreated, ListDeleted, ListUpdated, RepliesPolicy,
};
use chronodon_events::reblog::{ReblogCreated, ReblogRemoved};
use chronodon_events::relationship::{BlockRemoved, FollowChanged, FollowRemoved, MuteCreated, MuteRemoved};
use chronodon_events::status::{StatusDeleted, StatusEdited, StatusPosted};
use chronodon_events::values::Visibility;
use chronodon_events::{AccountId, Event, ListId, Position, StatusId};
use chronodon_projections::Observer;
use chronodon_projections::core::timelines::{End, Feed, Span, followed};
use chronodon_projections::memory::graph::Graph;
use chronodon_projections::memory::home::Homes;
use jiff::Timestamp;

use crate::support::{World, blocks, domain_blocked, follows, posted, registered, status_ref};

const ACCOUNTS: i64 = 9;
/// They come home; the others only talk.
const VIEWERS: i64 = 4;

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % sides
    }

    fn account(&mut self) -> i64 {
        1 + self.below(ACCOUNTS)
    }
}

/// What was said and not taken back: `(id, author, what it is a reblog of)`.
type Said = Vec<(i64, i64, Option<i64>)>;

/// How far a status may be passed on: by everybody, by its author, by nobody.
fn passed_on(visibility: Visibility) -> i64 {
    match visibility {
        Visibility::Public | Visibility::Unlisted => 2,
        Visibility::Private => 1,
        Visibility::Direct => 0,
    }
}

struct Play {
    world: World,
    graph: Arc<Graph>,
    homes: Homes,
    told: Position,
    dice: Dice,
    said: Said,
    /// By status.
    reach: HashMap<i64, i64>,
    last: i64,
}

impl Play {
    async fn new(seed: u64, filled: usize, kept: usize) -> Self {
        let mut world = World::new().await;
        for account in 1..=ACCOUNTS {
            world.happens(registered(account)).await;
        }
        world.is_at(7, "bad.example");
        world.is_at(8, "a.bad.example");
        for viewer in 1..=VIEWERS {
            for target in 1..=ACCOUNTS {
                if (viewer + target) % 3 != 0 && viewer != target {
                    world.happens(follows(viewer, target)).await;
                }
            }
        }
        for list in 1..=2 {
            let (account_id, title) = (AccountId(list), String::new());
            let (list_id, replies_policy) = (ListId(list), RepliesPolicy::List);
            world.happens(ListCreated { account_id, list_id, title, replies_policy, exclusive: false }).await;
        }
        let graph = Arc::<Graph>::default();
        let homes = Homes::of_size(graph.clone(), filled, kept);
        Self {
            world,
            graph,
            homes,
            told: Position::START,
            dice: Dice(seed),
            said: Vec::new(),
            reach: HashMap::new(),
            last: 1_000,
        }
    }

    /// Loads memory from the tables.
    async fn load(&mut self) {
        self.world.rebuild().await;
        let slot = self.world.slots.active();
        let mut client = slot.pool().get().await.unwrap();
        let tx = client.transaction().await.unwrap();
        self.graph.load(&tx).await.unwrap();
        self.homes.load(&tx).await.unwrap();
        self.told = self.world.log.head().await.unwrap();
    }

    /// Brings tables and memory to the log's end.
    async fn catch_up(&mut self) {
        self.world.rebuild().await;
        let events = self.world.log.read_all(self.told, 5_000).await.unwrap();
        let events: Vec<Arc<Recorded>> = events.into_iter().map(Arc::new).collect();
        self.told = events.last().map_or(self.told, |event| event.position);
        self.graph.applied(&events);
        self.homes.applied(&events);
    }

    async fn happens(&mut self, event: impl Into<Event>) {
        self.world.happens(event).await;
    }

    fn some_status(&mut self) -> Option<(i64, i64, Option<i64>)> {
        let near = self.said.len().min(60);
        let back = if near == 0 { 0 } else { usize::try_from(self.dice.below(near as i64)).unwrap() };
        self.said.len().checked_sub(1 + back).map(|at| self.said[at])
    }

    fn a_post(&mut self) -> StatusPosted {
        self.last += 1 + self.dice.below(3);
        let author = self.dice.account();
        let visibility =
            [Visibility::Public, Visibility::Public, Visibility::Unlisted, Visibility::Private, Visibility::Direct]
                [usize::try_from(self.dice.below(5)).unwrap()];
        let named = (self.dice.below(3) == 0).then(|| self.dice.account());
        let language = [None, Some("de"), Some("en")][usize::try_from(self.dice.below(3)).unwrap()];
        let mut status = posted(author, self.last, visibility, named);
        status.language = language.map(str::to_owned);
        if self.dice.below(3) == 0
            && let Some((id, author, None)) = self.some_status()
        {
            status.in_reply_to = Some(status_ref(author, id));
        }
        self.said.push((self.last, author, None));
        self.reach.insert(self.last, passed_on(visibility));
        status
    }

    fn a_reblog(&mut self) -> Option<ReblogCreated> {
        let (id, author, None) = self.some_status()? else { return None };
        let account = match self.reach[&id] {
            2 => self.dice.account(),
            1 => author,
            _ => return None,
        };
        self.last += 1;
        self.said.push((self.last, account, Some(id)));
        Some(ReblogCreated {
            account_id: AccountId(account),
            reblog_id: StatusId(self.last),
            status: status_ref(author, id),
            visibility: Visibility::Public,
            created_at: Timestamp::from_second(self.last).unwrap(),
            account_local: true,
            uri: None,
        })
    }

    fn an_end(&mut self) -> Option<Event> {
        let (id, author, reblog_of) = self.some_status()?;
        let (account_id, status_id) = (AccountId(author), StatusId(id));
        self.said.retain(|(said, _, of)| *said != id && *of != Some(id));
        Some(match reblog_of {
            Some(of) => ReblogRemoved { account_id, reblog_id: status_id, status_id: StatusId(of), uri: None }.into(),
            None => StatusDeleted { account_id, status_id, media_ids: Vec::new(), expired: false }.into(),
        })
    }

    fn an_edit(&mut self) -> Option<StatusEdited> {
        let (id, author, None) = self.some_status()? else { return None };
        let named = self.dice.account();
        let like = posted(author, id, Visibility::Public, Some(named));
        let language = [None, Some("de"), Some("en")][usize::try_from(self.dice.below(3)).unwrap()];
        Some(StatusEdited {
            account_id: like.account_id,
            status_id: like.status_id,
            text: like.text,
            spoiler_text: String::new(),
            sensitive: false,
            language: language.map(str::to_owned),
            mentions: like.mentions,
            hashtags: Vec::new(),
            media_ids: Vec::new(),
            poll: None,
            poll_reset: false,
            edited_at: Timestamp::UNIX_EPOCH,
            remote: None,
        })
    }

    fn a_relation(&mut self) -> Event {
        let (account, target) = (1 + self.dice.below(VIEWERS), self.dice.account());
        let (account_id, target_id) = (AccountId(account), AccountId(target));
        let expires_at = (self.dice.below(2) == 0).then(|| Timestamp::from_second(self.dice.below(100)).unwrap());
        match self.dice.below(10) {
            _ if account == target => {
                FollowRemoved { account_id, target_id: AccountId(1 + account % ACCOUNTS), uri: None }.into()
            }
            0..3 => follows(account, target).into(),
            3 => FollowRemoved { account_id, target_id, uri: None }.into(),
            4 => {
                let languages = vec!["de".to_owned()];
                FollowChanged { account_id, target_id, reblogs: false, notify: false, languages, uri: None }.into()
            }
            5 => blocks(account, target).into(),
            6 => BlockRemoved { account_id, target_id, uri: None }.into(),
            7 => MuteCreated { account_id, target_id, notifications: true, expires_at }.into(),
            8 => MuteRemoved { account_id, target_id }.into(),
            _ => blocks(target, account).into(),
        }
    }

    fn a_list(&mut self) -> Event {
        let list = 1 + self.dice.below(2);
        let (account_id, list_id) = (AccountId(list), ListId(list));
        let member_id = AccountId(self.dice.account());
        let (title, replies_policy) = (String::new(), RepliesPolicy::List);
        match self.dice.below(5) {
            0 | 1 => ListAccountAdded { account_id, list_id, member_id }.into(),
            2 => ListAccountRemoved { account_id, list_id, member_id }.into(),
            3 => ListUpdated { account_id, list_id, title, replies_policy, exclusive: self.dice.below(2) == 0 }.into(),
            _ if self.dice.below(4) == 0 => ListDeleted { account_id, list_id }.into(),
            _ => ListUpdated { account_id, list_id, title, replies_policy, exclusive: true }.into(),
        }
    }

    async fn something_happens(&mut self) {
        match self.dice.below(20) {
            0..9 => {
                let post = self.a_post();
                self.happens(post).await;
            }
            9..13 => {
                if let Some(reblog) = self.a_reblog() {
                    self.happens(reblog).await;
                }
            }
            13 | 14 => {
                if let Some(end) = self.an_end() {
                    self.happens(end).await;
                }
            }
            15 => {
                if let Some(edit) = self.an_edit() {
                    self.happens(edit).await;
                }
            }
            16 | 17 => {
                let relation = self.a_relation();
                self.happens(relation).await;
            }
            18 => {
                let list = self.a_list();
                self.happens(list).await;
            }
            _ if self.dice.below(2) == 0 => {
                let domain = ["bad.example", "a.bad.example"][usize::try_from(self.dice.below(2)).unwrap()];
                let severities = [Severity::Suspend, Severity::Suspend, Severity::Silence, Severity::Noop];
                match self.dice.below(6) {
                    0 | 1 => self.happens(DomainUnblocked { domain: domain.to_owned() }).await,
                    // Once hidden, a viewer's pages come from the query for good: few do that.
                    2 if self.dice.below(10) == 0 => {
                        let account_id = AccountId(self.dice.account());
                        self.happens(AccountDomainBlockCreated { account_id, domain: domain.to_owned() }).await;
                    }
                    side => {
                        let severity = severities[usize::try_from(side - 2).unwrap()];
                        self.happens(domain_blocked(domain, severity)).await;
                    }
                }
            }
            _ => {
                let account_id = AccountId(self.dice.account());
                self.happens(AccountSuspended { account_id, reason: None }).await;
                if self.dice.below(3) > 0 {
                    self.happens(AccountUnsuspended { account_id }).await;
                }
            }
        }
    }

    fn a_span(&mut self) -> Span {
        let any = |dice: &mut Dice, last: i64| last - dice.below(dice_range(last));
        let below = if self.dice.below(3) == 0 { any(&mut self.dice, self.last) } else { i64::MAX };
        let above = if self.dice.below(3) == 0 { any(&mut self.dice, self.last) } else { i64::MIN };
        let end = if self.dice.below(3) == 0 { End::Oldest } else { End::Newest };
        Span { limit: usize::try_from(1 + self.dice.below(40)).unwrap(), below, above, end }
    }

    /// Compares pages of every viewer; tells how many came from rings.
    async fn compare(&mut self) -> usize {
        let reader = self.world.slots.reader();
        let mut from_rings = 0;
        for viewer in (1..=VIEWERS).map(AccountId) {
            for round in 0..6 {
                let span = if round == 0 { Span::newest(20) } else { self.a_span() };
                let now = Timestamp::from_second(self.dice.below(100)).unwrap();
                let expected = followed(&reader, viewer, Feed::Home, span, now).await.unwrap();
                if let Some(page) = self.homes.from_ring(&reader, viewer, span, now).await.unwrap() {
                    assert_eq!(page, expected, "{viewer} {span:?} at {now}");
                    from_rings += 1;
                }
                assert_eq!(self.homes.page(&reader, viewer, span, now).await.unwrap(), expected);
            }
        }
        from_rings
    }
}

fn dice_range(last: i64) -> i64 {
    (last - 1_000).max(1)
}

/// Tells how many of 312 pages came from rings.
async fn plays(seed: u64, before: usize, filled: usize, kept: usize) -> usize {
    let mut play = Play::new(seed, filled, kept).await;
    for _ in 0..before {
        play.something_happens().await;
    }
    play.load().await;
    let mut from_rings = play.compare().await;
    for _ in 0..12 {
        for _ in 0..1 + play.dice.below(40) {
            play.something_happens().await;
        }
        play.catch_up().await;
        from_rings += play.compare().await;
    }
    from_rings
}

#[tokio::test]
async fn a_ring_s_page_is_the_query_s_page() {
    for seed in 0..2 {
        assert_eq!(plays(seed, 100, 400, 800).await, 312);
    }
}

#[tokio::test]
async fn a_ring_that_holds_only_the_head_says_so() {
    let from_rings = plays(2, 900, 90, 110).await;
    assert!((40..300).contains(&from_rings), "{from_rings} pages came from rings");
}

#[tokio::test]
async fn a_ring_stays_for_as_long_as_nothing_changes_who_belongs_there() {
    let mut play = Play::new(1, 400, 800).await;
    play.load().await;
    let reader = play.world.slots.reader();
    let page = async |play: &Play| play.homes.page(&reader, AccountId(1), Span::newest(5), Timestamp::UNIX_EPOCH).await;
    page(&play).await.unwrap();
    let asked = reader.statements();
    play.happens(posted(1, 2_000, Visibility::Public, None)).await;
    play.happens(blocks(1, 3)).await;
    play.catch_up().await;
    assert_eq!(page(&play).await.unwrap(), [2_000]);
    assert_eq!(reader.statements(), asked, "it was asked of memory");
    play.happens(follows(1, 8)).await;
    play.catch_up().await;
    assert_eq!(play.homes.rings(), 0);
}
