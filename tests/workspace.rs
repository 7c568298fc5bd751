//! The files that the tutorial and the library have in common.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const LIBRARY: &str = "crates/rocket_diesel_sessions";

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
fn every_migration_of_the_library_is_in_the_tutorial_under_the_same_name() {
    let (library, tutorial) = (files(&Path::new(LIBRARY).join("migrations")), files(Path::new("migrations")));
    assert!(library.len() >= 2, "{library:?}");
    for (name, sql) in library {
        assert_eq!(tutorial.get(&name), Some(&sql), "{name}");
    }
}

#[test]
fn the_library_and_the_tutorial_describe_the_same_table() {
    let library = fs::read_to_string(Path::new(LIBRARY).join("src/schema.rs")).unwrap();
    assert_eq!(library, fs::read_to_string("src/schema.rs").unwrap());
}

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let page = fs::read_to_string("docs/security.md").unwrap();
    let folders = [Path::new("tests"), &Path::new(LIBRARY).join("tests"), &Path::new(LIBRARY).join("src")];
    let code: String = folders.into_iter().flat_map(files).map(|(_, text)| text).collect();
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
