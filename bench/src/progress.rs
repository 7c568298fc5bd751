use indicatif::{ProgressBar, ProgressStyle};

/// Returns a progress bar on stderr. It is hidden if stderr is not a terminal.
pub fn bar(length: u64, unit: &str) -> ProgressBar {
    let template = format!("{{bar:40}} {{human_pos}} of {{human_len}} {unit}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("the template is valid");
    ProgressBar::new(length).with_style(style)
}

/// Prints a line on stderr, above the progress bar.
pub fn print_line(bar: &ProgressBar, line: &str) {
    bar.suspend(|| eprintln!("{line}"));
}
