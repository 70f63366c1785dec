//! What there is to be told about a program: its relations, in source order, and how they hang together.

use crate::compile::Compiled;
use compiler::program::{
    Directive, DirectiveKind, Expectation, Expr, Invariant, Literal, Program, Relation, RelationId, Test,
};
use compiler::span::{Source, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The text that includes all files.
pub(super) const ENTRY: &str = "<all files>";

/// A program, seen as something to be read.
pub(super) struct Book<'a> {
    /// The program and its texts.
    pub compiled: &'a Compiled,
    /// The declared relations, in source order.
    pub entries: Vec<Entry<'a>>,
    /// Where each of them is in `entries`, by name.
    pub places: BTreeMap<&'a str, usize>,
}

/// A relation.
pub(super) struct Entry<'a> {
    /// Its declaration.
    pub relation: &'a Relation,
    /// The clauses that derive it, in source order.
    pub clauses: Vec<Span>,
    /// How many facts the text states.
    pub facts: usize,
    /// The entries that its rules read, and whether only in a negation or an aggregate.
    pub reads: BTreeMap<usize, bool>,
    /// The entries whose rules read it.
    pub readers: BTreeSet<usize>,
    /// Whether it depends on itself.
    pub recursive: bool,
    /// Its place in the order of evaluation: after all that it reads.
    pub layer: usize,
    /// What is read, written or counted.
    pub directives: Vec<DirectiveKind>,
    /// That it must be empty.
    pub invariant: Option<&'a Invariant>,
    /// The tests that expect something of it.
    pub tests: Vec<&'a Test>,
}

impl<'a> Book<'a> {
    /// A program's book.
    pub(super) fn new(compiled: &'a Compiled) -> Book<'a> {
        let program = &compiled.program;
        let declared = |relation: &&Relation| !relation.name.starts_with(['@', '?']);
        let mut entries: Vec<Entry<'a>> = program.relations.iter().filter(declared).map(Entry::new).collect();
        entries.sort_by_key(|entry| entry.relation.span);
        let places: BTreeMap<&str, usize> = entries.iter().enumerate().map(|(at, e)| (&*e.relation.name, at)).collect();
        let mut book = Book { compiled, entries, places };
        book.derive(program);
        book.layers(program);
        book.tests(program);
        book
    }

    /// The text that a span points into.
    pub(super) fn source(&self, span: Span) -> &'a Source {
        self.compiled.sources.get(span.source)
    }

    /// The line of a span.
    pub(super) fn line(&self, span: Span) -> usize {
        self.compiled.sources.position(span).0
    }

    /// The place of a relation in the book.
    fn place(&self, program: &Program, id: RelationId) -> Option<usize> {
        self.places.get(&*program.relation(id).name).copied()
    }

    fn derive(&mut self, program: &'a Program) {
        let reads = direct_reads(program);
        for (id, _) in program.relations.iter().enumerate() {
            let Some(at) = self.place(program, RelationId(id as u32)) else { continue };
            for (read, gently) in through_auxiliaries(program, &reads, id) {
                let Some(other) = self.place(program, RelationId(read as u32)) else { continue };
                let gentle = self.entries[at].reads.entry(other).or_insert(true);
                *gentle &= gently;
                self.entries[other].readers.insert(at);
            }
        }
        for rule in &program.rules {
            self.clause(program, rule.head, rule.span);
        }
        for subsumption in &program.subsumptions {
            self.clause(program, subsumption.relation, subsumption.span);
        }
        for fact in &program.facts {
            if let Some(at) = self.place(program, fact.relation) {
                self.entries[at].facts += 1;
            }
        }
        for Directive { kind, relation, .. } in &program.directives {
            if let Some(at) = self.place(program, *relation) {
                self.entries[at].directives.push(*kind);
            }
        }
        for invariant in &program.invariants {
            if let Some(at) = self.place(program, invariant.relation) {
                self.entries[at].invariant = Some(invariant);
            }
        }
    }

    fn clause(&mut self, program: &Program, head: RelationId, span: Span) {
        let Some(at) = self.place(program, head) else { return };
        let clauses = &mut self.entries[at].clauses;
        if !clauses.contains(&span) {
            clauses.push(span);
            clauses.sort_unstable();
        }
    }

    /// Strata are in the order of evaluation, so each finds the layers of what it reads.
    fn layers(&mut self, program: &Program) {
        for stratum in &program.strata {
            let members: Vec<usize> = stratum.relations.iter().filter_map(|id| self.place(program, *id)).collect();
            let below =
                members.iter().flat_map(|at| self.entries[*at].reads.keys()).filter(|read| !members.contains(read));
            let layer = below.map(|read| self.entries[*read].layer + 1).max().unwrap_or(0);
            for at in members {
                self.entries[at].layer = layer;
                self.entries[at].recursive = stratum.recursive;
            }
        }
    }

    fn tests(&mut self, program: &'a Program) {
        for test in &program.tests {
            let whole = program.with(test);
            let reads = direct_reads(&whole);
            let mut shown = BTreeSet::new();
            for expectation in &test.expectations {
                match expectation {
                    Expectation::Only { actual, .. } => shown.extend(self.place(&whole, *actual)),
                    Expectation::Holds { query, .. } => {
                        let read = through_auxiliaries(&whole, &reads, query.0 as usize);
                        shown.extend(read.into_keys().filter_map(|id| self.place(&whole, RelationId(id as u32))));
                    }
                }
            }
            shown.into_iter().for_each(|at| self.entries[at].tests.push(test));
        }
    }
}

impl<'a> Entry<'a> {
    fn new(relation: &'a Relation) -> Entry<'a> {
        Entry {
            relation,
            clauses: Vec::new(),
            facts: 0,
            reads: BTreeMap::new(),
            readers: BTreeSet::new(),
            recursive: false,
            layer: 0,
            directives: Vec::new(),
            invariant: None,
            tests: Vec::new(),
        }
    }

    /// The first sentence of what is said about it, or its first line.
    pub(super) fn summary(&self) -> &'a str {
        let line = self.relation.doc.lines().next().unwrap_or("").trim();
        line.find(". ").map_or(line, |end| &line[..=end])
    }
}

/// What the rules of each relation read; true where only in a negation or an aggregate.
fn direct_reads(program: &Program) -> Vec<BTreeMap<usize, bool>> {
    let mut reads = vec![BTreeMap::new(); program.relations.len()];
    for rule in &program.rules {
        collect(&rule.body, false, &mut reads[rule.head.0 as usize]);
    }
    reads
}

fn collect(body: &[Literal], gently: bool, out: &mut BTreeMap<usize, bool>) {
    let mut add = |id: RelationId, gently: bool| *out.entry(id.0 as usize).or_insert(true) &= gently;
    for literal in body {
        match literal {
            Literal::Positive(atom) => add(atom.relation, gently),
            Literal::Negative(atom) => add(atom.relation, true),
            Literal::Constraint(_) => {}
        }
    }
    for literal in body {
        let Literal::Constraint(constraint) = literal else { continue };
        for side in [&constraint.left, &constraint.right] {
            if let Expr::Aggregate(aggregate) = side {
                collect(&aggregate.body, true, out);
            }
        }
    }
}

/// The relations that a relation reads, with those that desugaring made up replaced by what these read.
fn through_auxiliaries(program: &Program, reads: &[BTreeMap<usize, bool>], of: usize) -> BTreeMap<usize, bool> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::from([of]);
    let mut open: Vec<(usize, bool)> = reads[of].iter().map(|(read, gently)| (*read, *gently)).collect();
    while let Some((read, gently)) = open.pop() {
        if !program.relations[read].name.starts_with('@') {
            *found.entry(read).or_insert(true) &= gently;
        } else if seen.insert(read) {
            open.extend(reads[read].iter().map(|(next, also)| (*next, gently || *also)));
        }
    }
    found
}
