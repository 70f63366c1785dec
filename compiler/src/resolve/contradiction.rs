//! Rules that can never fire: their conditions contradict each other, whatever the facts.
//!
//! Found are comparisons of constants that do not hold, variables that would have two values, and values that would have
//! to differ from themselves; through any chain of equalities, and not through arithmetic.

use crate::diagnostic::{Diagnostic, codes};
use crate::functor::Comparison;
use crate::program::{Constraint, Expr, Literal, Rule, VariableId};
use crate::value::Const;
use std::cmp::Ordering;

/// The first contradiction among a rule's conditions.
pub(super) fn find(rule: &Rule) -> Option<Diagnostic> {
    let constraints = || {
        rule.body.iter().filter_map(|literal| match literal {
            Literal::Constraint(constraint) => Some(constraint),
            _ => None,
        })
    };
    let mut classes = Classes { parent: (0..rule.variables.len()).collect(), value: vec![None; rule.variables.len()] };
    for constraint in constraints().filter(|constraint| constraint.comparison == Comparison::Equal) {
        if let Some((name, old, new)) = classes.unite(constraint) {
            let message = format!("variable `{}` would be {old} and {new}", rule.variables[name].name);
            return Some(never(message, constraint));
        }
    }
    constraints().find_map(|constraint| {
        let holds = classes.holds(constraint)?;
        (!holds).then(|| never("condition never holds".to_string(), constraint))
    })
}

fn never(message: String, constraint: &Constraint) -> Diagnostic {
    Diagnostic::warning(codes::NEVER_FIRES, message, constraint.span, "so the rule can never fire")
        .help("drop the rule, or mend the condition")
}

/// Variables that are equal, and the constant that they are, if they are one.
struct Classes<'a> {
    parent: Vec<usize>,
    value: Vec<Option<&'a Const>>,
}

impl<'a> Classes<'a> {
    fn root(&self, VariableId(variable): VariableId) -> usize {
        let mut at = variable as usize;
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    /// Takes in an equality. Two constants that would be one are given back, with a variable of theirs.
    fn unite(&mut self, constraint: &'a Constraint) -> Option<(usize, &'a Const, &'a Const)> {
        match (&constraint.left, &constraint.right) {
            (Expr::Variable(a), Expr::Variable(b)) => {
                let (a, b) = (self.root(*a), self.root(*b));
                self.parent[b] = a;
                let new = self.value[b]?;
                self.give(a, new)
            }
            (Expr::Variable(v), Expr::Const(value)) | (Expr::Const(value), Expr::Variable(v)) => {
                self.give(self.root(*v), value)
            }
            _ => None,
        }
    }

    fn give(&mut self, class: usize, new: &'a Const) -> Option<(usize, &'a Const, &'a Const)> {
        let old = self.value[class].replace(new)?;
        (old != new).then_some((class, old, new))
    }

    /// Whether a comparison holds, if that is known.
    fn holds(&self, constraint: &'a Constraint) -> Option<bool> {
        let value = |side: &'a Expr| match side {
            Expr::Const(value) => Some(value),
            Expr::Variable(v) => self.value[self.root(*v)],
            _ => None,
        };
        let same = match (&constraint.left, &constraint.right) {
            (Expr::Variable(a), Expr::Variable(b)) => self.root(*a) == self.root(*b),
            _ => false,
        };
        let order = match (value(&constraint.left), value(&constraint.right)) {
            _ if same => Ordering::Equal,
            (Some(left), Some(right)) => order(left, right)?,
            _ => return None,
        };
        Some(match constraint.comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less(_) => order.is_lt(),
            Comparison::LessEqual(_) => order.is_le(),
            Comparison::Greater(_) => order.is_gt(),
            Comparison::GreaterEqual(_) => order.is_ge(),
            _ => return None,
        })
    }
}

fn order(left: &Const, right: &Const) -> Option<Ordering> {
    match (left, right) {
        (Const::Number(a), Const::Number(b)) => Some(a.cmp(b)),
        (Const::Unsigned(a), Const::Unsigned(b)) => Some(a.cmp(b)),
        (Const::Float(a), Const::Float(b)) => a.partial_cmp(b),
        (Const::Symbol(a), Const::Symbol(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
