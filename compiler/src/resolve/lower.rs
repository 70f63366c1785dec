//! From a checked draft to the program's rule: literals become constants, functors get their overload, aggregates are
//! lifted into equalities, and so are patterns (`tuple`).

use super::draft::{Draft, DraftAggregate, DraftAtom, DraftExpr, DraftKind, DraftLiteral, DraftTest, Test};
use super::literal::{Reading, constant};
use super::nominal::Nominal;
use super::{Resolver, contradiction, counter, functors, tuple};
use crate::ast::{AggregateOperator, CompareOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::functor::{Comparison, Functor, has_bad_repeat};
use crate::program::{
    Aggregate, AggregateOp, Atom, Constraint, Expr, Fact, Literal, Range, RelationId, Rule, Variable, VariableId,
};
use crate::span::Span;
use crate::value::{Const, Form, Primitive};

/// Adds the fact or rule that a draft stands for, if nothing is wrong with it.
pub(super) fn lower(resolver: &mut Resolver, draft: Draft, nominal: &Nominal, fact: bool) {
    let Some((rule, counters)) = rule(resolver, draft, nominal) else { return };
    // Of a clause with several heads it is said once.
    let found = contradiction::find(&rule).filter(|found| !resolver.diagnostics.contains(found));
    resolver.diagnostics.extend(found);
    if let Some((_, span)) = counters.first() {
        let place = match (fact, resolver.inline.contains(&rule.head)) {
            (true, _) => Some("a fact"),
            (false, true) => Some("a rule of an inline relation"),
            (false, false) => None,
        };
        return match place {
            Some(place) => resolver.report(counter::misplaced(*span, place)),
            None => counter::number(resolver, rule, &counters, nominal),
        };
    }
    let constants = rule.args.iter().map(|arg| match arg {
        Expr::Const(constant) => Some(constant.clone()),
        _ => None,
    });
    match constants.collect::<Option<Vec<Const>>>() {
        Some(values) if fact => resolver.program.facts.push(Fact { relation: rule.head, values, span: rule.span }),
        _ => resolver.program.rules.push(rule),
    }
}

/// The rule that a draft stands for, with the variables that are to be counted; none if something is wrong with it, or
/// it never fires.
pub(super) fn rule(
    resolver: &mut Resolver,
    draft: Draft,
    nominal: &Nominal,
) -> Option<(Rule, Vec<(VariableId, Span)>)> {
    let Draft { head: Some(head), body, variables, slots, span, never, .. } = draft else { return None };
    let relation = head.relation?;
    let variables = variables.into_iter();
    let mut lowerer = Lowerer {
        resolver,
        nominal,
        slots,
        variables: Vec::new(),
        fresh: 0,
        counters: Vec::new(),
        diagnostics: Vec::new(),
    };
    for variable in variables {
        let primitive = lowerer.primitive(variable.slot);
        lowerer.variables.push(Variable { name: variable.name, primitive });
    }
    let mut literals = lowerer.conjunction(&body);
    let forms = lowerer.column_forms(relation);
    let args: Vec<Expr> =
        head.args.iter().zip(forms).map(|(arg, form)| lowerer.expr(arg, Reading::As(form), &mut literals)).collect();
    let Lowerer { variables, diagnostics, counters, .. } = lowerer;
    resolver.diagnostics.extend(diagnostics);
    (!never).then_some((Rule { head: relation, args, body: literals, variables, span }, counters))
}

pub(super) struct Lowerer<'a> {
    pub(super) resolver: &'a Resolver,
    nominal: &'a Nominal,
    pub(super) slots: super::slots::Slots,
    variables: Vec<Variable>,
    /// Variables made here.
    fresh: usize,
    /// Those of them that stand for the next number.
    counters: Vec<(VariableId, Span)>,
    diagnostics: Vec<Diagnostic>,
}

impl Lowerer<'_> {
    pub(super) fn primitive(&mut self, slot: super::slots::Slot) -> Primitive {
        self.slots.primitive(slot).unwrap_or(Primitive::Number)
    }

    fn column_forms(&self, relation: RelationId) -> Vec<Form> {
        self.resolver.program.relation(relation).columns.iter().map(|column| column.ty.form).collect()
    }

    fn conjunction(&mut self, body: &[DraftLiteral]) -> Vec<Literal> {
        let mut out = Vec::with_capacity(body.len());
        for literal in body {
            match literal {
                DraftLiteral::Atom(atom, positive) => {
                    let Some(atom) = self.atom(atom, *positive, &mut out) else { continue };
                    out.push(if *positive { Literal::Positive(atom) } else { Literal::Negative(atom) });
                }
                DraftLiteral::Test(test) => {
                    let constraint = self.test(test, &mut out);
                    out.push(Literal::Constraint(constraint));
                }
            }
        }
        out
    }

    fn atom(&mut self, atom: &DraftAtom, positive: bool, out: &mut Vec<Literal>) -> Option<Atom> {
        let relation = atom.relation?;
        let forms = self.column_forms(relation);
        let mut args = Vec::with_capacity(atom.args.len());
        for (arg, form) in atom.args.iter().zip(forms) {
            args.push(match tuple::written_out(arg) {
                Some(tuple) if positive => self.pattern(tuple, out),
                _ => self.expr(arg, Reading::As(form), out),
            });
        }
        Some(Atom { relation, args, span: atom.span })
    }

    fn test(&mut self, test: &DraftTest, out: &mut Vec<Literal>) -> Constraint {
        let (left_form, right_form) = match test.test {
            // Each side is read in the form that the other has.
            Test::Compare(_) => {
                (self.nominal.form(self.resolver, &test.right), self.nominal.form(self.resolver, &test.left))
            }
            Test::InPrefix => (Form::Ip, Form::Prefix),
            _ => (Form::Plain, Form::Plain),
        };
        let primitive = self.primitive(test.left.slot);
        let comparison = match test.test {
            Test::Compare(CompareOperator::Equal) => Comparison::Equal,
            Test::Compare(CompareOperator::NotEqual) => Comparison::NotEqual,
            Test::Compare(CompareOperator::Less) => Comparison::Less(primitive),
            Test::Compare(CompareOperator::LessEqual) => Comparison::LessEqual(primitive),
            Test::Compare(CompareOperator::Greater) => Comparison::Greater(primitive),
            Test::Compare(CompareOperator::GreaterEqual) => Comparison::GreaterEqual(primitive),
            Test::Match => Comparison::Match,
            Test::Contains => Comparison::Contains,
            Test::InPrefix => Comparison::InPrefix,
        };
        let comparison = if test.positive { comparison } else { comparison.negated() };
        // `x = count : { ... }` is what aggregates are lifted to, and ranges: it stays as it is.
        if comparison == Comparison::Equal {
            for (variable, value) in [(&test.left, &test.right), (&test.right, &test.left)] {
                if let (DraftKind::Variable(v), DraftKind::Aggregate(aggregate)) = (&variable.kind, &value.kind) {
                    let left = Expr::Variable(VariableId(*v as u32));
                    let right = Expr::Aggregate(Box::new(self.aggregate(aggregate)));
                    return Constraint { comparison, left, right, span: test.span };
                }
                if let (DraftKind::Variable(v), DraftKind::Range(args)) = (&variable.kind, &value.kind) {
                    let left = Expr::Variable(VariableId(*v as u32));
                    let right = self.range(args, value.slot, Reading::As(Form::Plain), out);
                    return Constraint { comparison, left, right: Expr::Range(Box::new(right)), span: test.span };
                }
            }
        }
        if comparison == Comparison::Equal
            && let Some(constraint) = self.match_tuple(&test.left, &test.right, test.span, out)
        {
            return constraint;
        }
        let left = self.expr(&test.left, Reading::As(left_form), out);
        let right = self.expr(&test.right, Reading::As(right_form), out);
        if test.test == Test::Match
            && let Expr::Const(Const::Symbol(pattern)) = &left
            && let Some(reason) = not_a_pattern(pattern)
        {
            let message = "pattern of `match` is not a regular expression: the condition never holds";
            self.diagnostics.push(Diagnostic::warning(codes::BAD_PATTERN, message, test.left.span, reason));
        }
        Constraint { comparison, left, right, span: test.span }
    }

    pub(super) fn expr(&mut self, expr: &DraftExpr, reading: Reading, out: &mut Vec<Literal>) -> Expr {
        match &expr.kind {
            DraftKind::Variable(variable) => Expr::Variable(VariableId(*variable as u32)),
            DraftKind::Wildcard | DraftKind::Error => Expr::Wildcard,
            DraftKind::Counter => {
                let variable = self.fresh(Primitive::Number);
                self.counters.push((variable, expr.span));
                Expr::Variable(variable)
            }
            DraftKind::Literal(literal) => {
                let primitive = self.primitive(expr.slot);
                match constant(literal, primitive, reading, expr.span) {
                    Ok(constant) => Expr::Const(constant),
                    Err(mut diagnostic) => {
                        if let Some(reason) = self.slots.reason(expr.slot)
                            && diagnostic.code == codes::TYPE_MISMATCH
                        {
                            diagnostic.primary.text = self.resolver.describe(reason);
                        }
                        self.diagnostics.push(*diagnostic);
                        Expr::Wildcard
                    }
                }
            }
            DraftKind::Nil => Expr::Const(Const::Nil),
            DraftKind::Record(_) | DraftKind::Branch(..) => self.tuple(expr, out),
            DraftKind::Call(operation, args) => {
                let first = args.first().map_or(Primitive::Number, |arg| self.primitive(arg.slot));
                let functor = operation.functor(first);
                let forms: Vec<Form> = args.iter().map(|arg| self.nominal.form(self.resolver, arg)).collect();
                let args = args
                    .iter()
                    .enumerate()
                    .map(|(index, arg)| {
                        let reading = argument_reading(functor, index, &forms, reading);
                        self.expr(arg, reading, out)
                    })
                    .collect();
                Expr::Call(functor, args)
            }
            DraftKind::Range(args) => {
                let right = self.range(args, expr.slot, reading, out);
                let left = Expr::Variable(self.fresh(right.primitive));
                let right = Expr::Range(Box::new(right));
                let (comparison, span) = (Comparison::Equal, expr.span);
                out.push(Literal::Constraint(Constraint { comparison, left: left.clone(), right, span }));
                left
            }
            DraftKind::Cast(ty, inner) => {
                let (to, form) = {
                    let ty = self.resolver.types.get(*ty);
                    (ty.primitive, ty.form)
                };
                let from = self.primitive(inner.slot);
                let inner = self.expr(inner, Reading::As(form), out);
                match (from, to) {
                    (Primitive::Number, Primitive::Unsigned) => Expr::Call(Functor::ToUnsigned(from), vec![inner]),
                    (Primitive::Unsigned, Primitive::Number) => Expr::Call(Functor::ToNumber(from), vec![inner]),
                    _ if from == to => inner,
                    _ => Expr::Call(Functor::Reinterpret(from, to), vec![inner]),
                }
            }
            DraftKind::Aggregate(aggregate) => {
                let primitive = self.primitive(expr.slot);
                let variable = self.fresh(primitive);
                let right = Expr::Aggregate(Box::new(self.aggregate(aggregate)));
                out.push(Literal::Constraint(Constraint {
                    comparison: Comparison::Equal,
                    left: Expr::Variable(variable),
                    right,
                    span: expr.span,
                }));
                Expr::Variable(variable)
            }
        }
    }

    /// A range, whose arguments are two or three: that was checked when the call was drafted.
    fn range(
        &mut self,
        args: &[DraftExpr],
        slot: super::slots::Slot,
        reading: Reading,
        out: &mut Vec<Literal>,
    ) -> Range {
        let mut args = args.iter().map(|arg| self.expr(arg, reading, out)).collect::<Vec<_>>().into_iter();
        let mut next = || args.next().unwrap_or(Expr::Wildcard);
        let (from, to) = (next(), next());
        Range { primitive: self.primitive(slot), from, to, step: args.next() }
    }

    pub(super) fn fresh(&mut self, primitive: Primitive) -> VariableId {
        self.fresh += 1;
        self.variables.push(Variable { name: format!("@{}", self.fresh).into(), primitive });
        VariableId(self.variables.len() as u32 - 1)
    }

    fn aggregate(&mut self, aggregate: &DraftAggregate) -> Aggregate {
        let mut body = self.conjunction(&aggregate.body);
        if aggregate.never {
            body.push(never(aggregate.span));
        }
        let target = aggregate.target.as_ref().map(|target| (self.primitive(target.slot), target));
        let primitive = target.map_or(Primitive::Number, |(primitive, _)| primitive);
        let target = target.map(|(_, target)| self.expr(target, Reading::As(Form::Plain), &mut body));
        let op = match aggregate.operator {
            AggregateOperator::Count => AggregateOp::Count,
            AggregateOperator::Sum => AggregateOp::Sum(primitive),
            AggregateOperator::Min => AggregateOp::Min(primitive),
            AggregateOperator::Max => AggregateOp::Max(primitive),
            AggregateOperator::Mean => AggregateOp::Mean(primitive),
            AggregateOperator::Gap => AggregateOp::Gap(primitive),
        };
        let outer = aggregate.outer.iter().map(|variable| VariableId(*variable as u32)).collect();
        Aggregate { op, target, body, outer, span: aggregate.span }
    }
}

/// Why a text is no regular expression, if it is none.
fn not_a_pattern(pattern: &str) -> Option<String> {
    if has_bad_repeat(pattern) {
        return Some("a brace without a number of times".into());
    }
    let reason = fancy_regex::Regex::new(&format!("^(?:{pattern})$")).err()?.to_string();
    let reason = reason.lines().last().unwrap_or("");
    Some(reason.rsplit(": ").next().unwrap_or(reason).to_lowercase())
}

/// How a functor's argument is read, if it is a string.
fn argument_reading(functor: Functor, index: usize, forms: &[Form], around: Reading) -> Reading {
    match functor {
        Functor::Add(_) | Functor::Sub(_) if forms.contains(&Form::Time) || around == Reading::As(Form::Time) => {
            Reading::DurationOrTime
        }
        Functor::Add(_) | Functor::Sub(_) | Functor::Mul(_) | Functor::Div(_) | Functor::Rem(_)
            if forms.contains(&Form::Duration) || around == Reading::As(Form::Duration) =>
        {
            Reading::As(Form::Duration)
        }
        Functor::Min(_) | Functor::Max(_) => {
            let form = forms.iter().copied().find(|form| *form != Form::Plain);
            form.map_or(around, Reading::As)
        }
        functor => Reading::As(functors::argument_form(functor, index)),
    }
}

/// A conjunct that never holds.
fn never(span: Span) -> Literal {
    let one = || Expr::Const(Const::Number(1));
    Literal::Constraint(Constraint { comparison: Comparison::NotEqual, left: one(), right: one(), span })
}
