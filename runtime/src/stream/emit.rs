//! What a rule does with one row: tests, and the row that goes on. Tests of a column against a constant or another column
//! take a nanosecond; what is asked of texts is remembered, for paths and names come again.

use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::functor::{Comparison, Functor};
use compiler::plan::{self, Scalar};
use compiler::value::Primitive;
use dataflow::hash;
use std::cell::RefCell;

/// How many columns a row may have, with those of the relation that it is joined with.
pub(super) const WIDEST_FRAME: usize = 32;

/// How many columns a row may be joined on.
pub(super) const WIDEST_KEY: usize = 16;

/// Tests, and an outgoing row.
pub(super) struct Emit {
    tests: Vec<Test>,
    output: Output,
}

/// An outgoing row.
enum Output {
    /// Columns of the row at hand: most are that.
    Columns(Vec<usize>),
    Values(Vec<Value>),
}

enum Test {
    Word { equal: bool, slot: usize, word: u64 },
    Slots { equal: bool, a: usize, b: usize },
    Other(Comparison, Value, Value, Memory),
}

enum Value {
    Slot(usize),
    Word(u64),
    Call(Functor, Vec<Value>, Memory),
}

/// Answers about texts, by their arguments: one a slot, the last one that came there.
struct Memory(Option<RefCell<Vec<Answer>>>);

#[derive(Clone, Copy, Default)]
struct Answer {
    args: [u64; 3],
    value: Option<Option<u64>>,
}

/// How many answers each question about texts remembers.
const ANSWERS: usize = 1 << 12;

impl Emit {
    pub(super) fn new(emit: &plan::Emit, symbols: &Symbols) -> Self {
        let tests = emit.tests.iter().map(|test| Test::new(test, symbols)).collect();
        let column = |scalar: &Scalar| if let Scalar::Slot(slot) = scalar { Some(*slot) } else { None };
        let output = match emit.output.iter().map(column).collect() {
            Some(columns) => Output::Columns(columns),
            None => Output::Values(emit.output.iter().map(|scalar| Value::new(scalar, symbols)).collect()),
        };
        Emit { tests, output }
    }

    /// The number of columns of the outgoing row.
    #[inline]
    pub(super) fn width(&self) -> usize {
        match &self.output {
            Output::Columns(columns) => columns.len(),
            Output::Values(values) => values.len(),
        }
    }

    /// Runs on a row, and appends what goes on of it; whether it does.
    #[inline]
    pub(super) fn append(&self, row: &[u64], out: &mut Vec<u64>, functors: &Functors) -> bool {
        if !self.tests.iter().all(|test| test.holds(row, functors)) {
            return false;
        }
        match &self.output {
            Output::Columns(columns) => out.extend(columns.iter().map(|column| row[*column])),
            Output::Values(values) => {
                let start = out.len();
                for value in values {
                    let Some(word) = value.value(row, functors) else {
                        out.truncate(start);
                        return false;
                    };
                    out.push(word);
                }
            }
        }
        true
    }

    /// Runs on a row: whether it goes on, and if so as what.
    #[inline]
    pub(super) fn run(&self, row: &[u64], out: &mut [u64], functors: &Functors) -> bool {
        if !self.tests.iter().all(|test| test.holds(row, functors)) {
            return false;
        }
        match &self.output {
            Output::Columns(columns) => out.iter_mut().zip(columns).for_each(|(word, column)| *word = row[*column]),
            Output::Values(values) => {
                for (word, value) in out.iter_mut().zip(values) {
                    let Some(value) = value.value(row, functors) else { return false };
                    *word = value;
                }
            }
        }
        true
    }
}

impl Test {
    fn new(test: &plan::Test, symbols: &Symbols) -> Self {
        let equal = match test.comparison {
            Comparison::Equal => Some(true),
            Comparison::NotEqual => Some(false),
            _ => None,
        };
        match (equal, &test.left, &test.right) {
            (Some(equal), Scalar::Slot(slot), Scalar::Const(c))
            | (Some(equal), Scalar::Const(c), Scalar::Slot(slot)) => {
                Test::Word { equal, slot: *slot, word: symbols.constant(c) }
            }
            (Some(equal), Scalar::Slot(a), Scalar::Slot(b)) => Test::Slots { equal, a: *a, b: *b },
            (_, left, right) => {
                use Comparison::{Contains, InPrefix, Match, NotContains, NotInPrefix, NotMatch};
                let asks =
                    matches!(test.comparison, Contains | InPrefix | Match | NotContains | NotInPrefix | NotMatch);
                let (left, right) = (Value::new(left, symbols), Value::new(right, symbols));
                Test::Other(test.comparison, left, right, Memory::new(asks))
            }
        }
    }

    #[inline]
    fn holds(&self, row: &[u64], functors: &Functors) -> bool {
        match self {
            Test::Word { equal, slot, word } => (row[*slot] == *word) == *equal,
            Test::Slots { equal, a, b } => (row[*a] == row[*b]) == *equal,
            Test::Other(comparison, left, right, memory) => {
                let (Some(a), Some(b)) = (left.value(row, functors), right.value(row, functors)) else { return false };
                let ask = || functors.holds(*comparison, a, b).then_some(1);
                memory.answer(&[a, b], ask).is_some()
            }
        }
    }
}

impl Value {
    fn new(scalar: &Scalar, symbols: &Symbols) -> Value {
        match scalar {
            Scalar::Slot(slot) => Value::Slot(*slot),
            Scalar::Const(constant) => Value::Word(symbols.constant(constant)),
            Scalar::Call(functor, args) => {
                let args: Vec<Value> = args.iter().map(|arg| Value::new(arg, symbols)).collect();
                let asks = args.len() <= 3 && !is_arithmetic(*functor);
                Value::Call(*functor, args, Memory::new(asks))
            }
        }
    }

    #[inline]
    fn value(&self, row: &[u64], functors: &Functors) -> Option<u64> {
        match self {
            Value::Slot(slot) => Some(row[*slot]),
            Value::Word(word) => Some(*word),
            Value::Call(functor, args, memory) => call(*functor, args, memory, row, functors),
        }
    }
}

/// The value of a functor whose arguments are values of a row.
fn call(functor: Functor, args: &[Value], memory: &Memory, row: &[u64], functors: &Functors) -> Option<u64> {
    let value = |arg: &Value| arg.value(row, functors);
    let ask = |args: &[u64]| memory.answer(args, || functors.apply(functor, args));
    match args {
        // Division by a constant makes the buckets of time.
        [a, Value::Word(by)] if functor == Functor::Div(Primitive::Number) && *by as i64 > 0 => {
            Some((value(a)? as i64 / *by as i64) as u64)
        }
        [a] => ask(&[value(a)?]),
        [a, b] => ask(&[value(a)?, value(b)?]),
        [a, b, c] => ask(&[value(a)?, value(b)?, value(c)?]),
        args => ask(&args.iter().map(value).collect::<Option<Vec<u64>>>()?),
    }
}

/// Whether a functor takes no longer than remembering what it gave.
fn is_arithmetic(functor: Functor) -> bool {
    use Functor::{Add, BitAnd, BitOr, BitXor, Div, Max, Min, Mul, Neg, Rem, ShiftLeft, ShiftRight, Sub};
    matches!(
        functor,
        Add(_)
            | Sub(_)
            | Mul(_)
            | Div(_)
            | Rem(_)
            | Neg(_)
            | Min(_)
            | Max(_)
            | BitAnd(_)
            | BitOr(_)
            | BitXor(_)
            | ShiftLeft(_)
            | ShiftRight(_)
    )
}

impl Memory {
    fn new(remembers: bool) -> Self {
        Memory(remembers.then(|| RefCell::new(Vec::new())))
    }

    /// What `ask` gives for the arguments, or gave.
    #[inline]
    fn answer(&self, args: &[u64], ask: impl FnOnce() -> Option<u64>) -> Option<u64> {
        let Some(answers) = &self.0 else { return ask() };
        let mut key = [0; 3];
        key[..args.len()].copy_from_slice(args);
        let place = (hash(key.into_iter()) >> 16) as usize % ANSWERS;
        let mut answers = answers.borrow_mut();
        if answers.is_empty() {
            answers.resize(ANSWERS, Answer::default());
        }
        match answers[place] {
            Answer { args, value: Some(value) } if args == key => value,
            _ => {
                let value = ask();
                answers[place] = Answer { args: key, value: Some(value) };
                value
            }
        }
    }
}
