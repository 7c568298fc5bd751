use unicode_normalization::UnicodeNormalization;

/// The longest name, in characters. Django: 150, too.
const LONGEST: usize = 150;

/// Returns the form of a name under which it is looked up: without regard to case, and to characters that look the same in
/// Unicode's compatibility form. So nobody can take `Ada` where there is an `ada`.
///
/// A NUL becomes a character that is in no name either, because a query must not contain one: see [`has_nul`].
pub(crate) fn name_key(name: &str) -> String {
    let folded = name.nfkc().collect::<String>().to_lowercase();
    folded.nfkc().map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect() // lower case can leave the normal form
}

/// Returns whether a text has a NUL. PostgreSQL can't store one, and fails if a query contains one. So no name, no id and no
/// owner has it, and whoever looks for such a text finds nothing, without asking the database.
pub(crate) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// Refuses a name for a new user. The characters are Django's: letters and digits of every script, and `@`, `.`, `+`, `-`,
/// `_`. So a name is safe in a log and in a command line.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |c: char| c.is_alphanumeric() || "@.+-_".contains(c);
    match name.chars().count() {
        0 => Err("Type a name.".into()),
        count if count > LONGEST => Err(format!("The name has {count} characters. Allowed are {LONGEST}.")),
        _ if !name.chars().all(is_allowed) => {
            Err("The name may contain letters, digits, and the characters @ . + - _ only.".into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_case_or_width_have_the_same_key() {
        for name in ["ada", "Ada", "ADA", "Ａda", "ａｄａ"] {
            assert_eq!(name_key(name), "ada");
        }
        assert_eq!(name_key("ÉVA"), name_key("e\u{301}va"));
        assert_ne!(name_key("ada"), name_key("adá"));
    }

    #[test]
    fn no_key_has_a_nul() {
        assert!(!has_nul(&name_key("a\0b")));
        assert_ne!(name_key("a\0b"), name_key("ab"));
    }

    #[test]
    fn the_key_of_a_key_is_the_key() {
        for name in ["ǅ", "İstanbul", "ẞ", "Σίσυφος", "ﬁ", "K", "Å"] {
            assert_eq!(name_key(&name_key(name)), name_key(name), "{name}");
        }
    }

    #[test]
    fn a_name_has_no_spaces_no_line_breaks_and_no_markup() {
        for name in ["ada", "Ada.L+1@example-1_x", "Ада", "艾达"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "a b", " ada", "ada\n", "<b>", "a\"", "a'", "a/b", "a\u{200b}", "a\u{202e}b", &"a".repeat(151)]
        {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }
}
