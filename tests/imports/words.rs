use std::collections::BTreeSet;
use std::mem;
use std::path::PathBuf;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item, ItemMod, ItemUse, Meta, UseTree, VisRestricted};

use crate::tree::{Module, Tree, Use};

/// Writes down what a module defines, imports and names.
pub struct Reader<'a> {
    pub tree: &'a mut Tree,
    pub module: usize,
    /// Where the files of its children are.
    pub folder: PathBuf,
}

impl Reader<'_> {
    pub fn read(mut self, items: &[Item]) {
        items.iter().for_each(|item| self.visit_item(item));
    }

    fn here(&mut self) -> &mut Module {
        &mut self.tree.modules[self.module]
    }

    /// Adds the leaves of `tree`, which stands behind `path`.
    fn add_uses(&mut self, path: &[String], tree: &UseTree) {
        let with = |ident: &Ident| [path, &[ident.to_string()]].concat();
        let (path, name) = match tree {
            UseTree::Path(step) => return self.add_uses(&with(&step.ident), &step.tree),
            UseTree::Group(group) => return group.items.iter().for_each(|tree| self.add_uses(path, tree)),
            UseTree::Glob(_) => (path.to_vec(), None),
            UseTree::Name(leaf) if leaf.ident == "self" => (path.to_vec(), path.last().cloned()),
            UseTree::Name(leaf) => (with(&leaf.ident), Some(leaf.ident.to_string())),
            UseTree::Rename(leaf) if leaf.ident == "self" => (path.to_vec(), Some(leaf.rename.to_string())),
            UseTree::Rename(leaf) => (with(&leaf.ident), Some(leaf.rename.to_string())),
        };
        self.here().uses.push(Use { path, name });
    }
}

/// Functions that pass over what has a `#[cfg(test)]`.
macro_rules! only_what_counts {
    ($($visit:ident($node:ident)),*) => {
        $(fn $visit(&mut self, node: &'ast syn::$node) {
            if counts(&node.attrs) {
                visit::$visit(self, node);
            }
        })*
    };
}

impl<'ast> Visit<'ast> for Reader<'_> {
    only_what_counts!(visit_impl_item_const(ImplItemConst), visit_impl_item_fn(ImplItemFn));
    only_what_counts!(visit_trait_item_fn(TraitItemFn), visit_variant(Variant), visit_field(Field));
    only_what_counts!(visit_local(Local), visit_stmt_macro(StmtMacro), visit_arm(Arm), visit_expr_block(ExprBlock));

    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = parts(item);
        if !counts(attributes) {
            return;
        }
        let file = self.here().file.clone();
        if !matches!(item, Item::Mod(_) | Item::Use(_) | Item::ExternCrate(_)) {
            self.tree.with_code.insert(file.clone());
        }
        if let Some(name) = name.map(Ident::to_string) {
            if attributes.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                let top = self.tree.top(self.module);
                self.tree.modules[top].items.insert(name.clone(), file.clone());
            }
            self.here().items.insert(name, file);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.to_string();
        let child = match &item.content {
            None => self.tree.read_child(&name, &self.folder, self.module),
            Some((_, items)) => {
                let file = self.here().file.clone();
                let module = self.tree.add(file, Some(self.module));
                Reader { tree: self.tree, module, folder: self.folder.join(&name) }.read(items);
                module
            }
        };
        self.here().modules.insert(name, child);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add_uses(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.here().paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    /// `pub(in some::path)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    /// What is passed to a macro or to an attribute.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        add_paths(tokens.clone(), &mut self.here().paths);
    }
}

/// Adds what is joined by `::` in tokens that may be anything.
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

/// Whether code with these attributes is more than a test and more than documentation.
pub fn counts(attributes: &[Attribute]) -> bool {
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

/// The attributes of an item, and the name that it defines.
fn parts(item: &Item) -> (&[Attribute], Option<&Ident>) {
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
