use std::collections::BTreeSet;
use std::mem;
use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, ItemMod, ItemUse, Meta, UseTree, VisRestricted};

use crate::tree::{Module, Tree, Use};

/// Adds the items, the imports and the paths of a module to the tree.
pub struct ModuleVisitor<'a> {
    pub tree: &'a mut Tree,
    pub module: usize,
    /// The folder with the files of the module's children.
    pub folder: PathBuf,
}

impl ModuleVisitor<'_> {
    pub fn visit(mut self, items: &[Item]) {
        items.iter().for_each(|item| self.visit_item(item));
    }

    fn current(&mut self) -> &mut Module {
        &mut self.tree.modules[self.module]
    }

    /// Adds the leaves of `tree`. `prefix` is the path before it.
    fn add_uses(&mut self, prefix: &[String], tree: &UseTree) {
        let join = |ident: &Ident| [prefix, &[ident.to_string()]].concat();
        let (path, name) = match tree {
            UseTree::Path(path) => return self.add_uses(&join(&path.ident), &path.tree),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.add_uses(prefix, tree)),
            UseTree::Glob(_) => (prefix.to_vec(), None),
            UseTree::Name(leaf) if leaf.ident == "self" => (prefix.to_vec(), prefix.last().cloned()),
            UseTree::Name(leaf) => (join(&leaf.ident), Some(leaf.ident.to_string())),
            UseTree::Rename(leaf) if leaf.ident == "self" => (prefix.to_vec(), Some(leaf.rename.to_string())),
            UseTree::Rename(leaf) => (join(&leaf.ident), Some(leaf.rename.to_string())),
        };
        self.current().uses.push(Use { path, name });
    }
}

/// Defines functions that skip a node with an attribute such as `#[cfg(test)]`.
macro_rules! skip_tests {
    ($($visit:ident($node:ident)),*) => {
        $(fn $visit(&mut self, node: &'ast syn::$node) {
            if is_production_code(&node.attrs) {
                visit::$visit(self, node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for ModuleVisitor<'_> {
    skip_tests!(visit_impl_item_const(ImplItemConst), visit_impl_item_fn(ImplItemFn));
    skip_tests!(visit_trait_item_fn(TraitItemFn), visit_variant(Variant), visit_field(Field));
    skip_tests!(visit_local(Local), visit_stmt_macro(StmtMacro), visit_arm(Arm), visit_expr_block(ExprBlock));

    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = attributes_and_name(item);
        if !is_production_code(attributes) {
            return;
        }
        let file = self.current().file.clone();
        if !matches!(item, Item::Mod(_) | Item::Use(_) | Item::ExternCrate(_)) {
            self.tree.with_code.insert(file.clone());
        }
        if let Some(name) = name.map(Ident::to_string) {
            if attributes.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                let root = self.tree.crate_root(self.module);
                self.tree.modules[root].items.insert(name.clone(), file.clone());
            }
            self.current().items.insert(name, file);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.to_string();
        let child = match &item.content {
            None => self.tree.read_child(&name, &self.folder, self.module),
            Some((_, items)) => {
                let file = self.current().file.clone();
                let module = self.tree.add_module(file, Some(self.module));
                ModuleVisitor { tree: self.tree, module, folder: self.folder.join(&name) }.visit(items);
                module
            }
        };
        self.current().modules.insert(name, child);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add_uses(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.current().paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    /// Ignores the path in `pub(in some::path)`: it imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    /// Collects the paths in the arguments of a macro or an attribute.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        add_paths(tokens.clone(), &mut self.current().paths);
    }
}

/// Adds the identifiers that are joined by `::`. The tokens don't have to be valid Rust.
fn add_paths(tokens: TokenStream, paths: &mut BTreeSet<Vec<String>>) {
    let mut path = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                continue;
            }
            TokenTree::Ident(name) if colons == 2 && !path.is_empty() => path.push(name.to_string()),
            token => {
                paths.insert(mem::take(&mut path));
                match token {
                    TokenTree::Ident(name) if colons < 2 => path.push(name.to_string()),
                    TokenTree::Group(group) => add_paths(group.stream(), paths),
                    _ => {}
                }
            }
        }
        colons = 0;
    }
    paths.insert(path);
    paths.retain(|path| path.len() > 1);
}

/// Checks that code with these attributes is not only for tests or documentation.
pub fn is_production_code(attributes: &[Attribute]) -> bool {
    !attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            ["test", "doc", "doctest"].iter().any(|name| mentions(list.tokens.clone(), name))
        }
        _ => false,
    })
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// Returns the attributes of an item and the name that it defines.
fn attributes_and_name(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::TraitAlias(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::ExternCrate(item) => (&item.attrs, None),
        Item::ForeignMod(item) => (&item.attrs, None),
        Item::Impl(item) => (&item.attrs, None),
        Item::Mod(item) => (&item.attrs, None),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}
