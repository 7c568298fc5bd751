use std::sync::LazyLock;

use regex::Regex;
use snapbox::Redactions;

/// Values that identify a session, a cookie or a user. They differ from run to run, but the same session or cookie has the same
/// value during one run.
static IDENTIFIERS: LazyLock<[(&str, Regex); 5]> = LazyLock::new(|| {
    [
        ("[HANDLE]", regex(r"\b(?<redacted>[0-9a-f]{64})\b")),
        ("[ID]", regex(r"\b(?<redacted>[0-9a-f]{32})\b")), // of a user, or a stamp
        ("[SHORTHANDLE]", regex(r"\bsession (?<redacted>[0-9a-f]{8})\b")), // as in the log
        // The text may shorten a cookie with `…`.
        ("[COOKIE]", regex(r"\bsessionid[=\t](?<redacted>[A-Za-z0-9%+/=_-]*…|[A-Za-z0-9%+/=_-]{20,})")),
        ("[COOKIESTART]", regex(r"^(?<redacted>[A-Za-z0-9%+/=_-]{8})… the first 8 of")), // as on /inspect/
    ]
});

static REDACTIONS: LazyLock<Redactions> = LazyLock::new(|| {
    let mut redactions = Redactions::new();
    let times = [
        // 2026-11-23 03:20:46, as SQLite prints it; 2026-11-23T03:20:46Z; or only 03:20:46
        ("[DATE]", r"\b(\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\b)"),
        ("[HTTPDATE]", r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT"),
        ("[SECONDS]", r"\b1[789]\d{8}\b"), // since 1970, as in curl's cookie jar
        ("[DURATION]", r"\b\d+(\.\d+)? ?(ns|µs|ms)\b"),
        ("[LENGTH]", r"the first 8 of (?<redacted>\d+) characters"), // of a cookie: the escaped characters vary
        ("[CURL]", r"\bcurl/(?<redacted>[0-9.]+)"),                  // its version
        ("[LEFT]", r"\b(\d+ (day|hour|minute|second)s? )+left\b"),   // as on /inspect/
    ];
    let times = times.map(|(name, pattern)| (name, regex(pattern)));
    redactions.extend(times).expect("the names are in brackets");
    redactions.extend(IDENTIFIERS.iter().cloned()).expect("the names are in brackets");
    redactions
});

/// The progress messages that Cargo prints before a program runs. They depend on what is built already.
static CARGO_PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^ *(Adding|Blocking|Building|Checking|Compiling|Downloaded|Downloading|Finished|Locking|Running|Updating) \S",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns in this file are valid")
}

/// Replaces the values that differ from run to run by placeholders such as `[DATE]`.
pub fn redacted(line: &str) -> String {
    REDACTIONS.redact(line)
}

/// Returns the handles and cookies in a line, from left to right.
pub fn identifiers(line: &str) -> Vec<&str> {
    let found = IDENTIFIERS.iter().flat_map(|(_, pattern)| pattern.captures_iter(line));
    let mut found: Vec<_> =
        found.map(|captures| captures.name("redacted").expect("each pattern has this group")).collect();
    found.sort_by_key(|found| found.start());
    found.into_iter().map(|found| found.as_str()).collect()
}

/// Returns whether the line is a progress message of Cargo.
pub fn is_cargo_progress(line: &str) -> bool {
    CARGO_PROGRESS.is_match(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "a592a64b031e2ab1750fe66bd3b8046f51260c4f23cdf64e0a3b57572304aca2";

    #[test]
    fn a_time_is_redacted_in_every_format() {
        for time in ["2026-11-23 03:20:46", "2026-11-23T03:20:46.25Z", "2026-11-23 03:20:46 UTC", "03:20:46"] {
            assert_eq!(redacted(&format!("at {time}, or")), "at [DATE], or");
        }
        assert_eq!(redacted("expires=Mon, 07 Dec 2026 03:20:46 GMT;"), "expires=[HTTPDATE];");
    }

    #[test]
    fn only_the_remaining_lifetime_of_a_session_is_redacted() {
        assert_eq!(redacted("2026-12-07 03:20:46 13 days 23 hours left; UTC"), "[DATE] [LEFT]; UTC");
        assert_eq!(
            redacted("Expiry::Default as the settings say: 14 days"),
            "Expiry::Default as the settings say: 14 days"
        );
    }

    #[test]
    fn a_duration_in_a_setting_is_not_redacted() {
        for setting in ["cookie_age = \"5 days\"", "Max-Age=1209600", "absolute_age = \"30 days\"", "2 weeks"] {
            assert_eq!(redacted(setting), setting);
        }
    }

    #[test]
    fn the_columns_after_a_handle_are_not_redacted() {
        assert_eq!(redacted(&format!("{HANDLE}|{{\"name\":\"Bipasha\"}}|1")), "[HANDLE]|{\"name\":\"Bipasha\"}|1");
    }

    #[test]
    fn eight_digits_are_a_handle_only_after_the_word_session() {
        assert_eq!(redacted("session a592a64b: created"), "session [SHORTHANDLE]: created");
        assert_eq!(redacted("commit a592a64b"), "commit a592a64b");
    }

    #[test]
    fn the_value_of_a_cookie_is_redacted_without_its_attributes() {
        let line = "set-cookie: sessionid=kQ3vZ8aBkQ3vZ8aBkQ3vZ8aB%2Fx%3D; HttpOnly; SameSite=Lax";
        assert_eq!(redacted(line), "set-cookie: sessionid=[COOKIE]; HttpOnly; SameSite=Lax");
        assert_eq!(
            redacted("set-cookie: sessionid=kQ3v…; HttpOnly; SameSite=Lax"),
            redacted(line),
            "the text may shorten it"
        );
        assert_eq!(redacted("set-cookie: sessionid=; Max-Age=0"), "set-cookie: sessionid=; Max-Age=0");
    }

    #[test]
    fn the_beginning_and_the_length_of_a_cookie_are_redacted() {
        let line = "kQ3v%2Fa… the first 8 of 102 characters; encrypted";
        assert_eq!(redacted(line), "[COOKIESTART]… the first 8 of [LENGTH] characters; encrypted");
        assert_eq!(identifiers(line), ["kQ3v%2Fa"]);
    }

    #[test]
    fn identifiers_are_sorted_from_left_to_right() {
        let line = format!("session deadbeef: {HANDLE}");
        assert_eq!(identifiers(&line), ["deadbeef", HANDLE]);
    }

    #[test]
    fn only_progress_messages_of_cargo_are_recognized() {
        assert!(is_cargo_progress("   Compiling rocket v0.5.2") && is_cargo_progress("     Running `target/debug/x`"));
        assert!(
            !is_cargo_progress("Running") && !is_cargo_progress("Profile `debug`:") && !is_cargo_progress("error: no")
        );
    }
}
