use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scraper::{Html, Selector};

use crate::book::Book;
use crate::document::{Document, Kind, Part};
use crate::report::Report;
use crate::{Result, Wrong};

/// Relative links, anchors and images lead to what is there, and the README leads to every page. Other sites are not
/// asked.
pub fn check(book: &Book) -> Result {
    let mut documents = BTreeMap::new();
    for path in &book.paths {
        documents.insert(path.clone(), book.document(path)?);
    }
    let mut wrong = Vec::new();
    let mut links: BTreeMap<&Path, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, document) in &documents {
        let mut report = Report::of(path);
        for Part { line, kind } in &document.parts {
            for target in targets(kind) {
                match followed(&book.folder, document, &target, &documents) {
                    Ok(found) => drop(links.entry(path).or_default().insert(found)),
                    Err(error) => report.wrong(*line, &format!("{target}: {error}")),
                }
            }
        }
        wrong.extend(report.finish(Ok(())).err().map(|Wrong(what)| what));
    }
    let reached = reached(&links, Path::new("README.md"));
    let lost = documents.keys().filter(|path| !reached.contains(*path));
    wrong.extend(lost.map(|path| format!("no link leads from README.md to {}", path.display())));
    if wrong.is_empty() { Ok(()) } else { Err(Wrong(wrong.join("\n"))) }
}

/// The relative links of a part.
fn targets(kind: &Kind) -> Vec<String> {
    let targets = match kind {
        Kind::Link(target) | Kind::Image(target) => vec![target.clone()],
        Kind::Html(html) => attributes(html),
        Kind::Autolink(_) | Kind::Block(_) | Kind::Heading(_) => vec![],
    };
    targets.into_iter().filter(|target| !target.contains(':')).collect() // https:, mailto:, data:
}

fn attributes(html: &str) -> Vec<String> {
    let selector = Selector::parse("[href], [src], [srcset]").expect("three attributes");
    let fragment = Html::parse_fragment(html);
    let elements = fragment.select(&selector).map(|element| element.value());
    let mut found = Vec::new();
    for element in elements {
        found.extend(element.attr("href").into_iter().chain(element.attr("src")).map(str::to_owned));
        let choices = element.attr("srcset").into_iter().flat_map(|choices| choices.split(','));
        found.extend(choices.filter_map(|choice| choice.split_whitespace().next()).map(str::to_owned));
    }
    found
}

/// The file that a link leads to, relative to the project.
fn followed(
    project: &Path,
    from: &Document,
    target: &str,
    documents: &BTreeMap<PathBuf, Document>,
) -> Result<PathBuf, String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let start = project.join(&from.path);
    let file = if path.is_empty() { start } else { start.parent().expect("a file is in a folder").join(path) };
    let file = file.canonicalize().map_err(|error| error.to_string())?;
    let project = project.canonicalize().map_err(|error| error.to_string())?;
    let mut file = file.strip_prefix(&project).map_err(|_| "is not in the project")?.to_owned();
    if documents.contains_key(&file.join("README.md")) {
        file.push("README.md"); // what a code host shows of a folder
    }
    match (anchor, documents.get(&file)) {
        (None, _) => Ok(file),
        (Some(anchor), Some(document)) if anchors(document).contains(anchor) => Ok(file),
        (Some(_), Some(_)) => Err(format!("{} has no such heading", file.display())),
        (Some(_), None) => Err(format!("{} has no headings", file.display())),
    }
}

/// The names that a code host gives to headings.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for part in &document.parts {
        let Kind::Heading(heading) = &part.kind else { continue };
        let letters = heading.to_lowercase().replace(' ', "-");
        let name: String = letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let again = (1..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.clone()).chain(again).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

fn reached(links: &BTreeMap<&Path, BTreeSet<PathBuf>>, from: &Path) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::from([from.to_owned()]);
    let mut next = vec![from.to_owned()];
    while let Some(path) = next.pop() {
        for found in links.get(path.as_path()).into_iter().flatten() {
            if reached.insert(found.clone()) {
                next.push(found.clone());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_the_name_that_a_code_host_gives_it() {
        let text = "# Set: `insert`, and what's _new_?\n## A\n## A\n";
        let anchors = anchors(&Document::parse(Path::new("a.md"), text));
        assert_eq!(anchors.iter().collect::<Vec<_>>(), ["a", "a-1", "set-insert-and-whats-new"]);
    }

    #[test]
    fn both_images_of_a_picture_are_links() {
        let html = "<picture><source media=\"x\" srcset=\"dark.png 2x\"><img src=\"light.png\" alt=\"\"></picture>";
        assert_eq!(attributes(html), ["dark.png", "light.png"]);
    }

    #[test]
    fn a_link_leads_to_a_file_or_a_heading_of_the_project_or_it_is_wrong() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let page = |path: &str, text: &str| Document::parse(Path::new(path), text);
        let documents = BTreeMap::from([(PathBuf::from("README.md"), page("README.md", "# Run it"))]);
        let lead = |target: &str| followed(project, &page("docs/a.md", ""), target, &documents);
        assert_eq!(lead("../README.md#run-it").unwrap(), Path::new("README.md"));
        assert_eq!(lead("../").unwrap(), Path::new("README.md"), "a folder shows its README");
        assert_eq!(lead("../src/app").unwrap(), Path::new("src/app"));
        for wrong in ["../README.md#stop-it", "../none.md", "../src/lib.rs#L1", "../.."] {
            assert!(lead(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_is_reached_over_others() {
        let link = |to: &str| BTreeSet::from([PathBuf::from(to)]);
        let links =
            BTreeMap::from([(Path::new("a"), link("b")), (Path::new("b"), link("c")), (Path::new("d"), link("a"))]);
        assert_eq!(reached(&links, Path::new("a")), BTreeSet::from(["a", "b", "c"].map(PathBuf::from)));
    }
}
