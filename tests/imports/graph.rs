use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// A directed graph: for each node, the nodes that its edges lead to.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// The shortest cycle of a strongly connected component.
pub struct Cycle {
    /// The nodes of the cycle. The first one is repeated at the end.
    pub path: Vec<String>,
    component_size: usize,
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.join(" -> "))?;
        // The path contains its first node twice.
        if self.component_size >= self.path.len() {
            write!(f, ", the shortest cycle among {} that all reach each other", self.component_size)?;
        }
        Ok(())
    }
}

/// Returns one cycle for each strongly connected component.
pub fn cycles(graph: &Graph) -> Vec<Cycle> {
    let reachable: BTreeMap<_, _> = graph.keys().map(|node| (node.as_str(), search(graph, node))).collect();
    let reaches = |from: &str, to: &str| reachable.get(from).is_some_and(|previous| previous.contains_key(to));
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for &node in reachable.keys() {
        if reaches(node, node) && !seen.contains(node) {
            let component = reachable[node].keys().copied().filter(|other| reaches(other, node)).collect::<Vec<_>>();
            let paths = component.iter().map(|member| shortest_cycle(&reachable[member], member));
            let path = paths.min_by_key(Vec::len).unwrap();
            cycles.push(Cycle { path, component_size: component.len() });
            seen.extend(component);
        }
    }
    cycles
}

/// Returns the nodes that can be reached from `start`, each with the previous node on a shortest path.
fn search<'a>(graph: &'a Graph, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut previous = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.get(node).into_iter().flatten() {
            if !previous.contains_key(next.as_str()) {
                previous.insert(next.as_str(), node);
                queue.push_back(next);
            }
        }
    }
    previous
}

/// Returns the shortest path from `start` back to `start`.
fn shortest_cycle(previous: &BTreeMap<&str, &str>, start: &str) -> Vec<String> {
    let mut path = vec![start.to_owned()];
    let mut node = previous[start];
    while node != start {
        path.push(node.to_owned());
        node = previous[node];
    }
    path.push(start.to_owned());
    path.reverse();
    path
}
