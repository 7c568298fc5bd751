use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ImplItem, Item, Type};

/// What a listing shows of a file: the function, type or module of that name in Rust, the table in TOML.
pub fn find(path: &str, file: &str, name: &str) -> Result<String, String> {
    let found = match path.rsplit_once('.') {
        Some((_, "rs")) => in_rust(file, name).map_err(|error| format!("{path}: {error}"))?,
        Some((_, "toml")) => in_toml(file, name),
        _ => return Err(format!("{path}: items are found in .rs and .toml only")),
    };
    match &found[..] {
        [item] => Ok(item.clone()),
        [] => Err(format!("{path} has no {name}")),
        _ => Err(format!("{path} has more than one {name}: write Type::{name}, or impl Trait for Type")),
    }
}

fn in_rust(file: &str, name: &str) -> syn::Result<Vec<String>> {
    let mut finder = Finder { name, of: None, found: Vec::new() };
    finder.visit_file(&syn::parse_file(file)?);
    let lines: Vec<&str> = file.lines().collect();
    // The lines of the item as a whole: its attributes and the text of its documentation are tokens of it.
    Ok(finder.found.iter().map(|span| unindented(&lines[span.start().line - 1..span.end().line])).collect())
}

fn in_toml(file: &str, name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    let lines: Vec<&str> = file.lines().collect();
    let starts =
        lines.iter().enumerate().filter(|(_, line)| line.split('#').next().is_some_and(|it| it.trim() == header));
    let tables =
        starts.map(|(start, _)| lines[start..].split(|line| line.trim().is_empty()).next().unwrap_or_default());
    tables.map(unindented).collect()
}

fn unindented(lines: &[&str]) -> String {
    let depth = |line: &&str| line.len() - line.trim_start().len();
    let indent = lines.iter().filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

struct Finder<'a> {
    name: &'a str,
    /// The type whose `impl` is looked through.
    of: Option<String>,
    found: Vec<Span>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if name_of(item).is_some_and(|name| name == self.name) {
            self.found.push(item.span());
        }
        let outer = self.of.take();
        if let Item::Impl(item) = item {
            self.of = type_name(&item.self_ty);
        }
        visit::visit_item(self, item);
        self.of = outer;
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let name = match item {
            ImplItem::Fn(item) => item.sig.ident.to_string(),
            ImplItem::Const(item) => item.ident.to_string(),
            _ => return,
        };
        let full = self.of.as_ref().map(|of| format!("{of}::{name}"));
        if name == self.name || full.is_some_and(|full| full == self.name) {
            self.found.push(item.span());
        }
    }
}

fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Mod(item) => item.ident.to_string(),
        Item::Macro(item) => format!("{}!", item.mac.path.segments.last()?.ident),
        Item::Impl(item) => {
            let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
            let of = of.map(|of| format!("{} for ", of.ident)).unwrap_or_default();
            format!("impl {of}{}", type_name(&item.self_ty)?)
        }
        _ => return None,
    })
}

fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
use a::b;

// A comment that belongs to nobody.

/// Both.
#[get("/")]
fn index() -> &'static str {
    // index
    "fn other() {}"
}

struct Map;

impl Map {
    /// How many.
    pub fn len(&self) -> usize {
        0
    }
}

impl Show for Map {
    fn show(&self) {}
}

impl Show for Set {
    fn show(&self) {}
}
"#;

    fn item(name: &str) -> Result<String, String> {
        find("a.rs", FILE, name)
    }

    #[test]
    fn a_function_comes_with_its_documentation_and_attributes() {
        let index = "/// Both.\n#[get(\"/\")]\nfn index() -> &'static str {\n    // index\n    \"fn other() {}\"\n}\n";
        assert_eq!(item("index").unwrap(), index);
    }

    #[test]
    fn a_method_is_moved_to_the_left() {
        assert_eq!(item("len").unwrap(), "/// How many.\npub fn len(&self) -> usize {\n    0\n}\n");
        assert_eq!(item("len"), item("Map::len"));
    }

    #[test]
    fn what_stands_in_a_string_or_a_comment_is_no_item() {
        assert!(item("other").unwrap_err().contains("no other"));
    }

    #[test]
    fn a_name_that_two_have_needs_its_type() {
        assert!(item("show").unwrap_err().contains("more than one"));
        assert_eq!(item("Set::show").unwrap(), "fn show(&self) {}\n");
        assert_eq!(item("impl Show for Set").unwrap(), "impl Show for Set {\n    fn show(&self) {}\n}\n");
    }

    #[test]
    fn a_table_ends_at_the_empty_line() {
        let file = "[default]\na = 1\n\n[five.session] # five\nb = \"[default]\"\n\n[x]\n";
        assert_eq!(find("R.toml", file, "five.session").unwrap(), "[five.session] # five\nb = \"[default]\"\n");
        assert_eq!(find("R.toml", file, "default").unwrap(), "[default]\na = 1\n");
        assert!(find("R.toml", file, "five").is_err());
    }
}
