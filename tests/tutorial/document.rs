use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, OffsetIter, Options, Parser, Tag, TagEnd};

use crate::excerpt::Excerpt;

/// A Markdown file.
pub struct Document {
    /// The path relative to the project's folder.
    pub path: PathBuf,
    pub parts: Vec<Part>,
}

/// A part of a document that the tests check. Everything else is prose.
pub struct Part {
    /// The line number in the document, from 1.
    pub line: usize,
    pub kind: Kind,
}

pub enum Kind {
    Block(Block),
    /// A URL in angle brackets: `<http://127.0.0.1:8000/>`
    Autolink(String),
    Link(String),
    Image(String),
    Heading(String),
    Html(String),
}

/// A fenced code block.
#[derive(Debug)]
pub struct Block {
    pub language: String,
    /// What follows the language, for example `file=src/main.rs`. A name without a value has an empty one.
    attributes: Vec<(String, String)>,
    pub content: Excerpt,
}

impl Document {
    pub fn parse(path: &Path, text: &str) -> Self {
        let mut parts = Vec::new();
        let mut events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM).into_offset_iter();
        while let Some((event, range)) = events.next() {
            let line = line_number(text, range.start);
            let kind = match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    Kind::Block(Block::parse(text, range, &info))
                }
                Event::Start(Tag::Link { link_type: LinkType::Autolink, dest_url, .. }) => {
                    Kind::Autolink(dest_url.into_string())
                }
                Event::Start(Tag::Link { dest_url, .. }) => Kind::Link(dest_url.into_string()),
                Event::Start(Tag::Image { dest_url, .. }) => Kind::Image(dest_url.into_string()),
                Event::Start(Tag::Heading { .. }) => Kind::Heading(heading_text(&mut events)),
                Event::Start(Tag::HtmlBlock) => Kind::Html(html_block(&mut events)),
                Event::InlineHtml(html) => Kind::Html(html.into_string()),
                _ => continue,
            };
            parts.push(Part { line, kind });
        }
        Self { path: path.to_owned(), parts }
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(|part| match &part.kind {
            Kind::Block(block) => Some(block),
            _ => None,
        })
    }
}

fn line_number(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Returns the text of a heading whose start event was read.
fn heading_text(events: &mut OffsetIter<'_>) -> String {
    let inside = events.map(|(event, _)| event).take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    inside
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            _ => None,
        })
        .collect()
}

/// Returns the content of an HTML block whose start event was read.
fn html_block(events: &mut OffsetIter<'_>) -> String {
    let inside = events.map(|(event, _)| event).take_while(|event| !matches!(event, Event::End(TagEnd::HtmlBlock)));
    inside
        .filter_map(|event| match event {
            Event::Html(html) => Some(html.into_string()),
            _ => None,
        })
        .collect()
}

impl Block {
    fn parse(text: &str, range: Range<usize>, info: &str) -> Self {
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default().to_owned();
        let attributes = words.map(|word| word.split_once('=').unwrap_or((word, "")));
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();

        let line_start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
        let indent: String = text[line_start..range.start].chars().map(|c| if c == '>' { c } else { ' ' }).collect();
        let first_line = line_number(text, range.start) + 1; // the line after the fence
        let mut lines: Vec<String> = text[range].lines().skip(1).map(|line| strip_indent(line, &indent)).collect();
        lines.pop(); // the closing fence
        Self { language, attributes, content: Excerpt { first_line, lines, indent } }
    }

    /// Returns the value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Returns whether the block has this language and this attribute.
    pub fn matches(&self, language: &str, attribute: &str) -> bool {
        self.language == language && self.attribute(attribute).is_some()
    }
}

fn strip_indent(line: &str, indent: &str) -> String {
    line.strip_prefix(indent).unwrap_or_else(|| line.trim_start()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_block_in_a_list_have_no_indent() {
        let document = Document::parse(Path::new("a.md"), "1. Type:\n\n   ```console\n   $ a\n     b\n\n   ```\n");
        let block = document.blocks().next().unwrap();
        assert_eq!(block.content.lines, ["$ a", "  b", ""]);
        assert_eq!((block.content.first_line, block.content.indent.as_str()), (4, "   "));
    }

    #[test]
    fn the_attributes_of_a_block_follow_its_language() {
        let document = Document::parse(Path::new("a.md"), "```rust,source=src/a.rs,item=impl Map\nx\n```\n");
        let block = document.blocks().next().unwrap();
        assert!(block.matches("rust", "source") && !block.matches("rust", "file"));
        assert_eq!((block.attribute("source"), block.attribute("item")), (Some("src/a.rs"), Some("impl Map")));
    }

    #[test]
    fn an_html_element_on_several_lines_is_one_part() {
        let text = "<picture>\n  <img\n    src=\"a.png\">\n</picture>\n\ntext\n";
        let document = Document::parse(Path::new("a.md"), text);
        let [Part { kind: Kind::Html(html), line: 1 }] = &document.parts[..] else {
            panic!("the document has another part")
        };
        assert!(html.starts_with("<picture>") && html.ends_with("</picture>\n"), "{html}");
    }

    #[test]
    fn a_url_in_backticks_is_not_a_link() {
        let text = "<http://127.0.0.1:8000/a> `http://127.0.0.1:8000/b` `<http://127.0.0.1:8000/c>`";
        let document = Document::parse(Path::new("a.md"), text);
        let [Part { kind: Kind::Autolink(address), .. }] = &document.parts[..] else {
            panic!("the document has another part")
        };
        assert_eq!(address, "http://127.0.0.1:8000/a");
    }
}
