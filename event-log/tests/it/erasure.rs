//! Sealing, and what is left when a key is destroyed.

use std::sync::Arc;

use chronodon_event_log::{
    Append, AppendError, Body, Expected, KeyError, KeyRing, Log, LogSubscription, MasterKey, NewSealedEvent,
};
use chronodon_events::status::StatusEdited;
use chronodon_events::{AccountId, Event, KeyId, Position, StatusId, Version};
use uuid::Uuid;

use crate::support::{Engine, append, exact, master, meta, new_event, on_every_engine, pinned, stream};

on_every_engine! {
    a_destroyed_account_takes_its_objects_along
    a_destroyed_object_leaves_the_rest
    a_missing_key_is_no_erasure
    a_subscription_opens_what_it_hands_out
    a_tampered_event_is_unreadable_and_the_others_are_not
    a_wrong_master_key_is_refused
    events_survive_the_seal
    a_retry_at_the_same_time_leaves_the_keys_that_are_kept
    first_keys_made_at_once_are_one_key
    nothing_is_sealed_for_the_erased
    plaintext_is_nowhere
}

const CANARY: &str = "canary-4711";

/// An event that is sealed with a key of its own object.
fn edited(account: i64, status: i64) -> Event {
    StatusEdited {
        account_id: AccountId(account),
        status_id: StatusId(status),
        text: format!("{CANARY} of {status}"),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        mentions: Vec::new(),
        hashtags: Vec::new(),
        media_ids: Vec::new(),
        poll: None,
        poll_reset: false,
        edited_at: jiff::Timestamp::UNIX_EPOCH,
        remote: None,
    }
    .into()
}

/// Appends one event to a new stream.
async fn post(log: &Log, name: &str, id: u128, event: Event) {
    log.append(stream(name), Expected::NoStream, vec![new_event(id, event)], meta()).await.unwrap();
}

async fn bodies(log: &Log) -> Vec<Body> {
    log.read_all(Position::START, 100).await.unwrap().into_iter().map(|recorded| recorded.body).collect()
}

fn erased(event: &Event) -> Body {
    Body::Erased(event.event_type().name.to_owned())
}

async fn events_survive_the_seal(engine: Engine) {
    let log = engine.sealed().await;
    let events = vec![new_event(1, edited(7, 1)), new_event(2, pinned(7, 1))];
    let appended = log.append(stream("status-1"), Expected::NoStream, events, meta()).await.unwrap();
    assert_eq!(appended.version, Version(2));
    log.append(stream("status-1"), exact(2), vec![new_event(3, edited(7, 1))], meta()).await.unwrap();
    for log in [log, engine.sealed().await] {
        let read = log.read_stream(&stream("status-1"), Version(0), 10).await.unwrap();
        assert_eq!(read, log.read_all(Position::START, 10).await.unwrap());
        let events = [edited(7, 1), pinned(7, 1), edited(7, 1)];
        for (number, (recorded, event)) in (1..).zip(read.iter().zip(events)) {
            assert_eq!((recorded.version, recorded.key, recorded.meta), (Version(number), event.key(), meta()));
            assert_eq!((recorded.id, &recorded.body), (Uuid::from_u128(number.into()), &Body::Event(event)));
        }
        assert_eq!(log.head().await.unwrap(), read[2].position);
    }
}

async fn plaintext_is_nowhere(engine: Engine) {
    let log = engine.sealed().await;
    post(&log, "status-1", 1, edited(7, 1)).await;
    for event in engine.log.read_all(Position::START, 10).await.unwrap() {
        let stored = format!("{event:?} {}", String::from_utf8_lossy(&event.payload));
        assert!(!stored.contains(CANARY), "{stored}");
    }
    let stored = engine.vault.load(&[7], &[1]).await.unwrap();
    assert_eq!((stored.accounts.len(), stored.objects.len()), (1, 1), "both keys became durable with the event");
}

async fn a_destroyed_object_leaves_the_rest(engine: Engine) {
    let log = engine.sealed().await;
    post(&log, "status-1", 1, edited(7, 1)).await;
    post(&log, "status-2", 2, edited(7, 2)).await;
    post(&log, "pin-1", 3, pinned(7, 1)).await;
    log.keys().destroy_object(1).await.unwrap();
    let left = [erased(&edited(7, 1)), Body::Event(edited(7, 2)), Body::Event(pinned(7, 1))];
    assert_eq!(bodies(&log).await, left);
    assert_eq!(bodies(&engine.sealed().await).await, left);
    log.keys().destroy_object(1).await.expect("destroying again is no error");
}

async fn a_destroyed_account_takes_its_objects_along(engine: Engine) {
    let log = engine.sealed().await;
    let elsewhere = engine.sealed().await;
    post(&log, "status-1", 1, edited(7, 1)).await;
    post(&log, "pin-1", 2, pinned(7, 1)).await;
    post(&log, "pin-2", 3, pinned(8, 1)).await;
    assert_eq!(bodies(&elsewhere).await.len(), 3);
    log.keys().destroy_account(AccountId(7)).await.unwrap();
    let left = [erased(&edited(7, 1)), erased(&pinned(7, 1)), Body::Event(pinned(8, 1))];
    assert_eq!(bodies(&log).await, left);
    elsewhere.keys().forget_cached_account(AccountId(7));
    assert_eq!(bodies(&elsewhere).await, left);
}

async fn nothing_is_sealed_for_the_erased(engine: Engine) {
    let log = engine.sealed().await;
    post(&log, "status-1", 1, edited(7, 1)).await;
    log.keys().destroy_object(1).await.unwrap();
    let again = log.append(stream("status-1"), exact(1), vec![new_event(2, edited(7, 1))], meta()).await;
    assert_eq!(again, Err(AppendError::KeyDestroyed(edited(7, 1).key())));
    let elsewhere = log.append(stream("status-9"), Expected::NoStream, vec![new_event(2, edited(7, 1))], meta()).await;
    assert_eq!(elsewhere, Err(AppendError::KeyDestroyed(edited(7, 1).key())));
    log.keys().destroy_account(AccountId(7)).await.unwrap();
    let again = log.append(stream("pin-1"), Expected::NoStream, vec![new_event(2, pinned(7, 1))], meta()).await;
    assert_eq!(again, Err(AppendError::KeyDestroyed(KeyId::account(AccountId(7)))));
    assert_eq!(log.read_all(Position::START, 10).await.unwrap().len(), 1);
}

async fn a_missing_key_is_no_erasure(engine: Engine) {
    let log = engine.sealed().await;
    engine.log.append(append("status-1", Expected::NoStream, &[1])).await.unwrap();
    assert!(matches!(&bodies(&log).await[..], [Body::Unreadable { .. }]));
}

async fn a_tampered_event_is_unreadable_and_the_others_are_not(engine: Engine) {
    let log = engine.sealed().await;
    post(&log, "pin-1", 1, pinned(7, 1)).await;
    let stored = engine.log.read_all(Position::START, 1).await.unwrap().remove(0);
    let moved = NewSealedEvent {
        id: Uuid::from_u128(2),
        event_type: stored.event_type,
        schema_version: stored.schema_version,
        key: stored.key,
        meta: stored.meta,
        payload: stored.payload,
    };
    let append = Append { stream: stream("pin-2"), expected: Expected::NoStream, events: vec![moved], secrets: vec![] };
    engine.log.append(append).await.unwrap();
    let read = bodies(&log).await;
    assert!(
        matches!(&read[..], [Body::Event(_), Body::Unreadable { event_type, .. }] if event_type == "status.pinned"),
        "{read:?}"
    );
}

async fn a_wrong_master_key_is_refused(engine: Engine) {
    let log = engine.sealed().await;
    post(&log, "pin-1", 1, pinned(7, 1)).await;
    let wrong = MasterKey::from_bytes([43; 32]);
    let opened = KeyRing::open(&wrong, Arc::clone(&engine.vault)).await;
    assert_eq!(opened.err(), Some(KeyError::WrongMasterKey));
    KeyRing::open(&master(), engine.vault).await.expect("the right one still opens");
}

async fn first_keys_made_at_once_are_one_key(engine: Engine) {
    let logs = [engine.sealed().await, engine.sealed().await];
    let appends = (0..40u128).map(|n| {
        let log = logs[n as usize % 2].clone();
        async move { post(&log, &format!("pin-{n}"), n + 1, if n < 20 { pinned(7, 1) } else { edited(9, 5) }).await }
    });
    futures::future::join_all(appends).await;
    let read = bodies(&engine.sealed().await).await;
    assert_eq!(read.len(), 40);
    assert!(read.iter().all(|body| matches!(body, Body::Event(_))));
}

/// Each retry may have made a key of its own that was never kept: nothing may be sealed with it later.
async fn a_retry_at_the_same_time_leaves_the_keys_that_are_kept(engine: Engine) {
    let logs = [engine.sealed().await, engine.sealed().await];
    for account in 0..10 {
        let first = || vec![new_event(account, pinned(account as i64, 1))];
        let name = format!("pin-{account}");
        let appends = [0, 1, 0, 1].map(|n: usize| logs[n].append(stream(&name), Expected::NoStream, first(), meta()));
        let appended = futures::future::try_join_all(appends).await.unwrap();
        assert!(appended.windows(2).all(|pair| pair[0] == pair[1]), "one result for all");
        for (n, log) in logs.iter().enumerate() {
            post(log, &format!("later-{account}{n}"), 100 + account * 2 + n as u128, pinned(account as i64, 2)).await;
        }
    }
    let read = bodies(&engine.sealed().await).await;
    assert_eq!(read.len(), 30);
    assert!(read.iter().all(|body| matches!(body, Body::Event(_))));
}

async fn a_subscription_opens_what_it_hands_out(engine: Engine) {
    let log = engine.sealed().await;
    let mut subscription: LogSubscription = log.subscribe(Position::START);
    post(&log, "status-1", 1, edited(7, 1)).await;
    assert_eq!(subscription.next_batch(10).await.unwrap()[0].body, Body::Event(edited(7, 1)));
    engine.log.append(append("status-2", Expected::NoStream, &[2])).await.unwrap();
    let unreadable = subscription.next_batch(10).await.unwrap();
    assert!(matches!(unreadable[0].body, Body::Unreadable { .. }), "what cannot be read is not skipped");
}
