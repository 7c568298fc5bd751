use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::{Result, page};

/// The reader's browser: one, with its cookies, from the first chapter to the last.
pub struct Browser {
    client: Client,
}

pub struct Page {
    /// `200 OK`
    pub status: String,
    pub text: String,
}

impl Browser {
    pub fn new() -> Result<Self> {
        Ok(Self { client: Client::builder().cookie_store(true).no_proxy().build()? })
    }

    pub fn visit(&self, address: &str) -> Result<Page> {
        let answer = self.client.get(address).header(ACCEPT, "text/html").send()?;
        let status = answer.status().to_string();
        let is_html = answer.headers().get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
        let body = answer.text()?;
        Ok(Page { status, text: if is_html { page::visible(&body) } else { body } })
    }
}
