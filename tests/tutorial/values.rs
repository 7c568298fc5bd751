use std::sync::LazyLock;

use regex::{Captures, Match, Regex};

/// Values that differ in each run: their names, and patterns that find them. If a pattern has a group, the value is the
/// group, and the rest shows where such values stand.
///
/// The first ones are identifiers of sessions, cookies and users. One identifier has the same value in a whole run.
static PATTERNS: LazyLock<[(&str, Regex); 11]> = LazyLock::new(|| {
    let patterns = [
        ("[DIGEST]", r"\b[0-9a-f]{64}\b"), // of a key, as in the table
        ("[ID]", r"\b[0-9a-f]{32}\b"),     // of a user, or a stamp
        // In the log, in a row or a cell, and in a statement on /inspect/.
        ("[HANDLE]", r"(?:^|\bsession |\bsession ended  |\bsession_key = '|\bVALUES \(')([0-9a-f]{8})\b"),
        ("[COOKIE]", r"\bsessionid[=\t]([A-Za-z0-9%+/=_-]*…|[A-Za-z0-9%+/=_-]{20,})"), // the text may shorten it
        ("[COOKIESTART]", r"^([A-Za-z0-9%+/=_-]{8})… the first 8 of"),                 // as on /inspect/
        ("[HTTPDATE]", r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT"),
        // 2026-11-23 03:20:46, as SQLite prints it; 2026-11-23T03:20:46Z; or only 03:20:46
        ("[DATE]", r"\b(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:\.\d+)?(?: UTC|Z|\b)"),
        ("[SECONDS]", r"\b1[789]\d{8}\b"),                  // since 1970
        ("[DURATION]", r"\b\d+(?:\.\d+)? ?(?:ns|µs|ms)\b"), // not in seconds or days, because those are settings
        ("[VERSION]", r"\bcurl/([0-9.]+)|the first 8 of (\d+) characters"), // also the length of an encrypted cookie
        ("[LEFT]", r"\b(?:\d+ (?:day|hour|minute|second)s? )+left\b"), // as on /inspect/
    ];
    patterns.map(|(name, pattern)| (name, Regex::new(pattern).expect("the pattern is valid")))
});

const IDENTIFIERS: usize = 5;

fn value<'t>(captures: &Captures<'t>) -> Match<'t> {
    captures.iter().skip(1).flatten().next().unwrap_or_else(|| captures.get_match())
}

/// Replaces the values that differ in each run by their names.
pub fn masked(line: &str) -> String {
    PATTERNS.iter().fold(line.to_owned(), |line, (name, pattern)| {
        let mask = |captures: &Captures<'_>| captures[0].replace(value(captures).as_str(), name);
        pattern.replace_all(&line, mask).into_owned()
    })
}

/// Returns the identifiers in a line, from left to right. Those that the text shortens are left out.
fn identifiers(line: &str) -> Vec<&str> {
    let patterns = PATTERNS[..IDENTIFIERS].iter();
    let mut found: Vec<_> =
        patterns.flat_map(|(_, pattern)| pattern.captures_iter(line)).map(|found| value(&found)).collect();
    found.sort_by_key(Match::start);
    found.into_iter().map(|found| found.as_str()).filter(|found| !found.contains('…')).collect()
}

/// The identifiers in a chapter. One of the text always stands for the same one of the run.
#[derive(Default)]
pub struct Identifiers {
    /// Those of the text, and those of the run.
    pub pairs: Vec<(String, String)>,
    /// Whether the text gets the identifiers, dates and other values of the run.
    pub overwrite: bool,
}

/// Returns whether two identifiers are the same. The log and `/inspect/` show only the first eight characters.
fn same(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl Identifiers {
    /// Returns what the text should show for a line of the run. `text` is the text's line, and differs only in values.
    pub fn corrected(&mut self, text: &str, run: &str) -> String {
        let mut is_right = true;
        for (old, new) in identifiers(text).into_iter().zip(identifiers(run)) {
            let is_consistent = self.pairs.iter().all(|pair| same(&pair.0, old) == same(&pair.1, new));
            if is_consistent {
                self.pairs.push((old.to_owned(), new.to_owned()));
            }
            is_right &= is_consistent;
        }
        match is_right {
            true if !self.overwrite || text.contains("=…") => text.to_owned(), // a shortened cookie stays short
            _ if self.overwrite => run.to_owned(),
            _ => self.pairs.iter().fold(run.to_owned(), |line, (text, run)| line.replace(run, text)),
        }
    }

    /// Replaces the text's identifiers in a command by those of the run, because a reader types what the screen shows.
    pub fn to_run(&self, command: &str) -> String {
        self.pairs.iter().fold(command.to_owned(), |command, (text, run)| command.replace(text, run))
    }
}

#[test]
fn only_values_that_differ_in_each_run_are_masked() {
    let digest = "a592a64b031e2ab1750fe66bd3b8046f51260c4f23cdf64e0a3b57572304aca2";
    for (line, expected) in [
        ("2026-11-23 03:20:46|2026-11-23T03:20:46.25Z|03:20:46 UTC", "[DATE]|[DATE]|[DATE]"),
        ("Expires=Mon, 07 Dec 2026 03:20:46 GMT; Max-Age=1209600", "Expires=[HTTPDATE]; Max-Age=1209600"),
        ("13 days 23 hours left, of 14 days", "[LEFT], of 14 days"),
        (&format!("{digest}|Bipasha|1"), "[DIGEST]|Bipasha|1"),
        ("session a592a64b: created", "session [HANDLE]: created"),
        ("a592a64b  ada  session ended  a592a64b  ::1", "[HANDLE]  ada  session ended  [HANDLE]  ::1"),
        ("SELECT … WHERE session_key = 'a592a64b…'", "SELECT … WHERE session_key = '[HANDLE]…'"),
        ("commit a592a64b after \"5 days\", 2 weeks", "commit a592a64b after \"5 days\", 2 weeks"),
        ("sessionid=kQ3vZ8aBkQ3vZ8aBkQ3vZ8aB%2Fx%3D; HttpOnly", "sessionid=[COOKIE]; HttpOnly"),
        ("sessionid=kQ3v…; HttpOnly", "sessionid=[COOKIE]; HttpOnly"),
        ("sessionid=; Max-Age=0", "sessionid=; Max-Age=0"),
        ("kQ3v%2Fa… the first 8 of 102 characters", "[COOKIESTART]… the first 8 of [VERSION] characters"),
    ] {
        assert_eq!(masked(line), expected);
    }
}

#[test]
fn an_identifier_of_the_text_always_stands_for_the_same_one_of_the_run() {
    let line = |digit: &str| format!("key = {}", digit.repeat(64));
    let mut identifiers = Identifiers::default();
    assert_eq!(identifiers.corrected(&line("a"), &line("1")), line("a"));
    assert_eq!(identifiers.corrected(&line("a"), &line("2")), line("2"), "it changes only in the run");
    assert_eq!(identifiers.corrected(&line("b"), &line("1")), line("a"), "it changes only in the text");
    let almost = format!("{}b", &line("a")[.."key = ".len() + 63]);
    assert_eq!(identifiers.corrected(&almost, &line("1")), line("a"));
    assert_eq!(identifiers.corrected("session aaaaaaaa:", "session 11111111:"), "session aaaaaaaa:");
    assert_eq!(identifiers.corrected("session bbbbbbbb:", "session 11111111:"), "session aaaaaaaa:");
    assert_eq!(identifiers.to_run(&line("a")), line("1"));
    identifiers.overwrite = true;
    assert_eq!(identifiers.corrected(&line("a"), &line("1")), line("1"));
}
