use crate::mask::identities;

/// Which handle, or cookie, of the text is which of the run. What is one thing there must be one thing here, and what
/// is two must be two: masks alone would not see that a text shows the same key before and after a login.
pub struct Names {
    /// The text's and the run's, each as long as it was ever seen.
    pairs: Vec<(String, String)>,
    /// Whether the text keeps what is right but for the run that it comes from.
    keep: bool,
}

/// Handles are shortened to so much in the log, and cookies on `/inspect/`.
const HEAD: usize = 8;

fn head(value: &str) -> &str {
    value.get(..HEAD).unwrap_or(value)
}

impl Names {
    pub fn new(keep: bool) -> Self {
        Self { pairs: Vec::new(), keep }
    }

    /// The line of the text, if it is what was seen; otherwise what was seen.
    pub fn reconcile(&mut self, shown: &str, seen: &str) -> String {
        let pairs = identities(shown).into_iter().zip(identities(seen)).filter(|(text, _)| !text.contains('…'));
        let agree = pairs.collect::<Vec<_>>().into_iter().fold(true, |all, (text, run)| self.agree(text, run) && all);
        match agree && (self.keep || shown.contains('…')) {
            true => shown.to_owned(),
            false => seen.to_owned(),
        }
    }

    fn agree(&mut self, text: &str, run: &str) -> bool {
        let known = self.pairs.iter_mut().find(|pair| head(&pair.0) == head(text) || head(&pair.1) == head(run));
        let Some(known) = known else {
            self.pairs.push((text.to_owned(), run.to_owned()));
            return true;
        };
        let same = head(&known.0) == head(text) && head(&known.1) == head(run);
        if same && text.len() > known.0.len() {
            *known = (text.to_owned(), run.to_owned());
        }
        same
    }

    /// What was seen, with the text's values where the text has one that it keeps.
    pub fn as_text(&self, seen: &str) -> String {
        if !self.keep {
            return seen.to_owned();
        }
        identities(seen).into_iter().fold(seen.to_owned(), |line, run| {
            match self.pairs.iter().find(|pair| head(&pair.1) == head(run)) {
                Some((text, _)) => line.replace(run, &fitted(text, run)),
                None => line,
            }
        })
    }

    /// A command of the text, with the run's values: the reader types what his own screen shows.
    pub fn as_typed(&self, command: &str) -> String {
        self.pairs.iter().fold(command.to_owned(), |command, (text, run)| command.replace(text, run))
    }
}

/// The text's value, as long as the run's.
fn fitted(text: &str, run: &str) -> String {
    let known = text.len().min(run.len());
    format!("{}{}", &text[..known], &run[known..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(digit: char) -> String {
        format!("key = {}", digit.to_string().repeat(64))
    }

    #[test]
    fn the_texts_key_stands_for_any_key_of_the_run() {
        assert_eq!(Names::new(true).reconcile(&line('a'), &line('1')), line('a'));
    }

    #[test]
    fn a_key_that_stays_in_the_text_and_changes_in_the_run_is_a_difference() {
        let mut names = Names::new(true);
        names.reconcile(&line('a'), &line('1'));
        assert_eq!(names.reconcile(&line('a'), &line('2')), line('2'));
    }

    #[test]
    fn a_key_that_changes_in_the_text_and_stays_in_the_run_is_a_difference() {
        let mut names = Names::new(true);
        names.reconcile(&line('a'), &line('1'));
        let seen = names.reconcile(&line('b'), &line('1'));
        assert_eq!((seen.clone(), names.as_text(&seen)), (line('1'), line('a')), "and the text has a name for it");
    }

    #[test]
    fn a_handle_of_the_log_is_the_head_of_the_same_handle_in_the_table() {
        let mut names = Names::new(true);
        names.reconcile(&line('a'), &line('1'));
        assert_eq!(names.reconcile("session bbbbbbbb: ended", "session 11111111: ended"), "session 11111111: ended");
        assert_eq!(names.reconcile("session aaaaaaaa: ended", "session 11111111: ended"), "session aaaaaaaa: ended");
    }

    #[test]
    fn a_text_that_is_not_to_be_kept_gets_the_runs_values() {
        assert_eq!(Names::new(false).reconcile(&line('a'), &line('1')), line('1'));
        let shortened = "set-cookie: sessionid=…; Path=/";
        assert_eq!(Names::new(false).reconcile(shortened, &shortened.replace('…', &"x".repeat(40))), shortened);
    }

    #[test]
    fn a_command_is_typed_with_the_runs_values() {
        let mut names = Names::new(true);
        names.reconcile(&line('a'), &line('1'));
        assert_eq!(names.as_typed(&line('a')), line('1'));
        assert_eq!(names.as_typed("curl x"), "curl x");
    }
}
