use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::form::FilledForm;
use crate::{Result, page};

/// A browser that keeps its cookies. The reader uses the same one in all chapters.
pub struct Browser {
    client: Client,
    /// The page that it shows, with its URL, if that is HTML.
    shown: Option<(reqwest::Url, String)>,
}

pub struct Page {
    /// The code and the reason, for example `200 OK`.
    pub status: String,
    /// The visible text if the page is HTML, and the whole body otherwise.
    pub text: String,
}

/// What the browser says that it is.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

impl Browser {
    pub fn new() -> Result<Self> {
        let client = Client::builder().cookie_store(true).user_agent(USER_AGENT).no_proxy().build()?;
        Ok(Self { client, shown: None })
    }

    pub fn visit(&mut self, url: &str) -> Result<Page> {
        self.load(self.client.get(url))
    }

    /// Fills in a form of the page that is shown, and sends it. Each line is `label: value`, and the last one is the button.
    pub fn submit(&mut self, lines: &[String]) -> Result<Page> {
        let (url, html) = self.shown.as_ref().ok_or("no page is shown")?;
        let FilledForm { action, is_post, fields } = FilledForm::find(html, lines)?;
        let url = url.join(&action)?;
        self.load(match is_post {
            true => self.client.post(url).header("Sec-Fetch-Site", "same-origin").form(&fields),
            false => self.client.get(url).query(&fields),
        })
    }

    fn load(&mut self, request: RequestBuilder) -> Result<Page> {
        let response = request.header(ACCEPT, "text/html").send()?;
        let (status, url) = (response.status().to_string(), response.url().clone());
        let is_html =
            response.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
        let body = response.text()?;
        let text = if is_html { page::visible_text(&body) } else { body.clone() };
        self.shown = is_html.then_some((url, body));
        Ok(Page { status, text })
    }
}
