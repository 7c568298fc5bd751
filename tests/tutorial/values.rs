use crate::redaction::identifiers;

/// A one-to-one mapping between the handles and cookies in the text and those of the run.
///
/// Redactions alone would not notice that a text shows the same handle before and after a login.
pub struct ValueMapping {
    /// The value in the text and the value of the run. If a value is shown in several lengths, the longest one is here.
    pairs: Vec<(String, String)>,
    /// Whether the text keeps its own values.
    keep: bool,
}

/// The length of a shortened handle in the log, and of a shortened cookie on `/inspect/`.
const PREFIX_LENGTH: usize = 8;

fn prefix(value: &str) -> &str {
    value.get(..PREFIX_LENGTH).unwrap_or(value)
}

impl ValueMapping {
    pub fn new(keep: bool) -> Self {
        Self { pairs: Vec::new(), keep }
    }

    /// Returns the expected line if its values are consistent with the mapping, and the actual line otherwise. Adds new
    /// values to the mapping.
    pub fn reconcile(&mut self, expected: &str, actual: &str) -> String {
        let pairs = identifiers(expected).into_iter().zip(identifiers(actual)).filter(|(text, _)| !text.contains('…'));
        let is_consistent =
            pairs.collect::<Vec<_>>().into_iter().fold(true, |all, (text, run)| self.add(text, run) && all);
        match is_consistent && (self.keep || expected.contains('…')) {
            true => expected.to_owned(),
            false => actual.to_owned(),
        }
    }

    /// Adds a pair. Returns false if the mapping has another pair with one of the two values.
    fn add(&mut self, text: &str, run: &str) -> bool {
        let known =
            self.pairs.iter_mut().find(|pair| prefix(&pair.0) == prefix(text) || prefix(&pair.1) == prefix(run));
        let Some(known) = known else {
            self.pairs.push((text.to_owned(), run.to_owned()));
            return true;
        };
        let same = prefix(&known.0) == prefix(text) && prefix(&known.1) == prefix(run);
        if same && text.len() > known.0.len() {
            *known = (text.to_owned(), run.to_owned());
        }
        same
    }

    /// Replaces the values of the run by those of the text, unless the text doesn't keep its values.
    pub fn to_text(&self, actual: &str) -> String {
        if !self.keep {
            return actual.to_owned();
        }
        identifiers(actual).into_iter().fold(actual.to_owned(), |line, run| {
            match self.pairs.iter().find(|pair| prefix(&pair.1) == prefix(run)) {
                Some((text, _)) => line.replace(run, &with_length_of(run, text)),
                None => line,
            }
        })
    }

    /// Replaces the text's values in a command by those of the run, because a reader types what the screen shows.
    pub fn to_run(&self, command: &str) -> String {
        self.pairs.iter().fold(command.to_owned(), |command, (text, run)| command.replace(text, run))
    }
}

/// Returns the text's value in the length of the run's value. If the text's value is shorter, the end comes from the
/// run's value.
fn with_length_of(run: &str, text: &str) -> String {
    let common = text.len().min(run.len());
    format!("{}{}", &text[..common], &run[common..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(digit: char) -> String {
        format!("key = {}", digit.to_string().repeat(64))
    }

    #[test]
    fn a_key_in_the_text_can_stand_for_any_key_of_the_run() {
        assert_eq!(ValueMapping::new(true).reconcile(&line('a'), &line('1')), line('a'));
    }

    #[test]
    fn a_key_that_changes_only_in_the_run_is_a_difference() {
        let mut values = ValueMapping::new(true);
        values.reconcile(&line('a'), &line('1'));
        assert_eq!(values.reconcile(&line('a'), &line('2')), line('2'));
    }

    #[test]
    fn a_key_that_changes_only_in_the_text_is_a_difference() {
        let mut values = ValueMapping::new(true);
        values.reconcile(&line('a'), &line('1'));
        let actual = values.reconcile(&line('b'), &line('1'));
        assert_eq!(
            (actual.clone(), values.to_text(&actual)),
            (line('1'), line('a')),
            "the text has a value for this key"
        );
    }

    #[test]
    fn a_shortened_handle_belongs_to_the_full_handle_with_the_same_prefix() {
        let mut values = ValueMapping::new(true);
        values.reconcile(&line('a'), &line('1'));
        assert_eq!(values.reconcile("session bbbbbbbb: ended", "session 11111111: ended"), "session 11111111: ended");
        assert_eq!(values.reconcile("session aaaaaaaa: ended", "session 11111111: ended"), "session aaaaaaaa: ended");
    }

    #[test]
    fn a_text_that_does_not_keep_its_values_gets_those_of_the_run() {
        assert_eq!(ValueMapping::new(false).reconcile(&line('a'), &line('1')), line('1'));
        let shortened = "set-cookie: sessionid=…; Path=/";
        assert_eq!(ValueMapping::new(false).reconcile(shortened, &shortened.replace('…', &"x".repeat(40))), shortened);
    }

    #[test]
    fn a_command_is_run_with_the_values_of_the_run() {
        let mut values = ValueMapping::new(true);
        values.reconcile(&line('a'), &line('1'));
        assert_eq!(values.to_run(&line('a')), line('1'));
        assert_eq!(values.to_run("curl x"), "curl x");
    }
}
