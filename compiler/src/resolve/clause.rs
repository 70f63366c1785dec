//! From a conjunction to a draft: names are looked up, variables are numbered, and what must have one type shares a slot.

use super::Resolver;
use super::draft::*;
use super::expand::Conjunct;
use super::functors::{self, Demand, Gives, Operation};
use super::scope;
use super::slots::{By, Conflict, Reason, Slot};
use crate::ast::{self, AggregateOperator, Atom, Compare, CompareOperator, Expr, ExprKind, Name, UnaryOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::RelationId;
use crate::span::Span;
use crate::suggest::nearest;
use crate::value::Primitive;
use fnv::FnvHashMap;
use std::sync::Arc;

impl Resolver {
    /// Drafts a rule. `context` are the conjunctions around it, if it is part of an aggregate.
    pub(super) fn draft(
        &mut self,
        owner: &str,
        head: Option<&Atom>,
        conjunction: &[Conjunct<'_>],
        context: &[&[Conjunct<'_>]],
        span: Span,
    ) -> Draft {
        let draft = Draft { span, ..Draft::default() };
        let mut drafter = Drafter { resolver: self, owner, draft, scopes: Vec::new(), around: context.to_vec() };
        drafter.scopes.push(Scope::default());
        let mut declare = |name: &Arc<str>, at| drafter.declare(name, at);
        scope::conjunction_names(conjunction, &mut declare);
        if let Some(head) = head {
            head.args.iter().for_each(|arg| scope::names(arg, &mut declare));
        }
        drafter.around.push(conjunction);
        drafter.draft.body = drafter.conjunction(conjunction);
        drafter.draft.never = conjunction.iter().any(|c| matches!(c, Conjunct::False));
        drafter.draft.head = head.map(|head| drafter.atom(head));
        drafter.draft
    }
}

struct Drafter<'r, 'c> {
    resolver: &'r mut Resolver,
    /// The relation that the rule belongs to.
    owner: &'r str,
    draft: Draft,
    /// The rule's variables, then those of the aggregates around the present place.
    scopes: Vec<Scope>,
    /// The conjunctions around the present place, outermost first.
    around: Vec<&'c [Conjunct<'c>]>,
}

#[derive(Default)]
struct Scope {
    names: FnvHashMap<Arc<str>, usize>,
    /// Variables of outer scopes that are used here.
    outer: Vec<usize>,
}

impl<'c> Drafter<'_, 'c> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.draft.broken |= diagnostic.is_error();
        self.resolver.report(diagnostic);
    }

    /// A variable of the innermost scope.
    fn declare(&mut self, name: &Arc<str>, span: Span) {
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

    fn conjunction(&mut self, conjunction: &[Conjunct<'_>]) -> Vec<DraftLiteral> {
        let mut literals = Vec::with_capacity(conjunction.len());
        for conjunct in conjunction {
            match conjunct {
                Conjunct::Atom(atom, positive) => literals.push(self.atom_or_test(atom, *positive)),
                Conjunct::Compare(compare, positive) => literals.push(self.compare(compare, *positive)),
                Conjunct::False => {}
            }
        }
        literals
    }

    /// `match`, `contains` and `in_prefix` are tests, unless a relation has that name.
    fn test(&self, name: &Name) -> Option<Test> {
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

    fn compare(&mut self, compare: &Compare, positive: bool) -> DraftLiteral {
        let left = self.expr(&compare.left);
        let right = self.expr(&compare.right);
        if let Err(conflict) = self.draft.slots.unify(left.slot, right.slot) {
            let what = format!("the two sides of `{}`", compare.operator.symbol());
            self.conflict_between(&what, &conflict, compare.at.0);
        }
        let test = Test::Compare(compare.operator);
        DraftLiteral::Test(DraftTest { test, positive, left, right, span: compare.at.0 })
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
                let diagnostic =
                    Diagnostic::error(codes::WRONG_ARITY, message, atom.at.0, "").also(declared.span, "declared here");
                self.report(diagnostic);
                relation = None;
            }
        }
        let mut args = Vec::with_capacity(atom.args.len());
        for (index, arg) in atom.args.iter().enumerate() {
            let draft = self.expr(arg);
            if let Some(id) = relation
                && let Some(ty) = self.resolver.columns[id.0 as usize][index]
            {
                let primitive = self.resolver.types.get(ty).primitive;
                self.demand(&draft, arg, primitive, By::Column(id, index));
            }
            args.push(draft);
        }
        DraftAtom { relation, args, span: atom.at.0 }
    }

    fn expr(&mut self, expr: &Expr) -> DraftExpr {
        let span = expr.span();
        let own = |drafter: &mut Self, kind| DraftExpr { kind, span, slot: drafter.draft.slots.fresh() };
        match &expr.kind {
            ExprKind::Variable(name) => {
                let variable = self.variable(name, span);
                DraftExpr { kind: DraftKind::Variable(variable), span, slot: self.draft.variables[variable].slot }
            }
            ExprKind::Wildcard => own(self, DraftKind::Wildcard),
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
            ExprKind::Error => {
                self.draft.broken = true;
                own(self, DraftKind::Error)
            }
        }
    }

    fn literal(&mut self, literal: Literal, primitive: Primitive, span: Span) -> DraftExpr {
        let slot = self.known(primitive, span, By::Literal);
        DraftExpr { kind: DraftKind::Literal(literal), span, slot }
    }

    /// A slot whose type is known.
    fn known(&mut self, primitive: Primitive, span: Span, by: By) -> Slot {
        let slot = self.draft.slots.fresh();
        // A fresh slot contradicts nothing.
        let _ = self.draft.slots.set(slot, Reason { primitive, span, by });
        slot
    }

    fn cast(&mut self, inner: &Expr, ty: &Name, span: Span) -> DraftExpr {
        let inner = self.expr(inner);
        let Some(ty) = self.resolver.types.find(ty, &mut self.resolver.diagnostics) else {
            self.draft.broken = true;
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        let slot = self.known(self.resolver.types.get(ty).primitive, span, By::Cast);
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
        let slot = self.same(symbol, &drafts, span);
        self.draft.slots.require(slot, demand, symbol, span);
        DraftExpr { kind: DraftKind::Call(operation, drafts), span, slot }
    }

    /// Makes all arguments one type.
    fn same(&mut self, symbol: &str, args: &[DraftExpr], span: Span) -> Slot {
        let Some((first, rest)) = args.split_first() else { return self.draft.slots.fresh() };
        for arg in rest {
            if let Err(conflict) = self.draft.slots.unify(first.slot, arg.slot) {
                let what = format!("the operands of `{symbol}`");
                self.conflict_between(&what, &conflict, span);
            }
        }
        first.slot
    }

    fn call(&mut self, name: &Name, args: &[Expr], expr: &Expr) -> DraftExpr {
        let span = expr.span();
        let drafts: Vec<DraftExpr> = args.iter().map(|arg| self.expr(arg)).collect();
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
            if let Some(Demand::Is(primitive)) = demand {
                self.demand(draft, arg, *primitive, By::Functor(signature.name));
            }
        }
        let slot = match signature.gives {
            Gives::Is(primitive) => self.known(primitive, span, By::Functor(signature.name)),
            Gives::Same => self.same(signature.name, &drafts, span),
        };
        DraftExpr { kind: DraftKind::Call(signature.operation, drafts), span, slot }
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
        } else if let Some(near) = nearest(text, functors::FUNCTORS.iter().map(|f| f.name)) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        self.report(diagnostic);
    }

    fn aggregate(&mut self, aggregate: &ast::Aggregate, span: Span) -> DraftExpr {
        let Some(mut alternatives) = self.resolver.expand(&aggregate.body) else {
            self.draft.broken = true;
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        self.scopes.push(Scope::default());
        if let Some(target) = &aggregate.target {
            scope::names(target, &mut |name, at| self.declare(name, at));
        }
        let draft = if alternatives.len() == 1
            && let Some(conjunction) = alternatives.pop()
        {
            self.fold(aggregate, &conjunction, span)
        } else {
            let atom = self.materialise(&alternatives, span);
            self.fold(aggregate, &[Conjunct::Atom(&atom, true)], span)
        };
        self.scopes.pop();
        draft
    }

    /// An aggregate over a conjunction, in the scope that was opened for it.
    fn fold(&mut self, aggregate: &ast::Aggregate, conjunction: &[Conjunct<'_>], span: Span) -> DraftExpr {
        let inner = self.nested(conjunction, |drafter| {
            let mut here = Vec::new();
            scope::conjunction_names(conjunction, &mut |name, at| here.push((name.clone(), at)));
            for (name, at) in here {
                if !drafter.scopes.iter().any(|scope| scope.names.contains_key(&name)) {
                    drafter.declare(&name, at);
                }
            }
            drafter.conjunction(conjunction)
        });
        let target = aggregate.target.as_ref().map(|target| self.expr(target));
        let symbol = aggregate.operator.symbol();
        let slot = match (aggregate.operator, &target) {
            (AggregateOperator::Count, _) | (_, None) => self.known(Primitive::Number, span, By::Functor(symbol)),
            (AggregateOperator::Mean, Some(target)) => {
                self.draft.slots.require(target.slot, Demand::SameNumeric, symbol, target.span);
                self.known(Primitive::Float, span, By::Functor(symbol))
            }
            (AggregateOperator::Sum, Some(target)) => {
                self.draft.slots.require(target.slot, Demand::SameNumeric, symbol, target.span);
                target.slot
            }
            (AggregateOperator::Gap, Some(target)) => {
                self.draft.slots.require(target.slot, Demand::SameInteger, symbol, target.span);
                target.slot
            }
            (AggregateOperator::Min | AggregateOperator::Max, Some(target)) => target.slot,
        };
        let mut outer = self.scopes.last().map(|scope| scope.outer.clone()).unwrap_or_default();
        outer.sort_unstable();
        let never = conjunction.iter().any(|c| matches!(c, Conjunct::False));
        let kind = DraftKind::Aggregate(Box::new(DraftAggregate {
            operator: aggregate.operator,
            target,
            body: inner,
            outer,
            never,
            span,
        }));
        DraftExpr { kind, span, slot }
    }

    /// Runs `act` with a further conjunction around it.
    fn nested<T>(&mut self, conjunction: &[Conjunct<'_>], act: impl FnOnce(&mut Drafter<'_, '_>) -> T) -> T {
        let mut around: Vec<&[Conjunct<'_>]> = self.around.clone();
        around.push(conjunction);
        let mut inner = Drafter {
            resolver: &mut *self.resolver,
            owner: self.owner,
            draft: std::mem::take(&mut self.draft),
            scopes: std::mem::take(&mut self.scopes),
            around,
        };
        let result = act(&mut inner);
        let (draft, scopes) = (inner.draft, inner.scopes);
        self.draft = draft;
        self.scopes = scopes;
        result
    }

    /// An aggregate over alternatives ranges over an auxiliary relation: their union. Its columns are the variables that
    /// are used outside of the alternatives and those that all of them have.
    fn materialise(&mut self, alternatives: &[Vec<Conjunct<'_>>], span: Span) -> Atom {
        let target =
            self.scopes.last().map(|scope| scope.names.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let columns = self.shared_columns(alternatives);
        let around: Vec<Conjunct<'_>> = self.around.iter().flat_map(|conjunction| self.binders(conjunction)).collect();
        // The target's variables are others than those of the same name around the aggregate.
        let (atoms, compares) = renamed(&around, &target);
        let around = atoms.iter().map(|atom| Conjunct::Atom(atom, true));
        let around: Vec<Conjunct<'_>> =
            around.chain(compares.iter().map(|compare| Conjunct::Compare(compare, true))).collect();
        let mut bound: Vec<Vec<Conjunct<'_>>> = Vec::new();
        for conjunction in alternatives {
            // A variable from outside that an alternative only tests must be bound there, too.
            let tested = columns.iter().any(|(name, _)| {
                self.is_outside(name) && !target.contains(name) && !self.binds_directly(conjunction, name)
            });
            let mut conjunction = conjunction.clone();
            if tested {
                conjunction.splice(0..0, around.iter().copied());
            }
            bound.push(conjunction);
        }
        let owner = self.owner;
        let relation = self.resolver.auxiliary(owner, &columns, &bound, &[], span);
        self.atom_of(relation, &columns, span)
    }

    /// Whether a positive atom of the conjunction has the variable as a column.
    fn binds_directly(&self, conjunction: &[Conjunct<'_>], name: &Arc<str>) -> bool {
        conjunction.iter().any(|conjunct| match conjunct {
            Conjunct::Atom(atom, true) if self.test(&atom.name).is_none() => {
                atom.args.iter().any(|arg| matches!(&arg.kind, ExprKind::Variable(variable) if variable == name))
            }
            _ => false,
        })
    }

    /// The conjuncts of a conjunction that bind variables, aggregates aside.
    fn binders<'a>(&self, conjunction: &[Conjunct<'a>]) -> Vec<Conjunct<'a>> {
        let binds = |conjunct: &Conjunct<'_>| match conjunct {
            Conjunct::Atom(atom, true) => {
                self.test(&atom.name).is_none() && !atom.args.iter().any(scope::has_aggregate)
            }
            Conjunct::Compare(compare, true) => {
                compare.operator == CompareOperator::Equal
                    && !scope::has_aggregate(&compare.left)
                    && !scope::has_aggregate(&compare.right)
            }
            _ => false,
        };
        conjunction.iter().copied().filter(binds).collect()
    }

    fn is_outside(&self, name: &Arc<str>) -> bool {
        self.scopes.iter().any(|scope| scope.names.contains_key(name))
    }

    /// Variables that are used outside of the alternatives, and those that all alternatives have.
    fn shared_columns(&self, alternatives: &[Vec<Conjunct<'_>>]) -> Vec<(Arc<str>, Span)> {
        let mut columns: Vec<(Arc<str>, Span)> = Vec::new();
        let mut counts: FnvHashMap<Arc<str>, usize> = FnvHashMap::default();
        for conjunction in alternatives {
            let mut here: Vec<Arc<str>> = Vec::new();
            conjunction_all_names(conjunction, &mut |name, at| {
                if !columns.iter().any(|(known, _)| known == name) {
                    columns.push((name.clone(), at));
                }
                if !here.contains(name) {
                    here.push(name.clone());
                    *counts.entry(name.clone()).or_default() += 1;
                }
            });
        }
        columns.retain(|(name, _)| self.is_outside(name) || counts[name] == alternatives.len());
        columns
    }

    fn atom_of(&self, relation: RelationId, columns: &[(Arc<str>, Span)], span: Span) -> Atom {
        let name = self.resolver.program.relation(relation).name.clone();
        let at = ast::At;
        let variable = |(name, span): &(Arc<str>, Span)| Expr { kind: ExprKind::Variable(name.clone()), at: at(*span) };
        Atom { name: Name { text: name, at: at(span) }, args: columns.iter().map(variable).collect(), at: at(span) }
    }

    /// Demands a primitive type of an expression.
    fn demand(&mut self, draft: &DraftExpr, expr: &Expr, primitive: Primitive, by: By) {
        // What a literal may be is decided last.
        if let Err(conflict) = self.draft.slots.set(draft.slot, Reason { primitive, span: draft.span, by }) {
            self.conflict(expr, &conflict);
        }
    }

    /// One expression cannot have two types.
    fn conflict(&mut self, expr: &Expr, Conflict(old, new): &Conflict) {
        let message = if matches!(expr.kind, ExprKind::Variable(_)) {
            format!("variable `{expr}` is {} in one place and {} in another", a(old.primitive), a(new.primitive))
        } else {
            format!("`{expr}` is {}, where {} is needed", a(old.primitive), a(new.primitive))
        };
        let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, new.span, self.resolver.describe(new))
            .also(old.span, self.resolver.describe(old));
        let diagnostic = self.with_conversion(diagnostic, old.primitive, new.primitive);
        self.report(diagnostic);
    }

    /// Two expressions must have one type.
    fn conflict_between(&mut self, what: &str, Conflict(left, right): &Conflict, span: Span) {
        let message = format!("{what} are {} and {}", a(left.primitive), a(right.primitive));
        let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, span, "");
        for reason in [left, right] {
            diagnostic = diagnostic.also(reason.span, self.resolver.describe(reason));
        }
        let diagnostic = self.with_conversion(diagnostic, left.primitive, right.primitive);
        self.report(diagnostic);
    }

    fn with_conversion(&self, diagnostic: Diagnostic, from: Primitive, to: Primitive) -> Diagnostic {
        let functor = |primitive| match primitive {
            Primitive::Number => "to_number",
            Primitive::Unsigned => "to_unsigned",
            Primitive::Float => "to_float",
            Primitive::Symbol => "to_string",
        };
        diagnostic.help(format!("convert one of them: `{}(...)` or `{}(...)`", functor(from), functor(to)))
    }
}

impl Resolver {
    /// Why something has its type.
    pub(super) fn describe(&self, reason: &Reason) -> String {
        let what = a(reason.primitive);
        match reason.by {
            By::Column(relation, column) => {
                let relation = self.program.relation(relation);
                format!("{what}: column `{}` of relation `{}`", relation.columns[column].name, relation.name)
            }
            By::Functor(name) => format!("{what}: by `{name}`"),
            By::Literal => format!("{what}, by its form"),
            By::Cast => format!("{what}: by `as`"),
        }
    }
}

/// Copies of positive conjuncts in which these variables have other names.
fn renamed(conjunction: &[Conjunct<'_>], names: &[Arc<str>]) -> (Vec<Atom>, Vec<Compare>) {
    let (mut atoms, mut compares) = (Vec::new(), Vec::new());
    for conjunct in conjunction {
        match conjunct {
            Conjunct::Atom(atom, _) => {
                let mut atom = (*atom).clone();
                atom.args.iter_mut().for_each(|arg| rename(arg, names));
                atoms.push(atom);
            }
            Conjunct::Compare(compare, _) => {
                let mut compare = (*compare).clone();
                rename(&mut compare.left, names);
                rename(&mut compare.right, names);
                compares.push(compare);
            }
            Conjunct::False => {}
        }
    }
    (atoms, compares)
}

fn rename(expr: &mut Expr, names: &[Arc<str>]) {
    match &mut expr.kind {
        ExprKind::Variable(name) if names.contains(name) => *name = format!("{name}@").into(),
        ExprKind::Call(_, args) => args.iter_mut().for_each(|arg| rename(arg, names)),
        ExprKind::Unary(_, inner) | ExprKind::As(inner, _) => rename(inner, names),
        ExprKind::Binary(_, left, right) => {
            rename(left, names);
            rename(right, names);
        }
        _ => {}
    }
}

fn conjunction_all_names(conjunction: &[Conjunct<'_>], visit: &mut impl FnMut(&Arc<str>, Span)) {
    for conjunct in conjunction {
        match conjunct {
            Conjunct::Atom(atom, _) => atom.args.iter().for_each(|arg| scope::all_names(arg, visit)),
            Conjunct::Compare(compare, _) => {
                scope::all_names(&compare.left, visit);
                scope::all_names(&compare.right, visit);
            }
            Conjunct::False => {}
        }
    }
}

/// With its article.
pub(super) fn a(primitive: Primitive) -> String {
    match primitive {
        Primitive::Unsigned => "an unsigned".to_string(),
        primitive => format!("a {primitive}"),
    }
}

fn columns(n: usize) -> String {
    if n == 1 { "1 column".to_string() } else { format!("{n} columns") }
}

fn arguments(n: usize) -> String {
    if n == 1 { "1 argument".to_string() } else { format!("{n} arguments") }
}
