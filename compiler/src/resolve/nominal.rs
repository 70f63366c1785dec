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

/// A variable's values are of all these types.
#[derive(Clone)]
struct Found {
    types: Vec<TypeId>,
    span: Span,
}

impl Nominal {
    /// The declared type of a variable, if a column or a cast gives it one.
    pub(super) fn of_variable(&self, variable: usize) -> Option<TypeId> {
        match self.all_of_variable(variable) {
            [one] => Some(*one),
            _ => None,
        }
    }

    fn all_of_variable(&self, variable: usize) -> &[TypeId] {
        self.types[self.class[variable]].as_ref().map_or(&[], |found| &found.types)
    }

    /// The same for a variable that lowering may have made.
    pub(super) fn declared(&self, variable: usize) -> Option<TypeId> {
        if variable < self.class.len() { self.of_variable(variable) } else { None }
    }

    /// The declared type of an expression.
    pub(super) fn of(&self, resolver: &Resolver, expr: &DraftExpr) -> Option<TypeId> {
        match &expr.kind {
            DraftKind::Variable(variable) => self.of_variable(*variable),
            DraftKind::Cast(ty, _) | DraftKind::Branch(ty, ..) => Some(*ty),
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
                (AggregateOperator::Count | AggregateOperator::Mean | AggregateOperator::Gap, _) => None,
                (_, target) => target.as_ref().and_then(|target| self.of(resolver, target)),
            },
            _ => None,
        }
    }

    /// The declared types of an expression, of all of which its values are; none if any type of its primitive will do.
    fn all_of(&self, resolver: &Resolver, expr: &DraftExpr) -> Vec<TypeId> {
        match &expr.kind {
            DraftKind::Variable(variable) => self.all_of_variable(*variable).to_vec(),
            _ => self.of(resolver, expr).into_iter().collect(),
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
    sources(resolver, &mut nominal, draft, &mut diagnostics);
    fields(resolver, &mut nominal, draft, &mut diagnostics);
    compared(resolver, &mut nominal, draft, &mut diagnostics);
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

/// Calls `visit` for each expression of a draft, parts after wholes.
fn for_each_expr<'a>(draft: &'a Draft, visit: &mut impl FnMut(&'a DraftExpr)) {
    fn walk<'a>(expr: &'a DraftExpr, visit: &mut impl FnMut(&'a DraftExpr)) {
        visit(expr);
        if let DraftKind::Aggregate(aggregate) = &expr.kind {
            aggregate.target.iter().for_each(|target| walk(target, visit));
        }
        expr.parts().iter().for_each(|part| walk(part, visit));
    }
    draft.head.iter().flat_map(|head| &head.args).for_each(|arg| walk(arg, visit));
    for_each_literal(&draft.body, &mut |literal| match literal {
        DraftLiteral::Atom(atom, _) => atom.args.iter().for_each(|arg| walk(arg, visit)),
        DraftLiteral::Test(test) => [&test.left, &test.right].into_iter().for_each(|side| walk(side, visit)),
    });
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
fn sources(resolver: &Resolver, nominal: &mut Nominal, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    for_each_literal(&draft.body, &mut |literal| {
        let DraftLiteral::Atom(DraftAtom { relation: Some(relation), args, .. }, true) = literal else { return };
        for (arg, column) in args.iter().zip(&resolver.columns[relation.0 as usize]) {
            if let (DraftKind::Variable(variable), Some(ty)) = (&arg.kind, column) {
                let new = Found { types: vec![resolver.types.real(*ty)], span: arg.span };
                narrow(resolver, nominal, draft, *variable, new, diagnostics);
            }
        }
    });
}

/// So do the fields of records and branches, wherever they stand. What has a text form cannot be narrowed to: that a
/// value is put into such a field does not give it the form.
fn fields(resolver: &Resolver, nominal: &mut Nominal, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    for_each_expr(draft, &mut |expr| {
        let (ty, place) = match expr.kind {
            DraftKind::Record(_) => (draft.slots.structure(expr.slot), 0),
            DraftKind::Branch(ty, place, _) => (Some(ty), place),
            _ => return,
        };
        let variant = ty.and_then(|ty| resolver.types.shapes.of(ty).get(place));
        let (Some(variant), Some(args)) = (variant, expr.fields()) else { return };
        for ((name, field), arg) in variant.fields.iter().zip(args) {
            let Some(field) = field.map(|field| resolver.types.real(field)) else { continue };
            let wanted = resolver.types.get(field);
            let have = nominal.all_of(resolver, arg);
            let fits = have.iter().all(|have| resolver.types.is_subtype(*have, field));
            let misfit = wanted.form != Form::Plain && !fits
                || wanted.form != Form::Plain && matches!(arg.kind, DraftKind::Call(..)) && have.is_empty();
            match arg.kind {
                DraftKind::Variable(variable) if !misfit => {
                    let new = Found { types: vec![field], span: arg.span };
                    narrow(resolver, nominal, draft, variable, new, diagnostics);
                }
                DraftKind::Error => {}
                _ if fits && !misfit || have.iter().any(|ty| resolver.types.structure(*ty).is_some()) => {}
                _ => {
                    let have = have.first().map_or("symbol", |have| &resolver.types.get(*have).name);
                    let message = format!("field `{name}` holds `{}`, not `{have}`", wanted.name);
                    diagnostics.push(
                        Diagnostic::error(codes::TYPE_MISMATCH, message, arg.span, format!("a `{have}`"))
                            .also(variant.span, "declared here")
                            .help(format!("if it is one, write `as(..., {})`", wanted.name)),
                    );
                }
            }
        }
    });
}

/// The two sides of any comparison have types in common, and both are of those.
fn compared(resolver: &Resolver, nominal: &mut Nominal, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    for_each_literal(&draft.body, &mut |literal| {
        let DraftLiteral::Test(DraftTest { test: Test::Compare(_), left, right, .. }) = literal else { return };
        for (variable, value) in [(left, right), (right, left)] {
            let DraftKind::Variable(variable) = variable.kind else { continue };
            let types = nominal.all_of(resolver, value);
            if types.is_empty() || nominal.all_of_variable(variable).is_empty() {
                continue;
            }
            narrow(resolver, nominal, draft, variable, Found { types, span: value.span }, diagnostics);
            // What one side is torn by, the other is, too.
            if let (true, DraftKind::Variable(other)) = (nominal.torn[nominal.root(variable)], &value.kind) {
                let root = nominal.root(*other);
                nominal.torn[root] = true;
            }
        }
    });
}

/// A variable's values are also of these types.
fn narrow(
    resolver: &Resolver,
    nominal: &mut Nominal,
    draft: &Draft,
    variable: usize,
    new: Found,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let root = nominal.root(variable);
    if nominal.torn[root] {
        return;
    }
    let Some(old) = &nominal.types[root] else {
        nominal.types[root] = Some(new);
        return;
    };
    let mut common: Vec<TypeId> = Vec::new();
    for (a, b) in old.types.iter().flat_map(|a| new.types.iter().map(move |b| (*a, *b))) {
        common.extend(resolver.types.meet(a, b).into_iter().filter(|ty| !common.contains(ty)).collect::<Vec<_>>());
    }
    if !common.is_empty() {
        let span = if common == old.types { old.span } else { new.span };
        nominal.types[root] = Some(Found { types: common, span });
        return;
    }
    let (Some(a), Some(b)) = (old.types.first(), new.types.first()) else { return };
    let (a, b) = (resolver.types.get(*a), resolver.types.get(*b));
    // Of different primitives, or different records: reported before.
    if a.primitive == b.primitive && a.primitive != Primitive::Record {
        nominal.torn[root] = true;
        let name = name(draft, variable);
        let message = format!("variable `{name}` is `{}` and `{}`, which share no value", a.name, b.name);
        diagnostics.push(
            Diagnostic::error(codes::TYPE_MISMATCH, message, new.span, format!("`{}` here", b.name))
                .also(old.span, format!("`{}` here", a.name))
                .help(format!("if they may be compared, write `as({name}, {})`", a.primitive)),
        );
    }
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
            let types = nominal.all_of(resolver, value);
            if !types.is_empty() {
                nominal.types[root] = Some(Found { types, span: value.span });
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
            let have = nominal.all_of(resolver, arg);
            let odd = |ty: &&TypeId| is_head && !resolver.types.is_subtype(**ty, want);
            let (have, fits) = match have.iter().find(odd).or(have.first()) {
                // Of another primitive, or another record: reported before.
                Some(have) if resolver.types.get(*have).primitive != wanted.primitive => continue,
                Some(have) if resolver.types.structure(*have).is_some() => continue,
                Some(have) => {
                    let ty = resolver.types.get(*have);
                    // What is negated only has to be of the same kind.
                    let same = ty.form == wanted.form || !resolver.types.meet(*have, want).is_empty();
                    let fits = if is_head { resolver.types.is_subtype(*have, want) } else { same };
                    (ty.name.clone(), fits)
                }
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
            if !(fits || resolver.legacy && wanted.form == Form::Plain) {
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
