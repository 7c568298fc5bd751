use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::tree::Tree;

/// What a path names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Module(usize),
    /// Something that this file defines.
    Item(String),
}

/// The `use` leaves that are being followed, each by its module and its place there. None is followed in a circle.
type Trail = Vec<(usize, usize)>;

impl Tree {
    /// Which file imports which.
    pub fn imports(&self) -> Graph {
        let mut imports: Graph = self.files.iter().map(|file| (file.clone(), BTreeSet::new())).collect();
        for (number, module) in self.modules.iter().enumerate() {
            if !self.with_code.contains(&module.file) {
                continue;
            }
            // Code cannot name a module alone: such a path is a variable of the same name.
            let in_code = module.paths.iter().flat_map(|path| self.named(number, path)).filter(Named::is_item);
            let in_uses = module.uses.iter().flat_map(|leaf| self.named(number, &leaf.path));
            let files = in_code.chain(in_uses).filter_map(|named| self.code_of(&named));
            imports.entry(module.file.clone()).or_default().extend(files.filter(|file| *file != module.file));
        }
        imports
    }

    /// The paths that begin in this crate and that `named` does not find.
    pub fn lost(&self) -> Vec<String> {
        let mut lost = Vec::new();
        for (number, module) in self.modules.iter().enumerate() {
            for path in module.uses.iter().map(|leaf| &leaf.path).chain(&module.paths) {
                let local = ["crate", "self", "super"].contains(&path[0].as_str()) && path.len() > 1;
                if local && self.named(number, path).is_empty() {
                    lost.push(format!("{}: {}", module.file, path.join("::")));
                }
            }
        }
        lost
    }

    /// The file behind what is named, unless that file only declares and re-exports.
    fn code_of(&self, named: &Named) -> Option<String> {
        match named {
            Named::Item(file) => Some(file.clone()),
            Named::Module(module) => {
                Some(self.modules[*module].file.clone()).filter(|file| self.with_code.contains(file))
            }
        }
    }

    fn named(&self, module: usize, path: &[String]) -> BTreeSet<Named> {
        self.follow(module, path, &mut Trail::new())
    }

    /// What a path in this module names: nothing if it leads to another crate.
    fn follow(&self, module: usize, path: &[String], trail: &mut Trail) -> BTreeSet<Named> {
        let mut here = BTreeSet::from([Named::Module(module)]);
        for (place, name) in path.iter().enumerate() {
            let modules = here.iter().filter_map(Named::module);
            let next: BTreeSet<_> = match name.as_str() {
                "crate" => modules.map(|module| Named::Module(self.top(module))).collect(),
                "self" => continue,
                "super" => modules.filter_map(|module| self.modules[module].parent).map(Named::Module).collect(),
                name => modules.flat_map(|module| self.look_up(module, name, trail)).collect(),
            };
            here = match place {
                // A variant, a method, or what a macro has made.
                1.. if next.is_empty() => {
                    here.iter().filter_map(|named| self.code_of(named)).map(Named::Item).collect()
                }
                _ => next,
            };
        }
        here
    }

    /// What a module calls by this name. That may be more than one thing: a module and a function, for instance.
    fn look_up(&self, number: usize, name: &str, trail: &mut Trail) -> BTreeSet<Named> {
        let module = &self.modules[number];
        let child = module.modules.get(name).copied().map(Named::Module);
        let mut found: BTreeSet<_> =
            module.items.get(name).cloned().map(Named::Item).into_iter().chain(child).collect();
        // A glob comes after all that has a name.
        for wanted in [Some(name), None] {
            if wanted.is_none() && !found.is_empty() {
                break;
            }
            for (place, leaf) in module.uses.iter().enumerate() {
                if leaf.name.as_deref() != wanted || trail.contains(&(number, place)) {
                    continue;
                }
                trail.push((number, place));
                let mut target = self.follow(number, &leaf.path, trail);
                if wanted.is_none() {
                    let modules = target.iter().filter_map(Named::module);
                    target = modules.flat_map(|module| self.look_up(module, name, trail)).collect();
                }
                // Whoever takes it from here imports this file too, if it has code.
                if !target.is_empty() && self.with_code.contains(&module.file) {
                    target.insert(Named::Item(module.file.clone()));
                }
                found.extend(target);
                trail.pop();
            }
        }
        found
    }
}

impl Named {
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
