use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration as StdDuration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use rocket::futures::FutureExt;
use rocket::futures::future::LocalBoxFuture;
use rocket::http::Status;
use rocket::tokio::sync::Semaphore;
use rocket::{Build, Rocket, State, get, routes};
use rocket_diesel_sessions::{Clock, Expiry, Result, Session};
use time::{Duration, OffsetDateTime};

use crate::model::{ABSOLUTE_AGE, COOKIE_AGE, Model, Op, Request};
use crate::test_app::TestApp;
use crate::visitor::{Page, Visitor};

const VISITORS: usize = 3;
const SLOTS: usize = 3;

/// One step of a random program.
#[derive(Clone, Debug)]
enum Step {
    /// A visitor's request reaches its handler, and stays there.
    Start {
        visitor: usize,
        slot: usize,
    },
    /// The handler of that request goes on, does this, and ends.
    Finish {
        slot: usize,
        ops: Vec<Op>,
        fails: bool,
    },
    Wait(u16),
}

fn op() -> impl Strategy<Value = Op> {
    let key = || prop::sample::select(vec!["a".to_owned(), "b".into(), "c".into()]);
    prop_oneof![
        8 => (key(), 0..2u8).prop_map(|(key, value)| Op::Insert(key, value)),
        2 => key().prop_map(Op::Remove),
        1 => Just(Op::Clear),
        1 => Just(Op::Flush),
        1 => Just(Op::CycleKey),
        2 => prop::sample::select(vec!["ada", "bob"]).prop_map(|owner| Op::Login(owner.into())),
        1 => prop::sample::select(vec![50, 500]).prop_map(Op::ExpireAfter),
        1 => Just(Op::ExpireAtBrowserClose),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..VISITORS, 0..SLOTS).prop_map(|(visitor, slot)| Step::Start { visitor, slot }),
        4 => finish(0..SLOTS),
        1 => wait(),
    ]
}

fn wait() -> impl Strategy<Value = Step> {
    prop::sample::select(vec![4, 5, 60, 100, 500, 1000]).prop_map(Step::Wait)
}

fn finish(slot: impl Strategy<Value = usize>) -> impl Strategy<Value = Step> {
    // As often as not one insert that may well be equal: activity without a change.
    let active = (0..2u8).prop_map(|value| vec![Op::Insert("a".into(), value)]);
    (slot, prop_oneof![prop::collection::vec(op(), 0..3), active], prop::bool::weighted(0.1))
        .prop_map(|(slot, ops, fails)| Step::Finish { slot, ops, fails })
}

/// A step, or what steps drawn one by one seldom become: two requests of one visitor that overlap, or a late one.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let start = |visitor, slot| Just(Step::Start { visitor, slot });
    let overlap = (0..VISITORS).prop_flat_map(move |visitor| {
        let session = (start(visitor, 0), finish(Just(0)), wait());
        let both = (start(visitor, 0), start(visitor, 1), finish(Just(0)), wait(), finish(Just(1)));
        (session, both).prop_map(|((a, b, c), (d, e, f, g, h))| vec![a, b, c, d, e, f, g, h])
    });
    let late = (0..VISITORS).prop_flat_map(move |visitor| {
        (start(visitor, 0), finish(Just(0)), wait(), start(visitor, 0), wait(), finish(Just(0)))
            .prop_map(|(a, b, c, d, e, f)| vec![a, b, c, d, e, f])
    });
    prop_oneof![4 => step().prop_map(|step| vec![step]), 2 => overlap, 1 => late]
}

/// Where a request stays between its guard and its ops.
struct Gate {
    reached: Semaphore,
    task: Mutex<(Vec<Op>, bool)>,
    open: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self { reached: Semaphore::new(0), task: Mutex::default(), open: Semaphore::new(0) }
    }
}

#[get("/run/<slot>")]
async fn run(session: Session<'_>, gates: &State<[Gate; SLOTS]>, slot: usize) -> Result<Status> {
    let gate = &gates[slot];
    gate.reached.add_permits(1);
    gate.open.acquire().await.unwrap().forget();
    let (ops, fails) = std::mem::take(&mut *gate.task.lock().unwrap());
    for op in ops {
        match op {
            Op::Insert(key, value) => session.insert(&key, value)?,
            Op::Remove(key) => {
                session.remove(&key);
            }
            Op::Clear => session.clear(),
            Op::Flush => session.flush(),
            Op::CycleKey => session.cycle_key(),
            Op::Login(owner) => session.login(owner),
            Op::ExpireAfter(seconds) => session.set_expiry(StdDuration::from_secs(seconds.into()))?,
            Op::ExpireAtBrowserClose => session.set_expiry(Expiry::BrowserClose)?,
        }
    }
    Ok(if fails { Status::InternalServerError } else { Status::Ok })
}

#[get("/all")]
fn all(session: Session<'_>) -> String {
    serde_json::to_string(&session.to_map()).unwrap()
}

/// Runs the program against the application and the model, and compares them after every step.
async fn check(engine: &str, program: &[Step]) -> TestCaseResult {
    let settings = format!("engine = '{engine}'\ncookie_age = {COOKIE_AGE}\nabsolute_age = {ABSOLUTE_AGE}");
    let build = |rocket: Rocket<Build>| rocket.manage(<[Gate; SLOTS]>::default()).mount("/", routes![run, all]);
    let app = TestApp::with(&settings, build).await;
    let gates = app.client.rocket().state::<[Gate; SLOTS]>().unwrap();
    let visitors: Vec<Visitor> = (0..VISITORS).map(|_| app.visitor()).collect();
    let mut model = Model::default();
    let mut running: [Option<(LocalBoxFuture<Page>, Request)>; SLOTS] = Default::default();

    for step in program {
        match step {
            Step::Start { visitor, slot } if running[*slot].is_none() => {
                let visitor_of_model = model.start(*visitor, app.clock.now());
                let path = format!("/run/{slot}");
                let browser = &visitors[*visitor];
                let mut request = async move { browser.get(&path).await }.boxed_local();
                rocket::tokio::select! {
                    page = &mut request => prop_assert!(false, "the handler was not reached: {}", page.status),
                    permit = gates[*slot].reached.acquire() => permit.unwrap().forget(),
                }
                running[*slot] = Some((request, visitor_of_model));
            }
            Step::Finish { slot, ops, fails } => {
                let Some((request, of_model)) = running[*slot].take() else { continue };
                *gates[*slot].task.lock().unwrap() = (ops.clone(), *fails);
                gates[*slot].open.add_permits(1);
                let status = request.await.status.code;
                prop_assert_eq!(status, model.finish(of_model, ops, *fails, app.clock.now()), "the status");
            }
            Step::Wait(seconds) => app.clock.advance(Duration::seconds((*seconds).into())),
            Step::Start { .. } => {}
        }
        if engine == "db" {
            prop_assert_eq!(rows(&app), rows_of(&model), "the table");
        }
        for (number, visitor) in visitors.iter().enumerate() {
            let seen: BTreeMap<String, u8> = serde_json::from_str(&visitor.visit("/all").await).unwrap();
            prop_assert_eq!(seen, model.look(number, app.clock.now()), "what visitor {} reads", number);
        }
    }
    Ok(())
}

/// A row without its key, of which the model knows nothing.
type Row = (String, Option<String>, Option<String>, OffsetDateTime, OffsetDateTime, i64);

fn rows(app: &TestApp) -> Vec<Row> {
    let rows = app.rows().into_iter();
    let mut rows: Vec<Row> = rows
        .map(|row| {
            let (expires, created) = (row.expire_date.assume_utc(), row.created_at.assume_utc());
            (row.session_data, row.owner, row.expiry, expires, created, row.version)
        })
        .collect();
    rows.sort();
    rows
}

fn rows_of(model: &Model) -> Vec<Row> {
    let sessions = model.sessions.values().cloned();
    let mut rows: Vec<Row> = sessions
        .map(|session| {
            let data = serde_json::to_string(&session.data).unwrap();
            let expiry = (session.expiry != Expiry::Default).then(|| session.expiry.to_string());
            (data, session.owner, expiry, session.expires, session.created, session.version)
        })
        .collect();
    rows.sort();
    rows
}

fn check_random_programs(engine: &str) {
    // More of them: PROPTEST_CASES=1000 cargo test --test http property
    let cases = std::env::var("PROPTEST_CASES").map_or(64, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let programs = prop::collection::vec(steps(), 1..20).prop_map(|all| all.concat());
    let result =
        TestRunner::new(config).run(&programs, |program| rocket::async_test(async { check(engine, &program).await }));
    if let Err(failure) = result {
        panic!("{engine}: {failure}");
    }
}

#[test]
fn random_programs_do_to_the_table_what_the_model_says() {
    check_random_programs("db");
}

#[test]
fn random_programs_do_in_memory_what_the_model_says() {
    check_random_programs("memory");
}
