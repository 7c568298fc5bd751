use std::time::Duration;

/// Returns a duration in its two largest units, such as `13 days 23 hours`.
pub fn duration_in_words(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];

    let mut rest = duration.as_secs();
    let largest = UNITS.iter().position(|(size, _)| rest >= *size).unwrap_or(UNITS.len() - 1);
    let mut words = Vec::new();
    for (size, unit) in UNITS.iter().skip(largest).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 || UNITS[largest].0 == 1 {
            words.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_in_its_two_largest_units() {
        for (seconds, said) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (299, "4 minutes 59 seconds"),
            (3601, "1 hour"),
            (432_000, "5 days"),
            (1_209_599, "13 days 23 hours"),
        ] {
            assert_eq!(duration_in_words(Duration::from_secs(seconds)), said);
        }
    }
}
