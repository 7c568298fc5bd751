//! What the documentation claims to be tested is tested.

use std::fs;

#[test]
fn every_test_that_the_front_page_names_is_there() {
    let page = fs::read_to_string("src/lib.rs").unwrap();
    let table = page.lines().filter(|line| line.starts_with("//! | **"));
    let mut claims = 0;
    for proof in table.flat_map(|line| line.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2)) {
        let Some((module, test)) = proof.split_once("::") else { continue };
        let code = fs::read_to_string(format!("tests/http/{module}.rs")).unwrap();
        assert!(code.contains(&format!("fn {test}()")), "{proof} is not there");
        claims += 1;
    }
    assert!(claims > 15, "{claims}");
}

#[test]
fn every_test_that_the_table_of_symptoms_names_is_there() {
    let folders = ["tests/browser", "tests/http", "tests/program"].map(|folder| fs::read_dir(folder).unwrap());
    let files = folders.into_iter().flatten().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let code: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let page = fs::read_to_string("docs/tutorial/when-it-does-not-work.md").unwrap();
    let (symptoms, proofs) = (page.matches("\n## ").count(), page.lines().filter(|line| line.starts_with("*Test")));
    let mut proven = 0;
    for proof in proofs {
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).filter(|name| !name.contains(' ')).collect();
        for name in &names {
            assert!(code.contains(&format!("fn {name}()")), "{name} is not there");
        }
        proven += usize::from(!names.is_empty());
    }
    assert_eq!(proven, symptoms);
}
