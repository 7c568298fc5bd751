use regex::{Regex, escape};

/// Returns the source of an item: a function or a type in a Rust file, or a table in a TOML file. The name of a method can
/// have its type before it, `Type::method`. An `impl` is named by its first line, `impl Trait for Type`.
pub fn find(path: &str, file: &str, name: &str) -> Result<String, String> {
    let lines: Vec<&str> = file.lines().collect();
    let found = match path.rsplit_once('.') {
        Some((_, "rs")) => find_in_rust(&lines, name),
        Some((_, "toml")) => find_in_toml(&lines, name),
        _ => return Err(format!("{path}: `item=` works only for .rs and .toml files")),
    };
    match &found[..] {
        [item] => Ok(item.clone()),
        [] => Err(format!("{path} has no {name}")),
        _ => Err(format!("{path} has more than one {name}: write Type::{name} or impl Trait for Type")),
    }
}

fn find_in_rust(lines: &[&str], name: &str) -> Vec<String> {
    let (self_type, name) = name.rsplit_once("::").unwrap_or(("", name));
    let keyword = if name.contains(' ') { "" } else { "(fn|struct|enum|trait|const|static|type|mod) " };
    let pattern = format!(r"^ *(pub(\([^)]*\))? )?((async|const|unsafe) )*{keyword}{}(\W|$)", escape(name));
    let head = Regex::new(&pattern).expect("the pattern is valid");
    let is_in_type = |line: usize| {
        let head_of_impl = lines[..line].iter().rfind(|line| line.starts_with("impl"));
        head_of_impl.is_some_and(|head| head.split(|c: char| !c.is_alphanumeric()).any(|word| word == self_type))
    };
    let heads = (0..lines.len()).filter(|line| head.is_match(lines[*line]));
    let heads = heads.filter(|line| self_type.is_empty() || is_in_type(*line));
    heads.filter_map(|head| item_at(lines, head)).collect()
}

/// Returns the item whose name is in this line, with its documentation and its attributes.
fn item_at(lines: &[&str], head: usize) -> Option<String> {
    let is_outside = |line: &str| line.trim().is_empty() || line.ends_with(['{', '}', ';']);
    let is_comment = |line: &str| line.trim_start().starts_with("//") && !line.trim_start().starts_with("///");
    let start = lines[..head].iter().rposition(|line| is_outside(line)).map_or(0, |line| line + 1);
    let start = (start..head).find(|line| !is_comment(lines[*line])).unwrap_or(head);
    let mut texts = (head..lines.len()).map(|end| unindented(&lines[start..=end]));
    texts.find(|text| syn::parse_str::<syn::Item>(text).is_ok()) // the first lines that are a whole item
}

fn find_in_toml(lines: &[&str], name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    let is_header = |line: &str| line.split('#').next().is_some_and(|line| line.trim() == header);
    let starts = (0..lines.len()).filter(|start| is_header(lines[*start]));
    let tables = starts.map(|start| lines[start..].split(|line| line.trim().is_empty()).next().unwrap_or_default());
    tables.map(unindented).collect()
}

/// Removes the indent of the first line from all lines.
fn unindented(lines: &[&str]) -> String {
    let indent = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    lines.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

#[test]
fn an_item_is_found_with_its_documentation_and_attributes() {
    let function = "/// Both.\n#[get(\n    \"/\",\n)]\npub fn index() {\n    \"\nfn other() {\"\n}\n";
    let methods = ["Map", "Set"].map(|name| format!("impl {name} {{\n    const fn len() {{\n        0\n    }}\n}}\n"));
    let file = format!("// A comment.\n{function}\n{}{}", methods[0], methods[1]);
    let item = |name: &str| find("a.rs", &file, name);
    assert_eq!(item("index").unwrap(), function);
    assert_eq!(item("Map::len").unwrap(), "const fn len() {\n    0\n}\n");
    assert_eq!(item("impl Set").unwrap(), methods[1]);
    assert!(item("len").unwrap_err().contains("more than one") && item("other").is_err());

    let table = |name: &str| find("R.toml", "[default]\na = 1\n\n[five.session] # five\nb = \"[default]\"\n", name);
    assert_eq!(table("five.session").unwrap(), "[five.session] # five\nb = \"[default]\"\n");
    assert_eq!(table("default").unwrap(), "[default]\na = 1\n");
    assert!(table("five").is_err());
}
