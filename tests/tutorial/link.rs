use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::document::{Document, Kind, Part};

/// Returns the relative links and images without a target, and the documents that no links lead to from the README.
/// Links to other sites are ignored.
pub fn problems(project: &Path, documents: &BTreeMap<PathBuf, Document>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut links: BTreeMap<&Path, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, document) in documents {
        for Part { line, kind } in &document.parts {
            for target in targets(kind).into_iter().filter(|target| !target.contains(':')) {
                match resolve(project, path, &target, documents) {
                    Ok(file) => drop(links.entry(path).or_default().insert(file)),
                    Err(error) => problems.push(format!("{}:{line}: {target}: {error}", path.display())),
                }
            }
        }
    }
    let mut reachable = BTreeSet::new();
    let mut next = vec![PathBuf::from("README.md")];
    while let Some(path) = next.pop() {
        next.extend(links.remove(path.as_path()).into_iter().flatten());
        reachable.insert(path);
    }
    let unreachable = documents.keys().filter(|path| !reachable.contains(*path));
    problems.extend(unreachable.map(|path| format!("no link leads from README.md to {}", path.display())));
    problems
}

/// Returns the targets of the links and images in a part of a document.
fn targets(kind: &Kind) -> Vec<String> {
    static ATTRIBUTE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\b(?:href|src|srcset)="([^"]*)""#).expect("the pattern is valid"));
    match kind {
        Kind::Link(target) => vec![target.clone()],
        Kind::Html(html) => {
            let values = ATTRIBUTE.captures_iter(html).map(|captures| captures.extract::<1>().1[0]);
            // An srcset is a list. A size follows each address.
            let addresses = values.flat_map(|value| value.split(',')).filter_map(|item| item.split_whitespace().next());
            addresses.map(str::to_owned).collect()
        }
        Kind::Autolink(_) | Kind::Block(_) | Kind::Heading(_) => vec![],
    }
}

/// Returns the path of the file that a link leads to, relative to the project's folder.
fn resolve(
    project: &Path,
    from: &Path,
    target: &str,
    documents: &BTreeMap<PathBuf, Document>,
) -> Result<PathBuf, String> {
    let (path, fragment) = target.split_once('#').map_or((target, None), |(path, fragment)| (path, Some(fragment)));
    let start = project.join(from);
    let file = if path.is_empty() { start } else { start.with_file_name(path) };
    let file = file.canonicalize().map_err(|error| error.to_string())?;
    let project = project.canonicalize().map_err(|error| error.to_string())?;
    let mut file = file.strip_prefix(&project).map_err(|_| "is not in the project")?.to_owned();
    if documents.contains_key(&file.join("README.md")) {
        file.push("README.md"); // GitHub shows it for a folder
    }
    let has_heading = |fragment| documents.get(&file).is_some_and(|document| anchors(document).contains(fragment));
    match fragment {
        Some(fragment) if !has_heading(fragment) => Err(format!("{} has no such heading", file.display())),
        _ => Ok(file),
    }
}

/// Returns the anchors that GitHub generates for the headings.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for part in &document.parts {
        let Kind::Heading(heading) = &part.kind else { continue };
        let letters = heading.to_lowercase().replace(' ', "-");
        let name: String = letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let mut names = std::iter::once(name.clone()).chain((1..).map(|n| format!("{name}-{n}")));
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

#[test]
fn a_link_must_lead_to_a_file_or_a_heading_of_the_project() {
    let problems_of = |link: &str| {
        let readme = format!("# Top\n[a](docs/watch.md) [b](#top) [c](docs) [d](https://example.org)\n\n{link}\n");
        let documents =
            [("README.md", readme.as_str()), ("docs/watch.md", "# Set: `a`, and what's _new_?\n## A\n## A\n")];
        let documents = documents.map(|(path, text)| (PathBuf::from(path), Document::parse(text)));
        problems(Path::new(env!("CARGO_MANIFEST_DIR")), &BTreeMap::from(documents))
    };
    for right in ["docs/watch.md#a-1", "docs/watch.md#set-a-and-whats-new", "Cargo.toml"] {
        assert_eq!(problems_of(&format!("[a]({right})")), [""; 0]);
    }
    for wrong in ["docs/watch.md#b", "#b", "none.md", "src/lib.rs#L1", ".."] {
        assert_eq!(problems_of(&format!("[a]({wrong})")).len(), 1, "{wrong}");
    }
    assert_eq!(problems_of("<source srcset=\"README.md 1x, none.png 2x\"><img src=\"none.png\">").len(), 2);
    assert_eq!(problems_of("![a](none.png)").len(), 1);
}
