use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{ImplItem, Item, Type};

/// Returns the source of the item with this name: for example, a function or a type in a Rust file, or a table in a
/// TOML file.
pub fn find(path: &str, file: &str, name: &str) -> Result<String, String> {
    let found = match path.rsplit_once('.') {
        Some((_, "rs")) => find_in_rust(file, name).map_err(|error| format!("{path}: {error}"))?,
        Some((_, "toml")) => find_in_toml(file, name),
        _ => return Err(format!("{path}: `item=` works only for .rs and .toml files")),
    };
    match &found[..] {
        [item] => Ok(item.clone()),
        [] => Err(format!("{path} has no {name}")),
        _ => Err(format!("{path} has more than one {name}: write Type::{name} or impl Trait for Type")),
    }
}

fn find_in_rust(file: &str, name: &str) -> syn::Result<Vec<String>> {
    let mut finder = Finder { name, self_type: None, found: Vec::new() };
    finder.visit_file(&syn::parse_file(file)?);
    let lines: Vec<&str> = file.lines().collect();
    // The span of an item includes its attributes and its doc comment.
    Ok(finder.found.iter().map(|span| unindented(&lines[span.start().line - 1..span.end().line])).collect())
}

fn find_in_toml(file: &str, name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    let lines: Vec<&str> = file.lines().collect();
    let starts =
        lines.iter().enumerate().filter(|(_, line)| line.split('#').next().is_some_and(|it| it.trim() == header));
    let tables =
        starts.map(|(start, _)| lines[start..].split(|line| line.trim().is_empty()).next().unwrap_or_default());
    tables.map(unindented).collect()
}

/// Removes the common indent.
fn unindented(lines: &[&str]) -> String {
    let depth = |line: &&str| line.len() - line.trim_start().len();
    let indent = lines.iter().filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or_default();
    lines.iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

struct Finder<'a> {
    name: &'a str,
    /// The type of the current `impl` block.
    self_type: Option<String>,
    found: Vec<Span>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if name_of(item).is_some_and(|name| name == self.name) {
            self.found.push(item.span());
        }
        let outer = self.self_type.take();
        if let Item::Impl(item) = item {
            self.self_type = type_name(&item.self_ty);
        }
        visit::visit_item(self, item);
        self.self_type = outer;
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let name = match item {
            ImplItem::Fn(item) => item.sig.ident.to_string(),
            ImplItem::Const(item) => item.ident.to_string(),
            _ => return,
        };
        let full_name = self.self_type.as_ref().map(|self_type| format!("{self_type}::{name}"));
        if name == self.name || full_name.is_some_and(|full_name| full_name == self.name) {
            self.found.push(item.span());
        }
    }
}

/// Returns the name by which a document refers to the item.
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
            let segment = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
            let trait_for = segment.map(|segment| format!("{} for ", segment.ident)).unwrap_or_default();
            format!("impl {trait_for}{}", type_name(&item.self_ty)?)
        }
        _ => return None,
    })
}

fn type_name(self_type: &Type) -> Option<String> {
    match self_type {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
use a::b;

// A comment that belongs to no item.

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
    fn a_function_includes_its_documentation_and_attributes() {
        let index = "/// Both.\n#[get(\"/\")]\nfn index() -> &'static str {\n    // index\n    \"fn other() {}\"\n}\n";
        assert_eq!(item("index").unwrap(), index);
    }

    #[test]
    fn a_method_is_not_indented() {
        assert_eq!(item("len").unwrap(), "/// How many.\npub fn len(&self) -> usize {\n    0\n}\n");
        assert_eq!(item("len"), item("Map::len"));
    }

    #[test]
    fn an_item_in_a_string_is_not_found() {
        assert!(item("other").unwrap_err().contains("no other"));
    }

    #[test]
    fn a_name_of_two_methods_needs_the_type() {
        assert!(item("show").unwrap_err().contains("more than one"));
        assert_eq!(item("Set::show").unwrap(), "fn show(&self) {}\n");
        assert_eq!(item("impl Show for Set").unwrap(), "impl Show for Set {\n    fn show(&self) {}\n}\n");
    }

    #[test]
    fn a_table_ends_at_an_empty_line() {
        let file = "[default]\na = 1\n\n[five.session] # five\nb = \"[default]\"\n\n[x]\n";
        assert_eq!(find("R.toml", file, "five.session").unwrap(), "[five.session] # five\nb = \"[default]\"\n");
        assert_eq!(find("R.toml", file, "default").unwrap(), "[default]\na = 1\n");
        assert!(find("R.toml", file, "five").is_err());
    }
}
