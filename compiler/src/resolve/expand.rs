//! Disjunction is notation: a body becomes the conjunctions that it stands for, negation pushed down to atoms and
//! comparisons.

use crate::ast::{Atom, Body, Compare};

/// How many conjuncts the conjunctions of one body may have together, if there are several.
const MAX_CONJUNCTS: usize = 100_000;

/// How many conjunctions one body may stand for.
pub(super) const MAX_ALTERNATIVES: usize = 1_000;

/// A conjunct, or its negation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Conjunct<'a> {
    /// `a(x)`, or `!a(x)`
    Atom(&'a Atom, bool),
    /// `x < y`, or its opposite
    Compare(&'a Compare, bool),
    /// Never holds.
    False,
}

/// The conjunctions whose union is the body; none if they are too many.
pub(super) fn expand(body: &Body) -> Option<Vec<Vec<Conjunct<'_>>>> {
    let Size { conjunctions, conjuncts } = size(body, true);
    let few = conjunctions == 1 || conjunctions <= MAX_ALTERNATIVES && conjuncts <= MAX_CONJUNCTS;
    few.then(|| alternatives(body, true))
}

/// What a body stands for, counted before it is written out.
struct Size {
    conjunctions: usize,
    conjuncts: usize,
}

fn size(body: &Body, positive: bool) -> Size {
    match (body, positive) {
        (Body::Not(inner, _), _) => size(inner, !positive),
        (Body::And(parts, _), true) | (Body::Or(parts, _), false) => {
            parts.iter().fold(Size { conjunctions: 1, conjuncts: 0 }, |whole, part| {
                let part = size(part, positive);
                let left = whole.conjuncts.saturating_mul(part.conjunctions);
                let right = part.conjuncts.saturating_mul(whole.conjunctions);
                Size {
                    conjunctions: whole.conjunctions.saturating_mul(part.conjunctions),
                    conjuncts: left.saturating_add(right),
                }
            })
        }
        (Body::Or(parts, _), true) | (Body::And(parts, _), false) => {
            parts.iter().fold(Size { conjunctions: 0, conjuncts: 0 }, |whole, part| {
                let part = size(part, positive);
                Size {
                    conjunctions: whole.conjunctions.saturating_add(part.conjunctions),
                    conjuncts: whole.conjuncts.saturating_add(part.conjuncts),
                }
            })
        }
        _ => Size { conjunctions: 1, conjuncts: 1 },
    }
}

fn alternatives(body: &Body, positive: bool) -> Vec<Vec<Conjunct<'_>>> {
    match (body, positive) {
        (Body::Not(inner, _), _) => alternatives(inner, !positive),
        (Body::And(parts, _), true) | (Body::Or(parts, _), false) => {
            let mut out = vec![Vec::new()];
            for part in parts {
                let choices = alternatives(part, positive);
                out = out
                    .iter()
                    .flat_map(|prefix| choices.iter().map(|choice| [prefix.as_slice(), choice].concat()))
                    .collect();
            }
            out
        }
        (Body::Or(parts, _), true) | (Body::And(parts, _), false) => {
            parts.iter().flat_map(|part| alternatives(part, positive)).collect()
        }
        (Body::Atom(atom), _) => vec![vec![Conjunct::Atom(atom, positive)]],
        (Body::Compare(compare), _) => vec![vec![Conjunct::Compare(compare, positive)]],
        (Body::Bool(value, _), _) if *value == positive => vec![Vec::new()],
        (Body::Bool(..), _) => vec![vec![Conjunct::False]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::ItemKind;

    /// The conjunctions of a body, each as text.
    fn expanded(body: &str) -> Vec<String> {
        let (file, diagnostics) = crate::parse::parse(0, &format!("?- {body}."));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let ItemKind::Query(body) = &file.items[0].kind else { panic!("not a query") };
        let conjunct = |c: &Conjunct<'_>| match c {
            Conjunct::Atom(atom, positive) => format!("{}{atom}", if *positive { "" } else { "!" }),
            Conjunct::Compare(compare, positive) => {
                format!("{}{}", if *positive { "" } else { "!" }, Body::Compare(Box::new((*compare).clone())))
            }
            Conjunct::False => "false".to_string(),
        };
        let conjunction = |c: &Vec<Conjunct<'_>>| c.iter().map(conjunct).collect::<Vec<_>>().join(" & ");
        expand(body).expect("few alternatives").iter().map(conjunction).collect()
    }

    #[test]
    fn conjunction_distributes_over_disjunction() {
        assert_eq!(expanded("(a() ; b()), (c() ; d())"), ["a() & c()", "a() & d()", "b() & c()", "b() & d()"]);
    }

    #[test]
    fn negation_of_a_group_follows_de_morgan() {
        assert_eq!(expanded("!(a(), b())"), ["!a()", "!b()"]);
        assert_eq!(expanded("!(a() ; x < y)"), ["!a() & !x < y"]);
        assert_eq!(expanded("!!a()"), ["a()"]);
        assert_eq!(expanded("!true"), ["false"]);
    }

    #[test]
    fn true_is_the_empty_conjunction() {
        assert_eq!(expanded("true"), [""]);
        assert_eq!(expanded("a(), true"), ["a()"]);
    }

    #[test]
    fn a_body_that_stands_for_too_many_rules_is_refused() {
        let body = vec!["(a() ; b())"; 40].join(", ");
        let (file, _) = crate::parse::parse(0, &format!("?- {body}."));
        let ItemKind::Query(body) = &file.items[0].kind else { panic!("not a query") };
        assert!(expand(body).is_none());
    }
}
