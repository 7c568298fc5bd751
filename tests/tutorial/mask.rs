use std::sync::LazyLock;

use regex::Regex;
use snapbox::Redactions;

/// What stands for one session, or one cookie: as long as it is the same thing, it is the same text.
static IDENTITIES: LazyLock<[(&str, Regex); 4]> = LazyLock::new(|| {
    [
        ("[HANDLE]", regex(r"\b(?<redacted>[0-9a-f]{64})\b")),
        ("[SHORTHANDLE]", regex(r"\bsession (?<redacted>[0-9a-f]{8})\b")), // as it stands in the log
        ("[COOKIE]", regex(r"\bsessionid[=\t](?<redacted>[A-Za-z0-9%+/=_-]*…|[A-Za-z0-9%+/=_-]{20,})")), // … shortened
        ("[COOKIESTART]", regex(r"^(?<redacted>[A-Za-z0-9%+/=_-]{8})… the first 8 of")), // as /inspect/ has it
    ]
});

static MASKS: LazyLock<Redactions> = LazyLock::new(|| {
    let mut masks = Redactions::new();
    let moments = [
        // 2026-11-23 03:20:46, as SQLite has it; 2026-11-23T03:20:46Z; and 03:20:46 alone
        ("[DATE]", r"\b(\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\b)"),
        ("[HTTPDATE]", r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT"),
        ("[SECONDS]", r"\b1[789]\d{8}\b"), // since 1970, as curl writes it into its jar
        ("[DURATION]", r"\b\d+(\.\d+)? ?(ns|µs|ms)\b"),
        ("[LENGTH]", r"the first 8 of (?<redacted>\d+) characters"), // of a cookie: what base64 escapes is chance
        ("[LEFT]", r"\b(\d+ (day|hour|minute|second)s? )+left\b"),   // as /inspect/ has it
    ];
    let moments = moments.map(|(name, pattern)| (name, regex(pattern)));
    masks.extend(moments).expect("names in brackets");
    masks.extend(IDENTITIES.iter().cloned()).expect("names in brackets");
    masks
});

/// What cargo says before a program runs. How much it is depends on what has been built already.
static CARGO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^ *(Adding|Blocking|Building|Checking|Compiling|Downloaded|Downloading|Finished|Locking|Running|Updating) \S",
    )
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of this file")
}

/// The line without what is another text in each run.
pub fn masked(line: &str) -> String {
    MASKS.redact(line)
}

/// What of a line stands for one thing, from left to right.
pub fn identities(line: &str) -> Vec<&str> {
    let found = IDENTITIES.iter().flat_map(|(_, pattern)| pattern.captures_iter(line));
    let mut found: Vec<_> = found.map(|captures| captures.name("redacted").expect("each has one")).collect();
    found.sort_by_key(|found| found.start());
    found.into_iter().map(|found| found.as_str()).collect()
}

pub fn is_cargos(line: &str) -> bool {
    CARGO.is_match(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLE: &str = "a592a64b031e2ab1750fe66bd3b8046f51260c4f23cdf64e0a3b57572304aca2";

    #[test]
    fn a_moment_is_masked_in_every_way_of_writing_it() {
        for moment in ["2026-11-23 03:20:46", "2026-11-23T03:20:46.25Z", "2026-11-23 03:20:46 UTC", "03:20:46"] {
            assert_eq!(masked(&format!("at {moment}, or")), "at [DATE], or");
        }
        assert_eq!(masked("expires=Mon, 07 Dec 2026 03:20:46 GMT;"), "expires=[HTTPDATE];");
    }

    #[test]
    fn what_is_left_of_a_session_is_masked_and_nothing_around_it() {
        assert_eq!(masked("2026-12-07 03:20:46 13 days 23 hours left; UTC"), "[DATE] [LEFT]; UTC");
        assert_eq!(
            masked("Expiry::Default as the settings say: 14 days"),
            "Expiry::Default as the settings say: 14 days"
        );
    }

    #[test]
    fn a_setting_is_no_duration() {
        for setting in ["cookie_age = \"5 days\"", "Max-Age=1209600", "absolute_age = \"30 days\"", "2 weeks"] {
            assert_eq!(masked(setting), setting);
        }
    }

    #[test]
    fn the_end_of_a_row_is_not_masked_with_its_key() {
        assert_eq!(masked(&format!("{HANDLE}|{{\"name\":\"Bipasha\"}}|1")), "[HANDLE]|{\"name\":\"Bipasha\"}|1");
    }

    #[test]
    fn eight_digits_are_a_handle_only_behind_the_word_session() {
        assert_eq!(masked("session a592a64b: created"), "session [SHORTHANDLE]: created");
        assert_eq!(masked("commit a592a64b"), "commit a592a64b");
    }

    #[test]
    fn a_cookie_is_masked_up_to_its_attributes() {
        let line = "set-cookie: sessionid=kQ3vZ8aBkQ3vZ8aBkQ3vZ8aB%2Fx%3D; HttpOnly; SameSite=Lax";
        assert_eq!(masked(line), "set-cookie: sessionid=[COOKIE]; HttpOnly; SameSite=Lax");
        assert_eq!(
            masked("set-cookie: sessionid=kQ3v…; HttpOnly; SameSite=Lax"),
            masked(line),
            "the text may shorten it"
        );
        assert_eq!(masked("set-cookie: sessionid=; Max-Age=0"), "set-cookie: sessionid=; Max-Age=0");
    }

    #[test]
    fn a_cookies_beginning_is_masked_and_how_long_it_is() {
        let line = "kQ3v%2Fa… the first 8 of 102 characters; encrypted";
        assert_eq!(masked(line), "[COOKIESTART]… the first 8 of [LENGTH] characters; encrypted");
        assert_eq!(identities(line), ["kQ3v%2Fa"]);
    }

    #[test]
    fn identities_come_from_left_to_right() {
        let line = format!("session deadbeef: {HANDLE}");
        assert_eq!(identities(&line), ["deadbeef", HANDLE]);
    }

    #[test]
    fn only_cargos_own_lines_are_cargos() {
        assert!(is_cargos("   Compiling rocket v0.5.2") && is_cargos("     Running `target/debug/x`"));
        assert!(!is_cargos("Running") && !is_cargos("Profile `debug`:") && !is_cargos("error: no"));
    }
}
