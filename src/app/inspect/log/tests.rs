use super::*;

fn handle(number: usize) -> Handle {
    Handle::parse(&format!("{number:064x}")).unwrap()
}

fn here(trail: &Trail) -> Option<Here<'_>> {
    Some(Here { trail, line: "GET /".into(), is_look: false })
}

fn told(log: &Log, number: usize) -> Option<Vec<What>> {
    log.of(&handle(number)).map(|visitor| visitor.entries.iter().map(|entry| entry.what).collect())
}

#[test]
fn of_a_visitors_events_the_last_twenty_are_kept_the_newest_first() {
    let log = Log::default();
    log.note(&Event::Created(&handle(1)), None);
    for _ in 0..19 {
        log.note(&Event::Loaded(&handle(1)), None);
    }
    assert_eq!(told(&log, 1).unwrap().last(), Some(&What::Created));
    log.note(&Event::Saved(&handle(1)), None);
    let kept = told(&log, 1).unwrap();
    assert_eq!((kept.len(), kept[0], kept[19]), (20, What::Saved, What::Loaded));
}

#[test]
fn of_more_than_a_thousand_visitors_the_one_that_was_inactive_for_longest_leaves() {
    let log = Log::default();
    for number in 0..VISITORS {
        log.note(&Event::Created(&handle(number)), None);
    }
    log.note(&Event::Loaded(&handle(0)), None);
    log.note(&Event::Created(&handle(VISITORS)), None);
    assert!(told(&log, 0).is_some() && told(&log, VISITORS).is_some());
    assert_eq!(told(&log, 1), None);
    assert_eq!(log.lock().visitors.len(), VISITORS);
}

#[test]
fn a_visitor_is_followed_to_a_new_key_and_not_found_under_the_old_one() {
    let log = Log::default();
    log.note(&Event::Created(&handle(1)), None);
    log.note(&Event::Renamed { from: &handle(1), to: &handle(2) }, None);
    assert_eq!(told(&log, 2).unwrap(), [What::Renamed, What::Created]);
    assert_eq!(told(&log, 1), None);
}

#[test]
fn a_visitor_is_followed_from_a_session_that_ended_to_one_that_the_same_request_began() {
    let (log, trail) = (Log::default(), Trail::default());
    log.note(&Event::Loaded(&handle(1)), here(&trail));
    log.note(&Event::Ended(&handle(1)), here(&trail));
    log.note(&Event::Created(&handle(2)), here(&trail));
    assert_eq!(told(&log, 2).unwrap(), [What::Created, What::Ended, What::Loaded]);
    assert_eq!(told(&log, 1), None);
}

#[test]
fn a_statement_belongs_to_the_next_event_of_a_session_that_it_names() {
    let log = Log::default();
    let hear = |sql: &str, number: usize| {
        let query = format!("{sql} -- binds: [{:?}]", handle(number).as_str());
        log.hear(Statement::read(&query).unwrap());
    };
    hear("UPDATE one", 1);
    hear("UPDATE another's", 2);
    log.note(&Event::Saved(&handle(1)), None);
    log.note(&Event::Loaded(&handle(1)), None);
    let entries = log.of(&handle(1)).unwrap().entries;
    assert_eq!(entries[1].statements, ["UPDATE one"]);
    assert!(entries[0].statements.is_empty());
}

#[test]
fn statements_that_nobody_claims_leave() {
    let log = Log::default();
    for number in 0..STATEMENTS + 10 {
        log.hear(Statement::read(&format!("SELECT -- binds: [{:?}]", handle(number).as_str())).unwrap());
    }
    assert_eq!(log.lock().unclaimed.len(), STATEMENTS);
}
