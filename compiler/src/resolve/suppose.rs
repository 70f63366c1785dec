//! `.suppose reaches_before(of = reaches, down = nothing)`: what `reaches` would hold if `down` held what `nothing` holds.
//!
//! Whatever `reaches` follows from and what itself follows from `down` is there a second time, with `nothing` in the place
//! of `down`; the rest is shared. The copies are relations and rules like any others, so every evaluator, every fork and
//! every explanation treats them as such. Cost: that of deriving what depends on the replaced relations once more.
//!
//! If the replacements have columns more than what they replace, in front, these stand in front of the copies' columns,
//! too: there is one supposition for each value of them, and all are derived together.
//!
//! ```text
//! .decl trial(device: symbol, down: symbol)
//! trial(d, d) :- suspicious(d).
//! .decl reaches_without(device: symbol, a: symbol, b: symbol)
//! .suppose reaches_without(of = reaches, down = trial)
//! ```

use super::Resolver;
use crate::ast::{Item, ItemKind, Name, Parameter, Target};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::*;
use crate::span::Span;
use fnv::{FnvHashMap, FnvHashSet};
use std::sync::Arc;

/// What is replaced by what.
type Replaced = Vec<(RelationId, RelationId)>;

/// A directive, its names found.
struct Supposed {
    relation: RelationId,
    of: RelationId,
    replaced: Replaced,
    /// How many columns the replacements have in front.
    more: usize,
    span: Span,
}

/// The copies under one supposition.
#[derive(Default)]
struct Copies {
    of: FnvHashMap<RelationId, RelationId>,
    /// What holds the values that are supposed for; none if there is but one supposition.
    values: Option<RelationId>,
    /// The columns in front, as variables of every rule.
    front: Vec<Variable>,
}

impl Resolver {
    /// Adds what is supposed to a program whose rules have all been resolved and inlined.
    pub(super) fn suppositions(&mut self, items: &[Item]) {
        let mut open = Vec::new();
        for item in items {
            let ItemKind::Suppose(targets) = &item.kind else { continue };
            for target in targets {
                match self.supposed(target, item.at.0) {
                    Ok(supposed) if open.iter().any(|other: &Supposed| other.relation == supposed.relation) => {
                        let message = format!("`{}` is filled twice", self.name_of(supposed.relation));
                        self.report(wrong(message, item.at.0).help("suppose it in a relation of its own"));
                    }
                    Ok(supposed) => open.push(supposed),
                    Err(diagnostic) => self.diagnostics.extend(diagnostic.map(|d| *d)),
                }
            }
        }
        let mut copies: FnvHashMap<Replaced, Copies> = FnvHashMap::default();
        while !open.is_empty() {
            // One supposition may build on another.
            let ready = open.iter().position(|s: &Supposed| {
                let needed = needed(&self.program, s.of);
                !open.iter().any(|other| needed.contains(&other.relation))
            });
            let Some(ready) = ready else {
                let message = format!("`{}` follows from what is supposed of it", self.name_of(open[0].relation));
                return self.report(wrong(message, open[0].span).help("suppose something of what comes before"));
            };
            let supposed = open.remove(ready);
            if let Err(diagnostic) = self.suppose(&supposed, copies.entry(supposed.replaced.clone()).or_default()) {
                self.report(*diagnostic);
            }
        }
    }

    fn name_of(&self, relation: RelationId) -> Arc<str> {
        self.program.relation(relation).name.clone()
    }

    /// Finds the names of a directive and checks that their columns fit. What is reported already is `None`.
    fn supposed(&mut self, target: &Target, span: Span) -> Result<Supposed, Option<Box<Diagnostic>>> {
        let relation = self.relation(&target.relation).ok_or(None)?;
        let (mut of, mut replaced) = (None, Replaced::new());
        for Parameter { key, value } in &target.parameters {
            let value = Name { text: value.value.clone(), at: value.at };
            let by = self.relation(&value).ok_or(None)?;
            if &*key.text == "of" {
                of = Some(by);
            } else {
                replaced.push((self.relation(key).ok_or(None)?, by));
            }
        }
        replaced.sort_unstable();
        let name = target.relation.span();
        let example = || format!("write `.suppose {}(of = derived, base = other)`", target.relation);
        let (Some(of), Some((from, to))) = (of, replaced.first().copied()) else {
            let message = format!("`{}` is supposed to be nothing", target.relation);
            return Err(Some(wrong(message, name).help(example()).into()));
        };
        if replaced.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(Some(wrong("a relation is replaced twice".into(), name).help("replace it once").into()));
        }
        let arity = |id: RelationId| self.program.relation(id).columns.len();
        let more = arity(to).saturating_sub(arity(from));
        for (from, to) in replaced.iter().copied().chain([(of, relation)]) {
            self.fits(from, to, more, name).map_err(Some)?;
        }
        self.free(relation, name).map_err(Some)?;
        Ok(Supposed { relation, of, replaced, more, span })
    }

    /// Whether `to` has the columns of `from`, behind `more` others.
    fn fits(&self, from: RelationId, to: RelationId, more: usize, span: Span) -> Result<(), Box<Diagnostic>> {
        let (from, to) = (self.program.relation(from), self.program.relation(to));
        let types = |relation: &Relation| relation.columns.iter().map(|c| c.ty.primitive).collect::<Vec<_>>();
        if types(to).get(more..) == Some(&types(from)) {
            return Ok(());
        }
        let message = format!("`{}` cannot stand for `{}`: their columns differ", to.name, from.name);
        let help = match more {
            0 => "give both the same columns".to_owned(),
            more => format!("give it {more} more in front, as the first replacement has, and then the same"),
        };
        Err(wrong(message, span).also(to.span, "has these").also(from.span, "and this has these").help(help).into())
    }

    /// Whether nothing else fills the relation.
    fn free(&self, relation: RelationId, span: Span) -> Result<(), Box<Diagnostic>> {
        let rule = self.program.rules.iter().find(|rule| rule.head == relation).map(|rule| rule.span);
        let input = |d: &&Directive| d.kind == DirectiveKind::Input && d.relation == relation;
        let input = self.program.directives.iter().find(input).map(|directive| directive.span);
        match rule.or(input) {
            None => Ok(()),
            Some(other) => {
                let message = format!("`{}` is filled twice", self.name_of(relation));
                let diagnostic = wrong(message, span).also(other, "here, too");
                Err(diagnostic.help("suppose it in a relation of its own").into())
            }
        }
    }

    fn suppose(&mut self, supposed: &Supposed, copies: &mut Copies) -> Result<(), Box<Diagnostic>> {
        let needed = needed(&self.program, supposed.of);
        let roots: FnvHashSet<RelationId> = supposed.replaced.iter().map(|(from, _)| *from).collect();
        let dependent = dependent(&self.program, &roots);
        if let Some((idle, _)) = supposed.replaced.iter().find(|(from, _)| !needed.contains(from)) {
            let message = format!("`{}` does not follow from `{}`", self.name_of(supposed.of), self.name_of(*idle));
            return Err(wrong(message, supposed.span).help("replace what it follows from").into());
        }
        for (from, to) in &supposed.replaced {
            copies.of.insert(*from, *to);
        }
        if supposed.more > 0 && copies.values.is_none() {
            copies.values = Some(self.supposed_values(supposed));
            let columns = self.program.relation(supposed.relation).columns.iter().take(supposed.more);
            let named = |c: &Column| Variable { name: format!("@{}", c.name).into(), primitive: c.ty.primitive };
            copies.front = columns.map(named).collect();
        }
        let wanted = needed.into_iter().filter(|id| dependent.contains(id) && !copies.of.contains_key(id));
        let mut fresh: Vec<RelationId> = wanted.collect();
        fresh.sort_unstable();
        for id in &fresh {
            self.copyable(*id, supposed)?;
            let copy = self.copy_of(*id, supposed);
            copies.of.insert(*id, copy);
        }
        let fresh: FnvHashSet<RelationId> = fresh.into_iter().collect();
        self.copy_rules(&fresh, copies, supposed);
        let columns = self.program.relation(supposed.relation).columns.clone();
        let names = columns.iter().map(|c| Variable { name: c.name.clone(), primitive: c.ty.primitive });
        let args: Vec<Expr> = (0..columns.len() as u32).map(|at| Expr::Variable(VariableId(at))).collect();
        let source = Atom { relation: copies.of[&supposed.of], args: args.clone(), span: supposed.span };
        self.program.rules.push(Rule {
            head: supposed.relation,
            args,
            body: vec![Literal::Positive(source)],
            variables: names.collect(),
            span: supposed.span,
        });
        Ok(())
    }

    /// The values that are supposed for: what stands in front in the replacements.
    fn supposed_values(&mut self, supposed: &Supposed) -> RelationId {
        let front = self.front(supposed);
        let name = format!("@{}", self.name_of(supposed.relation)).into();
        let values = self.add_relation(name, front, String::new(), supposed.span);
        for (_, to) in &supposed.replaced {
            let columns = &self.program.relation(*to).columns;
            let front = columns.iter().take(supposed.more);
            let variables = front.map(|c| Variable { name: c.name.clone(), primitive: c.ty.primitive }).collect();
            let args: Vec<Expr> = (0..supposed.more as u32).map(|at| Expr::Variable(VariableId(at))).collect();
            let rest = columns.len() - supposed.more;
            let read = args.iter().cloned().chain(std::iter::repeat_n(Expr::Wildcard, rest)).collect();
            let body = vec![Literal::Positive(Atom { relation: *to, args: read, span: supposed.span })];
            self.program.rules.push(Rule { head: values, args, body, variables, span: supposed.span });
        }
        values
    }

    /// The columns in front, as declared of the relation that is filled.
    fn front(&self, supposed: &Supposed) -> Vec<(Arc<str>, Option<super::types::TypeId>)> {
        let columns = self.program.relation(supposed.relation).columns.iter().map(|c| c.name.clone());
        let types = self.columns[supposed.relation.0 as usize].iter().copied();
        columns.zip(types).take(supposed.more).collect()
    }

    /// Whether the tuples of a relation follow from rules alone, and can be copied with them.
    fn copyable(&self, id: RelationId, supposed: &Supposed) -> Result<(), Box<Diagnostic>> {
        let relation = self.program.relation(id);
        let input = |d: &Directive| d.kind == DirectiveKind::Input && d.relation == id;
        let why = match () {
            () if self.program.directives.iter().any(input) => "has rules and is read from a file",
            () if relation.counters > 0 => "numbers its tuples",
            () if relation.eqrel && supposed.more > 0 => "is an equivalence",
            () => return Ok(()),
        };
        let message = format!("nothing can be supposed through `{}`, which {why}", relation.name);
        let help = "put what its rules derive into a relation of its own";
        Err(wrong(message, supposed.span).also(relation.span, "declared here").help(help).into())
    }

    fn copy_of(&mut self, id: RelationId, supposed: &Supposed) -> RelationId {
        let mut columns = self.front(supposed);
        let own: Vec<Arc<str>> = self.program.relation(id).columns.iter().map(|column| column.name.clone()).collect();
        for place in 0..columns.len() {
            while own.contains(&columns[place].0) || columns[..place].iter().any(|(name, _)| *name == columns[place].0)
            {
                columns[place].0 = format!("{}_", columns[place].0).into();
            }
        }
        columns.extend(own.into_iter().zip(self.columns[id.0 as usize].iter().copied()));
        let name = format!("@{}:{}", self.name_of(supposed.relation), self.name_of(id)).into();
        let copy = self.add_relation(name, columns, String::new(), supposed.span);
        let Relation { eqrel, choices, limit, .. } = self.program.relation(id).clone();
        let more = supposed.more;
        let behind = |key: Vec<usize>| (0..more).chain(key.into_iter().map(|column| column + more)).collect();
        let relation = &mut self.program.relations[copy.0 as usize];
        relation.eqrel = eqrel;
        relation.choices = choices.into_iter().map(behind).collect();
        relation.limit = limit;
        copy
    }

    fn copy_rules(&mut self, fresh: &FnvHashSet<RelationId>, copies: &Copies, supposed: &Supposed) {
        let more = supposed.more;
        let rules: Vec<Rule> = self.program.rules.iter().filter(|rule| fresh.contains(&rule.head)).cloned().collect();
        self.program.rules.extend(rules.into_iter().map(|rule| copied(rule, 1, copies)));
        let facts: Vec<Fact> = self.program.facts.iter().filter(|f| fresh.contains(&f.relation)).cloned().collect();
        for Fact { relation, values, span } in facts {
            if more == 0 {
                self.program.facts.push(Fact { relation: copies.of[&relation], values, span });
                continue;
            }
            let args = values.into_iter().map(Expr::Const).collect();
            let rule = Rule { head: relation, args, body: Vec::new(), variables: Vec::new(), span };
            self.program.rules.push(copied(rule, 1, copies));
        }
        let subsumptions: Vec<Subsumption> =
            self.program.subsumptions.iter().filter(|s| fresh.contains(&s.relation)).cloned().collect();
        self.program.subsumptions.extend(subsumptions.into_iter().map(|s| Subsumption {
            relation: copies.of[&s.relation],
            key: (0..more).chain(s.key.iter().map(|column| column + more)).collect(),
            order: s.order.iter().map(|(column, direction)| (column + more, *direction)).collect(),
            span: s.span,
        }));
        let dominations: Vec<Domination> =
            self.program.dominations.iter().filter(|d| fresh.contains(&d.relation)).cloned().collect();
        self.program.dominations.extend(dominations.into_iter().map(|d| Domination {
            relation: copies.of[&d.relation],
            rule: copied(d.rule, 2, copies),
            reason: d.reason,
        }));
    }
}

fn wrong(message: String, span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_SUPPOSE, message, span, "")
}

/// A rule about the copies. Its arguments are those of `heads` tuples, one after the other.
fn copied(mut rule: Rule, heads: usize, copies: &Copies) -> Rule {
    let first = rule.variables.len() as u32;
    rule.variables.extend(copies.front.iter().cloned());
    let front: Vec<VariableId> = (first..rule.variables.len() as u32).map(VariableId).collect();
    if let Some(values) = copies.values {
        let bound = rule.body.iter().any(|literal| match literal {
            Literal::Positive(atom) => copies.of.contains_key(&atom.relation),
            _ => false,
        });
        literals(&mut rule.body, copies, &front);
        if !bound {
            let args = front.iter().map(|variable| Expr::Variable(*variable)).collect();
            rule.body.insert(0, Literal::Positive(Atom { relation: values, args, span: rule.span }));
        }
    } else {
        literals(&mut rule.body, copies, &front);
    }
    let arity = rule.args.len() / heads;
    let args = std::mem::take(&mut rule.args);
    if arity == 0 {
        rule.args.extend((0..heads).flat_map(|_| front.iter().map(|variable| Expr::Variable(*variable))));
    }
    for (at, arg) in args.into_iter().enumerate() {
        if at % arity == 0 {
            rule.args.extend(front.iter().map(|variable| Expr::Variable(*variable)));
        }
        rule.args.push(arg);
    }
    rule.head = copies.of[&rule.head];
    rule
}

/// Lets the literals of a body, or of an aggregate in it, read the copies; whether any does.
fn literals(body: &mut [Literal], copies: &Copies, front: &[VariableId]) -> bool {
    let mut reads = false;
    for literal in body {
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => {
                let Some(copy) = copies.of.get(&atom.relation) else { continue };
                atom.relation = *copy;
                atom.args.splice(0..0, front.iter().map(|variable| Expr::Variable(*variable)));
                reads = true;
            }
            Literal::Constraint(constraint) => {
                for side in [&mut constraint.left, &mut constraint.right] {
                    let Expr::Aggregate(aggregate) = side else { continue };
                    if literals(&mut aggregate.body, copies, front) {
                        aggregate.outer.extend(front);
                        reads = true;
                    }
                }
            }
        }
    }
    reads
}

/// What a relation follows from, itself included.
fn needed(program: &Program, of: RelationId) -> FnvHashSet<RelationId> {
    let mut reads: FnvHashMap<RelationId, FnvHashSet<RelationId>> = FnvHashMap::default();
    each_read(program, &mut |head, read| {
        reads.entry(head).or_default().insert(read);
    });
    closure(&reads, [of].into_iter().collect())
}

/// What follows from some relations, these included.
fn dependent(program: &Program, roots: &FnvHashSet<RelationId>) -> FnvHashSet<RelationId> {
    let mut readers: FnvHashMap<RelationId, FnvHashSet<RelationId>> = FnvHashMap::default();
    each_read(program, &mut |head, read| {
        readers.entry(read).or_default().insert(head);
    });
    closure(&readers, roots.clone())
}

fn closure(
    next: &FnvHashMap<RelationId, FnvHashSet<RelationId>>,
    mut found: FnvHashSet<RelationId>,
) -> FnvHashSet<RelationId> {
    let mut open: Vec<RelationId> = found.iter().copied().collect();
    while let Some(at) = open.pop() {
        open.extend(next.get(&at).into_iter().flatten().filter(|other| found.insert(**other)));
    }
    found
}

/// Calls `visit` for each relation and each one that its rules read.
fn each_read(program: &Program, visit: &mut dyn FnMut(RelationId, RelationId)) {
    fn read(body: &[Literal], head: RelationId, visit: &mut dyn FnMut(RelationId, RelationId)) {
        for literal in body {
            match literal {
                Literal::Positive(atom) | Literal::Negative(atom) => visit(head, atom.relation),
                Literal::Constraint(constraint) => {
                    for side in [&constraint.left, &constraint.right] {
                        if let Expr::Aggregate(aggregate) = side {
                            read(&aggregate.body, head, visit);
                        }
                    }
                }
            }
        }
    }
    program.rules.iter().for_each(|rule| read(&rule.body, rule.head, visit));
    program.dominations.iter().for_each(|d| read(&d.rule.body, d.relation, visit));
}
