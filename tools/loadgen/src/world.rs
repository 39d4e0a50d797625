//! The data that is measured on: accounts, who follows whom, what they have posted. It is appended to the log as
//! commands would append it, without a server, and kept for the next run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use chronodon::config::Config;
use chronodon_events::account::{AccountEvent, AccountRegistered};
use chronodon_events::favourite::{FavouriteAdded, FavouriteEvent};
use chronodon_events::relationship::{FollowCreated, MuteCreated, RelationshipEvent};
use chronodon_events::status::{StatusEvent, StatusPosted};
use chronodon_events::values::{Profile, Role, StatusRef, Visibility};
use chronodon_events::{AccountId, Event, StatusId};
use clap::ValueEnum;
use jiff::Timestamp;

use crate::Options;
use crate::seed::{First, Seed};

/// Another seed is another world; raise it when what is seeded changes.
const FORMAT: u32 = 1;
/// Accounts that read home timelines.
pub(crate) const READERS: usize = 100;
/// Accounts that a reader mutes.
const MUTES: usize = 10;
/// The server's domain.
pub(crate) const DOMAIN: &str = "127.0.0.1:3000";
/// When the first account signed up, in seconds since 1970.
const BEGINNING: i64 = 1_750_000_000;

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Size {
    /// To see that it works
    Tiny,
    /// A server of a few thousand
    Medium,
    /// Five thousand accounts, two million follows, a million statuses
    Full,
}

/// What a size means. The number of accounts is prime, so that every stride over them meets each once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) accounts: usize,
    pub(crate) followers_mean: usize,
    /// Accounts that each reader follows.
    pub(crate) follows: usize,
    pub(crate) statuses: usize,
    pub(crate) favourites: usize,
}

impl Size {
    pub(crate) const fn numbers(self) -> Numbers {
        match self {
            Self::Tiny => Numbers { accounts: 131, followers_mean: 8, follows: 20, statuses: 300, favourites: 100 },
            Self::Medium => {
                Numbers { accounts: 2_503, followers_mean: 80, follows: 2_000, statuses: 200_000, favourites: 100_000 }
            }
            Self::Full => Numbers {
                accounts: 5_003,
                followers_mean: 400,
                follows: 2_000,
                statuses: 1_000_000,
                favourites: 500_000,
            },
        }
    }
}

/// A data directory with a world in it, at rest.
pub(crate) struct World {
    pub(crate) data: PathBuf,
    pub(crate) numbers: Numbers,
    /// How many follow each account.
    pub(crate) followers: Vec<BTreeSet<usize>>,
}

impl World {
    /// The world of this size, there or not.
    pub(crate) fn of(options: &Options) -> anyhow::Result<Self> {
        let numbers = options.size.numbers();
        let data = fs::canonicalize(&options.out)?.join(format!("world-{FORMAT}-{:?}", options.size).to_lowercase());
        Ok(Self { data, numbers, followers: followers(numbers) })
    }

    /// Makes it where it is not there yet.
    pub(crate) async fn prepare(&self, server: &Path) -> anyhow::Result<()> {
        let seeded = self.data.join("seeded");
        if seeded.exists() {
            return Ok(());
        }
        if self.data.exists() {
            fs::remove_dir_all(&self.data).context("clearing a world that was not finished")?;
        }
        self.make(server).await?;
        Ok(fs::write(seeded, "")?)
    }

    /// The server's configuration for this world.
    pub(crate) fn config(&self) -> Config {
        config(&self.data)
    }

    /// The token of an account.
    pub(crate) fn token(account: usize) -> String {
        format!("bench-{account}")
    }

    /// The name of an account.
    pub(crate) fn username(account: usize) -> String {
        format!("bench{account}")
    }

    /// The accounts that home timelines are read as.
    pub(crate) fn readers(&self) -> impl Iterator<Item = usize> + use<> {
        self.numbers.accounts - READERS.min(self.numbers.accounts)..self.numbers.accounts
    }

    /// So many accounts whose number of followers is nearest to `followers`.
    pub(crate) fn authors(&self, many: usize, followers: usize) -> Vec<usize> {
        let mut accounts: Vec<_> = (0..self.numbers.accounts).collect();
        accounts.sort_by_key(|account| self.followers[*account].len().abs_diff(followers));
        accounts.truncate(many);
        accounts
    }

    async fn make(&self, server: &Path) -> anyhow::Result<()> {
        let begun = Instant::now();
        let seed = Seed::open(server, &self.data).await?;
        seed.fill(self).await?;
        seed.close(self.numbers.accounts).await?;
        crate::report::say(&format!("seeded {} in {:.0} s", self.data.display(), begun.elapsed().as_secs_f64()))
    }
}

/// Makes a data directory: the first command makes the cluster, the tables and the master key.
pub(crate) fn begin(server: &Path, data: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(data)?;
    let arguments = ["account", "create", "owner", "--email", "owner@bench.example", "--password", "bench bench"];
    let mut command = Command::new(server);
    command.env("CHRONODON_SERVER__DOMAIN", DOMAIN).arg("--data-dir").arg(data).args(arguments);
    let output = command.output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The configuration of a server over this data directory.
pub(crate) fn config(data: &Path) -> Config {
    let mut config = Config::default();
    config.server.data_dir = data.to_owned();
    config.server.domain = Some(DOMAIN.to_owned());
    config
}

/// Who follows whom: the first account is followed by all, the others by ever fewer, and readers follow the first ones.
fn followers(numbers: Numbers) -> Vec<BTreeSet<usize>> {
    let Numbers { accounts, followers_mean, follows, .. } = numbers;
    let count = |account: usize, slope: f64| (accounts - 1) as f64 / ((account + 1) as f64).powf(slope);
    let (mut low, mut high) = (0.0, 4.0);
    for _ in 0..50 {
        let slope = f64::midpoint(low, high);
        let all: f64 = (0..accounts).map(|account| count(account, slope)).sum();
        if all > (followers_mean * accounts) as f64 { low = slope } else { high = slope }
    }
    let of = |account: usize| {
        let many = count(account, high).round() as usize;
        let stride = 1 + account * 7 % (accounts - 1);
        let mut all: BTreeSet<_> = (1..=many).map(|step| (account + step * stride) % accounts).collect();
        if account < follows {
            all.extend(accounts - READERS.min(accounts)..accounts);
        }
        all.remove(&account);
        all
    };
    (0..accounts).map(of).collect()
}

/// Texts of a language that nobody speaks: some words are frequent, most are rare.
pub(crate) fn text(number: usize) -> String {
    let mut state = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words = 8 + next() % 40;
    let word = |random: u64| {
        let rank = (20_000.0_f64).powf((random % 10_000) as f64 / 10_000.0) as u64;
        word(rank)
    };
    (0..words).map(|_| word(next())).collect::<Vec<_>>().join(" ")
}

/// The word of this rank.
pub(crate) fn word(rank: u64) -> String {
    let mut left = rank.wrapping_mul(2_654_435_761) % 1_000_000 + 400;
    let mut word = String::new();
    while left > 0 {
        word.push(char::from(b"bdfgklmnprstvz"[(left % 14) as usize]));
        word.push(char::from(b"aeiou"[(left / 14 % 5) as usize]));
        left /= 70;
    }
    word
}

impl Seed {
    async fn fill(&self, world: &World) -> anyhow::Result<()> {
        let Numbers { accounts, statuses, favourites, .. } = world.numbers;
        self.append((0..accounts).map(|account| self.registered(account))).await?;
        self.append(self.pairs(world)).await?;
        self.append((0..statuses).map(|number| self.posted(accounts, number))).await?;
        self.append((0..favourites).map(|number| self.favourites(accounts, statuses, number))).await
    }

    /// A local account that needs nothing more.
    pub(crate) fn registered(&self, account: usize) -> First {
        let (id, username) = (account_id(account), World::username(account));
        let event = AccountRegistered {
            account_id: id,
            username: username.clone(),
            locale: "en".to_owned(),
            reason: None,
            role: Role::User,
            approved: true,
            confirmed: true,
            profile: Profile { discoverable: true, indexable: true, note: text(account), ..Profile::default() },
            created_at: signed_up(account),
        };
        (self.names.account(&username), id, vec![AccountEvent::Registered(event).into()])
    }

    /// All that holds between two accounts is one stream: both follows, and the mutes of readers.
    fn pairs<'a>(&'a self, world: &'a World) -> impl Iterator<Item = First> + 'a {
        let follows = |from: usize, target: usize| world.followers[target].contains(&from);
        let mutes = |from: usize, target: usize| {
            from >= world.numbers.accounts - READERS.min(world.numbers.accounts)
                && target < 3 * MUTES
                && target.is_multiple_of(3)
        };
        let edges =
            world.followers.iter().enumerate().flat_map(|(target, all)| all.iter().map(move |from| (*from, target)));
        edges.filter(move |(from, target)| from < target || !follows(*target, *from)).map(move |(a, b)| {
            let mut events = Vec::new();
            for (from, target) in [(a, b), (b, a)] {
                if follows(from, target) {
                    events.push(follow(from, target));
                }
                if mutes(from, target) {
                    events.push(mute(from, target));
                }
            }
            (self.names.relationship(account_id(a), account_id(b)), account_id(a), events)
        })
    }

    fn posted(&self, accounts: usize, number: usize) -> First {
        let (author, id) = (author(accounts, number), status_id(number));
        let event = status(author, id, posted_at(number), text(number));
        (self.names.status(id), author, vec![StatusEvent::Posted(event).into()])
    }

    /// Accounts and statuses meet at strides, so that nobody likes anything twice.
    fn favourites(&self, accounts: usize, statuses: usize, number: usize) -> First {
        let (account, status) = (account_id(number / statuses * 31 + number % accounts), number % statuses);
        let (author, status_id) = (author(accounts, status), status_id(status));
        let status = StatusRef {
            status_id,
            account_id: author,
            account_local: true,
            conversation_id: status_id,
            visibility: Visibility::Public,
        };
        let event = FavouriteAdded { account_id: account, status, uri: None };
        (self.names.favourite(account, status_id), account, vec![FavouriteEvent::Added(event).into()])
    }
}

/// A public status that begins a conversation.
pub(crate) fn status(author: AccountId, id: StatusId, created_at: Timestamp, text: String) -> StatusPosted {
    StatusPosted {
        account_id: author,
        status_id: id,
        local: true,
        created_at,
        visibility: Visibility::Public,
        conversation_id: id,
        in_reply_to: None,
        in_reply_to_account_id: None,
        text,
        spoiler_text: String::new(),
        sensitive: false,
        language: Some("en".to_owned()),
        mentions: Vec::new(),
        hashtags: Vec::new(),
        media_ids: Vec::new(),
        poll: None,
        application: None,
        quote: None,
        quote_policy: Default::default(),
        remote: None,
    }
}

fn follow(from: usize, target: usize) -> Event {
    let event = FollowCreated {
        account_id: account_id(from),
        target_id: account_id(target),
        reblogs: true,
        notify: false,
        languages: Vec::new(),
        requested: false,
        account_local: true,
        target_local: true,
        uri: None,
    };
    RelationshipEvent::FollowCreated(event).into()
}

fn mute(from: usize, target: usize) -> Event {
    let (account_id, target_id) = (account_id(from), account_id(target));
    RelationshipEvent::MuteCreated(MuteCreated { account_id, target_id, notifications: true, expires_at: None }).into()
}

fn signed_up(account: usize) -> Timestamp {
    Timestamp::from_second(BEGINNING + account as i64).unwrap_or_default()
}

/// An account's id: they signed up a second apart, some time ago.
pub(crate) fn account_id(account: usize) -> AccountId {
    AccountId(id_at(signed_up(account), account))
}

/// A status a second, after everybody has signed up.
fn posted_at(number: usize) -> Timestamp {
    Timestamp::from_second(BEGINNING + 1_000_000 + number as i64).unwrap_or_default()
}

fn status_id(number: usize) -> StatusId {
    StatusId(id_at(posted_at(number), number))
}

/// Everybody posts about as often.
fn author(accounts: usize, number: usize) -> AccountId {
    account_id(number.wrapping_mul(7_919) % accounts)
}

fn id_at(at: Timestamp, sequence: usize) -> i64 {
    (at.as_millisecond() << 16) | (sequence as i64 & 0xffff)
}
