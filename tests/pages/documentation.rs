use std::fs;

#[test]
fn every_test_that_the_table_of_symptoms_names_exists() {
    let folders = ["tests/browser", "tests/pages", "tests/program", "crates/rocket_diesel_sessions/tests/http"];
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let code: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let page = fs::read_to_string("docs/tutorial/when-it-does-not-work.md").unwrap();
    let (symptoms, proofs) = (page.matches("\n## ").count(), page.lines().filter(|line| line.starts_with("*Test")));
    let mut proven = 0;
    for proof in proofs {
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')).collect();
        for name in &names {
            assert!(code.contains(&format!("fn {name}()")), "{name} does not exist");
        }
        proven += usize::from(!names.is_empty());
    }
    assert_eq!(proven, symptoms);
}
