//! The files that the tutorial and the library have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const LIBRARIES: [&str; 2] = ["crates/rocket_diesel_sessions", "crates/rocket_diesel_accounts"];

/// Returns the files below a folder, by their paths inside it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            files.extend(self::files(&path).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)));
        } else {
            files.insert(name.to_owned(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
        }
    }
    files
}

#[test]
fn the_migrations_of_the_libraries_are_in_the_tutorial_under_the_same_names() {
    let libraries = LIBRARIES.into_iter().flat_map(|library| files(&Path::new(library).join("migrations")));
    assert_eq!(libraries.collect::<BTreeMap<_, _>>(), files(Path::new("migrations")));
}

#[test]
fn the_libraries_and_the_tutorial_describe_the_same_tables() {
    let tables = |path: &Path| {
        let schema = fs::read_to_string(path).unwrap();
        let blocks = schema.split("\n\n").filter(|block| block.starts_with("diesel::table!"));
        blocks.map(str::trim).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let libraries = LIBRARIES.into_iter().flat_map(|library| tables(&Path::new(library).join("src/schema.rs")));
    assert_eq!(libraries.collect::<BTreeSet<_>>(), tables(Path::new("src/schema.rs")));
}

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let page = fs::read_to_string("docs/security.md").unwrap();
    let libraries =
        LIBRARIES.into_iter().flat_map(|library| ["tests", "src"].map(|folder| Path::new(library).join(folder)));
    let folders = libraries.chain(["tests".into()]).filter(|folder| folder.exists());
    let code: String = folders.flat_map(|folder| files(&folder)).map(|(_, text)| text).collect();
    let names = page.split('`').map(|quoted| quoted.rsplit("::").next().unwrap());
    let is_test = |name: &&str| name.matches('_').count() > 3 && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let names = names.filter(is_test);
    let mut count = 0;
    for name in names {
        assert!(code.contains(&format!("fn {name}(")), "{name} does not exist");
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn the_guide_sets_accounts_up_in_under_forty_lines() {
    let page = fs::read_to_string("docs/accounts.md").unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Set it up\n")).unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    let code = blocks.filter(|block| block.starts_with("toml") || block.starts_with("rust"));
    let lines = code.flat_map(|block| block.lines().skip(1)).filter(|line| !line.trim().is_empty()).count();
    assert!((20..40).contains(&lines), "{lines}");
}
