//! From a conjunction to a draft: names are looked up, variables are numbered, and what must have one type shares a slot.

use super::Resolver;
use super::draft::*;
use super::expand::Conjunct;
use super::functors::{self, Demand, Gives, Operation};
use super::record;
use super::scope;
use super::slots::{By, Reason, Slot};
use crate::ast::{Atom, Compare, CompareOperator, Expr, ExprKind, Name, UnaryOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::RelationId;
use crate::span::Span;
use crate::suggest::nearest;
use crate::value::Primitive;
use fnv::FnvHashMap;
use std::sync::Arc;

impl Resolver {
    /// Drafts a rule.
    pub(super) fn draft(&mut self, head: Option<&Atom>, conjunction: &[Conjunct<'_>], span: Span) -> Draft {
        let draft = Draft { span, ..Draft::default() };
        let mut drafter = Drafter { resolver: self, draft, scopes: Vec::new() };
        drafter.scopes.push(Scope::default());
        let mut declare = |name: &Arc<str>, at| drafter.declare(name, at);
        scope::conjunction_names(conjunction, &mut declare);
        if let Some(head) = head {
            head.args.iter().for_each(|arg| scope::names(arg, &mut declare));
        }
        drafter.draft.own = drafter.draft.variables.len();
        drafter.draft.body = drafter.conjunction(conjunction);
        drafter.draft.never = conjunction.iter().any(|c| matches!(c, Conjunct::False));
        drafter.draft.head = head.map(|head| drafter.atom(head));
        let mut draft = drafter.draft;
        record::settle(self, &mut draft);
        draft
    }
}

impl Resolver {
    /// Gives a draft the head of a relation whose columns are variables of the body.
    pub(super) fn head(&mut self, draft: &mut Draft, relation: RelationId, columns: &[(Arc<str>, Span)], span: Span) {
        let mut args = Vec::with_capacity(columns.len());
        for (index, (name, at)) in columns.iter().enumerate() {
            let variable = draft.find(name).unwrap_or_else(|| {
                let slot = draft.slots.fresh();
                draft.variables.push(DraftVariable { name: name.clone(), span: *at, slot });
                draft.variables.len() - 1
            });
            let slot = draft.variables[variable].slot;
            let by = By::Column(relation, index);
            let reason = match self.columns[relation.0 as usize][index] {
                Some(ty) => self.reason(ty, *at, by),
                None => Reason::new(self.program.relation(relation).columns[index].ty.primitive, *at, by),
            };
            if let Err(conflict) = draft.slots.set(slot, reason) {
                draft.broken = true;
                self.report(self.variable_conflict(name, &conflict));
            }
            args.push(DraftExpr { kind: DraftKind::Variable(variable), span: *at, slot });
        }
        draft.head = Some(DraftAtom { relation: Some(relation), args, span });
    }
}

/// A rule in the making.
pub(super) struct Drafter<'r> {
    pub(super) resolver: &'r mut Resolver,
    pub(super) draft: Draft,
    /// The rule's variables, then those of the aggregates around the present place.
    pub(super) scopes: Vec<Scope>,
}

/// The variables of a rule or of an aggregate.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) names: FnvHashMap<Arc<str>, usize>,
    /// Variables of outer scopes that are used here.
    pub(super) outer: Vec<usize>,
}

impl Drafter<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.draft.broken |= diagnostic.is_error();
        self.resolver.report(diagnostic);
    }

    /// A variable of the innermost scope.
    pub(super) fn declare(&mut self, name: &Arc<str>, span: Span) {
        let Some(scope) = self.scopes.last_mut() else { return };
        if !scope.names.contains_key(name) {
            scope.names.insert(name.clone(), self.draft.variables.len());
            let slot = self.draft.slots.fresh();
            self.draft.variables.push(DraftVariable { name: name.clone(), span, slot });
        }
    }

    /// The variable of this name, which the scopes between its own and this one take from outside.
    fn variable(&mut self, name: &Arc<str>, span: Span) -> usize {
        let found = self.scopes.iter().rposition(|scope| scope.names.contains_key(name));
        let depth = found.unwrap_or_else(|| {
            self.declare(name, span);
            self.scopes.len() - 1
        });
        let variable = self.scopes[depth].names[name];
        for scope in &mut self.scopes[depth + 1..] {
            if !scope.outer.contains(&variable) {
                scope.outer.push(variable);
            }
        }
        variable
    }

    pub(super) fn conjunction(&mut self, conjunction: &[Conjunct<'_>]) -> Vec<DraftLiteral> {
        let mut literals = Vec::with_capacity(conjunction.len());
        for conjunct in conjunction {
            match conjunct {
                Conjunct::Atom(atom, positive) => literals.push(self.atom_or_test(atom, *positive)),
                Conjunct::Compare(compare, positive) => self.compare(compare, *positive, &mut literals),
                Conjunct::False => {}
            }
        }
        literals
    }

    /// `match`, `contains` and `in_prefix` are tests, unless a relation has that name.
    pub(super) fn test(&self, name: &Name) -> Option<Test> {
        match &*name.text {
            _ if self.resolver.names.contains_key(&name.text) => None,
            "match" => Some(Test::Match),
            "contains" => Some(Test::Contains),
            "in_prefix" => Some(Test::InPrefix),
            _ => None,
        }
    }

    fn atom_or_test(&mut self, atom: &Atom, positive: bool) -> DraftLiteral {
        let Some(test) = self.test(&atom.name) else { return DraftLiteral::Atom(self.atom(atom), positive) };
        let mut args: Vec<DraftExpr> = atom.args.iter().map(|arg| self.expr(arg)).collect();
        let (Some(right), Some(left), None) = (args.pop(), args.pop(), args.pop()) else {
            let message = format!("test `{}` takes 2 arguments, not {}", atom.name, atom.args.len());
            self.report(Diagnostic::error(codes::WRONG_ARITY, message, atom.at.0, ""));
            return DraftLiteral::Atom(DraftAtom { relation: None, args: Vec::new(), span: atom.at.0 }, positive);
        };
        let name = match test {
            Test::Match => "match",
            Test::Contains => "contains",
            _ => "in_prefix",
        };
        self.demand(&left, &atom.args[0], Primitive::Symbol, By::Functor(name));
        self.demand(&right, &atom.args[1], Primitive::Symbol, By::Functor(name));
        DraftLiteral::Test(DraftTest { test, positive, left, right, span: atom.at.0 })
    }

    fn compare(&mut self, compare: &Compare, positive: bool, out: &mut Vec<DraftLiteral>) {
        let mut left = self.expr(&compare.left);
        let mut right = self.expr(&compare.right);
        // `_ = max x : { … }` asks for witnesses only.
        match (&left.kind, &right.kind) {
            (DraftKind::Wildcard, DraftKind::Aggregate(_)) => self.name_wildcard(&mut left),
            (DraftKind::Aggregate(_), DraftKind::Wildcard) => self.name_wildcard(&mut right),
            _ => {}
        }
        if let Err(conflict) = self.draft.slots.unify(left.slot, right.slot) {
            let what = format!("the two sides of `{}`", compare.operator.symbol());
            self.conflict_between(&what, &conflict, compare.at.0);
        }
        let span = compare.at.0;
        if matches!(compare.operator, CompareOperator::Equal | CompareOperator::NotEqual)
            && [&left, &right].iter().any(|side| matches!(side.kind, DraftKind::Record(_)))
        {
            self.draft.compared.push(left.slot);
        }
        match (compare.operator, positive) {
            (CompareOperator::Equal, true) | (CompareOperator::NotEqual, false) => {
                record::equate(left, right, span, out);
            }
            (CompareOperator::NotEqual, true) | (CompareOperator::Equal, false) => {
                let test = Test::Compare(compare.operator);
                out.push(DraftLiteral::Test(DraftTest { test, positive, left, right, span }));
            }
            (operator, _) => {
                self.draft.slots.require(left.slot, Demand::Same, operator.symbol(), span);
                let test = Test::Compare(operator);
                out.push(DraftLiteral::Test(DraftTest { test, positive, left, right, span }));
            }
        }
    }

    fn name_wildcard(&mut self, wildcard: &mut DraftExpr) {
        self.draft.variables.push(DraftVariable { name: "@value".into(), span: wildcard.span, slot: wildcard.slot });
        wildcard.kind = DraftKind::Variable(self.draft.variables.len() - 1);
    }

    fn atom(&mut self, atom: &Atom) -> DraftAtom {
        let mut relation = self.resolver.relation(&atom.name);
        self.draft.broken |= relation.is_none();
        if let Some(id) = relation {
            let declared = self.resolver.program.relation(id);
            if declared.columns.len() != atom.args.len() {
                let message = format!(
                    "relation `{}` has {}, not {}",
                    declared.name,
                    columns(declared.columns.len()),
                    atom.args.len()
                );
                let names: Vec<&str> = declared.columns.iter().map(|column| &*column.name).collect();
                let any = if names.len() > atom.args.len() { "; `_` stands for any value" } else { "" };
                let help = format!("its columns are `{}({})`{any}", declared.name, names.join(", "));
                let diagnostic =
                    Diagnostic::error(codes::WRONG_ARITY, message, atom.at.0, "").also(declared.span, "declared here");
                self.report(diagnostic.help(help));
                relation = None;
            }
        }
        let mut args = Vec::with_capacity(atom.args.len());
        for (index, arg) in atom.args.iter().enumerate() {
            let draft = self.expr(arg);
            if let Some(id) = relation
                && let Some(ty) = self.resolver.columns[id.0 as usize][index]
            {
                let reason = self.resolver.reason(ty, draft.span, By::Column(id, index));
                self.demand_that(&draft, arg, reason);
            }
            args.push(draft);
        }
        DraftAtom { relation, args, span: atom.at.0 }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> DraftExpr {
        let span = expr.span();
        let own = |drafter: &mut Self, kind| DraftExpr { kind, span, slot: drafter.draft.slots.fresh() };
        match &expr.kind {
            ExprKind::Variable(name) => {
                let variable = self.variable(name, span);
                DraftExpr { kind: DraftKind::Variable(variable), span, slot: self.draft.variables[variable].slot }
            }
            ExprKind::Wildcard => own(self, DraftKind::Wildcard),
            ExprKind::Counter => self.counter(span),
            ExprKind::Call(name, args) if &*name.text == "autoinc" && args.is_empty() => self.counter(span),
            ExprKind::Integer(text) => own(self, DraftKind::Literal(Literal::Integer(text.clone(), false))),
            ExprKind::Unsigned(text) => self.literal(Literal::Unsigned(text.clone()), Primitive::Unsigned, span),
            ExprKind::Float(text) => self.literal(Literal::Float(text.clone(), false), Primitive::Float, span),
            ExprKind::Text(text) => own(self, DraftKind::Literal(Literal::Text(text.clone()))),
            ExprKind::Call(name, args) => self.call(name, args, expr),
            ExprKind::Unary(UnaryOperator::Negate, inner) => match &inner.kind {
                ExprKind::Integer(text) => own(self, DraftKind::Literal(Literal::Integer(text.clone(), true))),
                ExprKind::Float(text) => self.literal(Literal::Float(text.clone(), true), Primitive::Float, span),
                _ => self.operator(functors::unary(UnaryOperator::Negate), "-", &[inner], span),
            },
            ExprKind::Unary(operator, inner) => {
                self.operator(functors::unary(*operator), operator.symbol(), &[inner], span)
            }
            ExprKind::Binary(operator, left, right) => {
                self.operator(functors::binary(*operator), operator.symbol(), &[left, right], span)
            }
            ExprKind::As(inner, ty) => self.cast(inner, ty, span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, span),
            ExprKind::Nil => self.nil(span),
            ExprKind::Record(args) => self.record(args, span),
            ExprKind::Branch(name, args) => self.branch(name, args, span),
            ExprKind::Error => {
                self.draft.broken = true;
                self.draft.unreadable = true;
                own(self, DraftKind::Error)
            }
        }
    }

    fn literal(&mut self, literal: Literal, primitive: Primitive, span: Span) -> DraftExpr {
        let slot = self.known(primitive, span, By::Literal);
        DraftExpr { kind: DraftKind::Literal(literal), span, slot }
    }

    /// A slot whose type is known.
    pub(super) fn known(&mut self, primitive: Primitive, span: Span, by: By) -> Slot {
        let slot = self.draft.slots.fresh();
        // A fresh slot contradicts nothing.
        let _ = self.draft.slots.set(slot, Reason::new(primitive, span, by));
        slot
    }

    fn cast(&mut self, expr: &Expr, ty: &Name, span: Span) -> DraftExpr {
        let inner = self.expr(expr);
        let Some(ty) = self.resolver.types.find(ty, &mut self.resolver.diagnostics) else {
            self.draft.broken = true;
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        let reason = self.resolver.reason(ty, span, By::Cast);
        if matches!(inner.kind, DraftKind::Nil | DraftKind::Record(_)) {
            self.demand_that(&inner, expr, reason.clone());
        }
        let slot = self.draft.slots.fresh();
        // A fresh slot contradicts nothing.
        let _ = self.draft.slots.set(slot, reason);
        DraftExpr { kind: DraftKind::Cast(ty, Box::new(inner)), span, slot }
    }

    fn operator(
        &mut self,
        (operation, demand): (Operation, Demand),
        symbol: &'static str,
        args: &[&Expr],
        span: Span,
    ) -> DraftExpr {
        let drafts: Vec<DraftExpr> = args.iter().map(|arg| self.expr(arg)).collect();
        let unfit = self.draft.unreadable || drafts.iter().any(|draft| self.unfit(draft, demand, symbol, span));
        let slot = if unfit { self.draft.slots.fresh() } else { self.same(symbol, &drafts, span) };
        if !unfit {
            self.draft.slots.require(slot, demand, symbol, span);
        }
        DraftExpr { kind: DraftKind::Call(operation, drafts), span, slot }
    }

    /// Makes all arguments one type.
    pub(super) fn same(&mut self, symbol: &str, args: &[DraftExpr], span: Span) -> Slot {
        let Some((first, rest)) = args.split_first() else { return self.draft.slots.fresh() };
        for arg in rest {
            if let Err(conflict) = self.draft.slots.unify(first.slot, arg.slot) {
                let what = format!("the operands of `{symbol}`");
                self.conflict_between(&what, &conflict, span);
                return self.draft.slots.fresh();
            }
        }
        first.slot
    }

    fn call(&mut self, name: &Name, args: &[Expr], expr: &Expr) -> DraftExpr {
        let span = expr.span();
        let drafts: Vec<DraftExpr> = args.iter().map(|arg| self.expr(arg)).collect();
        if &*name.text == "range" {
            return self.range(drafts, span);
        }
        let Some(signature) = functors::find(&name.text) else {
            self.unknown_functor(name);
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        let least = if matches!(signature.gives, Gives::Same) { 1 } else { signature.takes.len() };
        if args.len() < least || (args.len() > signature.takes.len() && !signature.variadic) {
            let more = if signature.variadic { " or more" } else { "" };
            let message = format!("functor `{name}` takes {}{more}, not {}", arguments(least), args.len());
            self.report(Diagnostic::error(codes::WRONG_ARITY, message, span, ""));
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        }
        for (index, (draft, arg)) in drafts.iter().zip(args).enumerate() {
            let demand = signature.takes.get(index).or(signature.takes.last());
            match demand {
                Some(Demand::Is(primitive)) => self.demand(draft, arg, *primitive, By::Functor(signature.name)),
                // Every value has a number.
                Some(demand) if signature.name != "ord" => {
                    self.draft.slots.require(draft.slot, *demand, signature.name, draft.span);
                }
                _ => {}
            }
        }
        let slot = match signature.gives {
            Gives::Is(primitive) => self.known(primitive, span, By::Functor(signature.name)),
            Gives::Same => self.same(signature.name, &drafts, span),
        };
        DraftExpr { kind: DraftKind::Call(signature.operation, drafts), span, slot }
    }

    fn range(&mut self, args: Vec<DraftExpr>, span: Span) -> DraftExpr {
        if !matches!(args.len(), 2 | 3) {
            let message = format!("functor `range` takes 2 or 3 arguments, not {}", args.len());
            self.report(Diagnostic::error(codes::WRONG_ARITY, message, span, ""));
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        }
        let demand = Demand::SameNumeric;
        let unfit = self.draft.unreadable || args.iter().any(|arg| self.unfit(arg, demand, "range", span));
        let slot = if unfit { self.draft.slots.fresh() } else { self.same("range", &args, span) };
        if !unfit {
            self.draft.slots.require(slot, demand, "range", span);
        }
        DraftExpr { kind: DraftKind::Range(args), span, slot }
    }

    /// The next number, a `number`.
    fn counter(&mut self, span: Span) -> DraftExpr {
        if self.scopes.len() > 1 {
            self.report(super::counter::misplaced(span, "an aggregate"));
        }
        let slot = self.known(Primitive::Number, span, By::Functor("autoinc"));
        DraftExpr { kind: DraftKind::Counter, span, slot }
    }

    fn unknown_functor(&mut self, name: &Name) {
        let text = &*name.text;
        if functors::UNSUPPORTED.contains(&text) {
            let message = format!("functor `{text}` is not supported yet");
            return self.report(Diagnostic::error(codes::NOT_SUPPORTED, message, name.span(), ""));
        }
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_FUNCTOR, format!("unknown functor `{text}`"), name.span(), "");
        if self.resolver.names.contains_key(&name.text) {
            diagnostic = diagnostic
                .help(format!("`{text}` is a relation: make it a condition of its own, and use a variable of it here"));
        } else if self.resolver.types.shapes.has_branch(text) {
            let before = Span { end: name.span().start, ..name.span() };
            diagnostic =
                diagnostic.help(format!("a value of branch `{text}` is written `${text}(...)`")).fix(before, "$");
        } else if let Some(near) = nearest(text, functors::FUNCTORS.iter().map(|f| f.name).chain(["range"])) {
            diagnostic = diagnostic.suggest(near);
        }
        self.report(diagnostic);
    }

    /// Demands a primitive type of an expression.
    pub(super) fn demand(&mut self, draft: &DraftExpr, expr: &Expr, primitive: Primitive, by: By) {
        self.demand_that(draft, expr, Reason::new(primitive, draft.span, by));
    }

    fn demand_that(&mut self, draft: &DraftExpr, expr: &Expr, reason: Reason) {
        // What a literal may be is decided last.
        if let Err(conflict) = self.draft.slots.set(draft.slot, reason) {
            self.conflict(expr, &conflict);
        }
    }
}

pub(super) fn columns(n: usize) -> String {
    if n == 1 { "1 column".to_string() } else { format!("{n} columns") }
}

fn arguments(n: usize) -> String {
    if n == 1 { "1 argument".to_string() } else { format!("{n} arguments") }
}
