use scraper::{ElementRef, Html, Node, Selector};

/// Returns the visible text in a page's `<main>`. Each block is on its own line, and two spaces separate the cells of a
/// table row.
pub fn visible_text(html: &str) -> String {
    let document = Html::parse_document(html);
    let main = document.select(&Selector::parse("main").expect("the selector is valid")).next();
    let mut text = String::new();
    write_element(main.unwrap_or(document.root_element()), false, &mut text);
    let lines = text.lines().map(|line| {
        let cells = line.split(CELL).map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "));
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
    });
    let lines = lines.filter(|line| !line.is_empty()).map(|line| line.replace(PRESERVED_SPACE, " "));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Separates table cells until the white space is normalized.
const CELL: char = '\t';

/// Replaces a space in `<pre>` until the white space is normalized. Unicode reserves this character for private use.
const PRESERVED_SPACE: char = '\u{e000}';

const INVISIBLE: [&str; 5] = ["head", "script", "style", "template", "noscript"];

/// Elements that don't begin a new line.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "bdi", "button", "code", "em", "i", "kbd", "label", "mark", "q", "s", "small", "span", "strong",
    "time", "var",
];

fn write_element(element: ElementRef<'_>, in_pre: bool, text: &mut String) {
    let name = element.value().name();
    let in_pre = in_pre || name == "pre";
    if INVISIBLE.contains(&name) || element.value().attr("hidden").is_some() {
        return;
    }
    let separator = match name {
        "td" | "th" => CELL,
        _ if INLINE.contains(&name) => '\0',
        _ => '\n',
    };
    let is_closed = name == "details" && element.value().attr("open").is_none();
    text.extend(Some(separator).filter(|c| *c != '\0'));
    for child in element.children() {
        if let Some(element) = ElementRef::wrap(child) {
            if !is_closed || element.value().name() == "summary" {
                write_element(element, in_pre, text);
            }
        } else if let (Node::Text(content), false) = (child.value(), is_closed) {
            text.push_str(&match in_pre {
                true => content.replace(' ', &PRESERVED_SPACE.to_string()),
                false => content.replace(char::is_whitespace, " "),
            });
        }
    }
    text.extend(Some(separator).filter(|c| *c != '\0'));
}

#[test]
fn the_visible_text_in_main_is_returned_with_a_line_for_each_block() {
    for (main, expected) in [
        ("<p>Seen</p><p hidden>Not</p><style>p {}</style>", "Seen\n"),
        ("<h4>Get\n  Session</h4><dl><dt>name</dt>\n<dd><b>Bip</b>asha</dd></dl>", "Get Session\nname\nBipasha\n"),
        ("<p>a</p><pre><code>{\n  \"b\": 1\n}</code></pre>", "a\n{\n  \"b\": 1\n}\n"),
        ("<table><tr><th>a</th> <th>b c</th></tr>\n<tr><td>1</td><td>\n2</td></tr></table>", "a  b c\n1  2\n"),
        ("<details><summary>More</summary><p>x</p> y</details>", "More\n"),
        ("<details open><summary>More</summary><p>x</p></details>", "More\nx\n"),
    ] {
        assert_eq!(visible_text(&format!("<title>T</title><nav>Start</nav><main>{main}</main>")), expected);
    }
}
