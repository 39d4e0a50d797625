//! Who may see a status. Every surface asks here: API, pages, streaming, search, federation, export.

use chronodon_events::AccountId;
use chronodon_events::values::Visibility;

/// What stands between a viewer and an author, and the status's mention of the viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The viewer follows the author.
    pub follows: bool,
    /// The author blocks the viewer.
    pub blocked_by: bool,
    /// The status mentions the viewer.
    pub mentioned: bool,
}

/// Whether `viewer` may see a status of `author`. Nobody: the anonymous. A suspended author's are hidden before this.
#[must_use]
pub fn may_see(visibility: Visibility, author: AccountId, viewer: Option<AccountId>, relation: Relation) -> bool {
    if viewer == Some(author) {
        return true;
    }
    if relation.blocked_by {
        return false;
    }
    match visibility {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => viewer.is_some() && (relation.follows || relation.mentioned),
        Visibility::Direct => viewer.is_some() && relation.mentioned,
    }
}

/// Whether a status may be reblogged by `account`: what everyone may see, and one's own private ones.
#[must_use]
pub fn may_reblog(visibility: Visibility, author: AccountId, account: AccountId) -> bool {
    match visibility {
        Visibility::Public | Visibility::Unlisted => true,
        Visibility::Private => author == account,
        Visibility::Direct => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHOR: AccountId = AccountId(1);
    const VIEWER: Option<AccountId> = Some(AccountId(2));

    #[test]
    fn the_matrix() {
        let stranger = Relation::default();
        let follower = Relation { follows: true, ..stranger };
        let mentioned = Relation { mentioned: true, ..stranger };
        let blocked = Relation { blocked_by: true, follows: true, mentioned: true };
        for (visibility, seen) in [
            (Visibility::Public, [true, true, true, true, false]),
            (Visibility::Unlisted, [true, true, true, true, false]),
            (Visibility::Private, [false, false, true, true, false]),
            (Visibility::Direct, [false, false, false, true, false]),
        ] {
            let viewers =
                [(None, stranger), (VIEWER, stranger), (VIEWER, follower), (VIEWER, mentioned), (VIEWER, blocked)];
            for ((viewer, relation), seen) in viewers.into_iter().zip(seen) {
                assert_eq!(may_see(visibility, AUTHOR, viewer, relation), seen, "{visibility:?} {relation:?}");
            }
            assert!(may_see(visibility, AUTHOR, Some(AUTHOR), stranger));
        }
    }

    #[test]
    fn only_ones_own_private_statuses_are_reblogged() {
        assert!(may_reblog(Visibility::Private, AUTHOR, AUTHOR));
        assert!(!may_reblog(Visibility::Private, AUTHOR, AccountId(2)));
        assert!(!may_reblog(Visibility::Direct, AUTHOR, AUTHOR));
    }
}
