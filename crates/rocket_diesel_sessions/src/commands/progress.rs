use indicatif::{ProgressBar, ProgressStyle};

/// Returns a progress bar on standard error. It shows nothing if standard error is not a terminal.
pub(super) fn progress_bar(things: &str) -> ProgressBar {
    let template = format!("{{bar:40}} {{human_pos}} of {{human_len}} {things}, {{eta}} left");
    ProgressBar::new(0).with_style(ProgressStyle::with_template(&template).expect("the template is valid"))
}
