//! Benchmark data: random, and the same on every machine.
//!
//! This is the generator that the other engines' figures were measured with, draw for draw: rows of small integers,
//! without duplicates, in a fixed order, and the changes that are then made to one of the relations.

use super::twister::Twister;
use fnv::FnvHashSet;
use std::collections::BTreeSet;

/// How wide a row can be.
const WIDEST: usize = 3;

/// A row; what is past the relation's columns is zero.
pub(super) type Row = [i64; WIDEST];

/// A generated relation.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) name: &'static str,
    pub(super) arity: usize,
    pub(super) rows: Vec<Row>,
}

/// The sort of an epoch of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Insert,
    Delete,
    Mixed,
}

/// Changes that become visible as one: true inserts.
#[derive(Clone, Debug)]
pub(super) struct Epoch {
    pub(super) kind: Kind,
    pub(super) changes: Vec<(bool, Row)>,
}

fn relation<const N: usize>(name: &'static str, rows: impl IntoIterator<Item = [i64; N]>) -> Relation {
    let widen = |row: [i64; N]| {
        let mut wide = [0; WIDEST];
        wide[..N].copy_from_slice(&row);
        wide
    };
    Relation { name, arity: N, rows: rows.into_iter().map(widen).collect() }
}

/// Distinct directed pairs over `nodes` nodes, without loops, in the order drawn.
fn pairs(draw: &mut Twister, nodes: i64, edges: usize) -> Vec<[i64; 2]> {
    let mut seen = FnvHashSet::default();
    let mut out = Vec::with_capacity(edges);
    while out.len() < edges {
        let (x, y) = (draw.below(nodes), draw.below(nodes));
        if x != y && seen.insert(x * nodes + y) {
            out.push([x, y]);
        }
    }
    out
}

/// A random directed graph.
pub(super) fn graph(draw: &mut Twister, nodes: i64, edges: usize) -> Vec<Relation> {
    vec![relation("Arc", pairs(draw, nodes, edges))]
}

/// A big sparse random graph, and a few sources in it.
pub(super) fn reach(draw: &mut Twister, nodes: i64, edges: usize, sources: i64) -> Vec<Relation> {
    let arcs = pairs(draw, nodes, edges);
    vec![relation("Arc", arcs), relation("Source", (0..sources).map(|i| [i * (nodes / sources)]))]
}

/// Functions of local variables, mostly local assignments, a skewed call graph, loads and stores, and addresses taken.
/// Objects are variables too, so that stores into them feed later loads.
pub(super) fn andersen(
    draw: &mut Twister,
    functions: i64,
    per_function: i64,
    objects: i64,
    calls: usize,
    heap_share: f64,
) -> Vec<Relation> {
    let locals = functions * per_function;
    let (mut address, mut assign) = (BTreeSet::new(), BTreeSet::new());
    let (mut load, mut store) = (BTreeSet::new(), BTreeSet::new());
    let local = |draw: &mut Twister, f: i64| f * per_function + draw.below(per_function);
    for f in 0..functions {
        for o in 0..objects {
            address.insert([local(draw, f), locals + f * objects + o]);
        }
        for _ in 0..per_function {
            let (a, b) = (local(draw, f), local(draw, f));
            if a > b {
                assign.insert([a, b]);
            }
        }
        for _ in 0..((per_function as f64 * heap_share) as i64).max(1) {
            load.insert([local(draw, f), local(draw, f)]);
            store.insert([local(draw, f), local(draw, f)]);
        }
    }
    for _ in 0..calls {
        let (caller, callee) = (draw.below(functions), draw.skewed(functions, 2.0));
        if caller != callee {
            assign.insert([callee * per_function, local(draw, caller)]);
            assign.insert([local(draw, caller), callee * per_function + per_function - 1]);
        }
    }
    vec![relation("AddressOf", address), relation("Assign", assign), relation("Load", load), relation("Store", store)]
}

/// A long control-flow chain with a share of short skips, and sources spread along it.
pub(super) fn csda(draw: &mut Twister, nodes: i64, skip_share: f64, sources: i64) -> Vec<Relation> {
    let (mut edges, mut null) = (BTreeSet::new(), BTreeSet::new());
    for i in 0..nodes - 1 {
        edges.insert([i, i + 1]);
        if draw.chance(skip_share) {
            edges.insert([i, (nodes - 1).min(i + 2 + draw.below(3))]);
        }
    }
    for s in 0..sources {
        null.insert([nodes + s, draw.below(nodes)]);
    }
    vec![relation("Edge", edges), relation("NullEdge", null)]
}

/// A random graph with every edge in both directions.
pub(super) fn undirected(draw: &mut Twister, nodes: i64, edges: usize) -> Vec<Relation> {
    let both: BTreeSet<[i64; 2]> = pairs(draw, nodes, edges).into_iter().flat_map(|[x, y]| [[x, y], [y, x]]).collect();
    vec![relation("Arc", both)]
}

/// A weighted random directed graph, and the node from which distances count.
pub(super) fn weighted(draw: &mut Twister, nodes: i64, edges: usize, heaviest: i64) -> Vec<Relation> {
    let arcs: Vec<[i64; 3]> =
        pairs(draw, nodes, edges).into_iter().map(|[x, y]| [x, y, 1 + draw.below(heaviest)]).collect();
    vec![relation("Arc", arcs), relation("Id", [[0]])]
}

/// An ontology of the EL family, synthetic: sub-classes, roles, existential and conjunctive axioms.
pub(super) fn galen(
    draw: &mut Twister,
    classes: i64,
    roles: i64,
    existentials: usize,
    conjunctions: usize,
) -> Vec<Relation> {
    let (mut p, mut q, mut u) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut c, mut s, mut r) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for x in 1..classes {
        for _ in 0..1 + draw.below(2) {
            p.insert([x, draw.skewed(x, 1.5)]);
        }
    }
    for _ in 0..existentials {
        q.insert([draw.below(classes), draw.skewed(roles, 2.0), draw.skewed(classes, 1.5)]);
    }
    for _ in 0..existentials / 8 {
        u.insert([draw.skewed(classes, 1.5), draw.skewed(roles, 2.0), draw.below(classes)]);
    }
    for _ in 0..conjunctions {
        c.insert([draw.skewed(classes, 1.2), draw.skewed(classes, 1.2), draw.below(classes)]);
    }
    for x in 1..roles {
        s.insert([x, draw.below(x)]);
    }
    for _ in 0..(roles / 10).max(1) {
        let t = draw.below(roles);
        r.insert([t, t, t]);
    }
    vec![relation("P", p), relation("Q", q), relation("U", u), relation("C", c), relation("S", s), relation("R", r)]
}

/// As many times as `rounds` says: one insert of an absent row, one delete of a present one, and a hundred changes, half
/// of them inserts. A new row takes its columns from two present rows, so that the distribution of values stays. Every
/// change has an effect.
pub(super) fn updates(draw: &mut Twister, relation: &Relation, rounds: usize) -> Vec<Epoch> {
    let mut table = Table { draw, rows: relation.rows.clone(), present: relation.rows.iter().copied().collect() };
    let mut epochs = Vec::new();
    for _ in 0..rounds {
        epochs.push(Epoch { kind: Kind::Insert, changes: vec![table.insert()] });
        epochs.push(Epoch { kind: Kind::Delete, changes: vec![table.delete()] });
        let changes = (0..50).flat_map(|_| [table.insert(), table.delete()]).collect();
        epochs.push(Epoch { kind: Kind::Mixed, changes });
    }
    epochs
}

/// A relation that changes.
struct Table<'a> {
    draw: &'a mut Twister,
    rows: Vec<Row>,
    present: FnvHashSet<Row>,
}

impl Table<'_> {
    fn any(&mut self) -> usize {
        self.draw.below(self.rows.len() as i64) as usize
    }

    fn insert(&mut self) -> (bool, Row) {
        loop {
            let (a, b) = (self.any(), self.any());
            let mut row = self.rows[b];
            row[0] = self.rows[a][0];
            if row[0] != row[1] && self.present.insert(row) {
                self.rows.push(row);
                return (true, row);
            }
        }
    }

    fn delete(&mut self) -> (bool, Row) {
        let at = self.any();
        let row = self.rows.swap_remove(at);
        self.present.remove(&row);
        (false, row)
    }
}
