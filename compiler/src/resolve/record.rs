//! Records and branches within a draft. A branch tells its type by its name; a record takes it from its place, and so
//! do its fields in turn.

use super::Resolver;
use super::clause::Drafter;
use super::draft::{Draft, DraftExpr, DraftKind, DraftLiteral, DraftTest, OpenRecord, Test};
use super::shape::Variant;
use super::slots::{By, Reason, Slot};
use super::tuple::written_out;
use super::types::TypeId;
use crate::ast::{CompareOperator, Expr, Name};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;
use crate::value::Primitive;

impl Drafter<'_> {
    /// `nil`
    pub(super) fn nil(&mut self, span: Span) -> DraftExpr {
        DraftExpr { kind: DraftKind::Nil, span, slot: self.known(Primitive::Record, span, By::Nil) }
    }

    /// `[x, y]`
    pub(super) fn record(&mut self, args: &[Expr], span: Span) -> DraftExpr {
        let fields: Vec<DraftExpr> = args.iter().map(|arg| self.expr(arg)).collect();
        let slot = self.known(Primitive::Record, span, By::Nil);
        let slots = fields.iter().map(|field| (field.slot, field.span)).collect();
        self.draft.open.push(OpenRecord { slot, fields: slots, span });
        DraftExpr { kind: DraftKind::Record(fields), span, slot }
    }

    /// `$B(x, y)`
    pub(super) fn branch(&mut self, name: &Name, args: &[Expr], span: Span) -> DraftExpr {
        let fields: Vec<DraftExpr> = args.iter().map(|arg| self.expr(arg)).collect();
        let Some((ty, place)) = self.resolver.types.shapes.branch(name, &mut self.resolver.diagnostics) else {
            self.draft.broken = true;
            return DraftExpr { kind: DraftKind::Error, span, slot: self.draft.slots.fresh() };
        };
        let reason = Reason { structure: Some(ty), ..Reason::new(Primitive::Record, span, By::Literal) };
        let slot = self.draft.slots.fresh();
        // A fresh slot contradicts nothing.
        let _ = self.draft.slots.set(slot, reason);
        let slots: Vec<(Slot, Span)> = fields.iter().map(|field| (field.slot, field.span)).collect();
        fill(self.resolver, &mut self.draft, (ty, place), &slots, span);
        DraftExpr { kind: DraftKind::Branch(ty, place, fields), span, slot }
    }
}

/// Adds `left = right`; of two records or two values of one branch, field by field: `[a, b] = [c, d]` is `a = c, b = d`.
/// What a wildcard within a record meets is not looked at, nor is a record that meets a wildcard.
pub(super) fn equate(left: DraftExpr, right: DraftExpr, span: Span, out: &mut Vec<DraftLiteral>) {
    let any = |side: &DraftExpr, other: &DraftExpr| {
        matches!((&side.kind, &other.kind), (DraftKind::Wildcard, DraftKind::Record(_)))
    };
    if !any(&left, &right) && !any(&right, &left) {
        equate_fields(left, right, span, out);
    }
}

fn equate_fields(left: DraftExpr, right: DraftExpr, span: Span, out: &mut Vec<DraftLiteral>) {
    let (left, right) = (uncast(left), uncast(right));
    let is_any = |side: &DraftExpr| matches!(side.kind, DraftKind::Wildcard);
    let alike = match (&left.kind, &right.kind) {
        (DraftKind::Record(a), DraftKind::Record(b)) => a.len() == b.len() && !a.is_empty(),
        (DraftKind::Branch(t, a, c), DraftKind::Branch(u, b, d)) => t == u && a == b && c.len() == d.len(),
        _ => false,
    };
    match (left.kind, right.kind) {
        (
            DraftKind::Record(left) | DraftKind::Branch(_, _, left),
            DraftKind::Record(right) | DraftKind::Branch(_, _, right),
        ) if alike => {
            let met = left.into_iter().zip(right).filter(|(left, right)| !is_any(left) && !is_any(right));
            met.for_each(|(left, right)| equate_fields(left, right, span, out));
        }
        (l, r) => {
            let (left, right) = (DraftExpr { kind: l, ..left }, DraftExpr { kind: r, ..right });
            let test = Test::Compare(CompareOperator::Equal);
            out.push(DraftLiteral::Test(DraftTest { test, positive: true, left, right, span }));
        }
    }
}

/// A record that is written out, without the casts around it: it has its type.
fn uncast(expr: DraftExpr) -> DraftExpr {
    match expr.kind {
        DraftKind::Cast(_, inner) if written_out(&inner).is_some() => uncast(*inner),
        kind => DraftExpr { kind, ..expr },
    }
}

/// Gives records the types of their places, and their fields those of the records, as far as they are known.
pub(super) fn settle(resolver: &mut Resolver, draft: &mut Draft) {
    while let Some(at) = draft.open.iter().position(|record| draft.slots.structure(record.slot).is_some()) {
        let record = draft.open.swap_remove(at);
        let Some(ty) = draft.slots.structure(record.slot) else { continue };
        if resolver.types.shapes.record(ty).is_some() {
            fill(resolver, draft, (ty, 0), &record.fields, record.span);
            continue;
        }
        draft.broken = true;
        let name = &resolver.types.get(ty).name;
        let message = format!("a record stands where a `{name}` is needed");
        let mut diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, record.span, "");
        if let Some(reason) = draft.slots.reason(record.slot) {
            diagnostic = diagnostic.also(reason.span, resolver.describe(reason));
        }
        resolver.report(diagnostic.help(format!("values of `{name}` are written with their branch, `$B(...)`")));
    }
}

/// Fields of records that are one value are alike, also where no declared type says so: `[a, b] = [1, "x"]`. Returns
/// whether something new is known.
pub(super) fn align(resolver: &mut Resolver, draft: &mut Draft) -> bool {
    let mut aligned = false;
    for at in 0..draft.open.len() {
        for other in 0..at {
            let (a, b) = (draft.open[at].clone(), draft.open[other].clone());
            if a.fields.len() != b.fields.len() || !draft.slots.are_one(a.slot, b.slot) {
                continue;
            }
            for ((left, span), (right, _)) in a.fields.iter().zip(&b.fields) {
                aligned |= !draft.slots.are_one(*left, *right);
                if let Err(conflict) = draft.slots.unify(*left, *right) {
                    draft.broken = true;
                    let what = "fields of records that are compared";
                    resolver.report(resolver.conflict_between(what, &conflict, *span));
                    return false;
                }
            }
        }
    }
    aligned
}

/// Takes records that are compared, and those within them, off those whose type must be known. Records of different
/// lengths are no values of one type.
pub(super) fn accept(resolver: &mut Resolver, draft: &mut Draft) {
    let mut compared = std::mem::take(&mut draft.compared);
    while let Some(slot) = compared.pop() {
        let Draft { open, slots, .. } = &mut *draft;
        let (found, rest): (Vec<_>, Vec<_>) = open.drain(..).partition(|record| slots.are_one(record.slot, slot));
        *open = rest;
        if let Some([one, other]) = found.array_windows().find(|[one, other]| one.fields.len() != other.fields.len()) {
            let [one, other] = [one, other].map(|record| (record.fields.len(), record.span));
            let message = format!("records of {} and {} fields are compared", one.0, other.0);
            draft.broken = true;
            let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, message, one.1, "");
            resolver.report(diagnostic.also(other.1, "the other one"));
            continue;
        }
        compared.extend(found.iter().flat_map(|record| &record.fields).map(|(field, _)| *field));
    }
}

/// Gives the fields of one variant their types.
fn fill(resolver: &mut Resolver, draft: &mut Draft, (ty, place): (TypeId, usize), slots: &[(Slot, Span)], span: Span) {
    let Some(variant) = resolver.types.shapes.of(ty).get(place) else { return };
    if variant.fields.len() != slots.len() {
        let diagnostic = wrong_arity(&resolver.types.get(ty).name, variant, slots.len(), span);
        draft.broken = true;
        // What its variables are is not known.
        draft.unreadable = true;
        return resolver.report(diagnostic);
    }
    let fields: Vec<Option<TypeId>> = variant.fields.iter().map(|(_, field)| *field).collect();
    for (index, (field, (slot, span))) in fields.into_iter().zip(slots).enumerate() {
        let Some(field) = field else {
            draft.unreadable = true;
            continue;
        };
        let reason = resolver.reason(field, *span, By::Field(ty, place, index));
        if let Err(conflict) = draft.slots.set(*slot, reason) {
            draft.broken = true;
            resolver.report(resolver.field_conflict(&conflict));
        }
    }
}

fn wrong_arity(ty: &str, variant: &Variant, found: usize, span: Span) -> Diagnostic {
    let what = match &variant.name {
        Some(branch) => format!("branch `{branch}` of type `{ty}`"),
        None => format!("record of type `{ty}`"),
    };
    let fields = match variant.fields.len() {
        1 => "1 field".to_string(),
        count => format!("{count} fields"),
    };
    let message = format!("{what} has {fields}, not {found}");
    Diagnostic::error(codes::WRONG_ARITY, message, span, "").also(variant.span, "declared here")
}

/// One diagnostic for each record whose type nothing tells, and each `nil`; none where another finding may be why.
pub(super) fn ambiguous(draft: &mut Draft, nils: &[(Slot, Span)]) -> Vec<Diagnostic> {
    if draft.broken {
        return Vec::new();
    }
    let records = draft.open.iter().map(|record| (record.span, "[...]"));
    let untyped = |(slot, _): &&(Slot, Span)| draft.slots.structure(*slot).is_none();
    // The type of a record tells that of the `nil` within it.
    let nils = nils.iter().filter(|_| draft.open.is_empty()).filter(untyped).map(|(_, span)| (*span, "nil"));
    let diagnostic = |(span, written): (Span, &str)| {
        Diagnostic::error(codes::AMBIGUOUS_RECORD, "the type of this record is not known", span, "")
            .help(format!("compare it with a variable that an atom binds, or name its type: `as({written}, type)`"))
    };
    records.chain(nils).map(diagnostic).collect()
}

impl Resolver {
    /// That something is of this type.
    pub(super) fn reason(&self, ty: TypeId, span: Span, by: By) -> Reason {
        Reason { structure: self.types.structure(ty), ..Reason::new(self.types.get(ty).primitive, span, by) }
    }
}
