use super::site::{Page, Result, Site, Visitor};

/// Something that is true when a chapter has been done.
pub struct Claim {
    /// The claim, as a sentence.
    pub sentence: &'static str,
    /// The section of the chapter that says how.
    pub section: &'static str,
    /// Returns what was seen instead.
    pub check: fn(&Site) -> Result,
}

/// Returns an error if the page has another status.
pub fn expect_status(page: &Page, status: u16) -> Result {
    let Page { path, status: actual, .. } = page;
    match *actual {
        actual if actual == status => Ok(()),
        404 => {
            let advice = "Add its handler to routes![…], and start the server again";
            Err(format!("{path} is not found (404). {advice}").into())
        }
        actual => Err(format!("{path} answers with {actual} instead of {status}").into()),
    }
}

/// Returns an error if the page does not show the text.
pub fn expect_text(page: &Page, text: &str) -> Result {
    expect_status(page, 200)?;
    if page.body.contains(text) { Ok(()) } else { Err(format!("{} does not show `{text}`", page.path).into()) }
}

/// Returns an error if the session of the visitor has other data.
pub fn expect_data(visitor: &Visitor<'_>, data: &str) -> Result {
    match visitor.row()? {
        None => Err("the table has no row of this visitor".into()),
        Some(row) if row.session_data == data => Ok(()),
        Some(row) => Err(format!("session_data is {} instead of {data}", row.session_data).into()),
    }
}

/// Returns an error if the page makes a session for a visitor who only looks. Returns the page.
pub fn only_look(site: &Site, path: &str) -> Result<Page> {
    let mut visitor = site.visitor();
    let page = visitor.get(path)?;
    expect_status(&page, 200)?;
    match (&page.set_cookie, visitor.row()?) {
        (None, None) => Ok(page),
        _ => Err(format!("{path} has made a session for a visitor who only looked").into()),
    }
}

/// Returns a visitor who has opened `/set/`.
pub fn after_set(site: &Site) -> Result<Visitor<'_>> {
    let mut visitor = site.visitor();
    expect_status(&visitor.get("/set/")?, 200)?;
    Ok(visitor)
}

/// Returns the attributes of a cookie, without its value.
pub fn attributes(set_cookie: &str) -> String {
    let attributes: Vec<&str> = set_cookie.split("; ").skip(1).collect();
    if attributes.is_empty() { "there is no cookie".to_owned() } else { attributes.join("; ") }
}
