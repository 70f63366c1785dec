//! The compiled twin of every golden case, held against the case's expectation.
//!
//! The twins are made by the build script and share nothing with the other evaluators but the front end.

use ::rules::support::{Tag, Term, Tuples, Twin, Value as TwinValue, run as run_twin};
use tests::cases_on_disk::{Case, cases};
use tests::database::{Database, Value};
use tests::evaluator::{Evaluator, Facts, without_auxiliaries};
use tests::random::Edit;

type MakeTwin = fn() -> Box<dyn Twin>;

include!(concat!(env!("OUT_DIR"), "/twins.rs"));

/// A twin, evaluated from scratch each time.
struct Compiled {
    make: MakeTwin,
    facts: Facts,
}

impl Evaluator for Compiled {
    fn edit(&mut self, edit: &Edit) {
        self.facts.apply(edit, &|facts| evaluate(self.make, facts));
    }

    fn commit(&mut self) {}

    fn read(&mut self, fork: usize) -> Database {
        let derive = |facts: &Database| evaluate(self.make, facts);
        without_auxiliaries(derive(&self.facts.facts(fork, &derive)))
    }

    fn forks(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.facts.forks()).collect()
    }
}

/// All relations of a new twin over some facts.
fn evaluate(make: MakeTwin, facts: &Database) -> Database {
    let given: Tuples =
        facts.iter().map(|(name, tuples)| (name.to_string(), tuples.iter().map(|t| there(t)).collect())).collect();
    let derived = run_twin(make().as_mut(), &given).unwrap_or_else(|name| panic!("the twin has no relation `{name}`"));
    derived.into_iter().map(|(name, rows)| (name.into(), rows.iter().map(|row| back(row)).collect())).collect()
}

fn there(tuple: &[Value]) -> Vec<TwinValue> {
    let value = |value: &Value| match value {
        Value::Number(n) => TwinValue::Number(*n),
        Value::Unsigned(n) => TwinValue::Unsigned(*n),
        Value::Float(bits) => TwinValue::Float(::rules::support::Float::from_bits(*bits)),
        Value::Symbol(text) => TwinValue::Symbol(::rules::support::Symbol::new(text)),
        Value::Nil => TwinValue::Record(Term::NIL),
        Value::Record(values) => TwinValue::Record(Term::pack(&there(values))),
        // A handful of names.
        Value::Tag(name, number) => TwinValue::Tag(Tag(*number, Box::leak(name.to_string().into_boxed_str()))),
    };
    tuple.iter().map(value).collect()
}

fn back(row: &[TwinValue]) -> Vec<Value> {
    let value = |value: &TwinValue| match value {
        TwinValue::Number(n) => Value::Number(*n),
        TwinValue::Unsigned(n) => Value::Unsigned(*n),
        TwinValue::Float(x) => Value::float(x.get()),
        TwinValue::Symbol(symbol) => Value::symbol(symbol.text()),
        TwinValue::Record(term) => term.values().map_or(Value::Nil, |values| Value::Record(back(values).into())),
        TwinValue::Tag(Tag(number, name)) => Value::Tag((*name).into(), *number),
    };
    row.iter().map(value).collect()
}

/// None for a case that says `// no twin`, which then has none indeed.
fn maker(case: &Case) -> Option<MakeTwin> {
    let (_, made) = TWINS.iter().find(|(name, _)| *name == case.name).expect("the build script saw every case");
    let none = case.text.lines().any(|line| line.starts_with("// no twin"));
    match made {
        Ok(make) => {
            assert!(!none, "{} has a twin", case.name);
            Some(*make)
        }
        Err(reason) => {
            assert!(none, "{}: {reason}", case.name);
            None
        }
    }
}

#[test]
fn compiled_twin() {
    let complaints: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let facts = Facts::stated(&case.compiled.program);
            case.complaint("compiled twin", &mut Compiled { make: maker(case)?, facts })
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
