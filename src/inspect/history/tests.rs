use super::*;
use crate::inspect::request_info::CurrentVisitor;

fn handle(number: usize) -> Handle {
    format!("{number:064x}").parse().unwrap()
}

fn request(visitor: &CurrentVisitor) -> Option<RequestInfo<'_>> {
    Some(RequestInfo { visitor, line: "GET /".into(), is_inspect: false })
}

fn kinds(history: &History, number: usize) -> Option<Vec<EventKind>> {
    history.visitor(&handle(number)).map(|visitor| visitor.entries.iter().map(|entry| entry.kind).collect())
}

#[test]
fn the_last_twenty_events_of_a_visitor_are_kept_the_newest_first() {
    let history = History::default();
    history.add_event(&Event::Created(&handle(1)), None);
    for _ in 0..19 {
        history.add_event(&Event::Loaded(&handle(1)), None);
    }
    assert_eq!(kinds(&history, 1).unwrap().last(), Some(&EventKind::Created));
    history.add_event(&Event::Saved(&handle(1)), None);
    let kept = kinds(&history, 1).unwrap();
    assert_eq!((kept.len(), kept[0], kept[19]), (20, EventKind::Saved, EventKind::Loaded));
}

#[test]
fn with_more_than_a_thousand_visitors_the_one_that_was_inactive_for_longest_is_removed() {
    let history = History::default();
    for number in 0..VISITORS {
        history.add_event(&Event::Created(&handle(number)), None);
    }
    history.add_event(&Event::Loaded(&handle(0)), None);
    history.add_event(&Event::Created(&handle(VISITORS)), None);
    assert!(kinds(&history, 0).is_some() && kinds(&history, VISITORS).is_some());
    assert_eq!(kinds(&history, 1), None);
    assert_eq!(history.lock().by_handle.len(), VISITORS);
}

#[test]
fn a_visitor_is_followed_to_a_new_key_and_not_found_under_the_old_one() {
    let history = History::default();
    history.add_event(&Event::Created(&handle(1)), None);
    history.add_event(&Event::KeyCycled { from: &handle(1), to: &handle(2) }, None);
    assert_eq!(kinds(&history, 2).unwrap(), [EventKind::Renamed, EventKind::Created]);
    assert_eq!(kinds(&history, 1), None);
}

#[test]
fn a_visitor_is_followed_from_a_session_that_ended_to_one_that_the_same_request_began() {
    let (history, visitor) = (History::default(), CurrentVisitor::default());
    history.add_event(&Event::Loaded(&handle(1)), request(&visitor));
    history.add_event(&Event::Ended(&handle(1)), request(&visitor));
    history.add_event(&Event::Created(&handle(2)), request(&visitor));
    assert_eq!(kinds(&history, 2).unwrap(), [EventKind::Created, EventKind::Ended, EventKind::Loaded]);
    assert_eq!(kinds(&history, 1), None);
}

#[test]
fn a_statement_belongs_to_the_next_event_of_the_session_that_it_names() {
    let history = History::default();
    let hear = |sql: &str, number: usize| {
        let query = format!("{sql} -- binds: [{:?}]", handle(number).as_str());
        Statement::read(&query).into_iter().for_each(|statement| history.add_statement(statement));
    };
    hear("UPDATE one", 1);
    hear("UPDATE another's", 2);
    history.add_event(&Event::Saved(&handle(1)), None);
    history.add_event(&Event::Loaded(&handle(1)), None);
    let entries = history.visitor(&handle(1)).unwrap().entries;
    assert_eq!(entries[1].statements, ["UPDATE one"]);
    assert!(entries[0].statements.is_empty());
}

#[test]
fn a_page_that_looks_again_takes_no_statement_of_a_request_at_the_same_time() {
    let (history, looking) = (History::default(), CurrentVisitor::default());
    for sql in ["SELECT 1", "UPDATE one", "SELECT 1"] {
        let query = format!("{sql} -- binds: [{:?}]", handle(1).as_str());
        Statement::read(&query).into_iter().for_each(|statement| history.add_statement(statement));
    }
    let request = RequestInfo { visitor: &looking, line: "GET /inspect".into(), is_inspect: true };
    history.add_event(&Event::Loaded(&handle(1)), Some(request));
    history.add_event(&Event::Loaded(&handle(1)), None);
    history.add_event(&Event::Saved(&handle(1)), None);
    let entries = history.visitor(&handle(1)).unwrap().entries;
    let statements: Vec<_> = entries.into_iter().map(|entry| entry.statements).collect();
    assert_eq!(statements, [["UPDATE one"], ["SELECT 1"]]);
}

#[test]
fn the_oldest_statements_without_an_event_are_removed() {
    let history = History::default();
    for number in 0..STATEMENTS + 10 {
        let statements = Statement::read(&format!("SELECT -- binds: [{:?}]", handle(number).as_str()));
        statements.into_iter().for_each(|statement| history.add_statement(statement));
    }
    assert_eq!(history.lock().unclaimed.len(), STATEMENTS);
}
