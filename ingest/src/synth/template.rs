//! The shapes of transaction trees: 47 trees of 197 transactions in all, which every block of the trace has.
//!
//! A transaction is of one of four kinds, and each record of the trace is one leg of its request or its reply:
//!
//! | kind | legs of the request | in a block |
//! |---|---|---|
//! | root | client → portal | 47 |
//! | through | asker → multiplexer → router → replica | 15 |
//! | routed | portal → router → replica | 5 |
//! | direct | asker → database | 130 |
//!
//! The reply comes back the way the request went.

use super::size::{TRANSACTIONS, TREES};
use fnv::FnvHashMap;

/// The applications that a transaction through the ESB goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One of those in the racks of the zone.
    Near,
    /// The one in the VLAN of the routers.
    Beside,
    /// The one in other racks.
    Remote,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Root,
    Through(Target),
    Routed,
    Direct,
}

impl Kind {
    /// The kinds as numbers from 0.
    pub(super) const COUNT: usize = 6;

    pub(super) fn number(self) -> usize {
        match self {
            Kind::Root => 0,
            Kind::Through(Target::Near) => 1,
            Kind::Through(Target::Beside) => 2,
            Kind::Through(Target::Remote) => 3,
            Kind::Routed => 4,
            Kind::Direct => 5,
        }
    }

    pub(super) fn legs(self) -> u64 {
        match self {
            Kind::Root | Kind::Direct => 1,
            Kind::Routed => 2,
            Kind::Through(_) => 3,
        }
    }
}

/// A transaction of a tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The place of its parent in the tree; the root is its own.
    pub(super) parent: usize,
    /// Which of its parent's children it is, from 1.
    pub(super) child: u64,
    /// How many children it has, and its parent.
    pub(super) children: u64,
    pub(super) children_of_parent: u64,
}

/// A tree; a transaction stands after its parent.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) nodes: Vec<Node>,
}

/// How many trees have how many transactions, and what of these goes to the ESB. In a tree whose first transaction
/// through the ESB goes to an application of the zone, that one asks on for the second.
const TREES_OF: [(usize, usize, &[Kind]); 15] = [
    (15, 1, &[]),
    (8, 2, &[]),
    (2, 2, &[NEAR]),
    (4, 3, &[]),
    (2, 3, &[Kind::Routed]),
    (3, 4, &[]),
    (2, 4, &[NEAR]),
    (2, 6, &[BESIDE]),
    (1, 6, &[Kind::Routed]),
    (3, 8, &[NEAR]),
    (1, 12, &[NEAR, NEAR]),
    (1, 12, &[NEAR, BESIDE]),
    (1, 16, &[NEAR, REMOTE]),
    (1, 18, &[Kind::Routed]),
    (1, 24, &[Kind::Routed]),
];
const NEAR: Kind = Kind::Through(Target::Near);
const BESIDE: Kind = Kind::Through(Target::Beside);
const REMOTE: Kind = Kind::Through(Target::Remote);

/// The most transactions of a tree.
pub(super) const LARGEST: usize = 24;

/// The trees of a block.
pub(super) fn shapes() -> Vec<Shape> {
    let shapes: Vec<Shape> =
        TREES_OF.iter().flat_map(|(n, size, esb)| std::iter::repeat_n(shape(*size, esb), *n)).collect();
    debug_assert_eq!(shapes.len() as u64, TREES);
    debug_assert_eq!(shapes.iter().map(|s| s.nodes.len() as u64).sum::<u64>(), TRANSACTIONS);
    shapes
}

/// A tree of some transactions: the root, those through the ESB, and the rest to databases, dealt out to all of these.
fn shape(size: usize, esb: &[Kind]) -> Shape {
    let mut nodes = vec![Node { kind: Kind::Root, parent: 0, child: 0, children: 0, children_of_parent: 1 }];
    let mut add = |kind: Kind, parent: usize| {
        if let Some(above) = nodes.get_mut(parent) {
            above.children += 1;
            let child = above.children;
            nodes.push(Node { kind, parent, child, children: 0, children_of_parent: 0 });
        }
    };
    for (i, kind) in esb.iter().enumerate() {
        add(*kind, i);
    }
    for i in 1 + esb.len()..size {
        // Those further down are served first, so that a lone one hangs as deep as it can.
        add(Kind::Direct, esb.len() - (i - 1 - esb.len()) % (esb.len() + 1));
    }
    for place in 1..nodes.len() {
        nodes[place].children_of_parent = nodes[nodes[place].parent].children;
    }
    Shape { nodes }
}

/// The names of transactions: Dewey paths below the number of a tree in its session.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    texts: Vec<String>,
    /// The path and that of the parent, by tree, shape and place.
    numbers: Vec<(u32, u32)>,
    /// Where the places of a shape begin, and how many places there are.
    begins: Vec<usize>,
    places: usize,
}

/// The most trees of a session.
const MOST_TREES: u32 = 5;

impl Paths {
    pub(super) fn new(shapes: &[Shape]) -> Paths {
        let mut paths = Paths { texts: vec![String::new()], numbers: Vec::new(), begins: Vec::new(), places: 0 };
        for shape in shapes {
            paths.begins.push(paths.places);
            paths.places += shape.nodes.len();
        }
        let mut known: FnvHashMap<String, u32> = FnvHashMap::default();
        for tree in 1..=MOST_TREES {
            for shape in shapes {
                let mut numbers: Vec<u32> = Vec::new();
                for (place, node) in shape.nodes.iter().enumerate() {
                    let above = if place == 0 { 0 } else { numbers[node.parent] };
                    let text = match place {
                        0 => tree.to_string(),
                        _ => format!("{}-{}", paths.texts[above as usize], node.child),
                    };
                    let next = paths.texts.len() as u32;
                    let number = *known.entry(text.clone()).or_insert(next);
                    if number == next {
                        paths.texts.push(text);
                    }
                    numbers.push(number);
                    paths.numbers.push((number, above));
                }
            }
        }
        paths
    }

    /// The numbers of a transaction's path and of its parent's, 0 for none.
    pub(super) fn of(&self, tree: u32, shape: usize, place: usize) -> (u32, u32) {
        self.numbers[(tree as usize - 1) * self.places + self.begins[shape] + place]
    }

    /// The paths by their numbers.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }
}

/// Records of a block.
pub fn records() -> u64 {
    2 * shapes().iter().flat_map(|s| &s.nodes).map(|n| n.kind.legs()).sum::<u64>()
}

/// Transactions of a block by kind.
pub(super) fn count(kind: Kind) -> u64 {
    shapes().iter().flat_map(|s| &s.nodes).filter(|n| n.kind == kind).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_what_the_table_says() {
        let counts = [Kind::Root, NEAR, BESIDE, REMOTE, Kind::Routed, Kind::Direct].map(count);
        assert_eq!(counts, [47, 11, 3, 1, 5, 130]);
        assert_eq!(counts.iter().sum::<u64>(), TRANSACTIONS);
        assert_eq!(records(), 464);
    }

    #[test]
    fn only_who_can_ask_asks() {
        for shape in shapes() {
            for node in &shape.nodes[1..] {
                let asker = shape.nodes[node.parent].kind;
                let may = match node.kind {
                    Kind::Root => false,
                    Kind::Routed => asker == Kind::Root,
                    Kind::Through(_) => asker == Kind::Root || asker == NEAR,
                    Kind::Direct => asker != Kind::Direct,
                };
                assert!(may, "{asker:?} asks for {:?}", node.kind);
            }
        }
    }
}
