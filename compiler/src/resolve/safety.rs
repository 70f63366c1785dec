//! Safety: a rule derives finitely many tuples because each variable is bound by a positive atom, or equal to something
//! that is.

use super::draft::*;
use super::tuple::written_out;
use crate::ast::CompareOperator;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use fnv::FnvHashSet;

/// What a draft was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `a(1).`
    Fact,
    /// `a(x) :- b(x).`
    Rule,
    /// `?- a(x).`
    Query,
}

/// One diagnostic for each variable that nothing binds, and for each wildcard where a value is needed.
pub(super) fn check(draft: &Draft, kind: Kind) -> Vec<Diagnostic> {
    let mut checker = Checker { draft, reported: FnvHashSet::default(), out: Vec::new() };
    let bound = bind(&draft.body, FnvHashSet::default(), &is_grounded);
    if let Some(head) = &draft.head {
        let place = match kind {
            Kind::Fact => Place::Fact,
            Kind::Rule => Place::Head,
            Kind::Query => Place::Query,
        };
        head.args.iter().for_each(|arg| checker.value(arg, &bound, place));
    }
    checker.body(&draft.body, &bound);
    checker.out
}

/// Whether an aggregate has a value once the variables in a set have.
pub(super) type HasValue<'a> = &'a dyn Fn(&DraftAggregate, &FnvHashSet<usize>) -> bool;

/// An aggregate has a value once everything has that it takes from outside.
fn is_grounded(aggregate: &DraftAggregate, bound: &FnvHashSet<usize>) -> bool {
    aggregate.outer.iter().all(|variable| bound.contains(variable))
}

/// The variables that a conjunction binds, given those that are bound around it.
pub(super) fn bind(body: &[DraftLiteral], mut bound: FnvHashSet<usize>, has_value: HasValue<'_>) -> FnvHashSet<usize> {
    for literal in body {
        if let DraftLiteral::Atom(atom, true) = literal {
            for arg in &atom.args {
                match &arg.kind {
                    // What an unknown relation binds is unknown: let it bind all.
                    _ if atom.relation.is_none() => arg.variables(&mut |variable, _| {
                        bound.insert(variable);
                    }),
                    _ => bind_pattern(arg, &mut bound),
                }
            }
        }
    }
    loop {
        let before = bound.len();
        for literal in body {
            let Some((left, right)) = equality(literal) else { continue };
            for (target, value) in [(left, right), (right, left)] {
                if is_bound(value, &bound, has_value) {
                    bind_pattern(target, &mut bound);
                }
            }
        }
        if bound.len() == before {
            return bound;
        }
    }
}

/// A value binds the variable that it meets, and a tuple those of the record or branch that it meets.
fn bind_pattern(pattern: &DraftExpr, bound: &mut FnvHashSet<usize>) {
    if let DraftKind::Variable(variable) = pattern.kind {
        bound.insert(variable);
    } else if let Some(tuple) = written_out(pattern) {
        tuple.parts().iter().for_each(|field| bind_pattern(field, bound));
    }
}

fn equality(literal: &DraftLiteral) -> Option<(&DraftExpr, &DraftExpr)> {
    let DraftLiteral::Test(test) = literal else { return None };
    let equal = match test.test {
        Test::Compare(CompareOperator::Equal) => test.positive,
        Test::Compare(CompareOperator::NotEqual) => !test.positive,
        _ => false,
    };
    equal.then_some((&test.left, &test.right))
}

/// Whether an expression has a value once these variables have.
fn is_bound(expr: &DraftExpr, bound: &FnvHashSet<usize>, has_value: HasValue<'_>) -> bool {
    match &expr.kind {
        DraftKind::Variable(variable) => bound.contains(variable),
        DraftKind::Wildcard => false,
        DraftKind::Aggregate(aggregate) => has_value(aggregate, bound),
        _ => expr.parts().iter().all(|part| is_bound(part, bound, has_value)),
    }
}

/// Where a variable stands that must be bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Fact,
    Query,
    Negation,
    Constraint,
    Argument,
    Target,
}

struct Checker<'a> {
    draft: &'a Draft,
    reported: FnvHashSet<usize>,
    out: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn body(&mut self, body: &[DraftLiteral], bound: &FnvHashSet<usize>) {
        for literal in body {
            match literal {
                DraftLiteral::Atom(atom, positive) => {
                    for arg in &atom.args {
                        match (&arg.kind, positive) {
                            (DraftKind::Wildcard, _) => {}
                            (_, true) => self.pattern(arg, bound),
                            (_, false) => self.value(arg, bound, Place::Negation),
                        }
                    }
                }
                DraftLiteral::Test(test) => {
                    for (side, other) in [(&test.left, &test.right), (&test.right, &test.left)] {
                        // A tuple that is there can be taken apart.
                        let known = written_out(side).is_some() && is_bound(other, bound, &is_grounded);
                        match equality(literal).filter(|_| known) {
                            Some(_) => self.pattern(side, bound),
                            None => self.value(side, bound, Place::Constraint),
                        }
                    }
                }
            }
        }
    }

    /// An expression that binds its variables, and those of its fields.
    fn pattern(&mut self, expr: &DraftExpr, bound: &FnvHashSet<usize>) {
        match (&expr.kind, written_out(expr)) {
            (DraftKind::Wildcard | DraftKind::Variable(_), _) => {}
            (_, Some(tuple)) => tuple.parts().iter().for_each(|field| self.pattern(field, bound)),
            _ => self.value(expr, bound, Place::Argument),
        }
    }

    /// An expression that must have a value.
    fn value(&mut self, expr: &DraftExpr, bound: &FnvHashSet<usize>, place: Place) {
        match &expr.kind {
            DraftKind::Variable(variable) if !bound.contains(variable) => self.unbound(*variable, expr.span, place),
            DraftKind::Wildcard => self.wildcard(expr.span, place),
            DraftKind::Aggregate(aggregate) => self.aggregate(aggregate, bound),
            _ => expr.parts().iter().for_each(|part| self.value(part, bound, place)),
        }
    }

    fn aggregate(&mut self, aggregate: &DraftAggregate, bound: &FnvHashSet<usize>) {
        for variable in aggregate.outer.iter().filter(|variable| !bound.contains(variable)) {
            if self.reported.insert(*variable) {
                let name = &self.draft.variables[*variable].name;
                let message = format!("variable `{name}` is bound only within an aggregate");
                self.out.push(
                    Diagnostic::error(codes::UNBOUND_VARIABLE, message, self.draft.variables[*variable].span, "")
                        .also(aggregate.span, "this aggregate runs over all its values, and leaves none")
                        .help(format!(
                            "bind `{name}` by an atom outside the aggregate, or give it another name within"
                        )),
                );
            }
        }
        // What the body takes from outside counts as bound there, so that it is not reported a second time.
        let around = aggregate.outer.iter().copied().chain(bound.iter().copied()).collect();
        let bound = bind(&aggregate.body, around, &is_grounded);
        self.body(&aggregate.body, &bound);
        if let Some(target) = &aggregate.target {
            self.value(target, &bound, Place::Target);
        }
    }

    fn unbound(&mut self, variable: usize, span: Span, place: Place) {
        if !self.reported.insert(variable) {
            return;
        }
        let name = &self.draft.variables[variable].name;
        let is = match place {
            Place::Head => "is in the head",
            Place::Query => "is in the query",
            Place::Fact => {
                let message = format!("variable `{name}` is in a fact");
                self.out.push(
                    Diagnostic::error(codes::UNBOUND_VARIABLE, message, span, "bound by nothing")
                        .help("a fact holds constants; text stands in double quotes"),
                );
                return;
            }
            Place::Negation => "is in a negated atom",
            Place::Constraint => "is in a constraint",
            Place::Argument => "is in a functor",
            Place::Target => "is the target of an aggregate",
        };
        let (message, help) = match place {
            Place::Head => (
                format!("variable `{name}` {is} but in no positive atom of the body"),
                format!("add an atom that binds `{name}`, or drop it from the head"),
            ),
            Place::Target => (
                format!("variable `{name}` {is} but in no positive atom of its body"),
                format!("add an atom that binds `{name}` to the aggregate's body"),
            ),
            Place::Negation => (
                format!("variable `{name}` {is} but in no positive atom"),
                format!("add an atom that binds `{name}`, or write `_` if any value will do"),
            ),
            _ => {
                (format!("variable `{name}` {is} but in no positive atom"), format!("add an atom that binds `{name}`"))
            }
        };
        let diagnostic = Diagnostic::error(codes::UNBOUND_VARIABLE, message, span, "bound by nothing").help(help);
        self.out.push(match self.draft.alternative {
            Some(alternative) if matches!(place, Place::Head | Place::Query) => {
                diagnostic.also(alternative, format!("an alternative that does not bind `{name}`"))
            }
            _ => diagnostic,
        });
    }

    fn wildcard(&mut self, span: Span, place: Place) {
        let place = match place {
            Place::Head => "the head of a rule",
            Place::Fact => "a fact",
            Place::Query => "a query",
            Place::Negation | Place::Argument => "a functor",
            Place::Constraint => "a constraint",
            Place::Target => "the target of an aggregate",
        };
        self.out.push(
            Diagnostic::error(codes::MISPLACED_WILDCARD, format!("`_` stands in {place}"), span, "has no value")
                .help("`_` matches any value of an atom's column; name what is used elsewhere"),
        );
    }
}
