//! The order in which activities come, and how often, leaves no trace: whatever interleaving keeps each sender's order about
//! one thing ends in the same read models. Of an object, Create, Update and Delete come in any order at all.
//!
//! A case is a world of its own on one server: somebody here, and others elsewhere who all do the same, but in another
//! order. What it ends in is compared with what it ends in when everything comes once and in its order.

mod dump;
mod script;

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Runtime;

use self::dump::{Dump, dump};
use self::script::{Servers, World};

/// Worlds that are compared, the same each time, and how long others are begun. The long variant takes other ones each
/// time, all of them, and makes a failing one smaller.
const CASES: u32 = 24;
const CASES_LONG: u32 = 400;
const BEGUN_WITHIN: Duration = Duration::from_secs(25);
const SHRUNK_LONG: u32 = 200;
/// More than there are activities in a world.
const ACTIVITIES_MAX: usize = 64;

/// When an activity comes, among the others, and whether it comes again.
type When = (u16, Option<u16>);

/// Lets everything happen in the order of `whens`, and tells what the read models hold in the end.
async fn happens(servers: &Servers, whens: &[When]) -> Dump {
    let world = World::begin(servers).await;
    let chains = world.chains();
    let activities = chains.iter().enumerate().flat_map(|(chain, all)| all.iter().map(move |one| (chain, one)));
    assert!(activities.clone().count() <= whens.len(), "each activity has its time");
    let mut order = Vec::new();
    let mut queues = vec![Vec::new(); chains.len()];
    for ((chain, activity), (when, again)) in activities.zip(whens) {
        for when in [Some(*when), *again].into_iter().flatten() {
            order.push((when, chain));
            queues[chain].push(activity);
        }
    }
    order.sort_by_key(|(when, _)| *when);
    let mut queues: Vec<_> = queues.into_iter().map(Vec::into_iter).collect();
    for (_, chain) in order {
        let (actor, activity) = queues[chain].next().unwrap();
        assert_eq!(actor.sends(&servers.here, activity).await, 202, "{activity}");
    }
    super::elsewhere::settled(&servers.here).await;
    dump(&servers.here, &world).await
}

#[test]
fn whatever_the_order_the_read_models_are_the_same() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(Servers::start());
    let in_order = runtime.block_on(happens(&servers, &[(0, None); ACTIVITIES_MAX]));
    script::assert_as_told(&in_order);
    let long = std::env::var_os("CHRONODON_LONG").is_some();
    let (cases, max_shrink_iters) = if long { (CASES_LONG, SHRUNK_LONG) } else { (CASES, 0) };
    let config = Config { cases, max_shrink_iters, failure_persistence: None, ..Config::default() };
    let whens = vec((any::<u16>(), prop::option::weighted(0.3, any::<u16>())), ACTIVITIES_MAX);
    let begun = Instant::now();
    let mut runner = if long {
        TestRunner::new(config)
    } else {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    };
    let outcome = runner.run(&whens, |whens| {
        if !long && begun.elapsed() > BEGUN_WITHIN {
            return Ok(());
        }
        let differing = in_order.unlike(&runtime.block_on(happens(&servers, &whens)));
        prop_assert!(differing.is_empty(), "{}", differing.join("\n"));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(servers.here.finish());
}
