use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::{Browser, Page};
use crate::comparison::{Coverage, contains, corrected};
use crate::console::{Action, ConsoleEntry, starts_server};
use crate::document::{Block, Excerpt};
use crate::project_copy::ProjectCopy;
use crate::report::Report;
use crate::terminal::{Ended, Terminal};
use crate::values::Identifiers;
use crate::{Result, patch};

/// The URL of the server in the text.
pub const SERVER: &str = "http://127.0.0.1:8000";

/// Does what a chapter says, and compares what happens with what the chapter shows.
pub struct Reader {
    copy: ProjectCopy,
    pub terminal: Terminal,
    browser: Browser,
    pub identifiers: Identifiers,
    /// The line of the chapter that is followed.
    pub line: usize,
    /// The text of the page that was visited last in this chapter, and its URL.
    page: Option<(String, String)>,
    /// The command that started the last server of this chapter, or an earlier one that is still running.
    pub server_command: Option<String>,
    /// The files that were changed, with their content before.
    pub changed_files: Vec<(PathBuf, Option<String>)>,
}

impl Reader {
    /// Creates a reader who works in a copy of the project.
    pub fn new(project: &Path) -> Result<Self> {
        let copy = ProjectCopy::new(project)?;
        Ok(Self {
            terminal: Terminal::new(&copy)?,
            browser: Browser::new()?,
            identifiers: Identifiers::default(),
            line: 1,
            page: None,
            server_command: None,
            changed_files: Vec::new(),
            copy,
        })
    }

    /// Begins a new chapter. `overwrite` says whether the text gets the values of the run.
    pub fn begin_chapter(&mut self, overwrite: bool) {
        self.identifiers = Identifiers { overwrite, ..Identifiers::default() };
        self.page = None;
        self.server_command.take_if(|_| !self.terminal.has_server());
    }

    pub fn follow_block(&mut self, block: &Block, report: &mut Report) -> Result {
        if let Some(path) = block.attribute("file") {
            self.change_file(path, block)
        } else if block.language == "console" {
            ConsoleEntry::parse_all(&block.content).iter().try_for_each(|entry| self.console_entry(entry, report))
        } else if block.matches("text", "page") {
            let (url, text) = self.page.take().ok_or("no page is visited before this block")?;
            self.compare(&block.content, &format!("{url} shows"), &text, Coverage::Complete, report);
            Ok(())
        } else if block.matches("text", "status") && self.page.is_none() {
            Err("no page is visited before this block".into())
        } else {
            Ok(())
        }
    }

    fn console_entry(&mut self, ConsoleEntry { action, line, expected }: &ConsoleEntry, report: &mut Report) -> Result {
        self.line = *line;
        match action {
            Action::Command(command) => {
                println!("$ {command}"); // shows the progress with --nocapture, because some commands take a while
                let description = format!("`{command}` prints");
                let Some((status, output)) = self.run(command)? else {
                    return self.server_output(expected, &description, report);
                };
                self.compare(expected, &description, &output, Coverage::Complete, report);
                if !status.success() && expected.lines.is_empty() {
                    report
                        .add_problem(*line, &format!("`{command}` fails ({status}), but the text does not show this"));
                }
            }
            Action::ReadServerOutput => self.server_output(expected, "the server prints", report)?,
            Action::Interrupt => {
                let output = self.terminal.stop_server()?;
                self.compare(expected, "the server prints at its end", &output, Coverage::Partial, report);
            }
        }
        Ok(())
    }

    /// Runs a command until it ends. Returns `None` if it has started a server, which is running.
    fn run(&mut self, command: &str) -> Result<Option<Ended>> {
        let typed = self.terminal.to_run(&self.identifiers.to_run(command));
        if !starts_server(command) {
            return self.terminal.run(&typed).map(Some);
        }
        self.server_command = Some(command.to_owned());
        self.terminal.start_server(&typed)
    }

    fn server_output(&mut self, expected: &Excerpt, description: &str, report: &mut Report) -> Result {
        let output = self.terminal.read_server_output(|output| contains(&expected.lines, output))?;
        self.compare(expected, description, &output, Coverage::Partial, report);
        Ok(())
    }

    /// Ends the server if one is running, and then runs this command with the current code.
    pub fn serve(&mut self, command: Option<&str>) -> Result {
        if self.terminal.has_server() {
            self.terminal.stop_server()?;
        }
        match command.map(|command| self.run(command)).transpose()?.flatten() {
            Some((_, output)) => Err(format!("the server has ended. It printed:\n{output}").into()),
            None => Ok(()),
        }
    }

    pub fn visit(&mut self, url: &str, status: Option<&Block>, report: &mut Report) -> Result {
        let page = self.browser.visit(&self.terminal.to_run(url))?;
        self.show(url, page, status, report);
        Ok(())
    }

    /// Fills in a form of the page that was visited last, and sends it.
    pub fn submit(&mut self, form: &Block, status: Option<&Block>, report: &mut Report) -> Result {
        let page = self.browser.submit(&form.content.lines)?;
        self.show("the answer to the form", page, status, report);
        Ok(())
    }

    fn show(&mut self, url: &str, page: Page, expected: Option<&Block>, report: &mut Report) {
        let text = self.terminal.to_text(&page.text);
        match expected {
            Some(block) => report.compare(&block.content, &format!("the status of {url}"), vec![page.status]),
            None if page.status == "200 OK" => {}
            None => report.add_problem(self.line, &format!("{url} responds with {}:\n{text}", page.status)),
        }
        self.page = Some((url.to_owned(), text));
    }

    fn compare(&mut self, text: &Excerpt, description: &str, actual: &str, coverage: Coverage, report: &mut Report) {
        report.compare(text, description, corrected(&text.lines, actual, coverage, &mut self.identifiers));
    }

    /// Writes the block into the file, or applies it if it is a diff.
    fn change_file(&mut self, path: &str, block: &Block) -> Result {
        let in_copy = self.copy.project.join(path);
        let before = fs::read_to_string(&in_copy).ok();
        let after = match (block.language.as_str(), &before) {
            ("diff", Some(file)) => patch::apply(&block.content.lines, file)?,
            ("diff", None) => return Err(format!("there is no file {path}").into()),
            _ => block.content.text(),
        };
        fs::create_dir_all(in_copy.parent().ok_or("the file has no folder")?)?;
        fs::write(&in_copy, after)?;
        self.changed_files.push((in_copy, before));
        Ok(())
    }

    /// Restores the changed files. The last change comes first, because a file can have been changed twice.
    pub fn restore_files(&mut self) -> Result {
        for (path, before) in self.changed_files.drain(..).rev() {
            match before {
                Some(text) => fs::write(path, text)?,
                None => fs::remove_file(path)?,
            }
        }
        Ok(())
    }
}
