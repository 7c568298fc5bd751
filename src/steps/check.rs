use rocket::figment::Figment;

use super::claim::Claim;
use super::claims::{chapter, claims};
use super::exercises::exercise;
use super::site::{Result, Site};

/// Checks what a chapter or its exercise asks for, and prints what is right and what is missing. Returns whether all is
/// right.
pub fn check(step: u8, is_exercise: bool, figment: &Figment) -> Result<bool> {
    let site = Site::new(figment)?;
    let exercise = [exercise(step)];
    let claims = if is_exercise { &exercise } else { claims(step) };
    let mut missing = 0;
    for Claim { sentence, section, check } in claims {
        if let Err(seen) = check(&site) {
            println!(
                "missing  {sentence}\n         Instead, {seen}.\n         See \"{section}\" in docs/tutorial/{}.",
                chapter(step)
            );
            missing += 1;
        } else {
            println!("right    {sentence}");
        }
    }
    site.delete_rows()?;
    match missing {
        0 => println!("Chapter {step}: all is right."),
        _ => println!("Chapter {step}: {missing} of {} missing.", claims.len()),
    }
    Ok(missing == 0)
}
