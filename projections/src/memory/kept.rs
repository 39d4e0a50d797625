//! What was made of rows, kept until a fold changes them. It holds what the tables hold as far as this process has
//! folded: whoever asks for what another process has acknowledged first waits until this one has seen it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;

use crate::changes::Rows;

/// How long what nobody looks at is kept: what was erased does not stay longer either.
const IDLE: Duration = Duration::from_secs(10 * 60);
/// Counters of changes. Ids that share one only make each other's values be loaded once more.
const COUNTERS: usize = 1024;

/// What a value weighs that is made of other rows than its own: it is not kept.
pub const NEVER_KEPT: usize = usize::MAX;

/// Values by the id of the row that they were made of.
pub struct Kept<V> {
    weigh: fn(&V) -> usize,
    values: Cache<i64, Arc<V>>,
    /// How often rows have changed: a value is kept only if its row has not since it was loaded.
    changes: Box<[AtomicU64]>,
}

impl<V: Send + Sync + 'static> Kept<V> {
    /// Keeps values that together weigh at most `most` bytes.
    #[must_use]
    pub fn new(most: u64, weigh: fn(&V) -> usize) -> Self {
        let weigher = move |_: &i64, value: &Arc<V>| u32::try_from(weigh(value)).unwrap_or(u32::MAX);
        let values = Cache::builder().weigher(weigher).max_capacity(most).time_to_idle(IDLE).build();
        Self { weigh, values, changes: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect() }
    }

    /// The values of these ids; those that are not kept come from `load`, which may leave some out and bring others.
    ///
    /// # Errors
    /// Those of `load`.
    pub async fn get<E, F>(&self, ids: &[i64], load: impl FnOnce(Vec<i64>) -> F) -> Result<HashMap<i64, Arc<V>>, E>
    where
        F: Future<Output = Result<Vec<(i64, V)>, E>>,
    {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.values.get(id) {
                Some(value) => drop(found.insert(*id, value)),
                None => missing.push(*id),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let before: Vec<_> = self.changes.iter().map(|count| count.load(Ordering::Acquire)).collect();
        for (id, value) in load(missing).await? {
            let value = Arc::new(value);
            self.keep(id, &value, before[slot(id)]);
            found.insert(id, value);
        }
        Ok(found)
    }

    /// All that is kept, for proofs.
    #[must_use]
    pub fn all(&self) -> Vec<(i64, Arc<V>)> {
        self.values.iter().map(|(id, value)| (*id, value)).collect()
    }

    /// Lets go of what was made of rows that have changed.
    pub fn follow(&self, changed: &Rows) {
        match changed {
            Rows::None => {}
            Rows::These(ids) => ids.iter().for_each(|id| self.forget(*id)),
            Rows::Any => {
                for count in &self.changes {
                    count.fetch_add(1, Ordering::AcqRel);
                }
                self.values.invalidate_all();
            }
        }
    }

    /// Keeping and forgetting a value exclude each other, so that nothing old is kept after its row has changed.
    fn keep(&self, id: i64, value: &Arc<V>, before: u64) {
        if (self.weigh)(value) == NEVER_KEPT {
            return;
        }
        let changed = || self.changes[slot(id)].load(Ordering::Acquire) != before;
        self.values.entry(id).and_compute_with(|_| if changed() { Op::Nop } else { Op::Put(value.clone()) });
        if changed() {
            self.values.invalidate(&id);
        }
    }

    fn forget(&self, id: i64) {
        self.changes[slot(id)].fetch_add(1, Ordering::AcqRel);
        self.values.entry(id).and_compute_with(|_| Op::Remove);
    }
}

/// Ids grow with time in their high bits; the low ones vary.
fn slot(id: i64) -> usize {
    usize::try_from(id.cast_unsigned() % COUNTERS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    async fn load(kept: &Kept<i64>, id: i64, row: i64) -> i64 {
        let loaded = kept.get(&[id], async |missing| Ok::<_, Infallible>(vec![(missing[0], row)])).await;
        *loaded.unwrap()[&id]
    }

    #[tokio::test]
    async fn values_are_kept_until_their_rows_change() {
        let kept = Kept::new(1_000, |_| 1);
        assert_eq!(load(&kept, 1, 10).await, 10);
        assert_eq!(load(&kept, 1, 11).await, 10);
        kept.follow(&Rows::These(vec![2]));
        assert_eq!(load(&kept, 1, 12).await, 10);
        kept.follow(&Rows::These(vec![1]));
        assert_eq!(load(&kept, 1, 13).await, 13);
        kept.follow(&Rows::Any);
        assert_eq!(load(&kept, 1, 14).await, 14);
    }

    #[tokio::test]
    async fn what_changed_while_it_was_loaded_is_not_kept() {
        let kept = Kept::new(1_000, |_| 1);
        let old = async |missing: Vec<i64>| {
            kept.follow(&Rows::These(missing.clone()));
            Ok::<_, Infallible>(vec![(missing[0], 10)])
        };
        assert_eq!(*kept.get(&[1], old).await.unwrap()[&1], 10);
        assert_eq!(load(&kept, 1, 11).await, 11);
    }

    #[tokio::test]
    async fn what_is_not_there_is_asked_for_again() {
        let kept: Kept<i64> = Kept::new(1_000, |_| 1);
        let nothing = async |_| Ok::<_, Infallible>(Vec::new());
        assert!(kept.get(&[1], nothing).await.unwrap().is_empty());
        assert_eq!(load(&kept, 1, 10).await, 10);
    }
}
