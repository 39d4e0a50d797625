//! Commands: make lists of accounts, change them, put accounts on them and take them off.

use chronodon_domain::Refusal;
use chronodon_domain::list::{Command, List};
use chronodon_events::list::{ListCreated, RepliesPolicy};
use chronodon_events::{AccountId, ListId};
use chronodon_projections::core::lists;

use super::{By, CommandError, Commands};
use crate::clock;

/// A list to make.
#[derive(Clone, Debug, Default)]
pub struct NewList {
    /// Plain text.
    pub title: String,
    /// Which replies are shown.
    pub replies_policy: RepliesPolicy,
    /// Members are left out of the home timeline.
    pub exclusive: bool,
}

/// What to change of a list. What is not given stays.
#[derive(Clone, Debug, Default)]
pub struct ChangeList {
    /// Plain text.
    pub title: Option<String>,
    /// Which replies are shown.
    pub replies_policy: Option<RepliesPolicy>,
    /// Members are left out of the home timeline.
    pub exclusive: Option<bool>,
}

impl Commands {
    /// Makes a list for `account`. Under a request id that made one before: the first list's id.
    ///
    /// # Errors
    /// When the title is out of bounds, or the account has too many lists.
    pub async fn create_list(&self, by: By, account: AccountId, new: NewList) -> Result<ListId, CommandError> {
        if let Some(first) = self.made_by(by).await? {
            return Ok(ListId(first));
        }
        let list_id = ListId(self.ids.next(clock::now()));
        let list = ListCreated {
            account_id: account,
            list_id,
            title: new.title,
            replies_policy: new.replies_policy,
            exclusive: new.exclusive,
        };
        let lists = lists::of_owner(&self.reader, account).await?.len();
        let stream = self.execute::<List>(by, self.list_stream(list_id), &Command::Create { list, lists }).await?;
        if stream == self.list_stream(list_id) {
            return Ok(list_id);
        }
        // Another request under the same id was first.
        self.made_by(by).await?.map(ListId).ok_or(CommandError::Refused(Refusal::NotFound))
    }

    /// Changes a list.
    ///
    /// # Errors
    /// When it is not the account's own, or the title is out of bounds.
    pub async fn change_list(
        &self,
        by: By,
        account: AccountId,
        list: ListId,
        change: ChangeList,
    ) -> Result<(), CommandError> {
        let ChangeList { title, replies_policy, exclusive } = change;
        self.list(by, list, &Command::Update { by: account, title, replies_policy, exclusive }).await
    }

    /// Deletes a list.
    ///
    /// # Errors
    /// When it is not the account's own.
    pub async fn delete_list(&self, by: By, account: AccountId, list: ListId) -> Result<(), CommandError> {
        self.list(by, list, &Command::Delete { by: account }).await
    }

    /// Puts accounts on a list: oneself, and those whom one follows or asks to follow. Who is on it stays there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the list is not the account's own, or one of the others is not followed.
    pub async fn add_to_list(
        &self,
        by: By,
        account: AccountId,
        list: ListId,
        members: &[AccountId],
    ) -> Result<(), CommandError> {
        let candidates = lists::candidates(&self.reader, account, list, members).await?;
        if members.iter().any(|member| !candidates.may_be_added.contains(&member.get())) {
            return Err(Refusal::NotFound.into());
        }
        let members = unique(members, |member| !candidates.listed.contains(&member.get()));
        self.list(by, list, &Command::Add { by: account, members, count: candidates.count }).await
    }

    /// Takes accounts off a list. Who is not on it does not matter.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the list is not the account's own.
    pub async fn remove_from_list(
        &self,
        by: By,
        account: AccountId,
        list: ListId,
        members: &[AccountId],
    ) -> Result<(), CommandError> {
        let candidates = lists::candidates(&self.reader, account, list, members).await?;
        let members = unique(members, |member| candidates.listed.contains(&member.get()));
        self.list(by, list, &Command::Remove { by: account, members }).await
    }

    async fn list(&self, by: By, list: ListId, command: &Command) -> Result<(), CommandError> {
        // No list has such an id, and no stream such a name.
        if list.get() < 0 {
            return Err(Refusal::NotFound.into());
        }
        self.execute::<List>(by, self.list_stream(list), command).await?;
        Ok(())
    }

    fn list_stream(&self, list: ListId) -> chronodon_event_log::StreamName {
        self.names.numbered("list", list.get())
    }
}

fn unique(members: &[AccountId], wanted: impl Fn(&AccountId) -> bool) -> Vec<AccountId> {
    let mut unique: Vec<_> = members.iter().copied().filter(wanted).collect();
    unique.sort_unstable();
    unique.dedup();
    unique
}
