//! An account. One stream per username or, of an account of another server, per actor, so that the stream's name is the
//! uniqueness of either.

mod profile;
mod remote;

use chronodon_events::AccountId;
use chronodon_events::account::{
    AccountApproved, AccountConfirmed, AccountDeleted, AccountEvent, AccountMoved, AccountPasswordChanged,
    AccountPostingDefaultsChanged, AccountProfileUpdated, AccountRegistered, AccountRejected, AccountRoleChanged,
    AccountSuspended, AccountUnsuspended,
};
use chronodon_events::remote::RemoteActor;
use chronodon_events::values::{PostingDefaults, Profile, Role};

pub use profile::{Changes, is_language};

use crate::{Decider, Refusal, limits};

/// Names that would be mistaken for the server's own.
const RESERVED: [&str; 8] = ["admin", "administrator", "support", "help", "root", "webmaster", "moderator", "security"];

/// What can be asked of an account.
#[derive(Clone, Debug)]
pub enum Command {
    /// Sign up. The operator may take reserved names.
    Register {
        /// All of it.
        account: Box<AccountRegistered>,
        /// Asked by the operator.
        by_operator: bool,
    },
    /// Another server says what an account of its own is.
    Discover {
        /// The id that it gets if it is new.
        account_id: AccountId,
        /// What is said, whole.
        actor: Box<RemoteActor>,
    },
    /// It is gone for good: its own server says so, or this one does.
    Delete,
    /// Go on under another name.
    Move {
        /// Which account.
        target_id: AccountId,
        /// Its actor.
        target_uri: String,
    },
    /// Say who else one is, elsewhere. Actors' addresses.
    ChangeAliases(Vec<String>),
    /// The address is confirmed.
    Confirm,
    /// Let in.
    Approve,
    /// Refuse a pending sign-up.
    Reject,
    /// Present itself otherwise, or begin new statuses otherwise.
    Change(Box<Changes>),
    /// May do this from now on.
    ChangeRole(Role),
    /// The password in the vault has changed.
    ChangePassword,
    /// Shut out and hide.
    Suspend {
        /// Why, for the record.
        reason: Option<String>,
    },
    /// Let back in.
    Unsuspend,
}

/// An account as its stream tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// None before it is registered, and after it is rejected or deleted.
    pub known: Option<Known>,
    /// There was one that was deleted: nobody else gets its name, by which others may still know it.
    pub deleted: bool,
}

/// An account that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its id.
    pub account_id: AccountId,
    /// Let in.
    pub approved: bool,
    /// With a confirmed address.
    pub confirmed: bool,
    /// Shut out.
    pub suspended: bool,
    /// What it may do.
    pub role: Role,
    /// How it presents itself.
    pub profile: Profile,
    /// What new statuses begin with.
    pub posting_defaults: PostingDefaults,
    /// What its own server says of it, when that is another.
    pub remote: Option<RemoteActor>,
    /// The account that it has become.
    pub moved_to: Option<AccountId>,
    /// Who else it says it is.
    pub also_known_as: Vec<String>,
}

/// Decides about one account.
#[derive(Debug)]
pub struct Account;

impl Decider for Account {
    type Command = Command;
    type Event = AccountEvent;
    type State = State;

    fn decide(State { known, deleted }: &State, command: &Command) -> Result<Vec<AccountEvent>, Refusal> {
        if let Command::Register { account, by_operator } = command {
            return register(known.is_some() || *deleted, account, *by_operator);
        }
        if let Command::Discover { account_id, actor } = command {
            return Ok(remote::discover(known.as_ref(), *account_id, actor));
        }
        let known = known.as_ref().ok_or(Refusal::NotFound)?;
        let account_id = known.account_id;
        let event = match command {
            Command::Register { .. } | Command::Discover { .. } => None,
            Command::Delete => Some(AccountEvent::Deleted(AccountDeleted { account_id })),
            Command::Move { target_id, target_uri } => {
                let moved = AccountMoved { account_id, target_id: *target_id, target_uri: target_uri.clone() };
                (known.moved_to != Some(*target_id)).then_some(AccountEvent::Moved(moved))
            }
            Command::ChangeAliases(aliases) => remote::change_aliases(known, aliases)?,
            Command::Confirm => (!known.confirmed).then_some(AccountEvent::Confirmed(AccountConfirmed { account_id })),
            Command::Approve => (!known.approved).then_some(AccountEvent::Approved(AccountApproved { account_id })),
            Command::Reject if known.approved => {
                return Err(Refusal::Forbidden("Only a pending sign-up can be rejected"));
            }
            Command::Reject => Some(AccountEvent::Rejected(AccountRejected { account_id })),
            Command::Change(changes) => return change(known, changes),
            Command::ChangeRole(role) => {
                let changed = AccountEvent::RoleChanged(AccountRoleChanged { account_id, role: *role });
                (*role != known.role).then_some(changed)
            }
            Command::ChangePassword => Some(AccountEvent::PasswordChanged(AccountPasswordChanged { account_id })),
            Command::Suspend { reason } => {
                let suspended = AccountSuspended { account_id, reason: reason.clone() };
                (!known.suspended).then_some(AccountEvent::Suspended(suspended))
            }
            Command::Unsuspend => {
                known.suspended.then_some(AccountEvent::Unsuspended(AccountUnsuspended { account_id }))
            }
        };
        Ok(event.into_iter().collect())
    }

    fn evolve(State { mut known, mut deleted }: State, event: &AccountEvent) -> State {
        match (event, &mut known) {
            (AccountEvent::Registered(e), _) => {
                known = Some(Known {
                    account_id: e.account_id,
                    approved: e.approved,
                    confirmed: e.confirmed,
                    suspended: false,
                    role: e.role,
                    profile: e.profile.clone(),
                    posting_defaults: PostingDefaults::default(),
                    remote: None,
                    moved_to: None,
                    also_known_as: Vec::new(),
                });
            }
            (AccountEvent::Discovered(e), _) => known = Some(remote::known(e.account_id, &e.actor)),
            (AccountEvent::Rejected(_), _) => known = None,
            (AccountEvent::Deleted(_), _) => {
                known = None;
                deleted = true;
            }
            (_, None) => {}
            (AccountEvent::Confirmed(_), Some(account)) => account.confirmed = true,
            (AccountEvent::Approved(_), Some(account)) => account.approved = true,
            (AccountEvent::ProfileUpdated(e), Some(account)) => account.profile = e.profile.clone(),
            (AccountEvent::PostingDefaultsChanged(e), Some(account)) => account.posting_defaults = e.defaults.clone(),
            (AccountEvent::RoleChanged(e), Some(account)) => account.role = e.role,
            (AccountEvent::PasswordChanged(_), Some(_)) => {}
            (AccountEvent::Suspended(_), Some(account)) => account.suspended = true,
            (AccountEvent::Unsuspended(_), Some(account)) => account.suspended = false,
            (AccountEvent::Refreshed(e), Some(account)) => remote::refresh(account, &e.actor),
            (AccountEvent::Moved(e), Some(account)) => account.moved_to = Some(e.target_id),
            (AccountEvent::AliasesChanged(e), Some(account)) => account.also_known_as.clone_from(&e.also_known_as),
        }
        State { known, deleted }
    }
}

fn register(taken: bool, account: &AccountRegistered, by_operator: bool) -> Result<Vec<AccountEvent>, Refusal> {
    check_username(&account.username, by_operator)?;
    if taken {
        return Err(Refusal::invalid("username", "ERR_TAKEN", "has already been taken"));
    }
    profile::check(&account.profile)?;
    Ok(vec![AccountEvent::Registered(account.clone())])
}

/// Whether an account can have this name, taken or not.
///
/// # Errors
/// What is wrong with the name.
pub fn check_username(name: &str, by_operator: bool) -> Result<(), Refusal> {
    let refuse = |code, message: &str| Err(Refusal::invalid("username", code, message));
    if name.trim().is_empty() {
        return refuse("ERR_BLANK", "can't be blank");
    }
    if name.chars().count() > limits::USERNAME_CHARS_MAX {
        return refuse("ERR_TOO_LONG", &format!("is too long (maximum is {} characters)", limits::USERNAME_CHARS_MAX));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return refuse("ERR_INVALID", "must contain only letters, numbers and underscores");
    }
    if !by_operator && RESERVED.contains(&name.to_lowercase().as_str()) {
        return refuse("ERR_RESERVED", "is reserved");
    }
    Ok(())
}

fn change(known: &Known, changes: &Changes) -> Result<Vec<AccountEvent>, Refusal> {
    let account_id = known.account_id;
    let profile = changes.profile(&known.profile)?;
    let defaults = changes.posting_defaults(&known.posting_defaults)?;
    let mut events = Vec::new();
    if profile != known.profile {
        events.push(AccountEvent::ProfileUpdated(AccountProfileUpdated { account_id, profile }));
    }
    if defaults != known.posting_defaults {
        events.push(AccountEvent::PostingDefaultsChanged(AccountPostingDefaultsChanged { account_id, defaults }));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::given;

    fn alice() -> AccountRegistered {
        AccountRegistered {
            account_id: AccountId(1),
            username: "alice".to_owned(),
            locale: "en".to_owned(),
            reason: None,
            role: Role::User,
            approved: false,
            confirmed: true,
            profile: Profile::default(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn register(account: AccountRegistered) -> Command {
        Command::Register { account: Box::new(account), by_operator: false }
    }

    fn decide(events: Vec<AccountEvent>, command: &Command) -> Result<Vec<AccountEvent>, Refusal> {
        Account::decide(&given::<Account>(events), command)
    }

    #[test]
    fn a_name_is_taken_once() {
        let there = vec![AccountEvent::Registered(alice())];
        assert!(decide(Vec::new(), &register(alice())).is_ok());
        assert!(matches!(decide(there, &register(alice())), Err(Refusal::Invalid { code: "ERR_TAKEN", .. })));
    }

    #[test]
    fn a_rejected_name_is_free_again() {
        let mut events = vec![AccountEvent::Registered(alice())];
        events.extend(decide(events.clone(), &Command::Reject).expect("pending"));
        assert!(decide(events, &register(alice())).is_ok());
    }

    #[test]
    fn a_deleted_name_is_nobody_elses() {
        let mut events = vec![AccountEvent::Registered(alice())];
        events.extend(decide(events.clone(), &Command::Delete).expect("there"));
        assert!(matches!(decide(events.clone(), &register(alice())), Err(Refusal::Invalid { code: "ERR_TAKEN", .. })));
        assert_eq!(decide(events, &Command::Delete), Err(Refusal::NotFound));
    }

    #[test]
    fn names_are_plain() {
        for name in ["", "a b", "al.ice", "äli", "admin", &"a".repeat(31)] {
            let account = AccountRegistered { username: name.to_owned(), ..alice() };
            assert!(decide(Vec::new(), &register(account)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_approved_are_not_rejected() {
        let mut events = vec![AccountEvent::Registered(alice())];
        events.extend(decide(events.clone(), &Command::Approve).expect("pending"));
        assert!(matches!(decide(events, &Command::Reject), Err(Refusal::Forbidden(_))));
    }

    #[test]
    fn a_change_says_only_what_is_new() {
        let there = vec![AccountEvent::Registered(alice())];
        let both = Changes { bot: Some(true), sensitive: Some(true), ..Changes::default() };
        let command = Command::Change(Box::new(both));
        let events = decide(there.clone(), &command).expect("fine");
        assert!(matches!(events[..], [AccountEvent::ProfileUpdated(_), AccountEvent::PostingDefaultsChanged(_)]));
        assert_eq!(decide([there, events].concat(), &command), Ok(Vec::new()));
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        let there = vec![AccountEvent::Registered(alice())];
        for command in [Command::Confirm, Command::Unsuspend, Command::ChangeRole(Role::User)] {
            assert_eq!(decide(there.clone(), &command), Ok(Vec::new()), "{command:?}");
        }
    }
}
