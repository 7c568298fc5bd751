use std::fs;
use std::path::Path;

use crate::browser::Browser;
use crate::comparison::{Extent, corrected, shows};
use crate::copy::Copy;
use crate::document::{Block, Document};
use crate::names::Names;
use crate::report::Report;
use crate::shown::Shown;
use crate::step::{Step, Visit, steps};
use crate::terminal::{PORT, Started, Terminal};
use crate::typed::{Action, Typed, serves};
use crate::{Result, Wrong, hunk};

/// Does what a chapter says, and looks whether it is as the chapter says.
pub struct Reader {
    copy: Copy,
    terminal: Terminal,
    browser: Browser,
    names: Names,
    keep_values: bool,
    /// A step could not be taken, so those after it mean nothing.
    is_lost: bool,
}

impl Reader {
    pub fn in_a_fresh_copy_of(project: &Path, keep_values: bool) -> Result<Self> {
        let copy = Copy::of(project)?;
        let terminal = Terminal::in_the(&copy)?;
        let names = Names::new(keep_values);
        Ok(Self { copy, terminal, browser: Browser::new()?, names, keep_values, is_lost: false })
    }

    /// An error is what makes an end of reading, in all chapters. Differences are for the report.
    pub fn read(&mut self, document: &Document, report: &mut Report) -> Result {
        if self.is_lost {
            return Ok(());
        }
        println!("{}", document.path.display());
        self.names = Names::new(self.keep_values);
        let read = steps(document).and_then(|steps| steps.iter().try_for_each(|step| self.step(step, report)));
        report.rename(&self.names); // some were learnt only after they were seen
        self.is_lost = read.is_err();
        read
    }

    fn step(&mut self, step: &Step<'_>, report: &mut Report) -> Result {
        match step {
            Step::Type(block) => self.console(block, report),
            Step::Visit(visit) => self.visit(visit, report),
            Step::Write { path, block } => self.write(path, block),
            Step::Patch { path, block } => self.patch(path, block),
            Step::Exercise { check, solution } => self.exercise(check, solution, report),
        }
    }

    fn console(&mut self, block: &Block, report: &mut Report) -> Result {
        for typed in Typed::all(&block.shown) {
            self.typed(&typed, report).map_err(|error| error.at(typed.line))?;
        }
        Ok(())
    }

    fn typed(&mut self, Typed { action, line, shown }: &Typed, report: &mut Report) -> Result {
        match action {
            Action::Command(text) => {
                println!("$ {text}"); // to be seen with --nocapture: some take a while
                let of = format!("`{text}` prints");
                let command = self.terminal.here(&self.names.as_typed(text));
                let (status, said) = if !serves(text) {
                    self.terminal.run(&command)?
                } else {
                    match self.terminal.serve(&command)? {
                        Started::Serves => return self.watch(shown, &of, report),
                        Started::Ended(status, said) if shown.lines.is_empty() => {
                            return Err(format!("`{text}` ends ({status}), and says:\n{said}").into());
                        }
                        Started::Ended(status, said) => (status, said),
                    }
                };
                if !status.success() && shown.lines.is_empty() {
                    report.wrong(*line, &format!("`{text}` fails ({status}), and the text does not show it"));
                }
                self.compare(shown, &of, &said, Extent::Whole, report);
            }
            Action::Watch => self.watch(shown, "the server prints", report)?,
            Action::Interrupt => {
                let said = self.terminal.interrupt()?;
                self.compare(shown, "the server prints at its end", &said, Extent::Part, report);
            }
        }
        Ok(())
    }

    fn watch(&mut self, shown: &Shown, of: &str, report: &mut Report) -> Result {
        let said = self.terminal.watch(|said| shows(&shown.lines, said))?;
        self.compare(shown, of, &said, Extent::Part, report);
        Ok(())
    }

    fn visit(&mut self, visit: &Visit<'_>, report: &mut Report) -> Result {
        let page = self.browser.visit(&self.terminal.here(visit.address)).map_err(|error| error.at(visit.line))?;
        let text = self.terminal.as_in_the_text(&page.text);
        match visit.status {
            Some(block) => report.compare(&block.shown, &format!("the status of {}", visit.address), vec![page.status]),
            None if page.status == "200 OK" => {}
            None => report.wrong(visit.line, &format!("{} answers {}:\n{text}", visit.address, page.status)),
        }
        if let Some(block) = visit.page {
            self.compare(&block.shown, &format!("{} shows", visit.address), &text, Extent::Whole, report);
        }
        Ok(())
    }

    fn compare(&mut self, shown: &Shown, of: &str, seen: &str, extent: Extent, report: &mut Report) {
        report.compare(shown, of, corrected(&shown.lines, seen, extent, &mut self.names));
    }

    fn write(&self, path: &str, block: &Block) -> Result {
        let path = self.copy.file(path)?;
        fs::create_dir_all(path.parent().expect("it is in the copy"))?;
        Ok(fs::write(path, block.shown.text())?)
    }

    fn patch(&self, path: &str, block: &Block) -> Result {
        let in_copy = self.copy.file(path)?;
        let file = fs::read_to_string(&in_copy).map_err(|error| format!("{path}: {error}"))?;
        let patched = hunk::apply(&block.shown.lines, &file);
        let patched = patched.map_err(|error| Wrong(format!("{path}: {error}")).at(block.shown.first))?;
        Ok(fs::write(in_copy, patched)?)
    }

    /// The check is for somebody who has solved it. The next chapter is for somebody who has not.
    fn exercise(&mut self, check: &Block, solution: &[Step<'_>], report: &mut Report) -> Result {
        let mut before = Vec::new();
        for step in solution {
            if let Step::Write { path, .. } | Step::Patch { path, .. } = step {
                let path = self.copy.file(path)?;
                before.push((fs::read(&path).ok(), path));
            }
        }
        let served = self.terminal.serves();
        solution.iter().try_for_each(|step| self.step(step, report))?;
        if served || check.shown.text().contains(PORT) {
            self.terminal.restart().map_err(|error| error.at(check.shown.first))?;
        }
        self.console(check, report)?;
        for (content, path) in before.into_iter().rev() {
            match content {
                Some(content) => fs::write(path, content)?,
                None => fs::remove_file(path)?,
            }
        }
        match (served, self.terminal.serves()) {
            (true, _) => self.terminal.restart(),
            (false, true) => self.terminal.interrupt().map(drop),
            (false, false) => Ok(()),
        }
    }
}
