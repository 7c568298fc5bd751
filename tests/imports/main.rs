//! Checks that the imports between files, and between folders, have no cycles.
//!
//! Code for tests and for documentation is ignored. A path imports the file that defines the item it names. It also
//! imports each file that re-exports this item on the way, unless that file contains only declarations and re-exports
//! (as a `mod.rs` usually does).

mod graph; // finds cycles in a graph
mod resolve; // finds the file that defines what a path names
mod tree; // the modules, as the files declare them
mod visitor; // collects the items, imports and paths of a file

use std::fs;
use std::path::Path;

use graph::{Cycle, Graph};
use tree::Tree;

#[test]
fn imports_between_files_have_no_cycles() {
    let cycles = cycles_of_files(&project_imports());
    assert!(cycles.is_empty(), "these files import each other:\n{}", cycles.join("\n"));
}

#[test]
fn imports_between_folders_have_no_cycles() {
    let cycles = cycles_of_folders(&project_imports());
    assert!(cycles.is_empty(), "these folders import each other:\n{}", cycles.join("\n"));
}

#[test]
fn every_path_of_the_project_is_resolved() {
    let unresolved = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unresolved_paths();
    assert!(unresolved.is_empty(), "the test does not find what these paths name:\n{}", unresolved.join("\n"));
}

#[test]
fn a_cycle_of_two_files_is_found() {
    let imports = imports_of(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a.rs", "use crate::b::B; pub struct A(B);"),
        ("src/b.rs", "use super::a; pub struct B(Box<a::A>);"),
    ]);
    assert_eq!(cycles_of_files(&imports), ["src/a.rs -> src/b.rs -> src/a.rs"]);
}

#[test]
fn a_cycle_through_a_re_export_is_found() {
    let imports = imports_of(&[
        ("src/lib.rs", "mod shop; pub use shop::*;"),
        ("src/shop/mod.rs", "mod cart; mod goods; pub use goods::{Goods as Wares, list}; use cart::Cart;"),
        ("src/shop/cart.rs", "pub struct Cart; fn fill() { println!(\"{}\", crate::Wares::new()) }"),
        ("src/shop/goods.rs", "pub struct Goods; pub fn list(_: super::Cart) {}"),
    ]);
    assert_eq!(cycles_of_files(&imports), ["src/shop/cart.rs -> src/shop/goods.rs -> src/shop/cart.rs"]);
}

#[test]
fn a_cycle_between_a_mod_file_and_its_child_is_found() {
    let imports = imports_of(&[
        ("src/lib.rs", "pub mod shop;"),
        ("src/shop/mod.rs", "mod cart; pub use cart::Cart; pub struct Shop;"),
        ("src/shop/cart.rs", "pub struct Cart { shop: super::Shop }"),
    ]);
    assert_eq!(cycles_of_files(&imports), ["src/shop/cart.rs -> src/shop/mod.rs -> src/shop/cart.rs"]);
}

#[test]
fn importing_a_re_export_also_imports_the_file_that_re_exports_it() {
    let imports = imports_of(&[
        ("src/lib.rs", "mod commands; mod report; pub use commands::run;"),
        ("src/commands.rs", "mod pages; use crate::report::Report; pub fn run() { pages::run() }"),
        ("src/commands/pages.rs", "use super::Report; pub fn run() {}"),
        ("src/report.rs", "pub struct Report;"),
    ]);
    assert_eq!(imports["src/commands/pages.rs"].iter().collect::<Vec<_>>(), ["src/commands.rs", "src/report.rs"]);
    assert_eq!(cycles_of_files(&imports), ["src/commands.rs -> src/commands/pages.rs -> src/commands.rs"]);
}

#[test]
fn a_cycle_of_folders_is_found_even_if_the_files_have_none() {
    let imports = imports_of(&[
        ("src/lib.rs", "mod a; mod b;"),
        ("src/a/mod.rs", "pub mod first; pub mod last;"),
        ("src/a/first.rs", "pub fn first() { crate::b::middle() }"),
        ("src/a/last.rs", "pub fn last() {}"),
        ("src/b.rs", "use crate::a::last::last; pub fn middle() { last() }"),
    ]);
    assert!(cycles_of_files(&imports).is_empty());
    let cycle = "src/a -> src/b.rs -> src/a (src/a/first.rs imports src/b.rs, src/b.rs imports src/a/last.rs)";
    assert_eq!(cycles_of_folders(&imports), [cycle]);
}

#[test]
fn a_tree_without_cycles_is_accepted() {
    let imports = imports_of(&[
        ("src/lib.rs", "//! Words.\nmod a; mod b; pub use a::a; #[cfg(doc)] use b::b;"),
        ("src/a.rs", "mod deep; use deep::Deep; use std::fmt; pub fn a(_: Deep) { crate::b::b::<fmt::Error>() }"),
        ("src/a/deep.rs", "pub struct Deep; #[cfg(test)] mod tests { use super::super::a; }"),
        ("src/b.rs", "#[cfg(any(test, fuzzing))] mod fuzz; pub fn b<T>() { inline::c() } mod inline { pub fn c() {} }"),
    ]);
    assert_eq!(imports["src/a.rs"].iter().collect::<Vec<_>>(), ["src/a/deep.rs", "src/b.rs"]);
    assert!(cycles_of_files(&imports).is_empty());
    assert!(cycles_of_folders(&imports).is_empty());
}

/// Returns the files that each file of this project imports.
fn project_imports() -> Graph {
    let tree = Tree::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(tree.files.len() > 50, "the test found only {} files, so it looks in the wrong place", tree.files.len());
    tree.imports()
}

/// Returns the files that each file imports, in a project that consists of the given files (path, content).
fn imports_of(files: &[(&str, &str)]) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = Tree::read(folder.path());
    assert!(tree.unresolved_paths().is_empty(), "{:?}", tree.unresolved_paths());
    tree.imports()
}

/// Returns the cycles of files, each as a line for the report.
fn cycles_of_files(imports: &Graph) -> Vec<String> {
    graph::cycles(imports).iter().map(Cycle::to_string).collect()
}

/// Returns the cycles among the direct children of each folder, with two files as an example for each import.
fn cycles_of_folders(imports: &Graph) -> Vec<String> {
    let pairs = || imports.iter().flat_map(|(from, all)| all.iter().map(move |to| (from.as_str(), to.as_str())));
    let mut children = Graph::new();
    for (from, to) in pairs() {
        let (from, to) = siblings(from, to);
        children.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    let example = |edge: &[String]| {
        let pair = pairs().find(|&(from, to)| siblings(from, to) == (&edge[0], &edge[1]));
        pair.map(|(from, to)| format!("{from} imports {to}"))
    };
    let line = |cycle: &Cycle| {
        format!("{cycle} ({})", cycle.path.windows(2).filter_map(example).collect::<Vec<_>>().join(", "))
    };
    graph::cycles(&children).iter().map(line).collect()
}

/// Returns the two direct children of the deepest common folder that contain, or are, the two files.
fn siblings<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let common = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let start = one[..common].rfind('/').map_or(0, |slash| slash + 1);
    let child = |path: &'a str| &path[..path[start..].find('/').map_or(path.len(), |length| start + length)];
    (child(one), child(other))
}
