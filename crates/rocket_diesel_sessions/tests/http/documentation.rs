//! Checks that the tests that the documentation names exist.

use std::fs;

#[test]
fn every_test_that_the_front_page_names_exists() {
    let page = fs::read_to_string("src/lib.rs").unwrap();
    let table = page.lines().filter(|line| line.starts_with("//! | **"));
    let mut proofs = 0;
    for proof in table.flat_map(|line| line.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2)) {
        let Some((module, test)) = proof.split_once("::") else { continue };
        let code = fs::read_to_string(format!("tests/http/{module}.rs")).unwrap();
        assert!(code.contains(&format!("fn {test}()")), "{proof} does not exist");
        proofs += 1;
    }
    assert!(proofs > 15, "{proofs}");
}
