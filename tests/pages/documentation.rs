use std::fs;

#[test]
fn every_section_of_the_troubleshooting_page_names_a_test_that_exists() {
    let folders = [
        "tests/browser",
        "tests/pages",
        "tests/program",
        "crates/rocket_diesel_sessions/tests",
        "crates/rocket_diesel_sessions/tests/http",
    ];
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let code: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let page = fs::read_to_string("docs/tutorial/when-it-does-not-work.md").unwrap();
    let (sections, test_lines) = (page.matches("\n## ").count(), page.lines().filter(|line| line.starts_with("*Test")));
    let mut tested = 0;
    for line in test_lines {
        let names: Vec<&str> = line.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')).collect();
        for name in &names {
            assert!(code.contains(&format!("fn {name}()")), "{name} does not exist");
        }
        tested += usize::from(!names.is_empty());
    }
    assert_eq!(tested, sections);
}
