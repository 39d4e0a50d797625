//! A log in memory and a group over a fresh database.

use std::sync::Arc;

use chronodon_event_log::{Expected, KeyRing, Log, MasterKey, MemoryLog, NewEvent, StreamName};
use chronodon_events::account::AccountRegistered;
use chronodon_events::domain_policy::{DomainBlocked, Severity};
use chronodon_events::relationship::{BlockCreated, FollowCreated};
use chronodon_events::status::StatusPosted;
use chronodon_events::values::{Hashtag, Mention, Profile, Role, StatusRef, Visibility};
use chronodon_events::{AccountId, ActorId, Cause, Event, Meta, Origin, StatusId, Version};
use chronodon_private_postgres::test::{TestDatabase, database};
use chronodon_projections::Slots;
use chronodon_projections::core::Core;
use jiff::Timestamp;
use uuid::Uuid;

pub struct World {
    pub log: Log,
    pub slots: Slots<Core>,
    /// Accounts that are made remote, and where they are, for want of an event that says so.
    hosts: Vec<(i64, &'static str)>,
    _database: TestDatabase,
    appended: u128,
}

impl World {
    pub async fn new() -> Self {
        let engine = MemoryLog::new();
        let keys = KeyRing::open(&MasterKey::from_bytes([7; 32]), Arc::new(engine.vault())).await.unwrap();
        let database = database().await;
        let slots = Slots::<Core>::open(database.config(), 2).await.unwrap();
        let log = Log::new(Arc::new(engine), Arc::new(keys));
        Self { log, slots, hosts: Vec::new(), _database: database, appended: 0 }
    }

    /// Appends an event to a stream of its own: read models do not look at streams.
    pub async fn happens(&mut self, event: impl Into<Event>) {
        self.appended += 1;
        let id = Uuid::from_u128(self.appended);
        let stream = StreamName::new(&format!("test-{}", self.appended)).unwrap();
        let meta = Meta { actor: ActorId::System, origin: Origin::System, cause: Cause::Command(id), correlation: id };
        let events = vec![NewEvent { id, event: event.into() }];
        let appended = self.log.append(stream, Expected::NoStream, events, meta).await.unwrap();
        assert_eq!(appended.version, Version(1));
    }

    pub async fn rebuild(&self) {
        chronodon_projections::rebuild(&self.log, &self.slots, |_, _| ()).await.unwrap();
        self.place().await;
    }

    /// From the next rebuild on the account is one of another server.
    pub fn is_at(&mut self, account: i64, host: &'static str) {
        self.hosts.push((account, host));
    }

    async fn place(&self) {
        for (account, host) in &self.hosts {
            let sql = "UPDATE accounts SET domain = $2 WHERE id = $1";
            self.slots.reader().query(sql, &[account, host]).await.unwrap();
        }
    }

    /// Every row of every table, as text.
    pub async fn dump(&self) -> Vec<String> {
        use chronodon_projections::Group;
        let reader = self.slots.reader();
        let mut dump = Vec::new();
        for (table, _) in Core::TABLES {
            let rows = reader.query(&format!("SELECT to_jsonb({table})::text FROM {table} ORDER BY 1"), &[]).await;
            dump.extend(rows.unwrap().iter().map(|row| format!("{table} {}", row.get::<_, &str>(0))));
        }
        dump
    }
}

pub fn registered(id: i64) -> AccountRegistered {
    AccountRegistered {
        account_id: AccountId(id),
        username: format!("user{id}"),
        locale: "en".to_owned(),
        reason: None,
        role: Role::User,
        approved: true,
        confirmed: true,
        profile: Profile::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

pub fn posted(account: i64, id: i64, visibility: Visibility, named: Option<i64>) -> StatusPosted {
    let mention = |id: i64| Mention {
        account_id: AccountId(id),
        username: format!("user{id}"),
        domain: None,
        url: String::new(),
        local: true,
    };
    StatusPosted {
        account_id: AccountId(account),
        status_id: StatusId(id),
        local: true,
        created_at: Timestamp::from_second(id).unwrap(),
        visibility,
        conversation_id: StatusId(id),
        in_reply_to: None,
        in_reply_to_account_id: None,
        text: format!("status {id} #tag{}", id % 3),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: named.map(mention).into_iter().collect(),
        hashtags: vec![Hashtag { key: format!("tag{}", id % 3), name: format!("Tag{}", id % 3) }],
        media_ids: Vec::new(),
        poll: None,
        application: None,
        quote: None,
        quote_policy: chronodon_events::remote::QuotePolicy::Nobody,
        remote: None,
    }
}

pub fn status_ref(account: i64, id: i64) -> StatusRef {
    StatusRef {
        status_id: StatusId(id),
        account_id: AccountId(account),
        account_local: true,
        conversation_id: StatusId(id),
        visibility: Visibility::Public,
    }
}

pub fn follows(account: i64, target: i64) -> FollowCreated {
    FollowCreated {
        account_id: AccountId(account),
        target_id: AccountId(target),
        reblogs: true,
        notify: target % 2 == 0,
        languages: Vec::new(),
        requested: false,
        account_local: true,
        target_local: true,
        uri: None,
    }
}

pub fn domain_blocked(domain: &str, severity: Severity) -> DomainBlocked {
    DomainBlocked {
        domain: domain.to_owned(),
        severity,
        reject_media: false,
        reject_reports: false,
        public_comment: None,
        private_comment: None,
        obfuscate: false,
    }
}

pub fn blocks(account: i64, target: i64) -> BlockCreated {
    BlockCreated { account_id: AccountId(account), target_id: AccountId(target), uri: None }
}
