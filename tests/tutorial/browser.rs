use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use scraper::{ElementRef, Html, Selector};

use crate::Result;
use crate::page::visible_text;

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

/// A form of a page, filled in.
struct Form {
    action: String,
    is_post: bool,
    fields: Vec<(String, String)>,
}

const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

impl Browser {
    pub fn new() -> Result<Self> {
        let client = Client::builder().cookie_store(true).user_agent(USER_AGENT).no_proxy().build()?;
        Ok(Self { client, shown: None })
    }

    pub fn visit(&mut self, url: &str) -> Result<Page> {
        self.load(self.client.get(url))
    }

    /// Fills in a form of the page that is shown, and sends it. Each line is `label: value`, and the last one is the
    /// `[button]`.
    pub fn submit(&mut self, lines: &[String]) -> Result<Page> {
        let (url, html) = self.shown.as_ref().ok_or("no page is shown")?;
        let Form { action, is_post, fields } = Form::fill_in(html, lines)?;
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
        let text = if is_html { visible_text(&body) } else { body.clone() };
        self.shown = is_html.then_some((url, body));
        Ok(Page { status, text })
    }
}

impl Form {
    /// Finds the first form with the button of the last line, and fills in the fields of the other lines.
    fn fill_in(html: &str, lines: &[String]) -> Result<Self> {
        let document = Html::parse_document(html);
        let (button, lines) = lines.split_last().ok_or("the block has no line with a [button]")?;
        let has_button =
            |form: &ElementRef<'_>| select(*form, "button").any(|found| format!("[{}]", text(found)) == *button);
        let form = select(document.root_element(), "form").find(has_button);
        let form = form.ok_or_else(|| format!("the page has no form with the button {button}"))?;
        let hidden = select(form, "input[type=hidden], input[hidden]");
        let mut fields: Vec<_> = hidden.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect();
        for line in lines {
            let (name, value) = line.split_once(": ").ok_or_else(|| format!("`{line}` is not `label: value`"))?;
            let label = select(form, "label").find(|label| text(*label) == name);
            let id = label.map(|label| attribute(label, "for")).filter(|id| !id.is_empty());
            let input = id.and_then(|id| select(form, "input").find(|input| attribute(*input, "id") == id));
            let input = input.ok_or_else(|| format!("the form has no field with the label {name:?}"))?;
            fields.push((attribute(input, "name"), value.to_owned()));
        }
        let is_post = attribute(form, "method").eq_ignore_ascii_case("post");
        Ok(Self { action: attribute(form, "action"), is_post, fields })
    }
}

fn select<'a>(element: ElementRef<'a>, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("the selector is valid");
    element.descendent_elements().filter(move |element| selector.matches(element))
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}
