//! Threads whose parts come in any order, twice known or not, and go again: they are joined by what is there.

use std::collections::BTreeMap;

use chronodon_events::remote::RemoteStatus;
use chronodon_events::status::{StatusDeleted, StatusPosted};
use chronodon_events::values::{StatusRef, Visibility};
use chronodon_events::{AccountId, StatusId};
use chronodon_projections::rebuild_in_batches_of;

use crate::support::{World, posted, registered};

const AUTHOR: i64 = 1;
const STATUSES: i64 = 60;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    fn once_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }
}

/// A status that is there, as its event tells it.
struct Told {
    uri: String,
    begun_in: i64,
    parent: Option<i64>,
    waits_for: Option<String>,
}

/// What is there, and what follows from it.
#[derive(Default)]
struct Model(BTreeMap<i64, Told>);

impl Model {
    fn joined(&self, id: i64) -> Option<i64> {
        let waits_for = self.0.get(&id)?.waits_for.as_ref()?;
        let (parent, told) = self.0.iter().find(|(_, told)| told.uri == *waits_for)?;
        (told.begun_in < id).then_some(*parent)
    }

    fn conversation(&self, begun_in: i64) -> i64 {
        self.joined(begun_in).map_or(begun_in, |parent| self.conversation(self.0[&parent].begun_in))
    }

    fn parent(&self, id: i64) -> Option<i64> {
        self.0[&id].parent.or_else(|| self.joined(id))
    }

    /// Id, parent, conversation and number of answers of each.
    fn rows(&self) -> Vec<(i64, Option<i64>, i64, i64)> {
        let answers = |id| self.0.keys().filter(|other| self.parent(**other) == Some(id)).count();
        let row = |(id, told): (&i64, &Told)| {
            (*id, self.parent(*id), self.conversation(told.begun_in), i64::try_from(answers(*id)).unwrap())
        };
        self.0.iter().map(row).collect()
    }
}

fn uri(id: i64) -> String {
    format!("https://elsewhere.example/{id}")
}

fn arrives(model: &mut Model, dice: &mut Dice, id: i64, parent: Option<i64>) -> StatusPosted {
    // What has come a moment ago is not always known yet.
    let known = parent.filter(|parent| model.0.contains_key(parent) && !dice.once_in(4));
    let in_reply_to = known.map(|parent| StatusRef {
        status_id: StatusId(parent),
        account_id: AccountId(AUTHOR),
        account_local: false,
        conversation_id: StatusId(model.conversation(model.0[&parent].begun_in)),
        visibility: Visibility::Public,
    });
    let waits_for = parent.filter(|_| known.is_none()).map(uri);
    let begun_in = in_reply_to.as_ref().map_or(id, |parent| parent.conversation_id.get());
    model.0.insert(id, Told { uri: uri(id), begun_in, parent: known, waits_for: waits_for.clone() });
    StatusPosted {
        local: false,
        conversation_id: StatusId(begun_in),
        in_reply_to,
        remote: Some(RemoteStatus {
            uri: uri(id),
            url: uri(id),
            in_reply_to_uri: waits_for,
            ..RemoteStatus::default()
        }),
        ..posted(AUTHOR, id, Visibility::Public, None)
    }
}

/// Threads in disorder, and what has gone of them.
async fn history(world: &mut World, seed: u64) -> (Model, Vec<i64>) {
    let (mut dice, mut model, mut gone) = (Dice(seed), Model::default(), Vec::new());
    world.happens(registered(AUTHOR)).await;
    let mut all: Vec<(i64, Option<i64>)> = Vec::new();
    for number in 0..STATUSES {
        // Some say that they are older than what they answer.
        let id = 1_000 + 10 * number - if dice.once_in(8) { 10 * dice.below(number + 1) + 5 } else { 0 };
        let parent = if number == 0 || dice.once_in(6) { None } else { Some(all[dice.below(number) as usize].0) };
        let free = all.iter().all(|(other, _)| *other != id);
        all.push((if free { id } else { 2_000 + number }, parent));
    }
    while !all.is_empty() {
        let (id, parent) = all.remove(dice.below(i64::try_from(all.len()).unwrap()) as usize);
        world.happens(arrives(&mut model, &mut dice, id, parent)).await;
        if dice.once_in(5) {
            let there: Vec<_> = model.0.keys().copied().collect();
            let id = there[dice.below(i64::try_from(there.len()).unwrap()) as usize];
            model.0.remove(&id);
            gone.push(id);
            let (account_id, status_id) = (AccountId(AUTHOR), StatusId(id));
            world.happens(StatusDeleted { account_id, status_id, media_ids: Vec::new(), expired: false }).await;
        }
    }
    (model, gone)
}

async fn rows(world: &World) -> Vec<(i64, Option<i64>, i64, i64)> {
    let sql = "SELECT id, in_reply_to_id, conversation_id, replies_count FROM statuses ORDER BY id";
    let rows = world.slots.reader().query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

#[tokio::test]
async fn a_thread_is_what_is_there_of_it_in_whatever_order_it_came() {
    let mut joined = 0;
    for seed in 1..5 {
        let mut world = World::new().await;
        let (model, gone) = history(&mut world, seed).await;
        joined += model.0.keys().filter(|id| model.joined(**id).is_some()).count();
        let mut dumps = Vec::new();
        for batch in [1, 7, 500] {
            rebuild_in_batches_of(&world.log, &world.slots, batch, |_, _| ()).await.unwrap();
            assert_eq!(rows(&world).await, model.rows(), "seed {seed}, batches of {batch}");
            dumps.push(world.dump().await);
        }
        assert!(dumps.iter().all(|dump| *dump == dumps[0]), "seed {seed}");
        for id in gone {
            world.log.keys().destroy_object(id).await.unwrap();
        }
        world.rebuild().await;
        assert_eq!(world.dump().await, dumps[0], "seed {seed}, after an erasure");
    }
    assert!(joined > 20, "{joined} have joined late");
}
