use crate::test_app::{NEW_PASSWORD, PASSWORD, Rank, TestApp};
use crate::visitor::{Page, Visitor};

const ADD: &str = "/admin/users/add/";

fn errors(page: &Page) -> Vec<String> {
    page.texts(".error p")
}

/// Returns the flags of a user: staff, superuser, active.
fn flags(app: &TestApp, name: &str) -> [i16; 3] {
    let user = app.user(name);
    [user.is_staff, user.is_superuser, user.is_active]
}

/// Sends the form of a user with the boxes that are ticked.
async fn save(visitor: &Visitor<'_>, id: &str, name: &str, ticked: &[&'static str]) -> Page {
    let boxes = ticked.iter().map(|name| (*name, "true"));
    let fields: Vec<_> = [("name", name)].into_iter().chain(boxes).collect();
    visitor.post(&format!("/admin/users/{id}/"), &fields).await
}

#[rocket::async_test]
async fn a_superuser_adds_a_user_who_can_sign_in() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for (name, ticked, expected) in [
        ("ada", None, [0, 0, 1]),
        ("bob", Some("is_staff"), [1, 0, 1]),
        ("kim", Some("is_superuser"), [1, 1, 1]), // a superuser has to get into the admin site
    ] {
        let fields = [("name", name), ("password1", NEW_PASSWORD), ("password2", NEW_PASSWORD)];
        let ticked: Vec<_> = ticked.into_iter().map(|ticked| (ticked, "true")).collect();
        let page = root.post(ADD, &[&fields[..], &ticked].concat()).await;
        let path = format!("/admin/users/{}/", app.user(name).id);
        assert_eq!(page.answer(), (303, Some(&*path)));
        assert_eq!(root.get(&path).await.texts(".message"), [format!("{name} is added.")]);
        assert_eq!(flags(&app, name), expected);
        assert_eq!(app.visitor().sign_in(name, NEW_PASSWORD).await.status.code, 303);
    }
}

#[rocket::async_test]
async fn a_user_who_can_not_be_added_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    app.add("Ada", Rank::User);
    let before = app.users();
    let long = "a".repeat(151);
    for (name, password, again, reason) in [
        ("", NEW_PASSWORD, NEW_PASSWORD, "Type a name."),
        ("a b", NEW_PASSWORD, NEW_PASSWORD, "The name may contain letters"),
        (&long, NEW_PASSWORD, NEW_PASSWORD, "The name has 151 characters."),
        ("ada", NEW_PASSWORD, NEW_PASSWORD, "This name is taken."),
        ("ａｄａ", NEW_PASSWORD, NEW_PASSWORD, "This name is taken."),
        ("bob", "short", "short", "The password has 5 characters."),
        ("umbrella", NEW_PASSWORD, NEW_PASSWORD, "The password contains the name."),
        ("bob", NEW_PASSWORD, PASSWORD, "The two passwords are not the same."),
    ] {
        let fields = [("name", name), ("password1", password), ("password2", again), ("is_staff", "true")];
        let page = root.post(ADD, &fields).await;
        assert_eq!(page.status.code, 200, "{name}");
        assert!(errors(&page)[0].starts_with(reason), "{name}: {:?}", errors(&page));
        assert_eq!(page.attributes("#name", "value"), [name], "what was typed is still there");
        assert_eq!(page.texts("#is_staff[checked]").len(), 1);
        assert!(!page.body.contains("green"), "but no password");
        assert_eq!(app.users(), before, "{name}");
    }
}

#[rocket::async_test]
async fn a_superuser_renames_users_and_sets_their_flags() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let id = app.add("ada", Rank::User);
    let ada = app.sign_in("ada").await;
    assert_eq!(save(&root, &id, "Ada", &["is_active", "is_staff"]).await.status.code, 303);
    assert_eq!(flags(&app, "Ada"), [1, 0, 1]);
    assert_eq!(ada.visit("/staff").await, "Ada", "the session goes on");
    assert_eq!(save(&root, &id, "lovelace", &["is_active", "is_superuser"]).await.status.code, 303);
    assert_eq!(flags(&app, "lovelace"), [1, 1, 1]);
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 200, "the old name");
    assert_eq!(app.visitor().sign_in("Lovelace", PASSWORD).await.status.code, 303);
    assert_eq!(save(&root, &id, "lovelace", &["is_active"]).await.status.code, 303);
    assert_eq!(flags(&app, "lovelace"), [0, 0, 1]);
}

#[rocket::async_test]
async fn a_name_that_is_taken_or_not_allowed_is_refused_at_a_renaming_too() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let id = app.add("ada", Rank::User);
    let before = app.users();
    for (name, reason) in
        [("ROOT", "This name is taken."), ("a b", "The name may contain letters"), ("", "Type a name.")]
    {
        let page = save(&root, &id, name, &["is_active", "is_staff"]).await;
        assert!(errors(&page)[0].starts_with(reason), "{name}: {:?}", errors(&page));
        assert_eq!(page.attributes("#name", "value"), [name]);
        assert_eq!(app.users(), before, "{name}");
    }
}

#[rocket::async_test]
async fn the_last_superuser_can_not_remove_themself() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let id = app.user("root").id;
    let others = [app.add("inactive", Rank::Superuser), app.add("locked-out", Rank::Superuser)];
    app.sql(&format!("UPDATE users SET is_active = 0 WHERE id = '{}'", others[0]));
    app.sql(&format!("UPDATE users SET is_staff = 0 WHERE id = '{}'", others[1]));
    let before = app.users();
    for ticked in
        [&["is_staff", "is_active"][..], &["is_staff", "is_superuser"], &["is_active"], &["is_superuser"], &[]]
    {
        let page = save(&root, &id, "root", ticked).await;
        assert_eq!(
            errors(&page),
            ["This is the last superuser who can sign in. Make another one first."],
            "{ticked:?}"
        );
        assert_eq!(app.users(), before, "{ticked:?}");
    }
    assert_eq!(save(&root, &id, "root", &["is_superuser", "is_active"]).await.status.code, 303);
    assert_eq!(flags(&app, "root"), [1, 1, 1], "a superuser is staff, whether or not the box is ticked");
    assert!(root.visit("/admin/").await.contains("Admin"));
}

#[rocket::async_test]
async fn a_superuser_can_step_down_if_there_is_another_one() {
    for ticked in [&["is_staff", "is_active"][..], &["is_staff", "is_superuser"]] {
        let app = TestApp::new().await;
        let root = app.signed_in("root", Rank::Superuser).await;
        app.add("other", Rank::Superuser);
        assert_eq!(save(&root, &app.user("root").id, "root", ticked).await.status.code, 303, "{ticked:?}");
        assert_ne!(root.get("/admin/users/add/").await.status.code, 200, "{ticked:?}");
    }
}

#[rocket::async_test]
async fn a_superuser_sets_the_password_of_another_user_only_with_their_own() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let ada = app.signed_in("ada", Rank::User).await;
    let path = format!("/admin/users/{}/password/", app.user("ada").id);
    let before = app.users();
    for (own, new, again, reason) in [
        ("wrong", NEW_PASSWORD, NEW_PASSWORD, "Your own password is wrong."),
        ("", NEW_PASSWORD, NEW_PASSWORD, "Your own password is wrong."),
        (PASSWORD, "short", "short", "The password has 5 characters."),
        (PASSWORD, NEW_PASSWORD, PASSWORD, "The two new passwords are not the same."),
    ] {
        let fields = [("own_password", own), ("new_password1", new), ("new_password2", again)];
        let page = root.post(&path, &fields).await;
        assert!(errors(&page)[0].starts_with(reason), "{:?}", errors(&page));
        assert_eq!(app.users(), before);
        assert!(ada.is_signed_in().await);
    }
    let fields = [("own_password", PASSWORD), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
    assert_eq!(root.post(&path, &fields).await.status.code, 303);
    assert!(!ada.is_signed_in().await && root.is_signed_in().await);
    assert_eq!(app.visitor().sign_in("ada", PASSWORD).await.status.code, 200);
    assert_eq!(app.visitor().sign_in("ada", NEW_PASSWORD).await.status.code, 303);
}

#[rocket::async_test]
async fn a_superuser_changes_their_own_password_on_its_own_page_only() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    let path = format!("/admin/users/{}/password/", app.user("root").id);
    let fields = [("own_password", PASSWORD), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
    let before = app.users();
    assert_eq!(errors(&root.post(&path, &fields).await), ["Change your own password on its own page."]);
    assert_eq!(app.users(), before);
}

#[rocket::async_test]
async fn guesses_of_a_superusers_own_password_are_limited_too() {
    let app = TestApp::new().await;
    let thief = app.signed_in("root", Rank::Superuser).await;
    app.add("ada", Rank::User);
    let path = format!("/admin/users/{}/password/", app.user("ada").id);
    let fields = |own| [("own_password", own), ("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
    for _ in 0..5 {
        assert_eq!(thief.post(&path, &fields("wrong")).await.status.code, 200);
    }
    assert_eq!(thief.post(&path, &fields(PASSWORD)).await.retry_after(), Some(1));
}

#[rocket::async_test]
async fn users_are_listed_by_name_and_found_by_a_part_of_it() {
    let app = TestApp::new().await;
    let root = app.signed_in("root", Rank::Superuser).await;
    for number in 0..120 {
        app.add(&format!("User{number:03}"), Rank::User);
    }
    let page = root.get("/admin/users/").await;
    let mut names = page.texts("tbody td:first-child");
    assert_eq!((names.len(), &*names[0], &*names[1]), (100, "root", "User000"));
    let page = root.get(&page.attributes(".pages a", "href")[0]).await;
    names.extend(page.texts("tbody td:first-child"));
    assert_eq!((names.len(), page.texts(".pages a")), (121, vec!["First".into()]));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 121, "none is shown twice");
    let page = root.get("/admin/users/?q=SER11").await;
    assert_eq!(page.texts("tbody td:first-child").len(), 10);
    for none in ["%25", "_", "%5C", "x"] {
        assert!(root.visit(&format!("/admin/users/?q={none}")).await.contains("No user."), "{none}");
    }
}
