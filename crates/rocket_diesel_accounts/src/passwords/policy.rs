use zxcvbn::{Score, zxcvbn};

use crate::settings::Settings;
use crate::users::name_key;

/// The longest password, in bytes. Longer ones would only cost memory.
const LONGEST: usize = 1024;

/// Returns why a new password is too weak, all reasons at once. Empty if it is allowed.
///
/// The rules are those of NIST SP 800-63B-4 and OWASP ASVS 5.0: a length (6.2.1), no rules on kinds of characters (6.2.5),
/// nothing trimmed or cut (6.2.8), at least 64 characters allowed (6.2.9), no words that an attacker would try first (6.2.4,
/// 6.2.11).
pub(crate) fn weaknesses(password: &str, name: &str, settings: &Settings) -> Vec<String> {
    /// A shorter name is in too many passwords.
    const SHORTEST_NAME: usize = 3;

    let mut reasons = Vec::new();
    let (length, shortest) = (password.chars().count(), settings.min_password_length);
    if length < shortest {
        let plural = if length == 1 { "" } else { "s" };
        reasons.push(format!("The password has {length} character{plural}. It needs at least {shortest}."));
    }
    if password.len() > LONGEST {
        reasons.push(format!("The password is longer than {LONGEST} bytes."));
        return reasons;
    }
    let (folded, name) = (name_key(password), name_key(name));
    if name.chars().count() >= SHORTEST_NAME && folded.contains(&name) {
        reasons.push("The password contains the name.".into());
    }
    if let Some(word) = settings.banned_words.iter().find(|word| folded.contains(&name_key(word))) {
        reasons.push(format!("The password contains the word \"{word}\", which is not allowed here."));
    }
    if reasons.is_empty() {
        reasons.extend(why_guessable(password, &name, settings));
    }
    reasons
}

/// Returns why a password could be guessed within 10^8 attempts, if it could. The estimate knows 30,000 common passwords, and
/// names, words, dates, keyboard rows, sequences and repetitions.
fn why_guessable(password: &str, name: &str, settings: &Settings) -> Option<String> {
    let known: Vec<&str> = [name].into_iter().chain(settings.banned_words.iter().map(String::as_str)).collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= Score::Three {
        return None;
    }
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    let warning = warning.map_or("This is easy to guess.".into(), |warning| warning.to_string());
    Some(format!("The password is too easy to guess. {warning} Use four or more uncommon words."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(password: &str) -> String {
        let settings = Settings { banned_words: vec!["Analytical".into()], ..Settings::default() };
        weaknesses(password, "Lovelace", &settings).join(" ")
    }

    #[test]
    fn a_long_uncommon_password_is_allowed_whatever_its_characters() {
        let long = "seven green umbrellas ".repeat(3);
        let unusual = "наша кошка спит на печи";
        for password in
            ["correct horse battery staple", "  spaces at both ends  ", "!!?ß漢字🦀 tiny violin box", unusual, &long]
        {
            assert_eq!(reasons(password), "", "{password}");
        }
    }

    #[test]
    fn a_short_password_is_refused_with_both_lengths() {
        assert!(reasons("x7#kQ!v2").contains("8 characters. It needs at least 15"));
        assert!(reasons("eine 15 lang ö").contains("14 characters"), "characters are counted, not bytes");
    }

    #[test]
    fn a_password_with_the_name_or_a_banned_word_is_refused_in_any_case() {
        assert!(reasons("umbrella LOVELACE kettle").contains("the name"));
        assert!(reasons("umbrella anaLYTICal kettle").contains("\"Analytical\""));
    }

    #[test]
    fn a_common_password_is_refused_even_if_it_is_long() {
        for password in
            ["password12345678", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaaaaaa", "iloveyouiloveyou", "1234567890123456"]
        {
            assert!(reasons(password).contains("easy to guess"), "{password}");
        }
    }

    #[test]
    fn a_password_of_a_megabyte_is_refused_before_it_is_searched() {
        assert!(reasons(&"long ".repeat(200_000)).contains("longer than 1024 bytes"));
    }
}
