use std::fs;
use std::path::Path;

use crate::browser::Browser;
use crate::comparison::{Coverage, contains, corrected};
use crate::console::{Action, ConsoleEntry, starts_server};
use crate::document::{Block, Document};
use crate::excerpt::Excerpt;
use crate::project_copy::ProjectCopy;
use crate::report::Report;
use crate::step::{By, Step, Visit, steps};
use crate::terminal::{PORT, ServerStart, Terminal};
use crate::values::ValueMapping;
use crate::{Error, Result, hunk};

/// Does what a chapter says, and compares what happens with what the chapter shows.
pub struct ChapterRunner {
    copy: ProjectCopy,
    terminal: Terminal,
    browser: Browser,
    values: ValueMapping,
    keep_values: bool,
    /// A step has failed, so the results of later steps would mean nothing.
    is_aborted: bool,
}

impl ChapterRunner {
    /// Creates a runner that works in a copy of the project.
    pub fn new(project: &Path, keep_values: bool) -> Result<Self> {
        let copy = ProjectCopy::new(project)?;
        let terminal = Terminal::new(&copy)?;
        let values = ValueMapping::new(keep_values);
        Ok(Self { copy, terminal, browser: Browser::new()?, values, keep_values, is_aborted: false })
    }

    /// Runs a chapter. Differences are added to the report. Returns an error if a step fails; after that, all other
    /// chapters are skipped.
    pub fn run(&mut self, document: &Document, report: &mut Report) -> Result {
        if self.is_aborted {
            return Ok(());
        }
        println!("{}", document.path.display());
        self.values = ValueMapping::new(self.keep_values);
        let result = steps(document).and_then(|steps| steps.iter().try_for_each(|step| self.step(step, report)));
        report.restore_values(&self.values); // an edit may contain a value that was mapped by a later step
        self.is_aborted = result.is_err();
        result
    }

    fn step(&mut self, step: &Step<'_>, report: &mut Report) -> Result {
        match step {
            Step::Console(block) => self.console(block, report),
            Step::Visit(visit) => self.visit(visit, report),
            Step::WriteFile { path, block } => self.write_file(path, block),
            Step::PatchFile { path, block } => self.patch_file(path, block),
            Step::Exercise { check, solution } => self.exercise(check, solution, report),
        }
    }

    fn console(&mut self, block: &Block, report: &mut Report) -> Result {
        for entry in ConsoleEntry::parse_all(&block.content) {
            self.console_entry(&entry, report).map_err(|error| error.at_line(entry.line))?;
        }
        Ok(())
    }

    fn console_entry(&mut self, entry: &ConsoleEntry, report: &mut Report) -> Result {
        let ConsoleEntry { action, line, expected } = entry;
        match action {
            Action::Command(text) => {
                println!("$ {text}"); // shows the progress with --nocapture, because some commands take a while
                let description = format!("`{text}` prints");
                let command = self.terminal.to_run(&self.values.to_run(text));
                let (status, output) = if !starts_server(text) {
                    self.terminal.run(&command)?
                } else {
                    match self.terminal.start_server(&command)? {
                        ServerStart::Running => return self.server_output(expected, &description, report),
                        ServerStart::Ended(status, output) if expected.lines.is_empty() => {
                            return Err(format!("`{text}` has ended ({status}). It printed:\n{output}").into());
                        }
                        ServerStart::Ended(status, output) => (status, output),
                    }
                };
                if !status.success() && expected.lines.is_empty() {
                    report.add_problem(*line, &format!("`{text}` fails ({status}), but the text does not show this"));
                }
                self.compare(expected, &description, &output, Coverage::Complete, report);
            }
            Action::ReadServerOutput => self.server_output(expected, "the server prints", report)?,
            Action::Interrupt => {
                let output = self.terminal.stop_server()?;
                self.compare(expected, "the server prints at its end", &output, Coverage::Partial, report);
            }
        }
        Ok(())
    }

    fn server_output(&mut self, expected: &Excerpt, description: &str, report: &mut Report) -> Result {
        let output = self.terminal.read_server_output(|output| contains(&expected.lines, output))?;
        self.compare(expected, description, &output, Coverage::Partial, report);
        Ok(())
    }

    fn visit(&mut self, visit: &Visit<'_>, report: &mut Report) -> Result {
        let Visit { line, by, .. } = visit;
        let (page, url) = match by {
            By::Url(url) => (self.browser.visit(&self.terminal.to_run(url)), *url),
            By::Form(block) => (self.browser.submit(&block.content.lines), "the answer to the form"),
        };
        let page = page.map_err(|error| error.at_line(*line))?;
        let text = self.terminal.to_text(&page.text);
        match visit.status {
            Some(block) => report.compare(&block.content, &format!("the status of {url}"), vec![page.status]),
            None if page.status == "200 OK" => {}
            None => report.add_problem(*line, &format!("{url} responds with {}:\n{text}", page.status)),
        }
        if let Some(block) = visit.page {
            self.compare(&block.content, &format!("{url} shows"), &text, Coverage::Complete, report);
        }
        Ok(())
    }

    fn compare(
        &mut self,
        expected: &Excerpt,
        description: &str,
        actual: &str,
        coverage: Coverage,
        report: &mut Report,
    ) {
        report.compare(expected, description, corrected(&expected.lines, actual, coverage, &mut self.values));
    }

    fn write_file(&self, path: &str, block: &Block) -> Result {
        let path = self.copy.file(path)?;
        fs::create_dir_all(path.parent().expect("a file of the copy has a parent folder"))?;
        Ok(fs::write(path, block.content.text())?)
    }

    fn patch_file(&self, path: &str, block: &Block) -> Result {
        let in_copy = self.copy.file(path)?;
        let file = fs::read_to_string(&in_copy).map_err(|error| format!("{path}: {error}"))?;
        let patched = hunk::apply(&block.content.lines, &file);
        let patched = patched.map_err(|error| Error(format!("{path}: {error}")).at_line(block.content.first_line))?;
        Ok(fs::write(in_copy, patched)?)
    }

    /// Runs the check of an exercise with the solution, and then restores the files, because the next chapter must work
    /// without the solution.
    fn exercise(&mut self, check: &Block, solution: &[Step<'_>], report: &mut Report) -> Result {
        let mut original_files = Vec::new();
        for step in solution {
            if let Step::WriteFile { path, .. } | Step::PatchFile { path, .. } = step {
                let path = self.copy.file(path)?;
                original_files.push((fs::read(&path).ok(), path));
            }
        }
        let had_server = self.terminal.has_server();
        solution.iter().try_for_each(|step| self.step(step, report))?;
        if had_server || check.content.text().contains(PORT) {
            self.terminal.restart_server().map_err(|error| error.at_line(check.content.first_line))?;
        }
        self.console(check, report)?;
        // In reverse order: if the solution changes a file twice, its first content is the original one.
        for (content, path) in original_files.into_iter().rev() {
            match content {
                Some(content) => fs::write(path, content)?,
                None => fs::remove_file(path)?,
            }
        }
        match (had_server, self.terminal.has_server()) {
            (true, _) => self.terminal.restart_server(),
            (false, true) => self.terminal.stop_server().map(drop),
            (false, false) => Ok(()),
        }
    }
}
