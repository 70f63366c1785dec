//! Records and branches become tuples: constants where all of them is constant, else values that are put together.
//!
//! Where a tuple may be taken apart, in a positive atom and beside `=`, it stands in an equality of its own whose other
//! side is a variable and whose fields are variables and constants, so that whoever evaluates it needs one step:
//!
//! ```text
//! p([x, [y, _]], x + 1).      p(@1, @2), @1 = [x, @3], @3 = [y, @4], @2 = x + 1
//! ```

use super::draft::{DraftExpr, DraftKind};
use super::literal::Reading;
use super::lower::Lowerer;
use crate::functor::{Comparison, Functor};
use crate::program::{Constraint, Expr, Literal};
use crate::span::Span;
use crate::value::{Const, Form, Primitive};

/// The record or branch that an expression is, casts aside.
pub(super) fn written_out(expr: &DraftExpr) -> Option<&DraftExpr> {
    match &expr.kind {
        DraftKind::Record(_) | DraftKind::Branch(..) => Some(expr),
        DraftKind::Cast(_, inner) => written_out(inner),
        _ => None,
    }
}

impl Lowerer<'_> {
    /// The value of a record or branch.
    pub(super) fn tuple(&mut self, expr: &DraftExpr, out: &mut Vec<Literal>) -> Expr {
        let (mut values, forms) = self.opening(expr);
        for (field, form) in expr.parts().iter().zip(forms) {
            values.push(self.expr(field, Reading::As(form), out));
        }
        packed(values)
    }

    /// The variable that a record or branch in a positive atom stands for, or the constant that it is.
    pub(super) fn pattern(&mut self, expr: &DraftExpr, out: &mut Vec<Literal>) -> Expr {
        match self.flat(expr, out) {
            constant @ Expr::Const(_) => constant,
            tuple => self.named(tuple, Primitive::Record, expr.span, out),
        }
    }

    /// `left = right` if one side is a record or branch; otherwise none.
    pub(super) fn match_tuple(
        &mut self,
        left: &DraftExpr,
        right: &DraftExpr,
        span: Span,
        out: &mut Vec<Literal>,
    ) -> Option<Constraint> {
        let (tuple, other) = match (written_out(left), written_out(right)) {
            (Some(tuple), _) => (tuple, right),
            (None, Some(tuple)) => (tuple, left),
            (None, None) => return None,
        };
        let right = self.flat(tuple, out);
        let left = match written_out(other) {
            Some(other) => self.flat(other, out),
            None => self.expr(other, Reading::As(Form::Plain), out),
        };
        let bare = matches!(left, Expr::Variable(_)) || matches!(right, Expr::Const(_));
        let left = if bare { left } else { self.named(left, Primitive::Record, span, out) };
        Some(Constraint { comparison: Comparison::Equal, left, right, span })
    }

    /// A tuple of variables and constants.
    fn flat(&mut self, expr: &DraftExpr, out: &mut Vec<Literal>) -> Expr {
        let (mut values, forms) = self.opening(expr);
        for (field, form) in expr.parts().iter().zip(forms) {
            let primitive = self.primitive(field.slot);
            values.push(match (&field.kind, written_out(field)) {
                (_, Some(tuple)) => self.pattern(tuple, out),
                (DraftKind::Wildcard, _) => Expr::Variable(self.fresh(primitive)),
                _ => match self.expr(field, Reading::As(form), out) {
                    call @ Expr::Call(..) => self.named(call, primitive, field.span, out),
                    plain => plain,
                },
            });
        }
        packed(values)
    }

    /// What stands before the fields, and the text forms of these.
    fn opening(&self, expr: &DraftExpr) -> (Vec<Expr>, Vec<Form>) {
        let types = &self.resolver.types;
        let (ty, place) = match expr.kind {
            DraftKind::Branch(ty, place, _) => (Some(ty), place),
            _ => (self.slots.structure(expr.slot), 0),
        };
        let Some(variant) = ty.and_then(|ty| types.shapes.of(ty).get(place)) else {
            return (Vec::new(), vec![Form::Plain; expr.parts().len()]);
        };
        let form = |field: &Option<_>| field.map_or(Form::Plain, |ty| types.get(ty).form);
        let forms = variant.fields.iter().map(|(_, field)| form(field)).collect();
        let tag = variant.name.iter().map(|name| Expr::Const(Const::Tag(name.clone(), place as u64)));
        (tag.collect(), forms)
    }

    /// A variable that is equal to a value.
    fn named(&mut self, value: Expr, primitive: Primitive, span: Span, out: &mut Vec<Literal>) -> Expr {
        let left = Expr::Variable(self.fresh(primitive));
        let constraint = Constraint { comparison: Comparison::Equal, left: left.clone(), right: value, span };
        out.push(Literal::Constraint(constraint));
        left
    }
}

fn packed(values: Vec<Expr>) -> Expr {
    let constants = values.iter().map(|value| if let Expr::Const(c) = value { Some(c.clone()) } else { None });
    match constants.collect::<Option<Vec<Const>>>() {
        Some(constants) => Expr::Const(Const::Record(constants.into())),
        None => Expr::Call(Functor::Pack, values),
    }
}
