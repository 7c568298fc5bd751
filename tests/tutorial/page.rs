use scraper::{ElementRef, Html, Node, Selector};

/// What a person sees of a page's `<main>`: a line for each block, two spaces between the cells of a row.
pub fn visible(html: &str) -> String {
    let document = Html::parse_document(html);
    let main = document.select(&Selector::parse("main").expect("a tag")).next();
    let mut text = String::new();
    write(main.unwrap_or(document.root_element()), false, &mut text);
    let lines = text.lines().map(|line| {
        let cells = line.split(CELL).map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "));
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
    });
    let lines = lines.filter(|line| !line.is_empty()).map(|line| line.replace(SPACE, " "));
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

const CELL: char = '\t';
/// One that counts, in `<pre>`; a character that Unicode leaves to everybody.
const SPACE: char = '\u{e000}';

const UNSEEN: [&str; 5] = ["head", "script", "style", "template", "noscript"];

/// These stand in a line with others.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "bdi", "button", "code", "em", "i", "kbd", "label", "mark", "q", "s", "small", "span", "strong",
    "time", "var",
];

fn write(element: ElementRef<'_>, in_pre: bool, text: &mut String) {
    let name = element.value().name();
    let in_pre = in_pre || name == "pre";
    if UNSEEN.contains(&name) || element.value().attr("hidden").is_some() {
        return;
    }
    let around = match name {
        "td" | "th" => CELL,
        _ if INLINE.contains(&name) => '\0',
        _ => '\n',
    };
    let closed = name == "details" && element.value().attr("open").is_none();
    text.extend(Some(around).filter(|c| *c != '\0'));
    for child in element.children() {
        if let Some(element) = ElementRef::wrap(child) {
            if !closed || element.value().name() == "summary" {
                write(element, in_pre, text);
            }
        } else if let (Node::Text(words), false) = (child.value(), closed) {
            text.push_str(&match in_pre {
                true => words.replace(' ', &SPACE.to_string()),
                false => words.replace(char::is_whitespace, " "),
            });
        }
    }
    text.extend(Some(around).filter(|c| *c != '\0'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_of_main_counts() {
        let html = "<title>T</title><nav>Start</nav><main><p>Seen</p><p hidden>Not</p><style>p {}</style></main>";
        assert_eq!(visible(html), "Seen\n");
    }

    #[test]
    fn a_block_is_a_line_whatever_the_lines_of_its_source() {
        let html =
            "<main>\n<h4>Get\n  Session</h4><dl><dt>name</dt>\n<dd><code>Bip</code>asha</dd><dt>l</dt><dd></dd></dl>";
        assert_eq!(visible(html), "Get Session\nname\nBipasha\nl\n");
    }

    #[test]
    fn what_is_set_out_stays_set_out() {
        assert_eq!(visible("<main><p>a</p><pre><code>{\n  \"b\": 1\n}</code></pre></main>"), "a\n{\n  \"b\": 1\n}\n");
    }

    #[test]
    fn the_cells_of_a_row_stand_in_a_line() {
        let html = "<main><table><tr><th>a</th> <th>b c</th></tr>\n<tr><td>1</td><td>\n2</td></tr></table></main>";
        assert_eq!(visible(html), "a  b c\n1  2\n");
    }

    #[test]
    fn what_is_folded_shows_its_summary() {
        assert_eq!(visible("<main><details><summary>More</summary><p>x</p> y</details></main>"), "More\n");
        assert_eq!(visible("<main><details open><summary>More</summary><p>x</p></details></main>"), "More\nx\n");
    }
}
