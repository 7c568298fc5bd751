//! A sign-in checks one password, whatever is wrong with it: so the time that it takes shows nothing.
//!
//! This is counted and not measured. A hash of a password needs 19 MiB in one piece, and nothing else here needs as much. The
//! test has a program of its own, because no other one may hash at the same time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use rocket::http::ContentType;
use rocket::local::asynchronous::Client;
use rocket_diesel_accounts::{Accounts, schema::users};
use rocket_diesel_sessions::Session;
use rocket_diesel_sessions::testing::{connect, new_database};
use rocket_dyn_templates::Template;

use diesel::prelude::*;

/// The memory of a hash, in bytes.
const MEMORY_OF_A_HASH: usize = 19 * 1024 * 1024;

static HASHES: AtomicUsize = AtomicUsize::new(0);

struct CountingAllocator;

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= MEMORY_OF_A_HASH {
            HASHES.fetch_add(1, Ordering::SeqCst);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const PASSWORD: &str = "correct horse battery staple";

async fn sign_in(client: &Client, name: &str, password: &str) -> (u16, usize) {
    let before = HASHES.load(Ordering::SeqCst);
    let form = format!("username={name}&password={}", password.replace(' ', "+"));
    let request = client.post("/accounts/login").header(ContentType::Form).body(form);
    let status = request.dispatch().await.status().code;
    (status, HASHES.load(Ordering::SeqCst) - before)
}

#[rocket::async_test]
async fn a_wrong_name_a_wrong_password_and_a_deactivated_user_cost_one_hash_each() {
    let folder = tempfile::tempdir().unwrap();
    let url = new_database(folder.path());
    let figment = rocket::Config::figment()
        .merge(("databases.sessions.url", &url))
        .merge(("template_dir", folder.path()))
        .merge(("log_level", "off"))
        .select("debug");
    let rocket = rocket::custom(figment)
        .attach(Session::fairing())
        .attach(Template::custom(Accounts::templates))
        .attach(Accounts::fairing());
    let client = Client::untracked(rocket).await.unwrap();
    let accounts: &Accounts = client.rocket().state().unwrap();
    for name in ["ada", "eve", "garbled"] {
        accounts.create_user(name, PASSWORD).await.unwrap();
    }
    let mut conn = connect(&url);
    let user = |name| users::table.filter(users::name.eq(name));
    diesel::update(user("eve")).set(users::is_active.eq(0)).execute(&mut conn).unwrap();

    assert_eq!(sign_in(&client, "ada", PASSWORD).await, (303, 1));
    for (name, password) in
        [("ada", "wrong"), ("bob", "wrong"), ("", "wrong"), ("eve", "wrong"), ("eve", PASSWORD), ("ada", "")]
    {
        assert_eq!(sign_in(&client, name, password).await, (200, 1), "{name:?} {password:?}");
    }
}
