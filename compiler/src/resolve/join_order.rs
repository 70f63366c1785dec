//! `.plan`: checked as Soufflé checks it, and otherwise not needed.
//!
//! The planner orders joins itself, from what is bound and from real sizes, so an author's order is not followed. But a
//! plan that does not fit its rule is the sign of a mistake, and an error.

use super::Resolver;
use crate::ast::{Atom, Body, Clause, Item, ItemKind, PlanEntry};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::RelationId;
use crate::span::Span;

impl Resolver {
    /// Checks the plans of all rules, once the strata are known.
    pub(super) fn join_orders(&mut self, items: &[Item]) {
        for (at, item) in items.iter().enumerate() {
            let ItemKind::Plan(entries) = &item.kind else { continue };
            let before = at.checked_sub(1).map(|before| &items[before].kind);
            let rule = match before {
                Some(ItemKind::Clause(clause)) => clause.body.as_ref().map(|body| (clause, body)),
                _ => None,
            };
            let ignored = Diagnostic::warning(codes::PLAN_IGNORED, "`.plan` is ignored", item.at.0, "")
                .help("drop it: the planner orders joins itself");
            if matches!(before, Some(ItemKind::Subsumption(_))) {
                self.report(ignored);
                continue;
            }
            let Some((clause, body)) = rule else {
                let diagnostic = Diagnostic::error(codes::PLAN_ORDER, "`.plan` follows no rule", item.at.0, "");
                self.report(diagnostic.help("write it right behind the rule that it is for"));
                continue;
            };
            self.report(ignored);
            self.join_order(clause, body, entries, item.at.0);
        }
    }

    fn join_order(&mut self, clause: &Clause, body: &Body, entries: &[PlanEntry], span: Span) {
        let mut atoms = Vec::new();
        // Alternatives have atoms of their own: only one conjunction can be counted.
        if !conjuncts(body, &mut atoms) {
            return;
        }
        let of = |atom: &Atom| self.names.get(&atom.name.text).copied();
        let head = clause.heads.first().and_then(of);
        let recursive =
            atoms.iter().filter(|atom| head.zip(of(atom)).is_some_and(|(h, a)| self.together(h, a))).count();
        if recursive == 0 {
            return;
        }
        for PlanEntry { version, order } in entries {
            let mut places: Vec<usize> = order.iter().filter_map(|place| place.parse().ok()).collect();
            places.sort_unstable();
            if !places.iter().copied().eq(1..=atoms.len()) || order.len() != atoms.len() {
                let message = format!("plan ({}) does not order the rule's {} atoms", order.join(", "), atoms.len());
                let help = format!("name each of 1 to {} once", atoms.len());
                self.report(Diagnostic::error(codes::PLAN_ORDER, message, span, "").help(help));
            }
            if version.parse::<usize>().map_or(true, |version| version >= recursive) {
                let message = format!("plan for version {version} of a rule that has {recursive}");
                let help = match recursive {
                    1 => "the version of its one recursive atom is 0".to_string(),
                    _ => format!("versions are counted from 0 to {}, one for each recursive atom", recursive - 1),
                };
                self.report(Diagnostic::error(codes::PLAN_ORDER, message, span, "").help(help));
            }
        }
    }

    /// Whether two relations are solved together.
    fn together(&self, a: RelationId, b: RelationId) -> bool {
        self.program.strata.iter().any(|s| s.recursive && s.relations.contains(&a) && s.relations.contains(&b))
    }
}

/// Collects the atoms of a body that is one conjunction; whether it is.
fn conjuncts<'a>(body: &'a Body, atoms: &mut Vec<&'a Atom>) -> bool {
    match body {
        Body::And(parts, _) => parts.iter().all(|part| conjuncts(part, atoms)),
        Body::Atom(atom) => {
            atoms.push(atom);
            true
        }
        Body::Or(..) => false,
        Body::Not(inner, _) => matches!(**inner, Body::Atom(_) | Body::Compare(_)),
        Body::Compare(_) | Body::Bool(..) => true,
    }
}
