use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, OffsetIter, Options, Parser, Tag, TagEnd};

use crate::shown::Shown;

/// A Markdown file.
pub struct Document {
    /// Relative to the project's folder.
    pub path: PathBuf,
    pub parts: Vec<Part>,
}

/// What the tests look at. All else is prose.
pub struct Part {
    pub line: usize,
    pub kind: Kind,
}

pub enum Kind {
    Block(Block),
    /// `<http://127.0.0.1:8000/>`
    Autolink(String),
    Link(String),
    Image(String),
    Heading(String),
    Html(String),
}

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    pub language: String,
    attributes: Vec<(String, String)>,
    pub shown: Shown,
}

impl Document {
    pub fn parse(path: &Path, text: &str) -> Self {
        let mut parts = Vec::new();
        let mut events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM).into_offset_iter();
        while let Some((event, range)) = events.next() {
            let line = line_of(text, range.start);
            let kind = match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    Kind::Block(Block::new(text, range, &info))
                }
                Event::Start(Tag::Link { link_type: LinkType::Autolink, dest_url, .. }) => {
                    Kind::Autolink(dest_url.into_string())
                }
                Event::Start(Tag::Link { dest_url, .. }) => Kind::Link(dest_url.into_string()),
                Event::Start(Tag::Image { dest_url, .. }) => Kind::Image(dest_url.into_string()),
                Event::Start(Tag::Heading { .. }) => Kind::Heading(heading(&mut events)),
                Event::Start(Tag::HtmlBlock) => Kind::Html(html(&mut events)),
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

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn heading(events: &mut OffsetIter<'_>) -> String {
    let inside = events.map(|(event, _)| event).take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    inside
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            _ => None,
        })
        .collect()
}

fn html(events: &mut OffsetIter<'_>) -> String {
    let inside = events.map(|(event, _)| event).take_while(|event| !matches!(event, Event::End(TagEnd::HtmlBlock)));
    inside
        .filter_map(|event| match event {
            Event::Html(html) => Some(html.into_string()),
            _ => None,
        })
        .collect()
}

impl Block {
    fn new(text: &str, range: Range<usize>, info: &str) -> Self {
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default().to_owned();
        let attributes = words.map(|word| word.split_once('=').unwrap_or((word, "")));
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();

        let line_start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
        let indent: String = text[line_start..range.start].chars().map(|c| if c == '>' { c } else { ' ' }).collect();
        let first = line_of(text, range.start) + 1; // after the fence
        let mut lines: Vec<String> = text[range].lines().skip(1).map(|line| without(&indent, line)).collect();
        lines.pop(); // the other fence
        Self { language, attributes, shown: Shown { first, lines, indent } }
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub fn is(&self, language: &str, attribute: &str) -> bool {
        self.language == language && self.value(attribute).is_some()
    }
}

fn without(indent: &str, line: &str) -> String {
    line.strip_prefix(indent).unwrap_or_else(|| line.trim_start()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_in_a_list_has_its_lines_without_the_lists_indent() {
        let document = Document::parse(Path::new("a.md"), "1. Type:\n\n   ```console\n   $ a\n     b\n\n   ```\n");
        let block = document.blocks().next().unwrap();
        assert_eq!(block.shown.lines, ["$ a", "  b", ""]);
        assert_eq!((block.shown.first, block.shown.indent.as_str()), (4, "   "));
    }

    #[test]
    fn a_blocks_attributes_follow_its_language() {
        let document = Document::parse(Path::new("a.md"), "```rust,source=src/a.rs,item=impl Map\nx\n```\n");
        let block = document.blocks().next().unwrap();
        assert!(block.is("rust", "source") && !block.is("rust", "file"));
        assert_eq!((block.value("source"), block.value("item")), (Some("src/a.rs"), Some("impl Map")));
    }

    #[test]
    fn a_picture_that_goes_over_several_lines_is_one_piece_of_html() {
        let text = "<picture>\n  <img\n    src=\"a.png\">\n</picture>\n\ntext\n";
        let document = Document::parse(Path::new("a.md"), text);
        let [Part { kind: Kind::Html(html), line: 1 }] = &document.parts[..] else { panic!("one part") };
        assert!(html.starts_with("<picture>") && html.ends_with("</picture>\n"), "{html}");
    }

    #[test]
    fn an_address_in_backticks_is_no_link() {
        let text = "<http://127.0.0.1:8000/a> `http://127.0.0.1:8000/b` `<http://127.0.0.1:8000/c>`";
        let document = Document::parse(Path::new("a.md"), text);
        let [Part { kind: Kind::Autolink(address), .. }] = &document.parts[..] else { panic!("one part") };
        assert_eq!(address, "http://127.0.0.1:8000/a");
    }
}
