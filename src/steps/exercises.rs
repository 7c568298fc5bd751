use super::claim::{Claim, after_set, attributes, expect_data, expect_status, expect_text, only_look};
use super::site::{Result, Site};

/// Returns what is true after the exercise of a chapter.
pub fn exercise(step: u8) -> Claim {
    let (sentence, check): (_, fn(&Site) -> Result) = match step {
        1 => ("/hello answers `Hello!`.", |site| expect_text(&site.visitor().get("/hello")?, "Hello!")),
        2 => ("/set/ also stores the list `subjects`.", |site| {
            let visitor = after_set(site)?;
            expect_data(&visitor, r#"{"name":"Bipasha","subjects":["Rust","SQL"]}"#)
        }),
        3 => ("/get/ shows `stranger` to a visitor without a name.", |site| {
            expect_text(&only_look(site, "/get/")?, "stranger")
        }),
        4 => {
            ("/greet uses both names.", |site| expect_text(&after_set(site)?.get("/greet")?, "Hello, Bipasha Codedec."))
        }
        5 => ("/greet uses the name once, and says `stranger` after that.", |site| {
            let mut visitor = after_set(site)?;
            expect_text(&visitor.get("/greet")?, "Hello, Bipasha.")?;
            expect_text(&visitor.get("/greet")?, "Hello, stranger.")
        }),
        6 => ("The sessions that /set/ makes last five minutes.", |site| {
            let mut visitor = site.visitor();
            let page = visitor.get("/set/")?;
            let set_cookie = page.set_cookie.unwrap_or_default();
            if !set_cookie.contains("Max-Age=300") {
                return Err(format!("the cookie says: {}", attributes(&set_cookie)).into());
            }
            match visitor.row()?.and_then(|row| row.expiry) {
                Some(expiry) if expiry == "after:300" => Ok(()),
                expiry => Err(format!("the column `expiry` has {expiry:?}").into()),
            }
        }),
        _ => ("A POST to /visits starts the count over.", |site| {
            let mut visitor = site.visitor();
            visitor.get("/visits")?;
            visitor.get("/visits")?;
            expect_status(&visitor.post("/visits", "", "same-origin")?, 303)?;
            expect_text(&visitor.get("/visits")?, "number 1.")
        }),
    };
    Claim { sentence, section: "Exercise", check }
}
