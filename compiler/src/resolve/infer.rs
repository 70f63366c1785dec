//! What is still open after a rule is drafted: literals take the type of their class, and demands of operators are
//! checked.

use super::Resolver;
use super::draft::*;
use super::record;
use super::slots::{By, Reason, Slot};
use super::types::TypeId;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::value::Primitive;

/// Gives every slot of a draft its type, and reports what does not fit.
pub(super) fn infer(resolver: &mut Resolver, draft: &mut Draft) {
    record::settle(resolver, draft);
    while record::align(resolver, draft) {
        record::settle(resolver, draft);
    }
    record::accept(resolver, draft);
    let mut found = Found::default();
    draft.head.iter().flat_map(|head| &head.args).for_each(|arg| found.expr(arg));
    draft.body.iter().for_each(|literal| found.literal(literal));
    let slots = &mut draft.slots;
    let default = |slots: &mut super::slots::Slots, slot, primitive, span| {
        if slots.reason(slot).is_none() {
            let _ = slots.set(slot, Reason::new(primitive, span, By::Literal));
        }
    };
    for (slot, ty, span, literal) in &found.casts {
        // A number that is to be a record is one that `as` or `ord` made of it, or 0 for `nil`.
        let primitive = match resolver.types.get(*ty).primitive {
            Primitive::Record if *literal => Primitive::Number,
            primitive => primitive,
        };
        default(slots, *slot, primitive, *span);
    }
    for (slot, literal, span) in &found.literals {
        if matches!(literal, Literal::Text(_)) {
            default(slots, *slot, Primitive::Symbol, *span);
        }
    }
    for (slot, span) in &found.all {
        default(slots, *slot, Primitive::Number, *span);
    }
    for variable in &draft.variables {
        default(slots, variable.slot, Primitive::Number, variable.span);
    }
    if draft.unreadable {
        return;
    }
    let mut diagnostics = record::ambiguous(draft, &found.nils);
    let slots = &mut draft.slots;
    for (slot, span) in &found.nils {
        if let Some(ty) = slots.structure(*slot)
            && resolver.types.shapes.record(ty).is_none()
        {
            let message = format!("`nil` stands where a `{}` is needed", resolver.types.get(ty).name);
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, *span, "`nil` is a record");
            diagnostics.push(match slots.reason(*slot) {
                Some(reason) if reason.span != *span => diagnostic.also(reason.span, resolver.describe(reason)),
                _ => diagnostic,
            });
        }
    }
    for (slot, literal, span) in &found.literals {
        let Some(reason) = slots.reason(*slot).cloned() else { continue };
        let fits = match literal {
            Literal::Integer(..) => !matches!(reason.primitive, Primitive::Symbol | Primitive::Record),
            // As number it may be a time: decided where the declared type is known.
            Literal::Text(_) => matches!(reason.primitive, Primitive::Symbol | Primitive::Number),
            _ => true,
        };
        if !fits {
            let what = if matches!(literal, Literal::Text(_)) { "string" } else { "number" };
            diagnostics.push(Diagnostic::error(
                codes::TYPE_MISMATCH,
                format!("a {what} stands where {} is needed", resolver.a(&reason)),
                *span,
                resolver.describe(&Reason { span: *span, ..reason }),
            ));
        }
    }
    for requirement in slots.requirements.clone() {
        let Some(reason) = slots.reason(requirement.slot).cloned() else { continue };
        let found = resolver.unfit(&reason, requirement.demand, requirement.by, requirement.span);
        diagnostics.extend(found);
    }
    for (slot, ty, span, literal) in &found.casts {
        let (Some(reason), to) = (slots.reason(*slot), resolver.types.get(*ty)) else { continue };
        let fits = match (reason.structure, resolver.types.structure(*ty)) {
            (Some(from), Some(to)) => resolver.types.shapes.alike(&resolver.types, from, to),
            // What is written down has its type.
            _ if reason.primitive == to.primitive => true,
            _ if to.primitive == Primitive::Record => {
                matches!(reason.primitive, Primitive::Number | Primitive::Unsigned)
            }
            _ => !literal,
        };
        if !fits {
            diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    format!("`as` cannot make `{}` of {}", to.name, resolver.a(reason)),
                    *span,
                    "",
                )
                .help("`to_number`, `to_unsigned`, `to_float` and `to_string` convert values"),
            );
        }
    }
    draft.broken |= !diagnostics.is_empty();
    resolver.diagnostics.extend(diagnostics);
}

/// All expressions of a draft that have something to decide.
#[derive(Default)]
struct Found {
    literals: Vec<(Slot, Literal, Span)>,
    /// With whether it is of a literal.
    casts: Vec<(Slot, TypeId, Span, bool)>,
    nils: Vec<(Slot, Span)>,
    all: Vec<(Slot, Span)>,
}

impl Found {
    fn literal(&mut self, literal: &DraftLiteral) {
        match literal {
            DraftLiteral::Atom(atom, _) => atom.args.iter().for_each(|arg| self.expr(arg)),
            DraftLiteral::Test(test) => {
                self.expr(&test.left);
                self.expr(&test.right);
            }
        }
    }

    fn expr(&mut self, expr: &DraftExpr) {
        self.all.push((expr.slot, expr.span));
        match &expr.kind {
            DraftKind::Literal(literal) => self.literals.push((expr.slot, literal.clone(), expr.span)),
            DraftKind::Call(..) | DraftKind::Range(_) | DraftKind::Record(_) | DraftKind::Branch(..) => {
                expr.parts().iter().for_each(|part| self.expr(part));
            }
            DraftKind::Nil => self.nils.push((expr.slot, expr.span)),
            DraftKind::Cast(ty, inner) => {
                let literal = matches!(inner.kind, DraftKind::Literal(_) | DraftKind::Nil);
                self.casts.push((inner.slot, *ty, expr.span, literal));
                self.expr(inner);
            }
            DraftKind::Aggregate(aggregate) => {
                aggregate.target.iter().for_each(|target| self.expr(target));
                aggregate.body.iter().for_each(|literal| self.literal(literal));
            }
            DraftKind::Variable(_) | DraftKind::Wildcard | DraftKind::Counter | DraftKind::Error => {}
        }
    }
}
