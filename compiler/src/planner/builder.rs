//! The plan under construction: the program's relations, the auxiliary ones so far, and the clauses of each.
//!
//! Auxiliary relations with the same content are one: two rules that negate `link(x, _)` share its projection, two that
//! count the same thing share the count. The content is the canonical text of the definition, and its hash is the
//! fingerprint.

use super::Statistics;
use super::clause::{Clause, Scope};
use super::fingerprint::{Canonical, hash, operators};
use super::order::{BASE_ROWS, DERIVED_ROWS, Estimates, FOLDED_ROWS, RECURSIVE_ROWS};
use super::text;
use crate::functor::Comparison;
use crate::plan::{Aggregate, Column, Relation, RelationId};
use crate::program::{Atom, Constraint, Expr, Literal, Program, VariableId};
use crate::span::Span;
use crate::value::{Primitive, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// How a relation will be derived.
#[derive(Clone, Debug)]
pub(super) enum Definition {
    /// Given, not derived.
    Base,
    /// The union of clauses.
    Clauses(Vec<Clause>),
    /// An aggregate of another relation.
    Aggregate(Aggregate),
}

pub(super) struct Builder<'a> {
    pub(super) program: &'a Program,
    pub(super) statistics: &'a Statistics,
    pub(super) relations: Vec<Relation>,
    pub(super) definitions: Vec<Definition>,
    pub(super) estimates: Estimates,
    /// The stratum of each relation of the program, if it is recursive.
    recursive: BTreeMap<RelationId, usize>,
    by_content: BTreeMap<String, RelationId>,
    rules: usize,
    /// How often each variable stands in the conjunction that is being lowered.
    pub(super) used: BTreeMap<VariableId, usize>,
    /// The clauses that derive pairs of tuples of which the first goes, by relation.
    pub(super) dominations: BTreeMap<RelationId, Vec<Clause>>,
    /// Aggregates whose groups only the recursion binds, with one such variable each.
    pub(super) refused: Vec<(Span, Arc<str>)>,
    /// The relation whose rules are being lowered, and for people the rule.
    pub(super) head: RelationId,
    pub(super) span: Span,
    pub(super) text: Arc<str>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(program: &'a Program, statistics: &'a Statistics, fingerprints: Vec<u64>) -> Self {
        let mut recursive = BTreeMap::new();
        for (n, stratum) in program.strata.iter().enumerate().filter(|(_, s)| s.recursive) {
            recursive.extend(stratum.relations.iter().map(|id| (*id, n)));
        }
        let derived: BTreeSet<RelationId> = program.rules.iter().map(|r| r.head).collect();
        let mut estimates = Estimates::default();
        let mut relations = Vec::new();
        for (i, relation) in program.relations.iter().enumerate() {
            let id = RelationId(i as u32);
            let guess = match (recursive.contains_key(&id), derived.contains(&id)) {
                (true, _) => RECURSIVE_ROWS,
                (_, true) => DERIVED_ROWS,
                _ => BASE_ROWS,
            };
            estimates.push(&relation.name, statistics, guess);
            relations.push(Relation {
                name: relation.name.clone(),
                columns: relation.columns.clone(),
                base: Some(id),
                limit: relation.limit.filter(|_| recursive.contains_key(&id)),
                stream: relation.stream,
                fingerprint: fingerprints[i],
                ..Relation::default()
            });
        }
        Builder {
            program,
            statistics,
            definitions: vec![Definition::Base; relations.len()],
            relations,
            estimates,
            recursive,
            by_content: BTreeMap::new(),
            rules: 0,
            used: BTreeMap::new(),
            dominations: BTreeMap::new(),
            refused: Vec::new(),
            head: RelationId(0),
            span: Span::default(),
            text: "".into(),
        }
    }

    /// Whether a relation is solved together with the one whose rules are being lowered.
    pub(super) fn is_recursive(&self, id: RelationId) -> bool {
        self.recursive.get(&id).is_some_and(|stratum| self.recursive.get(&self.head) == Some(stratum))
    }

    pub(super) fn relation(&self, id: RelationId) -> &Relation {
        &self.relations[id.0 as usize]
    }

    /// The columns that tell the tuples of a relation apart: the group of an aggregate, the key of a subsumption that
    /// orders all other columns.
    pub(super) fn key(&self, id: RelationId) -> Option<Vec<usize>> {
        if let Definition::Aggregate(fold) = &self.definitions[id.0 as usize] {
            return Some((0..fold.group).collect());
        }
        if let Some(key) = self.program.relations.get(id.0 as usize).and_then(|r| r.choices.first()) {
            return Some(key.clone());
        }
        let subsumption = self.program.subsumptions.iter().find(|s| s.relation == id)?;
        let ordered = subsumption.key.len() + subsumption.order.len() == self.relation(id).arity();
        ordered.then(|| subsumption.key.clone())
    }

    /// The auxiliary base relation of a relation with rules and facts.
    pub(super) fn base_of(&mut self, id: RelationId) -> RelationId {
        let relation = self.relation(id);
        let name = format!("@base:{}", relation.name);
        let columns = relation.columns.clone();
        let rows = self.estimates.rows(id.0 as usize);
        self.push(&name, columns, rows, Definition::Base, &name)
    }

    /// The relation that is numbered right before this one: they go by strata, and within by the order of the text.
    pub(super) fn numbered_before(&self, id: RelationId) -> Option<RelationId> {
        let relations = self.program.strata.iter().flat_map(|stratum| &stratum.relations);
        let numbered = relations.filter(|id| self.program.relation(**id).counters > 0);
        numbered.take_while(|other| **other != id).last().copied()
    }

    /// The auxiliary relation of what the rules and facts of a relation derive before it becomes what it is.
    pub(super) fn first(&mut self, prefix: &str, id: RelationId, clauses: Vec<Clause>) -> RelationId {
        let relation = self.relation(id);
        let name = format!("@{prefix}:{}", relation.name);
        let (columns, fingerprint) = (relation.columns.clone(), relation.fingerprint);
        let rows = self.estimates.rows(id.0 as usize);
        self.push(&name, columns, rows, Definition::Clauses(clauses), &format!("{name} {fingerprint:016x}"))
    }

    /// The auxiliary relation that holds some columns of another.
    pub(super) fn projection(&mut self, id: RelationId, kept: &[usize]) -> RelationId {
        let relation = self.relation(id);
        let columns: Vec<Column> = kept.iter().map(|&i| relation.columns[i].clone()).collect();
        let name: String = columns.iter().fold(format!("@{}", relation.name), |name, c| name + ":" + &c.name);
        let mut args = vec![Expr::Wildcard; relation.arity()];
        for (v, &i) in kept.iter().enumerate() {
            args[i] = Expr::Variable(VariableId(v as u32));
        }
        let body =
            super::clause::Body { atoms: vec![Atom { relation: id, args, span: self.span }], ..Default::default() };
        let args = kept.iter().enumerate().map(|(v, _)| Expr::Variable(VariableId(v as u32))).collect();
        let text = format!("{name} :- {}.", relation.name).into();
        let rule = self.next_rule();
        let clause = Clause { args, body, text, ..self.clause(rule) };
        let rows = self.estimates.rows(id.0 as usize);
        self.auxiliary(&name, columns, rows, Definition::Clauses(vec![clause]))
    }

    /// The auxiliary relation for a step of the rule at hand, such as `@count:load`.
    pub(super) fn step(&mut self, kind: &str, columns: Vec<Column>, definition: Definition) -> RelationId {
        let name = format!("@{kind}:{}", self.relation(self.head).name);
        let rows = if let Definition::Aggregate(_) = definition { FOLDED_ROWS } else { DERIVED_ROWS };
        self.auxiliary(&name, columns, rows, definition)
    }

    /// The number of a further rule.
    pub(super) fn next_rule(&mut self) -> usize {
        self.rules += 1;
        self.rules
    }

    /// A clause of the rule at hand, still without head and body.
    pub(super) fn clause(&self, rule: usize) -> Clause {
        Clause {
            head: self.head,
            args: Vec::new(),
            body: super::clause::Body::default(),
            span: self.span,
            text: self.text.clone(),
            rule,
        }
    }

    /// Columns named after variables.
    pub(super) fn columns(&self, scope: &Scope, variables: &[VariableId]) -> Vec<Column> {
        variables
            .iter()
            .map(|v| {
                let variable = scope.get(*v);
                column(&variable.name, variable.primitive)
            })
            .collect()
    }

    fn auxiliary(&mut self, name: &str, columns: Vec<Column>, rows: f64, definition: Definition) -> RelationId {
        let content = self.content(&columns, &definition);
        if let Some(id) = self.by_content.get(&content) {
            return *id;
        }
        let taken = |name: &str| self.relations.iter().any(|r| &*r.name == name);
        let name = match taken(name) {
            false => name.to_string(),
            true => (2..).map(|n| format!("{name}:{n}")).find(|n| !taken(n)).unwrap_or_default(),
        };
        let id = self.push(&name, columns, rows, definition, &content);
        if let Definition::Clauses(clauses) = &mut self.definitions[id.0 as usize] {
            clauses.iter_mut().for_each(|c| c.head = id);
        }
        self.by_content.insert(content, id);
        id
    }

    fn push(
        &mut self,
        name: &str,
        columns: Vec<Column>,
        rows: f64,
        definition: Definition,
        content: &str,
    ) -> RelationId {
        let id = RelationId(self.relations.len() as u32);
        let base = matches!(definition, Definition::Base).then_some(id);
        let fingerprint = hash(&format!("{content} {}", types(&columns)));
        self.estimates.push(name, self.statistics, rows);
        self.relations.push(Relation { name: name.into(), columns, base, fingerprint, ..Relation::default() });
        self.definitions.push(definition);
        id
    }

    /// The canonical text of a definition.
    fn content(&self, columns: &[Column], definition: &Definition) -> String {
        let mut out = types(columns);
        let name = |id: RelationId| format!("#{:016x}", self.relation(id).fingerprint);
        match definition {
            Definition::Base => {}
            Definition::Aggregate(a) => {
                let _ = write!(out, "{} {:?} {} {:?}", name(a.input), a.op, a.group, a.target);
            }
            Definition::Clauses(clauses) => {
                for clause in clauses {
                    out.push_str(&canonical(clause, &name));
                }
            }
        }
        out
    }
}

/// A column of a primitive type.
pub(super) fn column(name: &str, primitive: Primitive) -> Column {
    Column { name: name.into(), ty: Type::plain(primitive) }
}

fn types(columns: &[Column]) -> String {
    columns.iter().map(|c| format!("{} ", c.ty.primitive)).collect()
}

fn canonical(clause: &Clause, name: &dyn Fn(RelationId) -> String) -> String {
    let mut names = Canonical::new(name);
    let mut out = String::new();
    for arg in &clause.args {
        text::expr(&mut names, arg, &mut out);
        out.push(',');
    }
    let body = literals(clause);
    for literal in &body {
        out.push_str(if let Literal::Negative(_) = literal { " !" } else { " " });
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => text::atom(&mut names, atom, &mut out),
            Literal::Constraint(constraint) => text::constraint(&mut names, constraint, &mut out),
        }
    }
    operators(&clause.args, &body, &mut out);
    out.push('\n');
    out
}

fn literals(clause: &Clause) -> Vec<Literal> {
    let positive = clause.body.atoms.iter().cloned().map(Literal::Positive);
    let negative = clause.body.negations.iter().cloned().map(Literal::Negative);
    let ranges = clause.body.ranges.iter().map(|(v, range)| Constraint {
        comparison: Comparison::Equal,
        left: Expr::Variable(*v),
        right: Expr::Range(Box::new(range.clone())),
        span: clause.span,
    });
    let constraints = clause.body.constraints.iter().cloned().chain(ranges).map(Literal::Constraint);
    positive.chain(negative).chain(constraints).collect()
}
