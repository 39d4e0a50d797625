//! A report: filed, resolved, reopened. One stream per report.

use chronodon_events::ReportId;
use chronodon_events::report::{ReportCategory, ReportEvent, ReportFiled, ReportReopened, ReportResolved};

use crate::limits::{REMOTE_REPORT_COMMENT_CHARS_MAX, REPORT_COMMENT_CHARS_MAX, REPORT_STATUSES_MAX};
use crate::{Decider, Refusal};

/// File a report, or say whether staff is done with it. The caller has checked that the statuses are the target's.
#[derive(Clone, Debug)]
pub enum Command {
    /// Tell staff.
    File(Box<ReportFiled>),
    /// Staff is not done with it after all.
    Reopen,
    /// Staff is done with it.
    Resolve,
}

/// A report as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    report_id: ReportId,
    resolved: bool,
}

/// Decides about one report.
#[derive(Debug)]
pub struct Report;

impl Decider for Report {
    type Command = Command;
    type Event = ReportEvent;
    type State = Option<Known>;

    fn decide(state: &Option<Known>, command: &Command) -> Result<Vec<ReportEvent>, Refusal> {
        match (command, state) {
            (Command::File(filed), None) => check(filed).map(|()| vec![ReportEvent::Filed((**filed).clone())]),
            (Command::File(_), Some(_)) => Ok(Vec::new()),
            (Command::Reopen | Command::Resolve, None) => Err(Refusal::NotFound),
            (Command::Reopen, Some(Known { report_id, resolved: true })) => {
                Ok(vec![ReportEvent::Reopened(ReportReopened { report_id: *report_id })])
            }
            (Command::Resolve, Some(Known { report_id, resolved: false })) => {
                Ok(vec![ReportEvent::Resolved(ReportResolved { report_id: *report_id })])
            }
            (Command::Reopen | Command::Resolve, Some(_)) => Ok(Vec::new()),
        }
    }

    fn evolve(state: Option<Known>, event: &ReportEvent) -> Option<Known> {
        match event {
            ReportEvent::Filed(e) => Some(Known { report_id: e.report_id, resolved: false }),
            ReportEvent::Reopened(_) => state.map(|known| Known { resolved: false, ..known }),
            ReportEvent::Resolved(_) => state.map(|known| Known { resolved: true, ..known }),
        }
    }
}

fn check(filed: &ReportFiled) -> Result<(), Refusal> {
    if filed.account_id == filed.target_id {
        return Err(Refusal::Forbidden(""));
    }
    let max = if filed.account_local { REPORT_COMMENT_CHARS_MAX } else { REMOTE_REPORT_COMMENT_CHARS_MAX };
    if filed.comment.chars().nth(max).is_some() {
        let message = format!("is too long (maximum is {max} characters)");
        return Err(Refusal::invalid("comment", "ERR_TOO_LONG", message));
    }
    if filed.statuses.len() > REPORT_STATUSES_MAX {
        let message = format!("are too many (maximum is {REPORT_STATUSES_MAX})");
        return Err(Refusal::invalid("status_ids", "ERR_TOO_MANY", message));
    }
    // Which rule was broken, other servers cannot know.
    if filed.account_local && filed.category == ReportCategory::Violation && filed.rule_ids.is_empty() {
        return Err(no_rules());
    }
    Ok(())
}

/// The report is about rules that are not there.
#[must_use]
pub fn no_rules() -> Refusal {
    Refusal::invalid("rule_ids", "ERR_INVALID", "does not reference valid rules")
}

#[cfg(test)]
mod tests {
    use chronodon_events::report::ReportedStatus;
    use chronodon_events::{AccountId, StatusId};
    use jiff::Timestamp;

    use super::*;
    use crate::given;

    fn filed() -> ReportFiled {
        ReportFiled {
            report_id: ReportId(9),
            account_id: AccountId(1),
            account_local: true,
            target_id: AccountId(2),
            target_local: true,
            statuses: Vec::new(),
            comment: String::new(),
            category: ReportCategory::Other,
            rule_ids: Vec::new(),
            forward: false,
            uri: None,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn decide(filed: ReportFiled) -> Result<Vec<ReportEvent>, Refusal> {
        Report::decide(&None, &Command::File(Box::new(filed)))
    }

    /// How many events these commands lead to.
    fn events(commands: &[Command]) -> usize {
        let happened = commands.iter().fold(Vec::new(), |mut events, command| {
            events.extend(Report::decide(&given::<Report>(events.clone()), command).expect("allowed"));
            events
        });
        happened.len()
    }

    #[test]
    fn it_is_filed_once_and_closed_until_it_is_opened_again() {
        let file = Command::File(Box::new(filed()));
        assert_eq!(events(&[file.clone(), file.clone()]), 1);
        assert_eq!(events(&[file.clone(), Command::Reopen]), 1);
        assert_eq!(events(&[file.clone(), Command::Resolve, Command::Resolve]), 2);
        assert_eq!(events(&[file, Command::Resolve, Command::Reopen, Command::Reopen, Command::Resolve]), 4);
        for command in [Command::Resolve, Command::Reopen] {
            assert_eq!(Report::decide(&None, &command), Err(Refusal::NotFound));
        }
    }

    #[test]
    fn nobody_reports_themselves() {
        let own = ReportFiled { target_id: AccountId(1), ..filed() };
        assert_eq!(decide(own), Err(Refusal::Forbidden("")));
    }

    #[test]
    fn other_servers_may_say_more() {
        let said = |chars: usize, account_local| {
            decide(ReportFiled { comment: "ü".repeat(chars), account_local, ..filed() }).is_ok()
        };
        assert!(said(REPORT_COMMENT_CHARS_MAX, true) && !said(REPORT_COMMENT_CHARS_MAX + 1, true));
        assert!(said(REMOTE_REPORT_COMMENT_CHARS_MAX, false) && !said(REMOTE_REPORT_COMMENT_CHARS_MAX + 1, false));
    }

    #[test]
    fn statuses_are_bounded_and_violations_name_a_rule() {
        let status = ReportedStatus {
            status_id: StatusId(1),
            uri: None,
            created_at: Timestamp::UNIX_EPOCH,
            spoiler_text: String::new(),
            text: String::new(),
        };
        let with = |count| decide(ReportFiled { statuses: vec![status.clone(); count], ..filed() }).is_ok();
        assert!(with(REPORT_STATUSES_MAX) && !with(REPORT_STATUSES_MAX + 1));
        let violation = ReportFiled { category: ReportCategory::Violation, ..filed() };
        assert_eq!(decide(violation.clone()), Err(no_rules()));
        assert!(decide(ReportFiled { rule_ids: vec![1], ..violation.clone() }).is_ok());
        assert!(decide(ReportFiled { account_local: false, ..violation }).is_ok());
    }
}
