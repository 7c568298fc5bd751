use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::decide::Commit;
use super::loaded::{Loaded, LoadedSession};
use super::state::State;
use crate::error::Error;
use crate::expiry::Expiry;
use crate::key::SessionKey;
use crate::record::Record;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

fn nobody() -> State {
    State::new(Arc::default(), NOW, Loaded::default())
}

fn visitor() -> State {
    let mut record = Record::new(NOW);
    record.data.insert("name".into(), json!("Bipasha"));
    record.version = 1;
    record.expire_date = NOW + Duration::from_secs(1_209_600);
    let session = Some(LoadedSession { key: SessionKey::generate(), record: record.into() });
    State::new(Arc::default(), NOW, Loaded { session, ..Loaded::default() })
}

fn insert(state: &mut State, key: &str, value: Value) {
    state.insert(vec![(key.into(), value)]).unwrap();
}

#[test]
fn a_request_that_only_looks_needs_no_commit() {
    for state in [nobody(), visitor()] {
        assert_eq!(state.decide(NOW), Commit::Nothing);
        assert!(!state.is_modified() && !state.needs_commit());
    }
}

#[test]
fn the_first_insert_makes_a_key_and_creates_a_record_of_version_1() {
    let mut state = nobody();
    assert_eq!(state.handle(), None);
    insert(&mut state, "name", json!("Bipasha"));
    let handle = state.handle().unwrap();
    let Commit::Create { key, record, replaces: None } = state.decide(NOW) else { panic!() };
    assert_eq!((key.handle(), record.version), (handle, 1));
    assert_eq!(record.expire_date, NOW + Duration::from_secs(1_209_600));
}

#[test]
fn a_change_of_a_loaded_session_is_an_update_under_the_same_key() {
    let mut state = visitor();
    let handle = state.handle().unwrap();
    insert(&mut state, "lname", json!("Codedec"));
    let Commit::Update { old: updated, update, .. } = state.decide(NOW) else { panic!() };
    assert_eq!((updated, update.new_handle()), (handle, None));
    assert_eq!(update.apply(update.loaded()).unwrap().version, 2);
}

#[test]
fn a_flush_stays_when_the_handler_fails_and_nothing_else_does() {
    let mut state = visitor();
    let handle = state.handle().unwrap();
    state.flush();
    assert_eq!(state.decide_after_failure(), Commit::Delete(Some(handle)));
    assert_eq!(state.as_loaded().record().data.len(), 0);

    let mut state = visitor();
    insert(&mut state, "lname", json!("Codedec"));
    state.cycle_key();
    state.login("ada");
    state.login("bob");
    assert_eq!(state.decide_after_failure(), Commit::Nothing);
    assert_eq!(state.as_loaded().record(), visitor().record());
}

#[test]
fn a_login_over_another_owner_ends_the_old_record_in_the_same_commit() {
    let mut state = visitor();
    state.login("ada");
    let old = state.loaded.session.as_ref().unwrap().key.handle();
    state.login("bob");
    let Commit::Create { record, replaces: Some(ended), .. } = state.decide(NOW) else { panic!() };
    assert_eq!((ended, record.owner.as_deref(), record.data.len()), (old, Some("bob"), 0));
}

#[test]
fn a_refused_insert_leaves_the_data_as_it_was() {
    let mut state = visitor();
    let large = Value::from("x".repeat(70_000));
    let refused = state.insert(vec![("small".into(), json!(1)), ("large".into(), large)]);
    assert!(matches!(refused, Err(Error::TooLarge { max: 65_536, .. })));
    assert_eq!(state.record(), visitor().record());
    assert!(!state.is_modified() && !state.needs_commit());
}

#[test]
fn an_expiry_in_the_past_deletes_the_record() {
    let mut state = visitor();
    state.set_expiry(Expiry::At(NOW)).unwrap();
    assert_eq!(state.decide(NOW), Commit::Delete(state.loaded.session.as_ref().map(|session| session.key.handle())));
    assert_eq!(state.expiry_age(), Duration::ZERO);
}

#[test]
fn a_session_that_was_only_read_ends_at_the_date_of_the_last_save() {
    let loaded = visitor().loaded;
    let later = NOW + Duration::from_secs(100);
    let mut state = State::new(Arc::default(), later, loaded);
    assert_eq!(state.expiry_age().as_secs(), 1_209_500);
    insert(&mut state, "lname", json!("Codedec"));
    assert_eq!(state.expiry_age().as_secs(), 1_209_600);
}

#[test]
fn a_login_ends_only_the_session_that_its_cookie_opened_and_a_flush_also_the_one_that_it_names() {
    let named = SessionKey::generate().handle();
    let stranger = || State::new(Arc::default(), NOW, Loaded { handle: Some(named.clone()), ..Loaded::default() });
    let mut state = stranger();
    state.login("bob");
    state.login("ada");
    assert!(matches!(state.decide(NOW), Commit::Create { replaces: None, .. }));
    let mut state = stranger();
    state.flush();
    assert_eq!(state.decide(NOW), Commit::Delete(Some(named.clone())));
}
