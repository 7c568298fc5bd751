use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::tree::Tree;

/// What a path names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A module, by its number.
    Module(usize),
    /// An item that is defined in this file.
    Item(String),
}

/// The `use` leaves that are being resolved: the number of the module, and the index of the leaf in its `uses`. A leaf
/// in this list is not followed again, so a cycle of re-exports cannot cause an endless recursion.
type ActiveUses = Vec<(usize, usize)>;

impl Tree {
    /// Returns the files that each file imports.
    pub fn imports(&self) -> Graph {
        let mut imports: Graph = self.files.iter().map(|file| (file.clone(), BTreeSet::new())).collect();
        for (number, module) in self.modules.iter().enumerate() {
            if !self.with_code.contains(&module.file) {
                continue;
            }
            // An expression cannot be the path of a module. A path that seems to name a module is a variable with the
            // same name.
            let in_code = module.paths.iter().flat_map(|path| self.resolve(number, path)).filter(Target::is_item);
            let in_uses = module.uses.iter().flat_map(|leaf| self.resolve(number, &leaf.path));
            let files = in_code.chain(in_uses).filter_map(|target| self.file_of(&target));
            imports.entry(module.file.clone()).or_default().extend(files.filter(|file| *file != module.file));
        }
        imports
    }

    /// Returns the paths that begin in this crate, but that `resolve` cannot resolve. Each is prefixed with its file.
    pub fn unresolved_paths(&self) -> Vec<String> {
        let mut unresolved = Vec::new();
        for (number, module) in self.modules.iter().enumerate() {
            for path in module.uses.iter().map(|leaf| &leaf.path).chain(&module.paths) {
                let local = ["crate", "self", "super"].contains(&path[0].as_str()) && path.len() > 1;
                if local && self.resolve(number, path).is_empty() {
                    unresolved.push(format!("{}: {}", module.file, path.join("::")));
                }
            }
        }
        unresolved
    }

    /// Returns the file of an item or a module. Returns `None` if the file contains only declarations and re-exports.
    fn file_of(&self, target: &Target) -> Option<String> {
        match target {
            Target::Item(file) => Some(file.clone()),
            Target::Module(module) => {
                Some(self.modules[*module].file.clone()).filter(|file| self.with_code.contains(file))
            }
        }
    }

    /// Returns everything that a path in this module can name. The result is empty if the path leads to another crate.
    fn resolve(&self, module: usize, path: &[String]) -> BTreeSet<Target> {
        self.resolve_except(module, path, &mut ActiveUses::new())
    }

    /// Does the same as `resolve`, but ignores the uses in `active`.
    fn resolve_except(&self, module: usize, path: &[String], active: &mut ActiveUses) -> BTreeSet<Target> {
        let mut targets = BTreeSet::from([Target::Module(module)]);
        for (index, name) in path.iter().enumerate() {
            let modules = targets.iter().filter_map(Target::module);
            let next: BTreeSet<_> = match name.as_str() {
                "crate" => modules.map(|module| Target::Module(self.crate_root(module))).collect(),
                "self" => continue,
                "super" => modules.filter_map(|module| self.modules[module].parent).map(Target::Module).collect(),
                name => modules.flat_map(|module| self.look_up(module, name, active)).collect(),
            };
            targets = match index {
                // The rest of the path is a variant, a method, or an item that a macro generates.
                1.. if next.is_empty() => {
                    targets.iter().filter_map(|target| self.file_of(target)).map(Target::Item).collect()
                }
                _ => next,
            };
        }
        targets
    }

    /// Returns everything that has this name in a module. A module and a function can share a name, for example.
    fn look_up(&self, number: usize, name: &str, active: &mut ActiveUses) -> BTreeSet<Target> {
        let module = &self.modules[number];
        let child = module.modules.get(name).copied().map(Target::Module);
        let mut found: BTreeSet<_> =
            module.items.get(name).cloned().map(Target::Item).into_iter().chain(child).collect();
        // As in Rust, a glob import (`None`) is shadowed by everything that has an explicit name.
        for wanted in [Some(name), None] {
            if wanted.is_none() && !found.is_empty() {
                break;
            }
            for (index, leaf) in module.uses.iter().enumerate() {
                if leaf.name.as_deref() != wanted || active.contains(&(number, index)) {
                    continue;
                }
                active.push((number, index));
                let mut targets = self.resolve_except(number, &leaf.path, active);
                if wanted.is_none() {
                    let modules = targets.iter().filter_map(Target::module);
                    targets = modules.flat_map(|module| self.look_up(module, name, active)).collect();
                }
                // A file that uses this re-export depends on this file too, if it has code.
                if !targets.is_empty() && self.with_code.contains(&module.file) {
                    targets.insert(Target::Item(module.file.clone()));
                }
                found.extend(targets);
                active.pop();
            }
        }
        found
    }
}

impl Target {
    fn module(&self) -> Option<usize> {
        match self {
            Self::Module(module) => Some(*module),
            Self::Item(_) => None,
        }
    }

    fn is_item(&self) -> bool {
        self.module().is_none()
    }
}
