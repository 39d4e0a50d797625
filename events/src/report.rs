//! Reports: somebody tells staff of an account, and of statuses of its.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, KeyId, Payload, ReportId, StatusId};

event_enum! {
    /// What can happen to a report.
    pub enum ReportEvent {
        "report.filed" 1 => Filed(ReportFiled),
        "report.reopened" 1 => Reopened(ReportReopened),
        "report.resolved" 1 => Resolved(ReportResolved),
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportCategory {
    /// Against the law.
    Legal,
    /// Anything else.
    #[default]
    Other,
    /// Unwanted advertisements and the like.
    Spam,
    /// Against the server's rules.
    Violation,
}

impl ReportCategory {
    /// The word of the API and of read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legal => "legal",
            Self::Other => "other",
            Self::Spam => "spam",
            Self::Violation => "violation",
        }
    }

    /// The category of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Legal, Self::Other, Self::Spam, Self::Violation].into_iter().find(|category| category.as_str() == word)
    }
}

/// A status as it was when it was reported: its author may delete it, or say something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedStatus {
    /// Which status.
    pub status_id: StatusId,
    /// Its address, where it was posted elsewhere.
    pub uri: Option<String>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// The beginning of its content warning.
    pub spoiler_text: String,
    /// The beginning of what it says: plain text of ours, HTML of others.
    pub text: String,
}

/// Somebody reports an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFiled {
    /// Its number.
    pub report_id: ReportId,
    /// Who reports. Other servers do not say who of theirs did: then it is the actor of that server.
    pub account_id: AccountId,
    /// Whether that is an account of this server.
    pub account_local: bool,
    /// Who is reported.
    pub target_id: AccountId,
    /// Whether that is an account of this server.
    pub target_local: bool,
    /// Statuses of theirs.
    pub statuses: Vec<ReportedStatus>,
    /// What is wrong, in plain text.
    pub comment: String,
    /// What it is about.
    pub category: ReportCategory,
    /// The rules of this server that were broken.
    pub rule_ids: Vec<i64>,
    /// The other server is to be told.
    pub forward: bool,
    /// The id of the activity that says so: theirs, or ours where the other server is to be told.
    pub uri: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

impl Payload for ReportFiled {
    /// Its own, so that it outlives what it is about.
    fn key(&self) -> KeyId {
        key(self.report_id)
    }
}

/// Staff is done with a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportResolved {
    /// Which report.
    pub report_id: ReportId,
}

impl Payload for ReportResolved {
    fn key(&self) -> KeyId {
        key(self.report_id)
    }
}

/// Staff is not done with it after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportReopened {
    /// Which report.
    pub report_id: ReportId,
}

impl Payload for ReportReopened {
    fn key(&self) -> KeyId {
        key(self.report_id)
    }
}

const fn key(report: ReportId) -> KeyId {
    KeyId::object(AccountId::INSTANCE, report.get())
}
