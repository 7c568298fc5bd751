//! Many sign-ins at the same moment.

use std::sync::Arc;
use std::thread::available_parallelism;

use diesel::connection::SimpleConnection;
use rocket::futures::future::join_all;
use rocket::tokio::runtime::Builder;
use rocket::tokio::task::{spawn, yield_now};

use crate::test_app::{PASSWORD, Rank, TestApp};
use crate::visitor::Kept;

/// A hash with so many passes that its check takes a second or more. It belongs to no password.
const SLOW_HASH: &str =
    "$argon2id$v=19$m=19456,t=150,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How many passwords are checked at the same time. A hundred more can wait.
fn slots() -> usize {
    available_parallelism().map_or(1, |processors| (processors.get() / 2).clamp(1, 4))
}

/// Sends a sign-in to each slot that takes a second or more.
async fn occupy_slots(app: &TestApp) -> Vec<u16> {
    let names: Vec<String> = (0..slots()).map(|number| format!("slow{number}")).collect();
    names.iter().for_each(|name| _ = app.add(name, Rank::User));
    app.sql(&format!("UPDATE users SET password_hash = '{SLOW_HASH}' WHERE name LIKE 'slow%'"));
    join_all(names.iter().map(async |name| app.visitor().sign_in(name, "x").await.status.code)).await
}

/// Waits until all slots are occupied. Each attempt counts two failures, and then hashes.
async fn until_occupied(app: &TestApp) {
    while app.counters() <= slots() as i64 {
        yield_now().await;
    }
}

#[rocket::async_test]
async fn of_fifty_wrong_sign_ins_at_once_no_more_than_the_free_ones_are_checked() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let statuses = join_all((0..50).map(async |_| app.visitor().sign_in("ada", "wrong").await.status.code)).await;
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!((count(200), count(429)), (5, 45));
    let logged = app.audit_log().into_iter().filter(|entry| entry.action == "sign-in failed").count();
    assert_eq!(logged, 5, "the log has each check");
}

#[rocket::async_test]
async fn of_fifty_right_sign_ins_of_one_user_at_once_all_succeed() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let visitors: Vec<_> = (0..50).map(|_| app.visitor()).collect();
    let statuses = join_all(visitors.iter().map(async |visitor| visitor.sign_in("ada", PASSWORD).await.status.code));
    assert_eq!(statuses.await, [303; 50]);
    for visitor in &visitors {
        assert!(visitor.is_signed_in().await);
    }
}

#[test]
fn other_pages_answer_while_passwords_are_checked_and_others_wait_for_their_turn() {
    // One thread has all requests. If it checked the passwords too, the pages would come after them.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = Arc::new(TestApp::new().await);
        let cookies = app.signed_in("ada", Rank::User).await.cookies();
        let (checks, waits, pages) = (app.clone(), app.clone(), app.clone());
        let checked = spawn(async move { occupy_slots(&checks).await });
        until_occupied(&app).await;
        let waiting = spawn(async move { waits.visitor().sign_in("bob", "x").await.status });
        let answered = spawn(async move {
            let ada = pages.visitor();
            cookies.iter().for_each(|cookie| ada.set_cookie(&cookie.name, &cookie.path, &cookie.value));
            for _ in 0..10 {
                assert_eq!(ada.visit("/me").await, "ada");
                ada.visit("/accounts/sessions/").await;
                pages.visitor().visit("/accounts/login/").await;
            }
        });
        answered.await.unwrap();
        assert!(!checked.is_finished() && !waiting.is_finished(), "a check takes a second or more");
    });
    runtime.shutdown_background();
}

/// Takes the superuser's rights from the user with this id, as the browser with these cookies.
async fn demote(app: Arc<TestApp>, cookies: Vec<Kept>, id: String, name: &'static str) -> u16 {
    let visitor = app.visitor();
    cookies.iter().for_each(|cookie| visitor.set_cookie(&cookie.name, &cookie.path, &cookie.value));
    let fields = [("name", name), ("is_staff", "true"), ("is_active", "true")];
    visitor.post(&format!("/admin/users/{id}/"), &fields).await.status.code
}

#[rocket::async_test]
async fn of_two_superusers_who_demote_each_other_at_the_same_moment_one_stays() {
    let app = Arc::new(TestApp::new().await);
    let cookies = async |name| app.signed_in(name, Rank::Superuser).await.cookies();
    let (ada, bob) = (cookies("ada").await, cookies("bob").await);
    let demote = |cookies: &Vec<Kept>, name| spawn(demote(app.clone(), cookies.clone(), app.user(name).id, name));
    for _ in 0..20 {
        app.sql("UPDATE users SET is_superuser = 1");
        let mut lock = app.lock_users();
        let (by_ada, by_bob) = (demote(&ada, "bob"), demote(&bob, "ada"));
        if let Some(lock) = &mut lock {
            // Both have counted the superusers, and wait.
            while app.waiting_for_users() < 2 {
                yield_now().await;
            }
            lock.batch_execute("COMMIT").unwrap();
        }
        let (by_ada, by_bob) = (by_ada.await.unwrap(), by_bob.await.unwrap());
        assert!(by_ada == 303 || by_bob == 303, "{by_ada} {by_bob}");
        assert!(by_ada < 500 && by_bob < 500, "{by_ada} {by_bob}");
        assert_eq!(app.users().iter().filter(|user| user.is_superuser != 0).count(), 1);
    }
}

#[rocket::async_test]
async fn a_flood_of_sign_ins_is_answered_with_503_instead_of_filling_the_memory() {
    let app = TestApp::new().await;
    let flood = async {
        until_occupied(&app).await;
        join_all((0..300).map(async |_| app.visitor().sign_in("bob", "x").await.status.code)).await
    };
    let (slow, statuses) = rocket::tokio::join!(occupy_slots(&app), flood);
    assert_eq!(slow, vec![200; slots()], "those that hash are not disturbed");
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(count(200), 5, "five failures of a name are free");
    assert!(count(429) >= 95, "a hundred can wait for their turn");
    assert!(count(503) > 0 && count(503) + count(429) == 295, "the others are refused");
}
