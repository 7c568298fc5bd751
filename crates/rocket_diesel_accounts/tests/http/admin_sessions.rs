use std::collections::BTreeSet;

use time::Duration;

use crate::test_app::{Rank, SessionRow, TestApp};
use crate::visitor::{Page, SAFARI, Visitor};

const PATH: &str = "/admin/sessions/";

fn owners(page: &Page) -> Vec<String> {
    page.texts("tbody td:nth-child(3)")
}

fn handles(page: &Page) -> Vec<String> {
    page.attributes("tbody [name=handle]", "value")
}

async fn search(visitor: &Visitor<'_>, query: &str) -> Vec<String> {
    owners(&visitor.get(&format!("{PATH}?{query}")).await)
}

#[rocket::async_test]
async fn all_sessions_are_listed_the_newest_first() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let root = app.signed_in("root", Rank::Staff).await;
        app.clock.advance(Duration::SECOND);
        app.signed_in("ada", Rank::User).await;
        app.clock.advance(Duration::SECOND);
        app.visitor().visit("/insert/cart/tea").await;
        app.clock.advance(Duration::SECOND);
        app.visitor().visit("/forge/customer%2042").await;
        let page = root.get(PATH).await;
        assert_eq!(owners(&page), ["customer 42", "", "ada", "root"], "{engine}");
        assert_eq!(page.texts("tbody td:nth-child(4)"), ["", "", "Firefox on Linux", "Firefox on Linux"], "{engine}");
        assert_eq!(page.texts("tbody td:nth-child(7)")[..2], ["2", "14"], "{engine}: the bytes of the data");
    }
}

#[rocket::async_test]
async fn sessions_are_found_by_a_part_of_the_owners_name_and_by_eight_digits_of_the_handle() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let root = app.signed_in("root", Rank::Staff).await;
        for name in ["Adalbert", "Ada", "bob"] {
            app.clock.advance(Duration::SECOND);
            app.signed_in(name, Rank::User).await;
        }
        app.visitor().visit("/forge/customer%2042").await;
        assert_eq!(search(&root, "q=ada").await, ["Ada", "Adalbert"], "{engine}");
        assert_eq!(search(&root, "q=BOB").await, ["bob"], "{engine}");
        assert_eq!(search(&root, "q=customer%2042").await, ["customer 42"], "{engine}");
        assert_eq!(search(&root, "q=nobody").await, [""; 0], "{engine}");
        assert_eq!(search(&root, "q=%25").await, [""; 0], "{engine}: no pattern of LIKE");
        let page = root.get(&format!("{PATH}?q=bob")).await;
        let handle = handles(&page).remove(0);
        for digits in [8, 20, 64] {
            assert_eq!(search(&root, &format!("q={}", &handle[..digits])).await, ["bob"], "{engine}");
        }
        assert_eq!(search(&root, &format!("q={}", &handle[..7])).await, [""; 0], "{engine}: too short");
    }
}

#[rocket::async_test]
async fn sessions_are_filtered_by_signed_in_and_by_state() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        app.signed_in("old", Rank::User).await;
        app.visitor().visit("/insert/cart/tea").await;
        app.clock.advance(Duration::weeks(2));
        let root = app.signed_in("root", Rank::Staff).await;
        app.visitor().visit("/insert/cart/tea").await;
        for (query, found) in [
            ("signed_in=yes", &["root", "old"][..]),
            ("signed_in=no", &["", ""]),
            ("state=live&signed_in=yes", &["root"]),
            ("state=expired&signed_in=yes", &["old"]),
            ("state=live&signed_in=no", &[""]),
            ("state=expired&q=root", &[]),
            ("state=expired&q=old", &["old"]),
        ] {
            assert_eq!(search(&root, query).await, found, "{engine}: {query}");
        }
        assert_eq!(search(&root, "state=live").await.len(), 2, "{engine}");
        let page = root.get(&format!("{PATH}?state=expired")).await;
        assert!(page.texts("tbody td:nth-child(6)").iter().all(|text| text.ends_with(" expired")), "{engine}");
        assert_eq!(page.attributes("option[selected]", "value"), ["expired"], "the form shows the filter");
    }
}

#[rocket::async_test]
async fn the_pages_show_each_session_once() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Staff).await;
    let template = app.sessions().remove(0);
    let row = |number: usize| SessionRow {
        session_key: format!("{number:064x}"),
        session_data: "{}".into(),
        // Many begin at the same second.
        created_at: template.created_at - Duration::seconds(number as i64 / 70),
        owner: number.is_multiple_of(2).then(|| "customer".into()),
        ..template.clone()
    };
    let rows: Vec<_> = (0..450).map(row).collect();
    app.insert_sessions(&rows);
    for (query, expected) in [("", 451), ("?q=customer", 225), ("?signed_in=no", 225)] {
        let (mut path, mut seen) = (format!("{PATH}{query}"), Vec::new());
        loop {
            let page = root.get(&path).await;
            seen.extend(handles(&page));
            let links = page.texts(".pages a");
            assert_eq!(links.contains(&"Newest".into()), path.contains("after="));
            match page.attributes(".pages a:last-child", "href").pop().filter(|_| links.contains(&"Older".into())) {
                Some(older) => path = older,
                None => break,
            }
            assert_eq!(handles(&page).len(), 100);
        }
        assert_eq!(seen.len(), expected, "{query}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), expected, "{query}: none is shown twice");
    }
}

#[rocket::async_test]
async fn a_search_finds_an_owner_and_a_handle_behind_any_number_of_newer_sessions() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Staff).await;
    let template = app.sessions().remove(0);
    let row = |number: i64| SessionRow {
        session_key: format!("{number:064x}"),
        session_data: "{}".into(),
        created_at: template.created_at - Duration::seconds(number),
        owner: (number == 1500).then(|| "customer".into()),
        ..template.clone()
    };
    let rows: Vec<_> = (1..=1500).map(row).collect();
    app.insert_sessions(&rows);
    for query in ["q=customer".to_owned(), format!("q={}", rows[1499].session_key)] {
        assert_eq!(search(&root, &query).await, ["customer"], "{query}");
    }
}

#[rocket::async_test]
async fn the_page_of_a_session_shows_its_data_and_its_device_and_masks_what_looks_secret() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let root = app.signed_in("root", Rank::Staff).await;
        app.clock.advance(Duration::SECOND);
        app.add("ada", Rank::User);
        let ada = app.visitor().user_agent(SAFARI);
        ada.sign_in("ada", crate::test_app::PASSWORD).await;
        ada.visit("/insert/cart/two%20teas").await;
        ada.visit("/insert/apiToken/swordfish").await;
        let handle = handles(&root.get(PATH).await).remove(0);
        let page = root.get(&format!("{PATH}{handle}/")).await;
        assert_eq!(page.texts("pre"), [r#"{ "apiToken": "********", "cart": "two teas" }"#], "{engine}");
        assert!(!page.body.contains("swordfish"), "{engine}");
        let facts = page.texts("dd");
        assert_eq!((&*facts[0], &*facts[1]), (&*handle, "ada"), "{engine}");
        assert_eq!(facts[2], format!("Safari on macOS {SAFARI}"), "{engine}");
        assert_eq!((&*facts[6], &*facts[7]), ("none: as the settings say", "3"), "{engine}");
    }
}

#[rocket::async_test]
async fn the_values_of_a_login_are_on_no_page() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let user = app.user("root");
    let pages = [crate::paths::of(&app, rocket::http::Method::Get, "/a")].concat();
    for path in pages {
        let body = root.visit(&path).await;
        for secret in [&*user.stamp, &user.password_hash, "stamp", "$login", "confirmed_at", "argon2"] {
            assert!(!body.contains(secret), "{path} shows {secret}");
        }
    }
}

#[rocket::async_test]
async fn sessions_are_ended_only_after_a_page_that_asks() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let root = app.signed_in("root", Rank::Staff).await;
        let mut devices = Vec::new();
        for name in ["ada", "bob", "eve"] {
            app.clock.advance(Duration::SECOND);
            devices.push(app.signed_in(name, Rank::User).await);
        }
        let found = handles(&root.get(PATH).await);
        let selected = [("handle", &*found[0]), ("handle", &*found[2])]; // eve and ada
        let page = root.post(PATH, &selected).await;
        assert_eq!(page.texts("h1"), ["End these sessions?"], "{engine}");
        let asked: BTreeSet<_> = page.attributes("main [name=handle]", "value").into_iter().collect();
        assert_eq!(asked, [found[0].clone(), found[2].clone()].into(), "{engine}");
        for device in &devices {
            assert!(device.is_signed_in().await, "{engine}: nothing has ended yet");
        }
        let page = root.post(PATH, &[&selected[..], &[("confirmed", "true")]].concat()).await;
        assert_eq!(page.answer(), (303, Some(PATH)), "{engine}");
        let mut open = Vec::new();
        for device in &devices {
            open.push(device.is_signed_in().await);
        }
        assert_eq!(open, [false, true, false], "{engine}");
        assert_eq!(root.get(PATH).await.texts(".message"), ["Sessions that have ended: 2."], "{engine}");
    }
}

#[rocket::async_test]
async fn all_sessions_of_an_owner_are_ended_after_a_page_that_asks() {
    for engine in ["db", "memory"] {
        let app = TestApp::with_settings(&format!("session.engine = '{engine}'")).await;
        let root = app.signed_in("root", Rank::Staff).await;
        let (phone, laptop) = (app.signed_in("ada", Rank::User).await, app.sign_in("ada").await);
        let id = app.user("ada").id;
        let page = root.post(PATH, &[("owner", &id)]).await;
        assert_eq!(page.texts("h1"), ["End all sessions of ada?"], "{engine}");
        assert!(page.body.contains("Sessions: 2."), "{engine}");
        assert!(phone.is_signed_in().await && laptop.is_signed_in().await, "{engine}: nothing has ended yet");
        let page = root.post(PATH, &[("owner", &id), ("confirmed", "true")]).await;
        assert_eq!(page.answer(), (303, Some(PATH)), "{engine}");
        assert!(!phone.is_signed_in().await && !laptop.is_signed_in().await, "{engine}");
        assert!(root.is_signed_in().await, "{engine}");
    }
}

#[rocket::async_test]
async fn ending_nothing_or_what_has_ended_already_is_harmless() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Staff).await;
    let logged = app.audit_log();
    let unknown = "0a".repeat(32);
    assert_eq!(root.post(PATH, &[]).await.answer(), (303, Some(PATH)));
    assert_eq!(root.get(PATH).await.texts(".message"), ["Select a session first."]);
    assert!(root.post(PATH, &[("handle", &unknown)]).await.body.contains("They have ended already."));
    root.post(PATH, &[("handle", &unknown), ("confirmed", "true")]).await;
    assert_eq!(root.get(PATH).await.texts(".message"), ["Sessions that have ended: 0."]);
    assert_eq!(app.audit_log(), logged);
}
