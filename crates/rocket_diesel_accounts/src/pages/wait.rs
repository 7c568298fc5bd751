use std::time::Duration;

/// What the pages say about a wait.
pub(crate) fn wait_message(seconds: u64) -> String {
    match seconds {
        1 => "There were too many attempts. Wait a second, and try again.".into(),
        _ => format!("There were too many attempts. Wait {seconds} seconds, and try again."),
    }
}

/// Returns a wait in whole seconds, rounded up.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
