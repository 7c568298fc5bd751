use scraper::{ElementRef, Html, Selector};

use crate::Result;

/// A form of a page, ready to be sent.
#[derive(Debug, PartialEq)]
pub struct FilledForm {
    /// The URL that it is sent to, relative to that of the page.
    pub action: String,
    pub is_post: bool,
    pub fields: Vec<(String, String)>,
}

impl FilledForm {
    /// Finds the first form that has the button of the last line, and fills in the fields of the other lines. A line is
    /// `label: value`.
    pub fn find(html: &str, lines: &[String]) -> Result<Self> {
        let document = Html::parse_document(html);
        let (last, lines) = lines.split_last().ok_or("the block has no line with a [button]")?;
        let button = last.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let button = button.ok_or_else(|| format!("`{last}` is not a [button]"))?;
        let form = select(document.root_element(), "form")
            .into_iter()
            .find(|form| select(*form, "button").into_iter().any(|found| text(found) == button));
        let form = form.ok_or_else(|| format!("the page has no form with a button {button:?}"))?;
        let mut fields = Vec::new();
        for input in select(form, "input[type=hidden], input[hidden]") {
            fields.push((attribute(input, "name"), attribute(input, "value")));
        }
        for line in lines {
            let (label, value) = line.split_once(": ").ok_or_else(|| format!("`{line}` is not `label: value`"))?;
            let found = select(form, "label").into_iter().find(|found| text(*found) == label);
            let id = found.map(|label| attribute(label, "for"));
            let mut inputs = select(form, "input").into_iter();
            let input = id.and_then(|id| inputs.find(|input| attribute(*input, "id") == id));
            let input = input.ok_or_else(|| format!("the form has no field with the label {label:?}"))?;
            fields.push((attribute(input, "name"), value.to_owned()));
        }
        let is_post = attribute(form, "method").eq_ignore_ascii_case("post");
        Ok(Self { action: attribute(form, "action"), is_post, fields })
    }
}

fn select<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).expect("the selectors in this file are valid")).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"
<form action="/out/" method="post"><button>Sign out</button></form>
<form action="/in/" method="post">
  <label for="u">Name</label><input id="u" name="username">
  <input type="hidden" name="next" value="/admin/">
  <button>Sign
    in</button>
</form>"#;

    fn fill_in(text: &str) -> Result<FilledForm> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        FilledForm::find(PAGE, &lines)
    }

    #[test]
    fn a_form_is_found_by_its_button_and_a_field_by_its_label() {
        let form = fill_in("Name: ada\n[Sign in]").unwrap();
        assert_eq!((form.action.as_str(), form.is_post), ("/in/", true));
        let fields = [("next", "/admin/"), ("username", "ada")];
        assert_eq!(form.fields, fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_button_or_a_label_that_is_not_there_is_an_error() {
        for text in ["", "Name: ada", "[Sign up]", "Age: 36\n[Sign in]", "ada\n[Sign in]"] {
            assert!(fill_in(text).is_err(), "{text}");
        }
    }
}
