use reqwest::blocking::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::{Result, page};

/// A browser that keeps its cookies. The reader uses the same one in all chapters.
pub struct Browser {
    client: Client,
}

pub struct Page {
    /// The code and the reason, for example `200 OK`.
    pub status: String,
    /// The visible text if the page is HTML, and the whole body otherwise.
    pub text: String,
}

impl Browser {
    pub fn new() -> Result<Self> {
        Ok(Self { client: Client::builder().cookie_store(true).no_proxy().build()? })
    }

    pub fn visit(&self, url: &str) -> Result<Page> {
        let response = self.client.get(url).header(ACCEPT, "text/html").send()?;
        let status = response.status().to_string();
        let is_html =
            response.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        let body = response.text()?;
        Ok(Page { status, text: if is_html { page::visible_text(&body) } else { body } })
    }
}
