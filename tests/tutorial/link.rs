use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scraper::{Html, Selector};

use crate::document::{Document, Kind, Part};
use crate::documents::Documents;
use crate::report::Report;
use crate::{Error, Result};

/// Checks that the targets of relative links, anchors and images exist, and that every page can be reached from the
/// README. Does not check links to other sites.
pub fn check(all: &Documents) -> Result {
    let mut documents = BTreeMap::new();
    for path in &all.paths {
        documents.insert(path.clone(), all.read(path)?);
    }
    let mut errors = Vec::new();
    let mut links: BTreeMap<&Path, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, document) in &documents {
        let mut report = Report::new(path);
        for Part { line, kind } in &document.parts {
            for target in relative_targets(kind) {
                match resolve(&all.folder, document, &target, &documents) {
                    Ok(found) => drop(links.entry(path).or_default().insert(found)),
                    Err(error) => report.add_problem(*line, &format!("{target}: {error}")),
                }
            }
        }
        errors.extend(report.into_result(Ok(())).err().map(|Error(message)| message));
    }
    let reachable = reachable(&links, Path::new("README.md"));
    let unreachable = documents.keys().filter(|path| !reachable.contains(*path));
    errors.extend(unreachable.map(|path| format!("no link leads from README.md to {}", path.display())));
    if errors.is_empty() { Ok(()) } else { Err(Error(errors.join("\n"))) }
}

/// Returns the relative link targets in a part of a document.
fn relative_targets(kind: &Kind) -> Vec<String> {
    let targets = match kind {
        Kind::Link(target) | Kind::Image(target) => vec![target.clone()],
        Kind::Html(html) => html_targets(html),
        Kind::Autolink(_) | Kind::Block(_) | Kind::Heading(_) => vec![],
    };
    targets.into_iter().filter(|target| !target.contains(':')).collect() // https:, mailto:, data:
}

/// Returns the values of `href`, `src` and `srcset`.
fn html_targets(html: &str) -> Vec<String> {
    let selector = Selector::parse("[href], [src], [srcset]").expect("the selector is valid");
    let fragment = Html::parse_fragment(html);
    let elements = fragment.select(&selector).map(|element| element.value());
    let mut found = Vec::new();
    for element in elements {
        found.extend(element.attr("href").into_iter().chain(element.attr("src")).map(str::to_owned));
        let candidates = element.attr("srcset").into_iter().flat_map(|srcset| srcset.split(','));
        found.extend(candidates.filter_map(|candidate| candidate.split_whitespace().next()).map(str::to_owned));
    }
    found
}

/// Returns the path of the file that a link leads to, relative to the project's folder.
fn resolve(
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
        file.push("README.md"); // GitHub shows it for a folder
    }
    match (anchor, documents.get(&file)) {
        (None, _) => Ok(file),
        (Some(anchor), Some(document)) if anchors(document).contains(anchor) => Ok(file),
        (Some(_), Some(_)) => Err(format!("{} has no such heading", file.display())),
        (Some(_), None) => Err(format!("{} has no headings", file.display())),
    }
}

/// Returns the anchors that GitHub generates for the headings.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for part in &document.parts {
        let Kind::Heading(heading) = &part.kind else { continue };
        let letters = heading.to_lowercase().replace(' ', "-");
        let name: String = letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let numbered = (1..).map(|n| format!("{name}-{n}"));
        let unused = std::iter::once(name.clone()).chain(numbered).find(|name| !anchors.contains(name));
        anchors.extend(unused);
    }
    anchors
}

/// Returns the files that can be reached from a file over any number of links, and the file itself.
fn reachable(links: &BTreeMap<&Path, BTreeSet<PathBuf>>, from: &Path) -> BTreeSet<PathBuf> {
    let mut reachable = BTreeSet::from([from.to_owned()]);
    let mut next = vec![from.to_owned()];
    while let Some(path) = next.pop() {
        for found in links.get(path.as_path()).into_iter().flatten() {
            if reachable.insert(found.clone()) {
                next.push(found.clone());
            }
        }
    }
    reachable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_the_same_anchor_as_on_github() {
        let text = "# Set: `insert`, and what's _new_?\n## A\n## A\n";
        let anchors = anchors(&Document::parse(Path::new("a.md"), text));
        assert_eq!(anchors.iter().collect::<Vec<_>>(), ["a", "a-1", "set-insert-and-whats-new"]);
    }

    #[test]
    fn both_images_of_a_picture_are_checked() {
        let html = "<picture><source media=\"x\" srcset=\"dark.png 2x\"><img src=\"light.png\" alt=\"\"></picture>";
        assert_eq!(html_targets(html), ["dark.png", "light.png"]);
    }

    #[test]
    fn a_link_must_lead_to_a_file_or_a_heading_of_the_project() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let page = |path: &str, text: &str| Document::parse(Path::new(path), text);
        let documents = BTreeMap::from([(PathBuf::from("README.md"), page("README.md", "# Run it"))]);
        let target_of = |target: &str| resolve(project, &page("docs/a.md", ""), target, &documents);
        assert_eq!(target_of("../README.md#run-it").unwrap(), Path::new("README.md"));
        assert_eq!(target_of("../").unwrap(), Path::new("README.md"), "a link to a folder leads to its README");
        assert_eq!(target_of("../templates").unwrap(), Path::new("templates"));
        for wrong in ["../README.md#stop-it", "../none.md", "../src/lib.rs#L1", "../.."] {
            assert!(target_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_can_be_reached_over_other_pages() {
        let link = |to: &str| BTreeSet::from([PathBuf::from(to)]);
        let links =
            BTreeMap::from([(Path::new("a"), link("b")), (Path::new("b"), link("c")), (Path::new("d"), link("a"))]);
        assert_eq!(reachable(&links, Path::new("a")), BTreeSet::from(["a", "b", "c"].map(PathBuf::from)));
    }
}
