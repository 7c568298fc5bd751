use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::visitor::{ModuleVisitor, is_production_code};

/// The modules of all packages. A module's number is its index in `modules`.
#[derive(Default)]
pub struct Tree {
    root: PathBuf,
    pub modules: Vec<Module>,
    /// All files except those for tests and documentation, as paths relative to the root of the workspace.
    pub files: BTreeSet<String>,
    /// The files that contain more than declarations and re-exports.
    pub with_code: BTreeSet<String>,
}

/// A file, or an inline `mod x { … }` in it.
pub struct Module {
    pub file: String,
    pub parent: Option<usize>,
    /// The child modules, by name.
    pub modules: BTreeMap<String, usize>,
    /// The file of each other item that is defined here. It is a different file only for an exported macro.
    pub items: BTreeMap<String, String>,
    pub uses: Vec<Use>,
    /// The paths in the code, each as its segments.
    pub paths: BTreeSet<Vec<String>>,
}

/// A leaf of a `use` item: `use a::{b, c};` has two.
pub struct Use {
    pub path: Vec<String>,
    /// The name of the imported item in this module. It is `None` for a glob.
    pub name: Option<String>,
}

impl Tree {
    /// Reads the packages of the workspace whose root folder is `root`.
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

    /// Reads the file of a module and returns the module's number. The files of its children are in `folder`.
    fn read_file(&mut self, path: &Path, folder: PathBuf, parent: Option<usize>) -> usize {
        let name = path.strip_prefix(&self.root).unwrap().to_str().unwrap().replace('\\', "/");
        let text = fs::read_to_string(path).unwrap();
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name} is not valid Rust: {error}"));
        let module = self.add_module(name.clone(), parent);
        if is_production_code(&file.attrs) {
            self.files.insert(name);
            ModuleVisitor { tree: self, module, folder }.visit(&file.items);
        }
        module
    }

    /// Reads the file that `mod name;` declares. `folder` is the folder for the children of the parent module.
    pub fn read_child(&mut self, name: &str, folder: &Path, parent: usize) -> usize {
        let children = folder.join(name);
        let paths = [folder.join(format!("{name}.rs")), children.join("mod.rs")];
        let Some(path) = paths.iter().find(|path| path.is_file()) else {
            panic!("{} declares `mod {name};`, but {} does not exist", self.modules[parent].file, paths[0].display());
        };
        self.read_file(path, children, Some(parent))
    }

    /// Adds an empty module and returns its number.
    pub fn add_module(&mut self, file: String, parent: Option<usize>) -> usize {
        let (modules, items, uses, paths) = Default::default();
        self.modules.push(Module { file, parent, modules, items, uses, paths });
        self.modules.len() - 1
    }

    /// Returns the root module of the crate that contains this module.
    pub fn crate_root(&self, module: usize) -> usize {
        self.modules[module].parent.map_or(module, |parent| self.crate_root(parent))
    }
}
