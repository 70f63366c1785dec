//! Rows computed from rows: the plan's scalars, tests and emits with their constants interned.

use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::functor::{Comparison, Functor};
use compiler::plan::{Emit, Scalar};
use dataflow::WIDEST;

/// Room for one row.
pub(crate) type Row = [u64; WIDEST];

/// A scalar ready to be evaluated.
#[derive(Clone, Debug)]
enum Code {
    Slot(usize),
    Word(u64),
    Call(Functor, Vec<Code>),
}

/// An emit ready to be run on rows.
#[derive(Clone)]
pub(crate) struct Emitter {
    tests: Vec<(Comparison, Code, Code)>,
    output: Output,
    functors: Functors,
}

#[derive(Clone, Debug)]
enum Output {
    /// Columns of the input row, nothing computed.
    Slots(Vec<usize>),
    Codes(Vec<Code>),
}

impl Emitter {
    pub(crate) fn new(emit: &Emit, functors: &Functors, symbols: &Symbols) -> Self {
        let code = |scalar: &Scalar| Code::new(scalar, symbols);
        let tests = emit.tests.iter().map(|t| (t.comparison, code(&t.left), code(&t.right))).collect();
        let slots: Option<Vec<usize>> =
            emit.output.iter().map(|s| if let Scalar::Slot(slot) = s { Some(*slot) } else { None }).collect();
        let output = match slots {
            Some(slots) => Output::Slots(slots),
            None => Output::Codes(emit.output.iter().map(code).collect()),
        };
        Emitter { tests, output, functors: functors.clone() }
    }

    /// The number of columns of the rows that come out.
    pub(crate) fn width(&self) -> usize {
        match &self.output {
            Output::Slots(slots) => slots.len(),
            Output::Codes(codes) => codes.len(),
        }
    }

    /// Runs on one row: the outgoing row, in `buffer`, unless a test fails or a functor has no value.
    #[inline]
    pub(crate) fn run<'b>(&self, row: &[u64], buffer: &'b mut Row) -> Option<&'b [u64]> {
        for (comparison, left, right) in &self.tests {
            match (left.value(row, &self.functors), right.value(row, &self.functors)) {
                (Some(a), Some(b)) if self.functors.holds(*comparison, a, b) => {}
                _ => return None,
            }
        }
        match &self.output {
            Output::Slots(slots) => buffer.iter_mut().zip(slots).for_each(|(word, slot)| *word = row[*slot]),
            Output::Codes(codes) => {
                for (word, code) in buffer.iter_mut().zip(codes) {
                    *word = code.value(row, &self.functors)?;
                }
            }
        }
        Some(&buffer[..self.width()])
    }
}

impl Code {
    fn new(scalar: &Scalar, symbols: &Symbols) -> Code {
        match scalar {
            Scalar::Slot(slot) => Code::Slot(*slot),
            Scalar::Const(constant) => Code::Word(symbols.constant(constant)),
            Scalar::Call(functor, args) => Code::Call(*functor, args.iter().map(|a| Code::new(a, symbols)).collect()),
        }
    }

    #[inline]
    fn value(&self, row: &[u64], functors: &Functors) -> Option<u64> {
        match self {
            Code::Slot(slot) => Some(row[*slot]),
            Code::Word(word) => Some(*word),
            Code::Call(functor, args) => match &args[..] {
                [a] => functors.apply(*functor, &[a.value(row, functors)?]),
                [a, b] => functors.apply(*functor, &[a.value(row, functors)?, b.value(row, functors)?]),
                args => {
                    let words: Option<Vec<u64>> = args.iter().map(|a| a.value(row, functors)).collect();
                    functors.apply(*functor, &words?)
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::plan::Test;
    use compiler::value::{Const, Primitive};

    #[test]
    fn an_emitter_filters_computes_and_reorders() {
        let symbols = Symbols::default();
        let one = Scalar::Const(Const::Number(1));
        let emit = Emit {
            tests: vec![Test { comparison: Comparison::NotEqual, left: Scalar::Slot(0), right: Scalar::Slot(1) }],
            output: vec![Scalar::Slot(1), Scalar::Call(Functor::Add(Primitive::Number), vec![Scalar::Slot(0), one])],
        };
        let emitter = Emitter::new(&emit, &Functors::new(symbols.clone()), &symbols);
        let mut buffer = [0; WIDEST];
        assert_eq!(emitter.run(&[4, 7], &mut buffer), Some(&[7, 5][..]));
        assert_eq!(emitter.run(&[5, 5], &mut buffer), None);
    }
}
