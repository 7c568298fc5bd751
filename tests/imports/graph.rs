use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// For each node those that its arrows lead to.
pub type Graph = BTreeMap<String, BTreeSet<String>>;

/// The shortest way from a node back to it, among nodes of which each leads to each other.
pub struct Circle {
    pub chain: Vec<String>,
    members: usize,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain.join(" -> "))?;
        // The last of the chain is the first again.
        if self.members >= self.chain.len() {
            write!(f, ", the shortest circle among {} that all lead to each other", self.members)?;
        }
        Ok(())
    }
}

/// One circle for each strongly connected component.
pub fn circles(graph: &Graph) -> Vec<Circle> {
    let reached: BTreeMap<_, _> = graph.keys().map(|node| (node.as_str(), walk(graph, node))).collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|steps| steps.contains_key(to));
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for &node in reached.keys() {
        if leads(node, node) && !seen.contains(node) {
            let members = reached[node].keys().copied().filter(|other| leads(other, node)).collect::<Vec<_>>();
            let chain = members.iter().map(|member| circle(&reached[member], member)).min_by_key(Vec::len).unwrap();
            circles.push(Circle { chain, members: members.len() });
            seen.extend(members);
        }
    }
    circles
}

/// The nodes that the arrows lead to from `start`, each with the node before it on a shortest way.
fn walk<'a>(graph: &'a Graph, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut before = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.get(node).into_iter().flatten() {
            if !before.contains_key(next.as_str()) {
                before.insert(next.as_str(), node);
                queue.push_back(next);
            }
        }
    }
    before
}

/// The way from `start` back to it, written down from its end.
fn circle(before: &BTreeMap<&str, &str>, start: &str) -> Vec<String> {
    let mut chain = vec![start.to_owned()];
    let mut node = before[start];
    while node != start {
        chain.push(node.to_owned());
        node = before[node];
    }
    chain.push(start.to_owned());
    chain.reverse();
    chain
}
