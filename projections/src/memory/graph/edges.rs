//! The follows of one account in one direction: nine bytes each, in order of the others' ids.

/// What a follower wants to see of the followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Reblogs are shown on the follower's home timeline.
    pub reblogs: bool,
    /// Each new status notifies the follower.
    pub notify: bool,
    /// Only some languages are shown.
    pub has_languages: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// In order.
    ids: Vec<i64>,
    /// Packed [`Flags`], one for each id.
    flags: Vec<u8>,
}

const REBLOGS: u8 = 1;
const NOTIFY: u8 = 2;
const LANGUAGES: u8 = 4;

impl Edges {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, Flags)> + '_ {
        self.ids.iter().copied().zip(self.flags.iter().map(|flags| unpack(*flags)))
    }

    pub(super) fn get(&self, id: i64) -> Option<Flags> {
        self.ids.binary_search(&id).ok().map(|place| unpack(self.flags[place]))
    }

    pub(super) fn insert(&mut self, id: i64, flags: Flags) {
        match self.ids.binary_search(&id) {
            Ok(place) => self.flags[place] = pack(flags),
            Err(place) => {
                self.ids.insert(place, id);
                self.flags.insert(place, pack(flags));
            }
        }
    }

    pub(super) fn remove(&mut self, id: i64) {
        if let Ok(place) = self.ids.binary_search(&id) {
            self.ids.remove(place);
            self.flags.remove(place);
        }
    }

    /// Gives back the room that growing has reserved.
    pub(super) fn shrink(&mut self) {
        self.ids.shrink_to_fit();
        self.flags.shrink_to_fit();
    }
}

fn pack(flags: Flags) -> u8 {
    let bit = |set: bool, bit: u8| if set { bit } else { 0 };
    bit(flags.reblogs, REBLOGS) | bit(flags.notify, NOTIFY) | bit(flags.has_languages, LANGUAGES)
}

const fn unpack(flags: u8) -> Flags {
    Flags { reblogs: flags & REBLOGS != 0, notify: flags & NOTIFY != 0, has_languages: flags & LANGUAGES != 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_an_ordered_map(changes in prop::collection::vec((0_i64..30, any::<Option<u8>>()), 0..200)) {
            let mut edges = Edges::default();
            let mut map = std::collections::BTreeMap::new();
            for (id, flags) in changes {
                match flags.map(|flags| unpack(flags & 7)) {
                    Some(flags) => {
                        edges.insert(id, flags);
                        map.insert(id, flags);
                    }
                    None => {
                        edges.remove(id);
                        map.remove(&id);
                    }
                }
            }
            prop_assert_eq!(edges.iter().collect::<Vec<_>>(), map.clone().into_iter().collect::<Vec<_>>());
            prop_assert!((0..30).all(|id| edges.get(id) == map.get(&id).copied()));
        }
    }
}
