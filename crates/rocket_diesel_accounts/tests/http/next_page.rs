use crate::test_app::{PASSWORD, Rank, TestApp};

/// The disguises of another site that Django's tests and OWASP know, and some of the addresses that are no path at all.
const OTHER_SITES: [&str; 46] = [
    "http://evil.example",
    "https://evil.example",
    "ftp://evil.example",
    "HTTPS://evil.example",
    "http:///evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "\\\\evil.example",
    "\\\\\\evil.example",
    "/\\\\/evil.example",
    "\\\\//evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "/\\evil.example",
    "http:/\\//evil.example",
    "http:\\/evil.example",
    "http:/\\evil.example",
    "http:/evil.example",
    "https:evil.example",
    "javascript:alert(\"x\")",
    "\njavascript:alert(x)",
    "java\nscript:alert(x)",
    "\u{8}//evil.example",
    "http://evil.example\\@localhost",
    "http:\\\\localhost\\@evil.example",
    "http://localhost\\me:pass@evil.example",
    "http:\\\\localhost\\confirm\\me@evil.example",
    "http:999999999",
    "ftp:9999999999",
    "\n",
    "http://[2001:cdba:0000:0000:0000:0000:3257:9652/",
    "http://2001:cdba:0000:0000:0000:0000:3257:9652]/",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\u{200b}//evil.example",
    "/\u{2028}/evil.example",
    "/\0/evil.example",
    "/x\r\nSet-Cookie: planted=1",
    "data:text/html,x",
    "@evil.example",
    "evil.example",
    "?next=//evil.example",
];

#[rocket::async_test]
async fn a_next_page_at_another_site_leads_to_the_own_sessions_instead() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    for next in OTHER_SITES {
        let fields = [("username", "ada"), ("password", PASSWORD), ("next", next)];
        let page = app.visitor().post("/accounts/login/", &fields).await;
        assert_eq!(page.answer(), (303, Some("/accounts/sessions/")), "{next:?}");
    }
}

#[rocket::async_test]
async fn a_next_page_of_this_site_is_where_the_sign_in_leads() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    for next in
        ["/", "/get/", "/view/?p=//x&email=me@x", "/?next=https://evil.example", "/%09/x", "/a%20b", "/path/http:1"]
    {
        let fields = [("username", "ada"), ("password", PASSWORD), ("next", next)];
        let page = app.visitor().post("/accounts/login/", &fields).await;
        assert_eq!(page.answer(), (303, Some(next)));
    }
}

#[rocket::async_test]
async fn a_visitor_who_is_sent_to_the_sign_in_page_comes_back_with_the_whole_query() {
    let app = TestApp::new().await;
    app.add("ada", Rank::User);
    let (visitor, asked) = (app.visitor(), "/me?a=1&b=x%26y%20%2F/z");
    let page = visitor.get(asked).await;
    assert_eq!(page.answer(), (303, Some("/accounts/login/?next=%2Fme%3Fa%3D1%26b%3Dx%2526y%2520%252F%2Fz")));
    let page = visitor.get(page.location().unwrap()).await;
    let next = page.attributes("[name=next]", "value").remove(0);
    let page = visitor.post("/accounts/login/", &[("username", "ada"), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(page.answer(), (303, Some(asked)));
    assert_eq!(visitor.visit(asked).await, "ada");
}

#[rocket::async_test]
async fn the_sign_in_page_shows_no_link_to_the_next_page() {
    let app = TestApp::new().await;
    let page = app.visitor().get("/accounts/login/?next=javascript:alert(1)").await;
    assert!(page.attributes("a", "href").iter().all(|link| !link.contains("javascript")));
    assert_eq!(page.attributes("form", "action"), ["/accounts/login/"]);
}
