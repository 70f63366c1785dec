//! `recursive_iteration_cnt()` and `.decl d = debug_delta(r)`: the rounds in which Soufflé evaluates a recursion, as rules.
//!
//! In round 0 there is what no recursive rule derives; a recursive rule fires in the round of the latest tuple that it
//! joins, and what it derives is there in the next one. Of relations whose rounds are asked for, and of those that are
//! solved together with them, an auxiliary relation has the first round of each tuple:
//!
//! ```text
//! .decl d = debug_delta(r)
//! r(0).
//! r(x + 1) :- r(x), recursive_iteration_cnt() < 5.
//!
//! @r.rounds(0, 0u).                                              what that stands for
//! @r.rounds(x + 1, n + 1) :- @r.rounds(x, m), n = m, n < 5.
//! @r.rounds(x, m) <= @r.rounds(x, n) :- n < m.
//! r(x) :- @r.rounds(x, _).
//! d(x, n) :- @r.rounds(x, m), m > 0, n = m - 1.
//! ```
//!
//! So the numbers are Soufflé's, whoever evaluates, and a program that asks for none costs nothing.

use super::expand::{Conjunct, expand};
use crate::ast::*;
use crate::connected::strongly_connected;
use crate::diagnostic::{Diagnostic, codes};
use crate::program::DirectiveKind;
use crate::span::Span;
use fnv::{FnvHashMap, FnvHashSet};
use std::borrow::Cow;
use std::sync::Arc;

/// The functor, and what Soufflé called it before.
const COUNTS: [&str; 2] = ["recursive_iteration_cnt", "__ITERATION__"];

/// The round in which a rule fires, as a variable.
const ROUND: &str = "@round";

/// The items, with rules in the place of what asks for rounds.
pub(super) fn rounds<'a>(items: &'a [Item], diagnostics: &mut Vec<Diagnostic>) -> Cow<'a, [Item]> {
    let asks = |item: &Item| match &item.kind {
        ItemKind::Relations(relations) => relations.delta.is_some(),
        ItemKind::Clause(clause) => counts(clause),
        _ => false,
    };
    if !items.iter().any(asks) {
        return Cow::Borrowed(items);
    }
    let mut rounds = Rounds { declared: declarations(items), within: FnvHashSet::default() };
    rounds.find(items, diagnostics);
    Cow::Owned(items.iter().flat_map(|item| rounds.rewritten(item, diagnostics)).collect())
}

struct Rounds<'a> {
    declared: FnvHashMap<Arc<str>, &'a Relations>,
    /// The relations whose rounds are counted.
    within: FnvHashSet<Arc<str>>,
}

fn declarations(items: &[Item]) -> FnvHashMap<Arc<str>, &Relations> {
    let relations = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Relations(relations) => Some(relations),
        _ => None,
    });
    relations.flat_map(|relations| relations.names.iter().map(move |name| (name.text.clone(), relations))).collect()
}

impl Rounds<'_> {
    /// Finds the recursions whose rounds are asked for.
    fn find(&mut self, items: &[Item], diagnostics: &mut Vec<Diagnostic>) {
        let mut numbers: FnvHashMap<Arc<str>, usize> = FnvHashMap::default();
        let (mut names, mut edges, mut asked) = (Vec::new(), Vec::<Vec<usize>>::new(), Vec::new());
        let mut number = |name: &Arc<str>, edges: &mut Vec<Vec<usize>>| {
            *numbers.entry(name.clone()).or_insert_with(|| {
                names.push(name.clone());
                edges.push(Vec::new());
                edges.len() - 1
            })
        };
        for item in items {
            match &item.kind {
                ItemKind::Clause(clause) => {
                    let mut read = Vec::new();
                    clause.body.iter().for_each(|body| atoms(body, &mut |name| read.push(number(name, &mut edges))));
                    for head in &clause.heads {
                        let head = number(&head.name.text, &mut edges);
                        edges[head].extend(&read);
                        asked.extend(counts(clause).then_some(head));
                    }
                }
                ItemKind::Relations(Relations { delta: Some((_, of)), .. }) => asked.push(number(&of.text, &mut edges)),
                _ => {}
            }
        }
        for component in strongly_connected(&edges) {
            let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
            if recursive && component.iter().any(|relation| asked.contains(relation)) {
                self.within.extend(component.iter().map(|relation| names[*relation].clone()));
            }
        }
        self.refuse(items, diagnostics);
    }

    /// Refuses what cannot be counted: relations that are more than what their rules derive.
    fn refuse(&mut self, items: &[Item], diagnostics: &mut Vec<Diagnostic>) {
        let mut refuse = |name: &Name, what: &str| {
            let message = format!("the rounds of `{name}` are asked for, which {what}");
            diagnostics.push(Diagnostic::error(codes::NOT_SUPPORTED, message, name.span(), ""));
        };
        let within = &self.within;
        let counted = |name: &&Name| within.contains(&name.text);
        for item in items {
            match &item.kind {
                ItemKind::Relations(relations) => {
                    let special = |q: &Name| matches!(&*q.text, "eqrel" | "inline" | "input");
                    if relations.qualifiers.iter().any(special) || !relations.choices.is_empty() {
                        relations.names.iter().filter(counted).for_each(|name| refuse(name, "is no plain relation"));
                    }
                }
                ItemKind::Directive(directive) if directive.kind == DirectiveKind::Input => {
                    let read = directive.targets.iter().map(|target| &target.relation);
                    read.filter(counted).for_each(|name| refuse(name, "is also read from a file"));
                }
                ItemKind::Subsumption(subsumption) if counted(&&subsumption.left.name) => {
                    refuse(&subsumption.left.name, "loses tuples by subsumption");
                }
                _ => {}
            }
        }
    }

    fn rewritten(&self, item: &Item, diagnostics: &mut Vec<Diagnostic>) -> Vec<Item> {
        let made = |kind| Item { doc: String::new(), kind, ..item.clone() };
        match &item.kind {
            ItemKind::Relations(relations @ Relations { delta: Some((word, of)), .. }) => {
                self.delta(item, relations, word, of, diagnostics)
            }
            ItemKind::Relations(relations) => {
                let counted = relations.names.iter().filter(|name| self.within.contains(&name.text));
                let made = counted.flat_map(|name| counting(relations, name)).map(made);
                std::iter::once(item.clone()).chain(made).collect()
            }
            ItemKind::Clause(clause)
                if counts(clause) || clause.heads.iter().any(|head| self.within.contains(&head.name.text)) =>
            {
                self.clauses(clause, item.at).into_iter().map(|clause| made(ItemKind::Clause(clause))).collect()
            }
            _ => vec![item.clone()],
        }
    }

    /// `.decl d = debug_delta(r)`
    fn delta(
        &self,
        item: &Item,
        declared: &Relations,
        word: &Name,
        of: &Name,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Item> {
        if &*word.text != "debug_delta" {
            let message = format!("a relation cannot be declared as `{word}` of another");
            let diagnostic = Diagnostic::error(codes::SYNTAX_ERROR, message, word.span(), "");
            diagnostics.push(diagnostic.help("write `.decl d = debug_delta(r)`, or the columns in parentheses"));
            return Vec::new();
        }
        let Some(original) = self.declared.get(&of.text) else {
            let message = format!("unknown relation `{of}`");
            diagnostics.push(Diagnostic::error(codes::UNKNOWN_RELATION, message, of.span(), ""));
            return Vec::new();
        };
        let at = of.at;
        let attributes = with_round(&original.attributes, at);
        let relations = Relations { attributes, delta: None, ..declared.clone() };
        let mut kinds = vec![ItemKind::Relations(relations)];
        if self.within.contains(&of.text) {
            let columns = original.attributes.len();
            let level = || variable("@level", at);
            let compare = |operator, left, right| Body::Compare(Box::new(Compare { operator, left, right, at }));
            let less_one = ExprKind::Binary(BinaryOperator::Sub, Box::new(level()), Box::new(unsigned("1u", at)));
            for name in &declared.names {
                let body = vec![
                    Body::Atom(counted(of, places(columns, at), level(), at)),
                    compare(CompareOperator::Greater, level(), unsigned("0u", at)),
                    compare(CompareOperator::Equal, variable(ROUND, at), Expr { kind: less_one.clone(), at }),
                ];
                let mut args = places(columns, at);
                args.push(variable(ROUND, at));
                let head = Atom { name: name.clone(), args, at };
                kinds.push(ItemKind::Clause(Clause { heads: vec![head], body: Some(Body::And(body, at)) }));
            }
        }
        kinds.into_iter().map(|kind| Item { kind, ..item.clone() }).collect()
    }

    /// A clause for each head and each conjunction of the body.
    fn clauses(&self, clause: &Clause, at: At) -> Vec<Clause> {
        let alternatives = match &clause.body {
            None => vec![Vec::new()],
            Some(body) => match expand(body) {
                Some(alternatives) => alternatives,
                // It is refused as it stands.
                None => return vec![clause.clone()],
            },
        };
        let one = |head: &Atom, conjunction: &Vec<Conjunct<'_>>| self.clause(head, conjunction, at);
        clause.heads.iter().flat_map(|head| alternatives.iter().map(move |c| one(head, c))).collect()
    }

    fn clause(&self, head: &Atom, conjunction: &[Conjunct<'_>], at: At) -> Clause {
        let counted_head = self.within.contains(&head.name.text);
        let (mut body, mut levels) = (Vec::new(), Vec::new());
        for conjunct in conjunction {
            body.push(match conjunct {
                Conjunct::Atom(atom, true) if counted_head && self.within.contains(&atom.name.text) => {
                    levels.push(variable(&format!("@level{}", levels.len()), atom.at));
                    let level = levels[levels.len() - 1].clone();
                    Body::Atom(counted(&atom.name, atom.args.clone(), level, atom.at))
                }
                Conjunct::Atom(atom, true) => Body::Atom((*atom).clone()),
                Conjunct::Atom(atom, false) => Body::Not(Box::new(Body::Atom((*atom).clone())), atom.at),
                Conjunct::Compare(compare, true) => Body::Compare(Box::new((*compare).clone())),
                Conjunct::Compare(compare, false) => {
                    Body::Not(Box::new(Body::Compare(Box::new((*compare).clone()))), compare.at)
                }
                Conjunct::False => Body::Bool(false, at),
            });
        }
        let latest = match levels.len() {
            0 => unsigned("0u", at),
            1 => levels[0].clone(),
            _ => Expr { kind: ExprKind::Call(Name { text: "max".into(), at }, levels.clone()), at },
        };
        let mut head = head.clone();
        let asked: usize = body.iter_mut().map(|part| replace_in(part, at)).sum();
        let asked = asked + head.args.iter_mut().map(|arg| replace(arg, at)).sum::<usize>();
        if counted_head {
            let next = Box::new(variable(ROUND, at));
            let next = ExprKind::Binary(BinaryOperator::Add, next, Box::new(unsigned("1u", at)));
            let next = if levels.is_empty() { unsigned("0u", at) } else { Expr { kind: next, at } };
            head = counted(&head.name, head.args, next, head.at);
        }
        if asked > 0 || !levels.is_empty() {
            let (operator, left, right) = (CompareOperator::Equal, variable(ROUND, at), latest);
            body.push(Body::Compare(Box::new(Compare { operator, left, right, at })));
        }
        let body = match body.len() {
            0 => None,
            1 => body.pop(),
            _ => Some(Body::And(body, at)),
        };
        Clause { heads: vec![head], body }
    }
}

/// The relation with the rounds of another, its order, and the rule that leaves them out.
fn counting(relations: &Relations, name: &Name) -> [ItemKind; 3] {
    let at = name.at;
    let columns = relations.attributes.len();
    let attributes = with_round(&relations.attributes, at);
    let names = vec![counted_name(name)];
    let atom = |level: &str| counted(name, places(columns, at), variable(level, at), at);
    let (left, right) = (variable("@n", at), variable("@m", at));
    let body = Body::Compare(Box::new(Compare { operator: CompareOperator::Less, left, right, at }));
    let subsumption = Subsumption { left: atom("@m"), right: atom("@n"), body };
    let head = Atom { name: name.clone(), args: places(columns, at), at };
    let any = Expr { kind: ExprKind::Wildcard, at };
    let read = Body::Atom(counted(name, places(columns, at), any, at));
    [
        ItemKind::Relations(Relations { names, attributes, ..Relations::default() }),
        ItemKind::Subsumption(Box::new(subsumption)),
        ItemKind::Clause(Clause { heads: vec![head], body: Some(read) }),
    ]
}

fn counted_name(name: &Name) -> Name {
    Name { text: format!("@{name}.rounds").into(), at: name.at }
}

fn counted(name: &Name, mut args: Vec<Expr>, level: Expr, at: At) -> Atom {
    args.push(level);
    Atom { name: counted_name(name), args, at }
}

/// Columns, and one more for the round.
fn with_round(attributes: &[Attribute], at: At) -> Vec<Attribute> {
    let mut name = "iteration".to_string();
    while attributes.iter().any(|attribute| *attribute.name.text == name) {
        name.push('_');
    }
    let round = Attribute { name: Name { text: name.into(), at }, ty: Name { text: "unsigned".into(), at } };
    attributes.iter().cloned().chain([round]).collect()
}

/// A variable for each column.
fn places(columns: usize, at: At) -> Vec<Expr> {
    (0..columns).map(|place| variable(&format!("@{place}"), at)).collect()
}

fn variable(name: &str, at: At) -> Expr {
    Expr { kind: ExprKind::Variable(name.into()), at }
}

fn unsigned(text: &str, at: At) -> Expr {
    Expr { kind: ExprKind::Unsigned(text.into()), at }
}

/// Calls `visit` for the relation of each atom, those in aggregates included.
fn atoms(body: &Body, visit: &mut dyn FnMut(&Arc<str>)) {
    match body {
        Body::And(parts, _) | Body::Or(parts, _) => parts.iter().for_each(|part| atoms(part, visit)),
        Body::Not(inner, _) => atoms(inner, visit),
        Body::Atom(atom) => {
            visit(&atom.name.text);
            atom.args.iter().for_each(|arg| atoms_in(arg, visit));
        }
        Body::Compare(compare) => {
            atoms_in(&compare.left, visit);
            atoms_in(&compare.right, visit);
        }
        Body::Bool(..) => {}
    }
}

fn atoms_in(expr: &Expr, visit: &mut dyn FnMut(&Arc<str>)) {
    if let ExprKind::Aggregate(aggregate) = &expr.kind {
        atoms(&aggregate.body, visit);
    }
    let mut expr = expr.clone();
    parts(&mut expr).into_iter().for_each(|part| atoms_in(part, visit));
}

/// Whether a clause asks for its round.
fn counts(clause: &Clause) -> bool {
    let mut clause = clause.clone();
    let at = At(Span::default());
    let heads = clause.heads.iter_mut().flat_map(|head| &mut head.args).map(|arg| replace(arg, at)).sum::<usize>();
    heads + clause.body.iter_mut().map(|body| replace_in(body, at)).sum::<usize>() > 0
}

/// Puts the round in the place of what asks for it; how often.
fn replace_in(body: &mut Body, at: At) -> usize {
    match body {
        Body::And(parts, _) | Body::Or(parts, _) => parts.iter_mut().map(|part| replace_in(part, at)).sum(),
        Body::Not(inner, _) => replace_in(inner, at),
        Body::Atom(atom) => atom.args.iter_mut().map(|arg| replace(arg, at)).sum(),
        Body::Compare(compare) => replace(&mut compare.left, at) + replace(&mut compare.right, at),
        Body::Bool(..) => 0,
    }
}

fn replace(expr: &mut Expr, at: At) -> usize {
    let asks = match &expr.kind {
        ExprKind::Call(name, args) => args.is_empty() && COUNTS.contains(&&*name.text),
        ExprKind::Variable(name) => COUNTS[1] == &**name,
        _ => false,
    };
    if asks {
        *expr = Expr { at: expr.at, ..variable(ROUND, at) };
        return 1;
    }
    let within = match &mut expr.kind {
        ExprKind::Aggregate(aggregate) => replace_in(&mut aggregate.body, at),
        _ => 0,
    };
    within + parts(expr).into_iter().map(|part| replace(part, at)).sum::<usize>()
}

/// The expressions that one is made of; of an aggregate, its target.
fn parts(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Call(_, args) | ExprKind::Record(args) | ExprKind::Branch(_, args) => args.iter_mut().collect(),
        ExprKind::Unary(_, inner) | ExprKind::As(inner, _) => vec![inner],
        ExprKind::Binary(_, left, right) => vec![left, right],
        ExprKind::Aggregate(aggregate) => aggregate.target.iter_mut().collect(),
        _ => Vec::new(),
    }
}
