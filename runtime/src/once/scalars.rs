//! Scalars: expressions and tests over the variables of a rule.

use super::code::{Code, Codes, is_small};
use super::rule::{Expr, Test};
use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::functor::{Comparison, Functor};
use compiler::value::Primitive;
use std::cmp::Ordering;

/// Evaluates scalars; one a thread.
#[derive(Clone)]
pub(super) struct Scalars {
    pub(super) functors: Functors,
    pub(super) codes: Codes,
}

impl Scalars {
    pub(super) fn new(symbols: &Symbols, codes: &Codes) -> Self {
        Scalars { functors: Functors::new(symbols.clone()), codes: codes.clone() }
    }

    /// The value of an expression; none where a functor has none.
    #[inline]
    pub(super) fn value(&self, e: &Expr, values: &[Code]) -> Option<Code> {
        match e {
            Expr::Variable(v) => Some(values[*v]),
            Expr::Word(code) => Some(*code),
            Expr::Call(functor, args) => self.call(*functor, args, values),
        }
    }

    fn call(&self, functor: Functor, args: &[Expr], values: &[Code]) -> Option<Code> {
        let word = match args {
            [a, b] => {
                let (a, b) = (self.value(a, values)?, self.value(b, values)?);
                // Sums of small integers, which count hops and add weights, are most of what rules compute.
                if let Functor::Add(Primitive::Number | Primitive::Unsigned) = functor
                    && is_small(a)
                    && is_small(b)
                    && is_small(a + b)
                {
                    return Some(a + b);
                }
                self.functors.apply(functor, &[self.codes.decode(a), self.codes.decode(b)])?
            }
            args => {
                let words = args.iter().map(|arg| Some(self.codes.decode(self.value(arg, values)?)));
                self.functors.apply(functor, &words.collect::<Option<Vec<u64>>>()?)?
            }
        };
        Some(self.codes.encode(word))
    }

    /// Whether a test holds; not where one of its sides has no value.
    #[inline]
    pub(super) fn holds(&self, test: &Test, values: &[Code]) -> bool {
        match (self.value(&test.left, values), self.value(&test.right, values)) {
            (Some(a), Some(b)) => match test.comparison {
                Comparison::Equal => a == b,
                Comparison::NotEqual => a != b,
                Comparison::Less(p) => self.compare(p, a, b).is_lt(),
                Comparison::LessEqual(p) => self.compare(p, a, b).is_le(),
                Comparison::Greater(p) => self.compare(p, a, b).is_gt(),
                Comparison::GreaterEqual(p) => self.compare(p, a, b).is_ge(),
                other => self.functors.holds(other, self.codes.decode(a), self.codes.decode(b)),
            },
            _ => false,
        }
    }

    /// The order of two values of a type.
    #[inline]
    pub(super) fn compare(&self, primitive: Primitive, a: Code, b: Code) -> Ordering {
        match primitive {
            Primitive::Number | Primitive::Unsigned if is_small(a) && is_small(b) => a.cmp(&b),
            primitive => self.functors.compare(primitive, self.codes.decode(a), self.codes.decode(b)),
        }
    }
}
