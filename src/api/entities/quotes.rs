//! Quote, ShallowQuote, QuoteApproval: what a status quotes, and who may quote it.

use chronodon_domain::quote::may_quote;
use chronodon_events::AccountId;
use chronodon_events::remote::QuotePolicy;
use chronodon_events::values::Visibility;
use chronodon_projections::core::quotes::{Seen, Withheld};
use chronodon_projections::core::statuses::Status as Row;
use serde::Serialize;
use serde_json::Value;

use super::statuses::Status;
use crate::app::App;

/// The entity Quote or, in a status that is quoted itself, ShallowQuote.
#[derive(Clone, Debug, Serialize)]
pub struct Quote {
    /// The state, in the word of the API.
    pub state: String,
    /// The status that is quoted.
    #[serde(flatten)]
    pub quoted: Quoted,
    /// Its id, shown or not, where it is known here.
    #[serde(skip)]
    pub quoted_id: Option<i64>,
}

/// The status that is quoted; nothing where it is not shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoted {
    /// Whole.
    #[serde(rename = "quoted_status")]
    Status(Option<Box<Status>>),
    /// Its id alone.
    #[serde(rename = "quoted_status_id")]
    Id(Option<String>),
}

/// The word for a quote as its viewer sees it, and whether the quoted status is shown. `is_there`: the quoted status can
/// be rendered.
pub(super) fn state(seen: &Seen, is_there: bool) -> (&str, bool) {
    match seen.withheld {
        _ if !seen.quote.is_accepted() => (&seen.quote.state, false),
        Some(Withheld::Unauthorized) => ("unauthorized", false),
        _ if !is_there => ("unauthorized", false),
        Some(Withheld::BlockedAccount) => ("blocked_account", true),
        Some(Withheld::BlockedDomain) => ("blocked_domain", true),
        Some(Withheld::MutedAccount) => ("muted_account", true),
        None => (&seen.quote.state, true),
    }
}

/// The entity QuoteApproval. Nobody here approves by hand.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "fields are those of the entity")]
pub struct QuoteApproval {
    pub automatic: Vec<&'static str>,
    pub manual: Vec<Value>,
    pub current_user: &'static str,
}

impl QuoteApproval {
    /// Who may quote a status, and whether the viewer may.
    pub(super) fn of(app: &App, row: &Row, viewer: Option<AccountId>) -> Self {
        let policy = QuotePolicy::parse(&row.quote_policy).unwrap_or_default();
        let visibility = Visibility::parse(&row.visibility).unwrap_or(Visibility::Direct);
        let author = AccountId(row.account_id);
        let may = |viewer| {
            let follows = policy == QuotePolicy::Followers && app.graph.follows(viewer, author);
            may_quote(policy, visibility, author, viewer, follows)
        };
        Self {
            automatic: Some(policy)
                .filter(|policy| *policy != QuotePolicy::Nobody)
                .map(QuotePolicy::as_str)
                .into_iter()
                .collect(),
            manual: Vec::new(),
            current_user: if viewer.is_some_and(may) { "automatic" } else { "denied" },
        }
    }
}
