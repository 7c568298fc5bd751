//! What an administrator searches for: conditions, pages and counts. A store may not support it.

use time::OffsetDateTime;

use super::fixtures::{HOUR, NOW, SECOND, alive, created_after, session, supported};
use crate::handle::Handle;
use crate::record::{Alive, Record};
use crate::store::{Filter, Found, Listed, Page, Position, Store};

/// Creates a record. The handle begins with these digits.
async fn create(store: &impl Store, digits: &str, owner: Option<&str>, created_at: OffsetDateTime) -> (Handle, Record) {
    let (_, mut record) = session(serde_json::json!({}));
    (record.owner, record.created_at) = (owner.map(str::to_owned), created_at);
    put(store, digits, record).await
}

async fn put(store: &impl Store, digits: &str, record: Record) -> (Handle, Record) {
    let handle = format!("{digits:0<64}").parse().expect("the digits are hexadecimal");
    store.create(&handle, &record, None, NOW).await.unwrap();
    (handle, record)
}

/// Creates four records, the newest first. The last one has expired.
async fn four(store: &impl Store) -> [(Handle, Record); 4] {
    let newest = create(store, "abc0", Some("ada"), NOW).await;
    let (_, mut longer) = session(serde_json::json!({}));
    (longer.owner, longer.created_at, longer.expire_date) = (Some("bob".into()), NOW - HOUR, NOW + 2 * HOUR);
    let longer = put(store, "abcf", longer).await;
    let nobodys = create(store, "abd", None, NOW - 2 * HOUR).await;
    let (_, mut expired) = session(serde_json::json!({}));
    (expired.owner, expired.created_at, expired.expire_date) = (Some("ada".into()), NOW - 3 * HOUR, NOW);
    [newest, longer, nobodys, put(store, "9", expired).await]
}

fn handles(found: &Found) -> Vec<&Handle> {
    found.sessions.iter().map(|session| &session.handle).collect()
}

pub(super) async fn each_condition_finds_its_records(store: &impl Store) {
    if supported(store.find(&Filter::all(), alive(), Page::first()).await).is_none() {
        return;
    }
    let records = four(store).await;
    let handle = &records[0].0;
    let place = |created_at, digits: &str| Position { created_at, handle: format!("{digits:0<64}").parse().unwrap() };
    let all = Filter::all;
    let always = time::macros::datetime!(-9999-01-01 00:00 +23)..time::macros::datetime!(9999-12-31 23:59:59.9 -23);
    let cases: &[(Filter, Alive, &[usize], &str)] = &[
        (all(), alive(), &[0, 1, 2, 3], "no condition finds all records, the newest first, and expired ones too"),
        (all().of_owner("ada"), alive(), &[0, 3], "the records of an owner are found"),
        (all().of_owners(["ada", "bob"]), alive(), &[0, 1, 3], "the records of several owners are found"),
        (all().of_owners([""; 0]), alive(), &[], "no owner has records"),
        (all().signed_in(true), alive(), &[0, 1, 3], "records with an owner are found"),
        (all().signed_in(false), alive(), &[2], "records without an owner are found"),
        (all().alive(true), alive(), &[0, 1, 2], "records that are alive are found"),
        (all().alive(false), alive(), &[3], "records that have expired are found"),
        (all().alive(true), created_after(NOW - 2 * HOUR), &[0, 1], "a record beyond its absolute age is not alive"),
        (all().alive(false), created_after(NOW - 2 * HOUR), &[2, 3], "a record beyond its absolute age has expired"),
        (all(), created_after(NOW - 2 * HOUR), &[0, 1, 2, 3], "a record beyond its absolute age is one of all"),
        (all().created(NOW - 2 * HOUR..NOW), alive(), &[1, 2], "the range of creation has its start and not its end"),
        (all().created(NOW..NOW), alive(), &[], "an empty range has no records"),
        (all().created(always.clone()), alive(), &[0, 1, 2, 3], "a range may begin and end beyond all dates"),
        (
            all().expires(NOW + HOUR..NOW + 2 * HOUR),
            alive(),
            &[0, 2],
            "the range of ends has its start and not its end",
        ),
        (all().expires(always), alive(), &[0, 1, 2, 3], "a range of ends may begin and end beyond all dates"),
        (all().handle_prefix(""), alive(), &[0, 1, 2, 3], "each handle begins with no digits"),
        (all().handle_prefix("abc"), alive(), &[0, 1], "the handles with these first digits are found"),
        (all().handle_prefix(handle.as_str()), alive(), &[0], "a whole handle is found"),
        (all().handle_prefix(format!("{handle}0")), alive(), &[], "no handle is longer"),
        (all().handle_prefix("ABC"), alive(), &[], "no handle has capital letters"),
        (all().handle_prefix("ab%"), alive(), &[], "a wildcard is no digit"),
        (all().handle_prefix("ab_"), alive(), &[], "an underscore is no digit"),
        (all().handle_prefix("b"), alive(), &[], "a prefix is at the beginning"),
        (all().after(place(NOW - HOUR, "abcf")), alive(), &[2, 3], "a list continues after a record"),
        (all().after(place(NOW - HOUR, "abd")), alive(), &[1, 2, 3], "a list continues after a larger handle"),
        (all().after(place(NOW - SECOND, "0")), alive(), &[1, 2, 3], "a list continues where no record is"),
        (all().after(place(NOW - 4 * HOUR, "0")), alive(), &[], "a list does not continue after the last record"),
        (
            all().created(NOW - 2 * HOUR..NOW).after(place(NOW - HOUR, "abcf")),
            alive(),
            &[2],
            "a list continues inside of a range of creation",
        ),
        (
            all().created(NOW - 2 * HOUR..NOW).after(place(NOW + HOUR, "0")),
            alive(),
            &[1, 2],
            "a list does not begin before the range of creation",
        ),
    ];
    for (filter, alive, expected, claim) in cases {
        let found = store.find(filter, *alive, Page::first()).await.unwrap();
        let expected: Vec<_> = expected.iter().map(|at| &records[*at].0).collect();
        assert_eq!(handles(&found), expected, "{claim}");
        assert_eq!(found.next, None, "nothing is left after all records");
    }
    let found = store.find(&all(), alive(), Page::first()).await.unwrap();
    assert_eq!(found.sessions[0].record, records[0].1, "a record is found as it was created");
}

pub(super) async fn several_conditions_find_what_meets_all_of_them(store: &impl Store) {
    if supported(store.find(&Filter::all(), alive(), Page::first()).await).is_none() {
        return;
    }
    let records = four(store).await;
    let conditions: [fn(Filter) -> Filter; 8] = [
        |filter| filter.handle_prefix("abc"),
        |filter| filter.of_owners(["ada", "eve"]),
        |filter| filter.signed_in(true),
        |filter| filter.signed_in(false),
        |filter| filter.alive(true),
        |filter| filter.created(NOW - 2 * HOUR..NOW),
        |filter| filter.expires(NOW..NOW + 2 * HOUR),
        |filter| filter.after(Position { created_at: NOW - HOUR, handle: "0".repeat(64).parse().unwrap() }),
    ];
    for chosen in 0_u32..1 << conditions.len() {
        let filter = (0..conditions.len())
            .filter(|at| chosen & (1 << at) != 0)
            .fold(Filter::all(), |filter, at| conditions[at](filter));
        for alive in [alive(), created_after(NOW - HOUR)] {
            let expected = records.iter().filter(|(handle, record)| filter.includes(handle, record, alive));
            let expected: Vec<_> = expected.map(|(handle, _)| handle).collect();
            let found = store.find(&filter, alive, Page::first()).await.unwrap();
            assert_eq!(handles(&found), expected, "a record is found if it meets all conditions: {filter:?}");
            if let Some(count) = supported(store.count(&filter, alive).await) {
                assert_eq!(count, expected.len(), "as many records are counted as are found: {filter:?}");
            }
        }
    }
}

pub(super) async fn pages_that_continue_see_every_record_once(store: &impl Store) {
    let mut expected = Vec::new();
    for (digits, age) in [("5", 0), ("4", 1), ("3", 1), ("2", 1), ("1", 1), ("0", 2)] {
        expected.push(create(store, digits, None, NOW - age * SECOND).await.0);
    }
    let all = Filter::all();
    for (size, pages) in [(1, 6), (2, 3), (4, 2), (6, 1)] {
        let page = Page::first().with_size(size);
        let Some(mut found) = supported(store.find(&all, alive(), page).await) else { return };
        let mut seen = found.sessions;
        for _ in 1..pages {
            let next = found.next.expect("a page says where to continue while records are left");
            found = store.find(&all.clone().after(next), alive(), page).await.unwrap();
            assert!(found.sessions.len() <= size, "a page has its size");
            seen.extend(found.sessions);
        }
        assert_eq!(found.next, None, "the last page says that nothing is left");
        let seen: Vec<_> = seen.into_iter().map(|session| session.handle).collect();
        assert_eq!(seen, expected, "each record is on one page, also among those of the same second");
    }
}

pub(super) async fn a_scan_limit_ends_a_page_early(store: &impl Store) {
    for (at, digits) in ["0", "1", "2", "3", "4", "5", "6", "7"].into_iter().enumerate() {
        create(store, digits, None, NOW - u32::try_from(at / 2).unwrap() * SECOND).await;
    }
    let (oldest, _) = create(store, "8", Some("ada"), NOW - HOUR).await;
    let adas = Filter::all().signed_in(true);
    let page = Page::first().with_size(1);
    for (limit, pages) in [(0, 9), (1, 9), (3, 3), (4, 3), (8, 2), (9, 1), (100, 1)] {
        let mut filter = adas.clone().scan_limit(limit);
        for left in (0..pages).rev() {
            let Some(found) = supported(store.find(&filter, alive(), page).await) else { return };
            let expected = if left == 0 { vec![&oldest] } else { vec![] };
            assert_eq!(handles(&found), expected, "a search looks at no more than {limit} records");
            assert_eq!(found.next.is_some(), left > 0, "a search goes on until it has seen all records");
            filter.after = found.next;
        }
    }
    let four = Filter::all().scan_limit(4);
    let found = store.find(&four, alive(), Page::first()).await.unwrap();
    assert_eq!(found.sessions.len(), 4, "a search looks at as many records as its limit says");
    assert_eq!(found.next, found.sessions.last().map(Listed::position), "a search continues after the last of them");
    let found = store.find(&four, alive(), page).await.unwrap();
    let next = found.next.as_ref().expect("a page says where to continue while records are left");
    assert_eq!(handles(&found), [&next.handle], "a page that is full continues after its last record");
    let older = adas.created(NOW - HOUR..NOW - 3 * SECOND).scan_limit(1);
    let found = store.find(&older, alive(), page).await.unwrap();
    assert_eq!(handles(&found), [&oldest], "a record outside of the range of creation does not count");
}

pub(super) async fn a_count_ignores_the_scan_limit(store: &impl Store) {
    for digits in ["1", "2", "3"] {
        create(store, digits, None, NOW).await;
    }
    let Some(count) = supported(store.count(&Filter::all().scan_limit(1), alive()).await) else { return };
    assert_eq!(count, 3, "a count ignores the scan limit");
}
