//! What each chapter of the tutorial asks for.

use super::claim::{Claim, after_set, attributes, expect_data, expect_status, expect_text, only_look};

/// Returns the file of a chapter, in `docs/tutorial`.
pub fn chapter(step: u8) -> &'static str {
    match step {
        1 => "1-run-it.md",
        2 => "2-set.md",
        3 => "3-get.md",
        4 => "4-a-second-key.md",
        5 => "5-delete.md",
        6 => "6-expiry.md",
        _ => "7-a-page-of-your-own.md",
    }
}

/// Returns what is true after a chapter.
pub fn claims(step: u8) -> &'static [Claim] {
    match step {
        1 => &STEP_1,
        2 => &STEP_2,
        3 => &STEP_3,
        4 => &STEP_4,
        5 => &STEP_5,
        6 => &STEP_6,
        _ => &STEP_7,
    }
}

const STEP_1: [Claim; 2] = [
    Claim {
        sentence: "The front page asks for no session.",
        section: "Start your project",
        check: |site| only_look(site, "/").map(drop),
    },
    Claim {
        sentence: "/inspect/ shows a visitor's session.",
        section: "Add sessions",
        check: |site| only_look(site, "/inspect/").map(drop),
    },
];

const STEP_2: [Claim; 2] = [
    Claim {
        sentence: "/set/ stores the name in a new row.",
        section: "Store a value",
        check: |site| {
            let visitor = after_set(site)?;
            match visitor.row()? {
                None => Err("the table has no new row. Let the handler call session.insert".into()),
                Some(row) if row.session_data.contains(r#""name":"Bipasha""#) => Ok(()),
                Some(row) => Err(format!("session_data is {}", row.session_data).into()),
            }
        },
    },
    Claim {
        sentence: "The visitor gets a cookie that no script can read.",
        section: "The cookie",
        check: |site| {
            let set_cookie = site.visitor().get("/set/")?.set_cookie.ok_or("/set/ sets no cookie")?;
            if set_cookie.contains("HttpOnly") { Ok(()) } else { Err(attributes(&set_cookie).into()) }
        },
    },
];

const STEP_3: [Claim; 4] = [
    Claim {
        sentence: "/get/ shows the name that /set/ has stored.",
        section: "Read it",
        check: |site| expect_text(&after_set(site)?.get("/get/")?, "Bipasha"),
    },
    Claim {
        sentence: "/get/ makes no session for a visitor who has none.",
        section: "Read it",
        check: |site| only_look(site, "/get/").map(drop),
    },
    Claim {
        sentence: "/greet greets by name.",
        section: "If the key is missing",
        check: |site| expect_text(&after_set(site)?.get("/greet")?, "Hello, Bipasha"),
    },
    Claim {
        sentence: "/greet answers with 500 if there is no name.",
        section: "If the key is missing",
        check: |site| expect_status(&site.visitor().get("/greet")?, 500),
    },
];

const STEP_4: [Claim; 2] = [
    Claim {
        sentence: "/set/ stores both names in one row.",
        section: "Two more lines",
        check: |site| {
            let visitor = after_set(site)?;
            expect_data(&visitor, r#"{"lname":"Codedec","name":"Bipasha"}"#)
        },
    },
    Claim {
        sentence: "/get/ shows both names.",
        section: "Two more lines",
        check: |site| {
            let mut visitor = after_set(site)?;
            let page = visitor.get("/get/")?;
            expect_text(&page, "Bipasha")?;
            expect_text(&page, "Codedec")
        },
    },
];

const STEP_5: [Claim; 3] = [
    Claim {
        sentence: "/del/ removes the name and keeps the last name.",
        section: "Delete one value",
        check: |site| {
            let mut visitor = after_set(site)?;
            expect_status(&visitor.get("/del/")?, 200)?;
            expect_data(&visitor, r#"{"lname":"Codedec"}"#)
        },
    },
    Claim {
        sentence: "/clear removes all values and keeps the row.",
        section: "Delete all values",
        check: |site| {
            let mut visitor = after_set(site)?;
            expect_status(&visitor.get("/clear")?, 200)?;
            expect_data(&visitor, "{}")
        },
    },
    Claim {
        sentence: "/flush deletes the row and the cookie.",
        section: "Delete the session",
        check: |site| {
            let mut visitor = after_set(site)?;
            let page = visitor.get("/flush")?;
            expect_status(&page, 200)?;
            match (visitor.row()?, page.set_cookie) {
                (Some(_), _) => Err("the row is still there".into()),
                (None, Some(cookie)) if cookie.contains("Max-Age=0") => Ok(()),
                (None, cookie) => Err(format!("the cookie says: {}", attributes(&cookie.unwrap_or_default())).into()),
            }
        },
    },
];

const STEP_6: [Claim; 1] = [Claim {
    sentence: "The browser deletes the cookie when the row expires, or when it closes.",
    section: "Two weeks",
    check: |site| {
        let mut visitor = site.visitor();
        let set_cookie = visitor.get("/set/")?.set_cookie.ok_or("/set/ sets no cookie")?;
        let left = visitor.row()?.and_then(|row| row.lifetime()).ok_or("the row has no expire_date")?;
        let max_age = set_cookie.split("Max-Age=").nth(1).map(|rest| rest.split(';').next().unwrap_or_default());
        match max_age {
            Some(age) if age != left.whole_seconds().to_string() => {
                Err(format!("the cookie lasts {age} seconds, and the row {}", left.whole_seconds()).into())
            }
            _ => Ok(()),
        }
    },
}];

const STEP_7: [Claim; 4] = [
    Claim {
        sentence: "/visits counts.",
        section: "Count the visits",
        check: |site| {
            let mut visitor = site.visitor();
            expect_text(&visitor.get("/visits")?, "number 1.")?;
            expect_text(&visitor.get("/visits")?, "number 2.")
        },
    },
    Claim {
        sentence: "The form at /name stores a name, and leads to /get.",
        section: "Ask for a name",
        check: |site| {
            let mut visitor = site.visitor();
            expect_text(&visitor.get("/name")?, "<form")?;
            expect_status(&visitor.post("/name", "name=Ada", "same-origin")?, 303)?;
            expect_text(&visitor.get("/get/")?, "Ada")
        },
    },
    Claim {
        sentence: "A name of 51 letters is refused, and the page names the field.",
        section: "Say which field is wrong",
        check: |site| {
            let page = site.visitor().post("/name", &format!("name={}", "x".repeat(51)), "same-origin")?;
            expect_status(&page, 422)?;
            match page.body.contains("<strong>name</strong>") {
                true => Ok(()),
                false => Err("the page does not say that `name` is wrong".into()),
            }
        },
    },
    Claim {
        sentence: "A form on another site is refused.",
        section: "What another site's form can do",
        check: |site| expect_status(&site.visitor().post("/name", "name=Mallory", "cross-site")?, 403),
    },
];
