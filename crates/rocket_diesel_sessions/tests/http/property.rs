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
    /// A request of a visitor reaches its handler and waits there.
    Start { visitor: usize, slot: usize },
    /// The handler of the request in this slot does `ops` and then fails or succeeds.
    Finish { slot: usize, ops: Vec<Op>, fails: bool },
    /// The clock moves by this many seconds.
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
    // Half of the time a single insert, often of an equal value. That is activity without a change.
    let active = (0..2u8).prop_map(|value| vec![Op::Insert("a".into(), value)]);
    (slot, prop_oneof![prop::collection::vec(op(), 0..3), active], prop::bool::weighted(0.1))
        .prop_map(|(slot, ops, fails)| Step::Finish { slot, ops, fails })
}

/// A single step, or a sequence that random single steps rarely form: two overlapping requests of one visitor, two that
/// have to be merged, or a request whose handler runs late.
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
    prop_oneof![4 => step().prop_map(|step| vec![step]), 2 => overlap, 2 => merge(), 1 => late]
}

/// Two overlapping requests of one visitor that change the same few keys, the expiry and the session's own key.
fn merge() -> impl Strategy<Value = Vec<Step>> {
    let key = || prop::sample::select(vec!["a".to_owned(), "b".into()]);
    let op = move || {
        prop_oneof![
            4 => (key(), 0..2u8).prop_map(|(key, value)| Op::Insert(key, value)),
            4 => key().prop_map(Op::Remove),
            1 => Just(Op::ExpireAfter(500)),
            1 => Just(Op::ExpireAtBrowserClose),
            1 => Just(Op::CycleKey),
            1 => Just(Op::Flush),
        ]
    };
    let ops = move || prop::collection::vec(op(), 1..4);
    (0..VISITORS, ops(), ops(), ops()).prop_map(|(visitor, before, first, second)| {
        let start = |slot| Step::Start { visitor, slot };
        let finish = |slot, ops| Step::Finish { slot, ops, fails: false };
        let session = [vec![Op::Insert("c".into(), 0)], before].concat();
        vec![start(0), finish(0, session), start(0), start(1), finish(0, first), finish(1, second)]
    })
}

/// A point where a request waits for the test, between its guard and its operations.
struct Breakpoint {
    reached: Semaphore,
    /// The operations, and whether the handler fails after them.
    task: Mutex<(Vec<Op>, bool)>,
    resume: Semaphore,
}

impl Default for Breakpoint {
    fn default() -> Self {
        Self { reached: Semaphore::new(0), task: Mutex::default(), resume: Semaphore::new(0) }
    }
}

#[get("/run/<slot>")]
async fn run(session: Session<'_>, breakpoints: &State<[Breakpoint; SLOTS]>, slot: usize) -> Result<Status> {
    let breakpoint = &breakpoints[slot];
    breakpoint.reached.add_permits(1);
    breakpoint.resume.acquire().await.unwrap().forget();
    let (ops, fails) = std::mem::take(&mut *breakpoint.task.lock().unwrap());
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

/// Runs the program in the application and in the model, and compares them after every step.
async fn compare_with_model(engine: &str, program: &[Step]) -> TestCaseResult {
    let settings = format!("engine = '{engine}'\ncookie_age = {COOKIE_AGE}\nabsolute_age = {ABSOLUTE_AGE}");
    let build = |rocket: Rocket<Build>| rocket.manage(<[Breakpoint; SLOTS]>::default()).mount("/", routes![run, all]);
    let app = TestApp::with_settings(&settings, build).await;
    let breakpoints = app.client.rocket().state::<[Breakpoint; SLOTS]>().unwrap();
    let visitors: Vec<Visitor> = (0..VISITORS).map(|_| app.visitor()).collect();
    let mut model = Model::default();
    let mut running: [Option<(LocalBoxFuture<Page>, Request)>; SLOTS] = Default::default();

    for step in program {
        match step {
            Step::Start { visitor, slot } if running[*slot].is_none() => {
                let model_request = model.start(*visitor, app.clock.now());
                let path = format!("/run/{slot}");
                let browser = &visitors[*visitor];
                let mut request = async move { browser.get(&path).await }.boxed_local();
                rocket::tokio::select! {
                    page = &mut request => prop_assert!(false, "the request ended too early: {}", page.status),
                    permit = breakpoints[*slot].reached.acquire() => permit.unwrap().forget(),
                }
                running[*slot] = Some((request, model_request));
            }
            Step::Finish { slot, ops, fails } => {
                let Some((request, model_request)) = running[*slot].take() else { continue };
                *breakpoints[*slot].task.lock().unwrap() = (ops.clone(), *fails);
                breakpoints[*slot].resume.add_permits(1);
                let status = request.await.status.code;
                prop_assert_eq!(status, model.finish(model_request, ops, *fails, app.clock.now()), "the status");
            }
            Step::Wait(seconds) => app.clock.advance(Duration::seconds((*seconds).into())),
            Step::Start { .. } => {}
        }
        if engine == "db" {
            prop_assert_eq!(stored_rows(&app), expected_rows(&model), "the table");
        }
        for (number, visitor) in visitors.iter().enumerate() {
            let seen: BTreeMap<String, u8> = serde_json::from_str(&visitor.visit("/all").await).unwrap();
            prop_assert_eq!(seen, model.read(number, app.clock.now()), "what visitor {} reads", number);
        }
    }
    Ok(())
}

/// A row without its key, which the model can't predict.
type Row = (String, Option<String>, Option<String>, OffsetDateTime, OffsetDateTime, i64);

fn stored_rows(app: &TestApp) -> Vec<Row> {
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

fn expected_rows(model: &Model) -> Vec<Row> {
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
    // To run more programs: PROPTEST_CASES=1000 cargo test --test http property
    let cases = std::env::var("PROPTEST_CASES").map_or(64, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let programs = prop::collection::vec(steps(), 1..20).prop_map(|steps| steps.concat());
    let result = TestRunner::new(config)
        .run(&programs, |program| rocket::async_test(async { compare_with_model(engine, &program).await }));
    if let Err(failure) = result {
        panic!("{engine}: {failure}");
    }
}

#[test]
fn random_programs_change_the_table_as_the_model_predicts() {
    check_random_programs("db");
}

#[test]
fn random_programs_change_the_memory_store_as_the_model_predicts() {
    check_random_programs("memory");
}
