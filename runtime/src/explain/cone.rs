//! The cone behind a tuple: the tuples that derive it, those that derive them, and so on, and how high each one stands.
//!
//! A fact stands at height 0, a derived tuple one above the highest of those that derive it, by the derivation that keeps
//! it lowest. The cone is explored one level after the other, each tuple once, and heights spread up as facts are found.
//! A proof of height `h` lies within `h` levels: so the search ends as soon as the levels explored are as many as the
//! height of the tuple that was asked for, and that height is then the least there is. Cost: the derivations of the
//! tuples within that many levels, whatever the size of the model.

use super::rule::Rule;
use super::search::{Search, Stop, Support, Trail};
use compiler::program::{Program, RelationId};
use std::collections::{HashMap, VecDeque};

/// A tuple, or a pair that the rules and facts of an equivalence relation state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) relation: RelationId,
    pub(super) stated: bool,
    pub(super) row: Vec<u64>,
}

/// One way to derive a tuple.
pub(super) struct Way {
    /// The rule; none for the closure of an equivalence relation.
    pub(super) rule: Option<usize>,
    pub(super) bindings: Vec<Option<u64>>,
    pub(super) trail: Trail,
    /// What it rests on.
    pub(super) children: Vec<Key>,
}

/// A tuple of the cone.
struct Node {
    key: Key,
    height: Option<u32>,
    /// The ways that rest on it.
    parents: Vec<u32>,
}

/// A way, as far as heights need it.
struct Edge {
    head: u32,
    children: Vec<u32>,
}

/// A part of a program's derivations.
pub(super) struct Cone<'m> {
    pub(super) search: Search<'m>,
    pub(super) program: &'m Program,
    pub(super) rules: Vec<Rule>,
    nodes: Vec<Node>,
    numbers: HashMap<Key, u32>,
    edges: Vec<Edge>,
}

impl<'m> Cone<'m> {
    pub(super) fn new(search: Search<'m>, program: &'m Program) -> Cone<'m> {
        let symbols = search.reads.model.symbols();
        let rules = program.rules.iter().map(|rule| Rule::new(rule, symbols)).collect();
        Cone { search, program, rules, nodes: Vec::new(), numbers: HashMap::new(), edges: Vec::new() }
    }

    /// Explores until the height of a tuple is known for certain; none if nothing founded derives it.
    pub(super) fn explore(&mut self, root: Key) -> Result<Option<u32>, Stop> {
        let root = self.node(root)? as usize;
        let mut level = vec![root as u32];
        let mut depth = 0;
        while !level.is_empty() && self.nodes[root].height.is_none_or(|height| height > depth + 1) {
            let known = self.nodes.len();
            for node in std::mem::take(&mut level) {
                if self.nodes[node as usize].height != Some(0) {
                    self.expand(node)?;
                }
            }
            level.extend(known as u32..self.nodes.len() as u32);
            depth += 1;
        }
        Ok(self.nodes[root].height)
    }

    /// The height of a tuple that has been explored.
    pub(super) fn height(&self, key: &Key) -> Option<u32> {
        self.numbers.get(key).and_then(|node| self.nodes[*node as usize].height)
    }

    /// The number of a tuple, new or known. A fact has its height at once.
    fn node(&mut self, key: Key) -> Result<u32, Stop> {
        if let Some(node) = self.numbers.get(&key) {
            return Ok(*node);
        }
        let closed = self.program.relation(key.relation).eqrel && !key.stated;
        let given = !closed && self.search.reads.given(key.relation, &key.row)?.is_some();
        let node = self.nodes.len() as u32;
        self.numbers.insert(key.clone(), node);
        self.nodes.push(Node { key, height: given.then_some(0), parents: Vec::new() });
        Ok(node)
    }

    /// Finds all ways to a tuple.
    fn expand(&mut self, head: u32) -> Result<(), Stop> {
        let key = self.nodes[head as usize].key.clone();
        let mut ways = Vec::new();
        self.ways(&key, &mut |way| {
            ways.push(way.children);
            Ok(())
        })?;
        ways.sort_by(|a, b| (a.len(), keyed(a)).cmp(&(b.len(), keyed(b))));
        ways.dedup();
        for children in ways {
            if children.contains(&key) {
                continue;
            }
            let children: Vec<u32> = children.into_iter().map(|key| self.node(key)).collect::<Result<_, Stop>>()?;
            let edge = self.edges.len() as u32;
            children.iter().for_each(|child| self.nodes[*child as usize].parents.push(edge));
            self.edges.push(Edge { head, children });
            self.settle(edge);
        }
        Ok(())
    }

    /// Lets heights spread up from a way.
    fn settle(&mut self, edge: u32) {
        let mut open = VecDeque::from([edge]);
        while let Some(edge) = open.pop_front() {
            let Edge { head, children } = &self.edges[edge as usize];
            let highest = children
                .iter()
                .try_fold(0, |highest, child| self.nodes[*child as usize].height.map(|height| height.max(highest)));
            let Some(highest) = highest else { continue };
            let node = &mut self.nodes[*head as usize];
            if node.height.is_none_or(|height| height > highest + 1) {
                node.height = Some(highest + 1);
                open.extend(&node.parents);
            }
        }
    }

    /// Tells every way to derive a tuple.
    pub(super) fn ways(&mut self, key: &Key, found: &mut dyn FnMut(Way) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.program.relation(key.relation).eqrel && !key.stated {
            return self.closure(key, found);
        }
        let counters = self.program.relation(key.relation).counters;
        let columns = &key.row[..key.row.len() - counters];
        let pattern: Vec<Option<u64>> = columns.iter().copied().map(Some).collect();
        for (number, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.head == key.relation) {
            let Some(mut bindings) = rule.unify(&pattern, self.search.reads.model.symbols()) else { continue };
            let left: Vec<usize> = (0..rule.body.len()).collect();
            let functors = self.search.functors.clone();
            let value = |term, bindings: &_| super::search::value(&functors, term, bindings);
            self.search.run(&rule.body, &left, &mut bindings, &mut Vec::new(), &mut |bindings, trail, left| {
                let is_head = rule.args.iter().zip(columns).all(|(arg, word)| value(arg, bindings) == Some(*word));
                if !left.is_empty() || !is_head {
                    return Ok(());
                }
                let mut children = Vec::new();
                rests_on(trail, &mut children);
                children.sort_by(|a, b| order(a).cmp(&order(b)));
                children.dedup();
                found(Way { rule: Some(number), bindings: bindings.clone(), trail: trail.clone(), children })
            })?;
        }
        Ok(())
    }

    /// The ways of the least equivalence: a pair is stated, in one order or the other, or goes on from a pair by one that
    /// is stated.
    fn closure(&mut self, key: &Key, found: &mut dyn FnMut(Way) -> Result<(), Stop>) -> Result<(), Stop> {
        let [a, b] = key.row[..] else { return Ok(()) };
        let relation = key.relation;
        let pair = |stated, x, y| Key { relation, stated, row: vec![x, y] };
        let mut tell = |children: Vec<Key>| {
            let trail = children.iter().map(|key| (0, Support::Row(key.relation, key.row.clone()))).collect();
            found(Way { rule: None, bindings: Vec::new(), trail, children })
        };
        for (x, y) in self.search.reads.stated_with(relation, b)? {
            if (x, y) == (a, b) || (x, y) == (b, a) {
                tell(vec![pair(true, x, y)])?;
            }
            let middle = if x == b { y } else { x };
            tell(vec![pair(false, a, middle), pair(true, x, y)])?;
        }
        Ok(())
    }
}

/// What orders keys, to tell equal ways apart from others.
fn order(key: &Key) -> (RelationId, bool, &[u64]) {
    (key.relation, key.stated, &key.row)
}

fn keyed(keys: &[Key]) -> Vec<(RelationId, bool, &[u64])> {
    keys.iter().map(order).collect()
}

/// The tuples that supports name.
fn rests_on(trail: &Trail, keys: &mut Vec<Key>) {
    for (_, support) in trail {
        match support {
            Support::Row(relation, row) => keys.push(Key { relation: *relation, stated: false, row: row.clone() }),
            Support::Fold(folded) => folded.members.iter().for_each(|member| rests_on(&member.supports, keys)),
            Support::Absent(..) | Support::Holds => {}
        }
    }
}
