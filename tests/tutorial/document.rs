use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, OffsetIter, Options, Parser, Tag, TagEnd};

/// A Markdown file.
pub struct Document {
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
    /// The target of a link or an image.
    Link(String),
    Heading(String),
    Html(String),
}

/// A fenced code block.
pub struct Block {
    pub language: String,
    /// What follows the language, for example `file=src/main.rs`. A name without a value has an empty one.
    attributes: Vec<(String, String)>,
    pub content: Excerpt,
}

/// Consecutive lines of a document: a listing, an output or a page.
#[derive(Clone)]
pub struct Excerpt {
    /// The number of the first line in the document, from 1.
    pub first_line: usize,
    /// The lines without the indent.
    pub lines: Vec<String>,
    /// What precedes each line in the document. It is not empty if the block is in a list.
    pub indent: String,
}

impl Document {
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM).into_offset_iter();
        while let Some((event, range)) = events.next() {
            let line = text[..range.start].matches('\n').count() + 1;
            let kind = match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let before = text[..range.start].rsplit('\n').next().unwrap_or_default();
                    let indent = before.chars().map(|c| if c == '>' { c } else { ' ' }).collect();
                    let lines = text_until(&mut events, TagEnd::CodeBlock).lines().map(str::to_owned).collect();
                    Kind::Block(Block::new(&info, Excerpt { first_line: line + 1, lines, indent }))
                }
                Event::Start(Tag::Link { link_type: LinkType::Autolink, dest_url, .. }) => {
                    Kind::Autolink(dest_url.into_string())
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    Kind::Link(dest_url.into_string())
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    Kind::Heading(text_until(&mut events, TagEnd::Heading(level)))
                }
                Event::Start(Tag::HtmlBlock) => Kind::Html(text_until(&mut events, TagEnd::HtmlBlock)),
                Event::InlineHtml(html) => Kind::Html(html.into_string()),
                _ => continue,
            };
            parts.push(Part { line, kind });
        }
        Self { parts }
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.parts.iter().filter_map(|part| match &part.kind {
            Kind::Block(block) => Some(block),
            _ => None,
        })
    }
}

/// Returns the text of an element whose start event was read.
fn text_until(events: &mut OffsetIter<'_>, end: TagEnd) -> String {
    let inside = events.map(|(event, _)| event).take_while(|event| *event != Event::End(end));
    let texts = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::Html(text) => Some(text.into_string()),
        _ => None,
    });
    texts.collect()
}

impl Block {
    fn new(info: &str, content: Excerpt) -> Self {
        let mut words = info.split(',').map(str::trim);
        let language = words.next().unwrap_or_default().to_owned();
        let attributes = words.map(|word| word.split_once('=').unwrap_or((word, "")));
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { language, attributes, content }
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

impl Excerpt {
    /// Returns the lines as one text that ends with a line break.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    pub fn slice(&self, lines: Range<usize>) -> Self {
        let first_line = self.first_line + lines.start;
        Self { first_line, lines: self.lines[lines].to_vec(), indent: self.indent.clone() }
    }
}

#[test]
fn the_lines_of_a_block_in_a_list_have_no_indent() {
    let document = Document::parse("1. Type:\n\n   ```console\n   $ a\n     b\n\n   ```\n");
    let content = &document.blocks().next().unwrap().content;
    assert_eq!(content.lines, ["$ a", "  b", ""]);
    assert_eq!((content.first_line, content.indent.as_str()), (4, "   "));
}
