//! Three instances of the real program behind nginx, on one PostgreSQL database. Each test causes a fault while visitors
//! read, change their sessions, sign in and out. Each request may meet another instance.
//!
//! Run them with `cargo test --release -p bench --features postgres --test instances -- --ignored --test-threads=1`. They
//! need Debian's packages postgresql, nginx and openssl, and make servers of their own, on loopback.
#![cfg(feature = "postgres")]

mod cluster; // a PostgreSQL server
mod crowd; // the visitors
mod failures; // requests that failed, and when
#[allow(dead_code)] // the fault tests use the rest
#[path = "../faults/server.rs"]
mod server; // a server process and its log
mod site; // all of it together
mod visitor; // a visitor who knows what the session must contain

use std::time::Instant;

use site::Site;

#[rocket::async_test]
#[ignore = "needs PostgreSQL and nginx: see the top of this file"]
async fn when_an_instance_is_killed_only_its_own_requests_fail_and_nothing_is_lost() {
    let mut site = Site::start(false).await;
    let crowd = site.crowd().await;
    let began = Instant::now();
    site.kill(0);
    let killed = Instant::now();
    crowd.do_more(3).await;
    site.restart(0);
    site.wait_until_ready().await;
    crowd.do_more(3).await;
    crowd.leave().await.must_belong_to("An instance was killed", 502, (began, killed));
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL and nginx: see the top of this file"]
async fn while_postgresql_is_down_requests_get_503_and_afterwards_the_instances_recover_by_themselves() {
    let site = Site::start(false).await;
    for mode in ["fast", "immediate"] {
        let crowd = site.crowd().await;
        let began = Instant::now();
        site.database.stop(mode);
        crowd.do_more(1).await;
        site.database.start();
        let started = Instant::now();
        let ready = site.wait_until_ready().await;
        crowd.do_more(3).await;
        let failures = crowd.leave().await;
        assert!(failures.any(), "no visitor has noticed the fault");
        failures.must_belong_to(&format!("PostgreSQL was stopped ({mode})"), 503, (began, ready));
        println!("The instances were ready {:?} after it", ready - started);
    }
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL and nginx: see the top of this file"]
async fn when_a_standby_is_promoted_nothing_is_lost_and_the_instances_find_it_by_themselves() {
    let mut site = Site::start(true).await;
    let crowd = site.crowd().await;
    let began = Instant::now();
    // From now on, a change that the primary commits is only there: it must not be answered.
    site.standby().stop("fast");
    crowd.do_more(1).await;
    site.database.stop("immediate");
    site.standby().start();
    site.fail_over();
    let promoted = Instant::now();
    let ready = site.wait_until_ready().await;
    crowd.do_more(3).await;
    let failures = crowd.leave().await;
    assert!(failures.any(), "no visitor has noticed the fault");
    failures.must_belong_to("The standby was promoted", 503, (began, ready));
    println!("The instances were ready {:?} after it", ready - promoted);
}

#[rocket::async_test]
#[ignore = "needs PostgreSQL and nginx: see the top of this file"]
async fn a_new_secret_key_is_rolled_out_an_instance_at_a_time_without_an_error() {
    const NEW: &str = "dGhlIG90aGVyIHNlY3JldCBrZXkgb2YgdGhlIHRlc3Q=";

    let mut site = Site::start(false).await;
    let crowd = site.crowd().await;
    // First, each instance learns to read cookies of the new key. Only then the first one makes them.
    for (key, fallback) in [(site::KEY, NEW), (NEW, site::KEY)] {
        for instance in 0..site::INSTANCES {
            site.replace(instance, key, &[fallback]).await;
            crowd.do_more(3).await;
        }
    }
    crowd.leave().await.must_be_none();
}
