//! No file imports, directly or through others, a file that imports it; and no folder does.
//!
//! Code for tests and for documentation does not count. A path imports the file that defines what it names, and each
//! file that re-exports it on the way. A `mod.rs` that only declares and re-exports is no such file.

mod graph; // circles in a graph
mod resolve; // which file defines what a path names
mod tree; // the modules, as the files declare them
mod words; // the paths in a file's code

use std::fs;
use std::path::Path;

use graph::{Circle, Graph};
use tree::Tree;

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let circles = between_files(&the_project());
    assert!(circles.is_empty(), "these files import each other:\n{}", circles.join("\n"));
}

#[test]
fn no_folder_imports_a_folder_that_imports_it() {
    let circles = between_folders(&the_project());
    assert!(circles.is_empty(), "these folders import each other:\n{}", circles.join("\n"));
}

#[test]
fn every_path_of_the_project_leads_somewhere() {
    let lost = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR"))).lost();
    assert!(lost.is_empty(), "the checker does not find what these paths name:\n{}", lost.join("\n"));
}

#[test]
fn a_circle_of_two_files_is_found() {
    let imports = made_up(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "use super::a; pub struct B(Box<a::A>);"),
    ]);
    assert_eq!(between_files(&imports), ["src/a.rs -> src/b.rs -> src/a.rs"]);
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let imports = made_up(&[
        ("src/lib.rs", "mod shop; pub use shop::*;"),
        ("src/shop/mod.rs", "mod cart; mod goods; pub use goods::{Goods as Wares, list}; use cart::Cart;"),
        ("src/shop/cart.rs", "pub struct Cart; fn fill() { println!(\"{}\", crate::Wares::new()) }"),
        ("src/shop/goods.rs", "pub struct Goods; pub fn list(_: super::Cart) {}"),
    ]);
    assert_eq!(between_files(&imports), ["src/shop/cart.rs -> src/shop/goods.rs -> src/shop/cart.rs"]);
}

#[test]
fn a_circle_of_a_folder_and_its_own_code_is_found() {
    let imports = made_up(&[
        ("src/lib.rs", "pub mod shop;"),
        ("src/shop/mod.rs", "mod cart; pub use cart::Cart; pub struct Shop;"),
        ("src/shop/cart.rs", "pub struct Cart { shop: super::Shop }"),
    ]);
    assert_eq!(between_files(&imports), ["src/shop/cart.rs -> src/shop/mod.rs -> src/shop/cart.rs"]);
}

#[test]
fn a_re_export_in_a_file_with_code_imports_that_file_too() {
    let imports = made_up(&[
        ("src/lib.rs", "mod commands; mod report; pub use commands::run;"),
        ("src/commands.rs", "mod pages; use crate::report::Report; pub fn run() { pages::run() }"),
        ("src/commands/pages.rs", "use super::Report; pub fn run() {}"),
        ("src/report.rs", "pub struct Report;"),
    ]);
    assert_eq!(imports["src/commands/pages.rs"].iter().collect::<Vec<_>>(), ["src/commands.rs", "src/report.rs"]);
    assert_eq!(between_files(&imports), ["src/commands.rs -> src/commands/pages.rs -> src/commands.rs"]);
}

#[test]
fn a_circle_of_folders_is_found_where_the_files_make_none() {
    let imports = made_up(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a/mod.rs", "pub mod first; pub mod last;"),
        ("src/a/first.rs", "pub fn first() { crate::b::middle() }"),
        ("src/a/last.rs", "pub fn last() {}"),
        ("src/b.rs", "use crate::a::last::last; pub fn middle() { last() }"),
    ]);
    assert!(between_files(&imports).is_empty());
    let circle = "src/a -> src/b.rs -> src/a (src/a/first.rs imports src/b.rs, src/b.rs imports src/a/last.rs)";
    assert_eq!(between_folders(&imports), [circle]);
}

#[test]
fn a_tree_without_a_circle_is_accepted() {
    let imports = made_up(&[
        ("src/lib.rs", "//! Words.\nmod a; mod b; pub use a::a; #[cfg(doc)] use b::b;"),
        ("src/a.rs", "mod deep; use deep::Deep; use std::fmt; pub fn a(_: Deep) { crate::b::b::<fmt::Error>() }"),
        ("src/a/deep.rs", "pub struct Deep; #[cfg(test)] mod tests { use super::super::a; }"),
        ("src/b.rs", "#[cfg(any(test, fuzzing))] mod fuzz; pub fn b<T>() { inline::c() } mod inline { pub fn c() {} }"),
    ]);
    assert_eq!(imports["src/a.rs"].iter().collect::<Vec<_>>(), ["src/a/deep.rs", "src/b.rs"]);
    assert!(between_files(&imports).is_empty());
    assert!(between_folders(&imports).is_empty());
}

/// Which file of this project imports which.
fn the_project() -> Graph {
    let tree = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(tree.files.len() > 50, "the checker found only {} files: it looks in the wrong place", tree.files.len());
    tree.imports()
}

/// Which file imports which, in a project that consists of these files.
fn made_up(files: &[(&str, &str)]) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree::read(folder.path());
    assert!(tree.lost().is_empty(), "{:?}", tree.lost());
    tree.imports()
}

fn between_files(imports: &Graph) -> Vec<String> {
    graph::circles(imports).iter().map(Circle::to_string).collect()
}

/// The circles among the files and folders of each folder, with a pair of files for each arrow.
fn between_folders(imports: &Graph) -> Vec<String> {
    let pairs = || imports.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())));
    let mut folders = Graph::new();
    for (from, to) in pairs() {
        let (from, to) = siblings(from, to);
        folders.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    let why = |step: &[String]| {
        let pair = pairs().find(|&(from, to)| siblings(from, to) == (&step[0], &step[1]));
        pair.map(|(from, to)| format!("{from} imports {to}"))
    };
    let line = |circle: &Circle| {
        format!("{circle} ({})", circle.chain.windows(2).filter_map(why).collect::<Vec<_>>().join(", "))
    };
    graph::circles(&folders).iter().map(line).collect()
}

/// What contains the one file, and what contains the other, in the smallest folder that contains both.
fn siblings<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let common = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let start = one[..common].rfind('/').map_or(0, |slash| slash + 1);
    let child = |path: &'a str| &path[..path[start..].find('/').map_or(path.len(), |length| start + length)];
    (child(one), child(other))
}
