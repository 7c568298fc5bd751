use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::words::{Reader, counts};

/// The modules of all packages. A module's number is its place in `modules`.
#[derive(Default)]
pub struct Tree {
    root: PathBuf,
    pub modules: Vec<Module>,
    /// All files that count, by their path from the root of the workspace.
    pub files: BTreeSet<String>,
    /// Those of them that do more than declare and re-export.
    pub with_code: BTreeSet<String>,
}

/// A file, or an inline `mod x { … }` in it.
pub struct Module {
    pub file: String,
    pub parent: Option<usize>,
    pub modules: BTreeMap<String, usize>,
    /// What else is defined here, and in which file. That is another one for an exported macro.
    pub items: BTreeMap<String, String>,
    pub uses: Vec<Use>,
    /// The paths in the code.
    pub paths: BTreeSet<Vec<String>>,
}

/// A leaf of a `use` item.
pub struct Use {
    pub path: Vec<String>,
    /// What it is called here. A glob has no name.
    pub name: Option<String>,
}

impl Tree {
    /// Reads the packages of the workspace in the folder `root`.
    pub fn read(root: &Path) -> Self {
        let mut tree = Self { root: root.to_owned(), ..Self::default() };
        let crates = fs::read_dir(root.join("crates")).into_iter().flatten();
        let mut packages: Vec<_> = crates.map(|folder| folder.unwrap().path()).collect();
        packages.sort();
        packages.extend([root.to_owned(), root.join("bench")]);
        for package in packages {
            for main in ["src/lib.rs", "src/main.rs"].map(|file| package.join(file)) {
                if main.is_file() {
                    tree.read_file(&main, package.join("src"), None);
                }
            }
        }
        tree
    }

    /// Reads the file of a module, whose children are in `folder`.
    fn read_file(&mut self, path: &Path, folder: PathBuf, parent: Option<usize>) -> usize {
        let name = path.strip_prefix(&self.root).unwrap().to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(path).unwrap();
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name} is no Rust: {error}"));
        let module = self.add(name.clone(), parent);
        if counts(&file.attrs) {
            self.files.insert(name);
            Reader { tree: self, module, folder }.read(&file.items);
        }
        module
    }

    /// Reads the file that `mod name;` stands for, in the folder of its parent's children.
    pub fn read_child(&mut self, name: &str, folder: &Path, parent: usize) -> usize {
        let inside = folder.join(name);
        let paths = [folder.join(format!("{name}.rs")), inside.join("mod.rs")];
        let Some(path) = paths.iter().find(|path| path.is_file()) else {
            panic!("{} declares `mod {name};`, but there is no {}", self.modules[parent].file, paths[0].display());
        };
        self.read_file(path, inside, Some(parent))
    }

    pub fn add(&mut self, file: String, parent: Option<usize>) -> usize {
        let (modules, items, uses, paths) = Default::default();
        self.modules.push(Module { file, parent, modules, items, uses, paths });
        self.modules.len() - 1
    }

    /// The `crate` of a module.
    pub fn top(&self, module: usize) -> usize {
        self.modules[module].parent.map_or(module, |parent| self.top(parent))
    }
}
