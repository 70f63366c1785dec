//! Declared types: a variable's type is what all columns that bind it have in common, and it must fit the columns that
//! it is derived into. So an `Ip` never joins a `Mac`, and a plain symbol becomes an `Ip` by `as` alone.
//!
//! Results of functors and literals fit every type of their primitive, as in Soufflé, but for text in a form.

use super::Resolver;
use super::draft::*;
use super::functors;
use super::types::TypeId;
use crate::ast::{AggregateOperator, CompareOperator};
use crate::diagnostic::{Diagnostic, codes};
use crate::form;
use crate::functor::Functor;
use crate::span::Span;
use crate::value::{Form, Primitive};

/// The declared types of a draft's variables.
pub(super) struct Nominal {
    /// Variables that are equal share a class.
    class: Vec<usize>,
    types: Vec<Option<Found>>,
    /// Types that literals beside a variable may be read in, though the variable is not bound to them.
    hints: Vec<Option<TypeId>>,
    /// Variables whose types share no value: reported already.
    torn: Vec<bool>,
}

#[derive(Clone, Copy)]
struct Found {
    ty: TypeId,
    span: Span,
}

impl Nominal {
    /// The declared type of a variable, if a column or a cast gives it one.
    pub(super) fn of_variable(&self, variable: usize) -> Option<TypeId> {
        self.types[self.class[variable]].map(|found| found.ty)
    }

    /// The same for a variable that lowering may have made.
    pub(super) fn declared(&self, variable: usize) -> Option<TypeId> {
        if variable < self.class.len() { self.of_variable(variable) } else { None }
    }

    /// The declared type of an expression.
    pub(super) fn of(&self, resolver: &Resolver, expr: &DraftExpr) -> Option<TypeId> {
        match &expr.kind {
            DraftKind::Variable(variable) => self.of_variable(*variable),
            DraftKind::Cast(ty, _) => Some(*ty),
            DraftKind::Call(operation, args) => match operation.functor(Primitive::Symbol) {
                Functor::Min(_) | Functor::Max(_) => {
                    let mut types = args.iter().map(|arg| self.of(resolver, arg));
                    let first = types.next()??;
                    types.all(|ty| ty == Some(first)).then_some(first)
                }
                functor => match functors::result_form(functor) {
                    Form::Plain => None,
                    form => Some(resolver.types.form(form)),
                },
            },
            DraftKind::Aggregate(aggregate) => match (aggregate.operator, &aggregate.target) {
                (AggregateOperator::Min | AggregateOperator::Max, Some(target)) => self.of(resolver, target),
                _ => None,
            },
            _ => None,
        }
    }

    /// The form in which a string beside this expression is read: also what arithmetic on times and durations gives.
    pub(super) fn form(&self, resolver: &Resolver, expr: &DraftExpr) -> Form {
        let form = |ty: TypeId| resolver.types.get(ty).form;
        if let Some(ty) = self.of(resolver, expr) {
            return form(ty);
        }
        match &expr.kind {
            DraftKind::Variable(variable) => self.hints[self.class[*variable]].map_or(Form::Plain, form),
            DraftKind::Call(operation, args) => {
                let forms: Vec<Form> = args.iter().map(|arg| self.operand_form(resolver, arg)).collect();
                let time = forms.iter().filter(|form| **form == Form::Time).count();
                match operation.functor(Primitive::Number) {
                    Functor::Sub(_) if time == 2 => Form::Duration,
                    Functor::Add(_) | Functor::Sub(_) | Functor::Min(_) | Functor::Max(_) if time > 0 => Form::Time,
                    Functor::Add(_)
                    | Functor::Sub(_)
                    | Functor::Mul(_)
                    | Functor::Div(_)
                    | Functor::Rem(_)
                    | Functor::Min(_)
                    | Functor::Max(_)
                    | Functor::Neg(_)
                        if forms.contains(&Form::Duration) =>
                    {
                        Form::Duration
                    }
                    _ => Form::Plain,
                }
            }
            DraftKind::Aggregate(aggregate) => match (aggregate.operator, &aggregate.target) {
                (AggregateOperator::Count | AggregateOperator::Mean, _) | (_, None) => Form::Plain,
                (_, Some(target)) => self.form(resolver, target),
            },
            _ => Form::Plain,
        }
    }

    /// The same for an operand, where a string counts as what it can be read as.
    fn operand_form(&self, resolver: &Resolver, expr: &DraftExpr) -> Form {
        match &expr.kind {
            DraftKind::Literal(Literal::Text(text)) => {
                let readable = |form: &Form| form::read(*form, text).is_ok();
                [Form::Duration, Form::Time].into_iter().find(readable).unwrap_or(Form::Plain)
            }
            _ => self.form(resolver, expr),
        }
    }

    fn root(&self, variable: usize) -> usize {
        self.class[variable]
    }
}

/// Finds the declared types of a draft's variables and reports what does not fit.
pub(super) fn nominal(resolver: &mut Resolver, draft: &Draft) -> Nominal {
    let count = draft.variables.len();
    let mut nominal = Nominal {
        class: (0..count).collect(),
        types: vec![None; count],
        hints: vec![None; count],
        torn: vec![false; count],
    };
    let mut diagnostics = Vec::new();
    join_equal(&mut nominal, &draft.body);
    sources(resolver, &mut nominal, draft, &draft.body, &mut diagnostics);
    // `x = prefix_of(...)`: chains of these are short, and each round settles one link.
    while equalities(resolver, &mut nominal, &draft.body, false) {}
    sinks(resolver, &mut nominal, draft, &mut diagnostics);
    while equalities(resolver, &mut nominal, &draft.body, true) {}
    resolver.diagnostics.extend(diagnostics);
    nominal
}

/// Variables that are equal are one.
fn join_equal(nominal: &mut Nominal, body: &[DraftLiteral]) {
    for_each_literal(body, &mut |literal| {
        if let Some((left, right)) = equality(literal)
            && let (DraftKind::Variable(left), DraftKind::Variable(right)) = (&left.kind, &right.kind)
        {
            let (keep, drop) = (nominal.class[*left], nominal.class[*right]);
            nominal.class.iter_mut().filter(|class| **class == drop).for_each(|class| *class = keep);
        }
    });
}

/// `left = right`
fn equality(literal: &DraftLiteral) -> Option<(&DraftExpr, &DraftExpr)> {
    match literal {
        DraftLiteral::Test(DraftTest {
            test: Test::Compare(CompareOperator::Equal),
            positive: true,
            left,
            right,
            ..
        })
        | DraftLiteral::Test(DraftTest {
            test: Test::Compare(CompareOperator::NotEqual),
            positive: false,
            left,
            right,
            ..
        }) => Some((left, right)),
        _ => None,
    }
}

fn for_each_literal<'a>(body: &'a [DraftLiteral], visit: &mut impl FnMut(&'a DraftLiteral)) {
    for literal in body {
        visit(literal);
        let mut aggregates = Vec::new();
        let mut collect = |aggregate| aggregates.push(aggregate);
        match literal {
            DraftLiteral::Atom(atom, _) => atom.args.iter().for_each(|arg| arg.aggregates(&mut collect)),
            DraftLiteral::Test(test) => {
                test.left.aggregates(&mut collect);
                test.right.aggregates(&mut collect);
            }
        }
        for aggregate in aggregates {
            for_each_literal(&aggregate.body, visit);
        }
    }
}

/// Columns of positive atoms give their variables a type.
fn sources(
    resolver: &Resolver,
    nominal: &mut Nominal,
    draft: &Draft,
    body: &[DraftLiteral],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for_each_literal(body, &mut |literal| {
        let DraftLiteral::Atom(DraftAtom { relation: Some(relation), args, .. }, true) = literal else { return };
        for (arg, column) in args.iter().zip(&resolver.columns[relation.0 as usize]) {
            let (DraftKind::Variable(variable), Some(ty)) = (&arg.kind, column) else { continue };
            let root = nominal.root(*variable);
            if nominal.torn[root] {
                continue;
            }
            let new = Found { ty: *ty, span: arg.span };
            let Some(old) = nominal.types[root] else {
                nominal.types[root] = Some(new);
                continue;
            };
            let (a, b) = (resolver.types.get(old.ty), resolver.types.get(new.ty));
            match resolver.types.meet(old.ty, new.ty) {
                Some(ty) if ty == old.ty => {}
                Some(ty) => nominal.types[root] = Some(Found { ty, span: new.span }),
                // Of different primitives: reported before.
                None if a.primitive != b.primitive => {}
                None => {
                    nominal.torn[root] = true;
                    let name = name(draft, *variable);
                    let message = format!("variable `{name}` is `{}` and `{}`, which share no value", a.name, b.name);
                    diagnostics.push(
                        Diagnostic::error(codes::TYPE_MISMATCH, message, new.span, format!("`{}` here", b.name))
                            .also(old.span, format!("`{}` here", a.name))
                            .help(format!("if they may be compared, write `as({name}, {})`", a.primitive)),
                    );
                }
            }
        }
    });
}

fn name(draft: &Draft, variable: usize) -> &str {
    &draft.variables[variable].name
}

/// `x = expression` gives `x` the expression's type if it has none; whether that changed anything. With `hints`, also
/// the form that arithmetic has.
fn equalities(resolver: &Resolver, nominal: &mut Nominal, body: &[DraftLiteral], hints: bool) -> bool {
    let mut changed = false;
    for_each_literal(body, &mut |literal| {
        let Some((left, right)) = equality(literal) else { return };
        for (variable, value) in [(left, right), (right, left)] {
            let DraftKind::Variable(variable) = variable.kind else { continue };
            let root = nominal.root(variable);
            if nominal.types[root].is_some() {
                continue;
            }
            if let Some(ty) = nominal.of(resolver, value) {
                nominal.types[root] = Some(Found { ty, span: value.span });
                changed = true;
            } else if hints && nominal.hints[root].is_none() {
                let form = nominal.form(resolver, value);
                if form != Form::Plain {
                    nominal.hints[root] = Some(resolver.types.form(form));
                    changed = true;
                }
            }
        }
    });
    changed
}

/// Heads and negated atoms take what their columns can hold.
fn sinks(resolver: &Resolver, nominal: &mut Nominal, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let mut atoms: Vec<(&DraftAtom, bool)> = draft.head.iter().map(|head| (head, true)).collect();
    for_each_literal(&draft.body, &mut |literal| {
        if let DraftLiteral::Atom(atom, false) = literal {
            atoms.push((atom, false));
        }
    });
    // Text that a functor put together is in no form.
    let mut free = vec![true; draft.variables.len()];
    for_each_literal(&draft.body, &mut |literal| {
        let Some((left, right)) = equality(literal) else { return };
        for (variable, value) in [(left, right), (right, left)] {
            if let (DraftKind::Variable(variable), DraftKind::Call(..)) = (&variable.kind, &value.kind) {
                free[nominal.root(*variable)] = false;
            }
        }
    });
    for (atom, is_head) in atoms {
        let Some(relation) = atom.relation else { continue };
        for (index, arg) in atom.args.iter().enumerate() {
            let Some(want) = resolver.columns[relation.0 as usize][index] else { continue };
            if matches!(arg.kind, DraftKind::Variable(variable) if nominal.torn[nominal.root(variable)]) {
                continue;
            }
            let wanted = resolver.types.get(want);
            let (have, fits) = match nominal.of(resolver, arg) {
                Some(have) if resolver.types.get(have).primitive != wanted.primitive => continue,
                Some(have) if is_head => (resolver.types.get(have).name.clone(), resolver.types.is_subtype(have, want)),
                Some(have) => (resolver.types.get(have).name.clone(), resolver.types.meet(have, want).is_some()),
                None => {
                    let formed = wanted.primitive == Primitive::Symbol && wanted.form != Form::Plain;
                    let fits = match &arg.kind {
                        DraftKind::Variable(variable) => {
                            let root = nominal.root(*variable);
                            if free[root] && wanted.form != Form::Plain {
                                nominal.hints[root].get_or_insert(want);
                            }
                            free[root] || !formed
                        }
                        DraftKind::Call(..) => !formed,
                        _ => true,
                    };
                    (wanted.primitive.to_string().into(), fits)
                }
            };
            if !fits {
                let relation = resolver.program.relation(relation);
                let column = &relation.columns[index].name;
                diagnostics.push(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        format!(
                            "column `{column}` of relation `{}` holds `{}`, not `{have}`",
                            relation.name, wanted.name
                        ),
                        arg.span,
                        format!("a `{have}`"),
                    )
                    .help(format!("if it is one, write `as(..., {})`", wanted.name)),
                );
            }
        }
    }
}
