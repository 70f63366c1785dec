//! Random programs.
//!
//! Declarations of one to three columns of numbers, symbols, and now and then of a type whose values hold others; base relations; derived relations in numbered strata. A
//! rule reads positively what stands no higher than its head, which makes recursion, and negates and folds only what
//! stands lower. Two kinds of derived relations carry a subsumption: *best* ones are derived from lower strata alone, of
//! any key and order; *cost* ones are the recursive minima (and maxima): see `rule.rs` for what keeps them convergent.
//!
//! The domain is small and every arithmetic that can go round in a recursion is bounded, so every program terminates.

use super::rule::{RawRule, raw_rule};
use super::{Three, three};
use crate::database::{Tuple, Value};
use compiler::value::Primitive;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Write;

/// What proptest makes up.
#[derive(Clone, Debug)]
pub struct RawProgram {
    bases: Vec<Three>,
    derived: Vec<RawDerived>,
    rules: Vec<RawRule>,
    facts: Vec<(u8, Three)>,
    edits: [Vec<(bool, RawRule)>; 2],
}

#[derive(Clone, Debug)]
struct RawDerived {
    columns: Three,
    arity: u8,
    kind: u8,
    /// Whether the stratum is the next one.
    up: bool,
    input: u8,
}

/// A relation of a random program.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Its name: `b0`, `d3`.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Primitive>,
    /// 0 for base relations.
    pub stratum: usize,
    /// Whether facts may be given.
    pub input: bool,
    /// What is kept of it.
    pub kind: Kind,
}

/// Whether, and how, a relation's tuples subsume each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every tuple is kept.
    Plain,
    /// Derived from lower strata alone; the first `key` columns are the key, the next is compared, in the direction, and,
    /// if the last flag says so, those after it, too.
    Best(usize, Towards, bool),
    /// Recursive: the second column is the cost, the first the key, a third a tie.
    Cost(Towards),
}

/// Which end is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

/// A random program, as text.
#[derive(Clone)]
pub struct RandomProgram {
    /// Its relations, base relations first.
    pub shapes: Vec<Shape>,
    /// Its declarations and directives.
    pub declarations: String,
    /// Its facts and rules, one clause each.
    pub clauses: Vec<String>,
    /// Facts that its text states.
    pub facts: String,
    /// The edits of its scenarios, `s0` and `s1`.
    pub edits: [Vec<String>; 2],
}

/// Raw programs.
pub fn raw_program() -> impl Strategy<Value = RawProgram> {
    let derived = (three(), any::<u8>(), any::<u8>(), any::<bool>(), any::<u8>())
        .prop_map(|(columns, arity, kind, up, input)| RawDerived { columns, arity, kind, up, input });
    let edits = || vec((any::<bool>(), raw_rule()), 0..=3);
    let parts = (
        vec(three(), 1..=3),
        vec(derived, 1..=4),
        vec(raw_rule(), 1..=10),
        vec((any::<u8>(), three()), 0..=3),
        [edits(), edits()],
    );
    parts.prop_map(|(bases, derived, rules, facts, edits)| RawProgram { bases, derived, rules, facts, edits })
}

impl RawProgram {
    /// The program that is meant.
    pub fn read(&self) -> RandomProgram {
        let shapes = self.shapes();
        let clauses = self.rules.iter().enumerate().map(|(n, rule)| rule.read(n, &shapes)).collect();
        let mut facts = String::new();
        for (relation, values) in &self.facts {
            let given: Vec<&Shape> = shapes.iter().filter(|s| s.input).collect();
            let shape = given[*relation as usize % given.len()];
            let _ = writeln!(facts, "{}.", crate::database::show(&shape.name, &shape.tuple(values)));
        }
        let declared: String = shapes.iter().map(Shape::declaration).collect();
        let structured = shapes.iter().any(|s| s.columns.contains(&Primitive::Record));
        let declarations = if structured { format!("{TYPES}{declared}") } else { declared };
        let edit = |(number, (insert, rule)): (usize, &(bool, RawRule))| {
            format!("{}{}", if *insert { '+' } else { '-' }, rule.edit(number, &shapes))
        };
        let edits = self.edits.each_ref().map(|edits| edits.iter().enumerate().map(edit).collect());
        RandomProgram { shapes, declarations, clauses, facts, edits }
    }

    fn shapes(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        for (i, raw) in self.bases.iter().enumerate() {
            let columns = columns(raw, 1 + raw[0] as usize % 3);
            shapes.push(Shape { name: format!("b{i}"), columns, stratum: 0, input: true, kind: Kind::Plain });
        }
        let mut stratum = 1;
        for (i, raw) in self.derived.iter().enumerate() {
            stratum += usize::from(raw.up);
            let mut columns = columns(&raw.columns, 1 + raw.arity as usize % 3);
            let towards = if raw.kind & 1 == 0 { Towards::Least } else { Towards::Greatest };
            let kind = match raw.kind / 2 % 8 {
                6 if columns.len() > 1 => {
                    columns[1] = Primitive::Number;
                    Kind::Cost(towards)
                }
                7 => {
                    let key = raw.arity as usize / 3 % columns.len();
                    // Records have no order.
                    columns[key..].iter_mut().filter(|c| **c == Primitive::Record).for_each(|c| *c = Primitive::Number);
                    Kind::Best(key, towards, raw.arity & 128 != 0)
                }
                _ => Kind::Plain,
            };
            let input = raw.input % 4 == 3;
            shapes.push(Shape { name: format!("d{i}"), columns, stratum, input, kind });
        }
        shapes
    }
}

/// Mostly numbers.
fn columns(raw: &Three, arity: usize) -> Vec<Primitive> {
    let column = |choice: &u8| match choice / 3 % 8 {
        3 | 7 => Primitive::Symbol,
        5 => Primitive::Record,
        _ => Primitive::Number,
    };
    raw[..arity].iter().map(column).collect()
}

/// The type of record columns, and one that is only within it.
const TYPES: &str =
    ".type Held = [by: symbol, term: Term]\n.type Term = None {} | Text {s: symbol} | Both {x: number, held: Held}\n";

impl Shape {
    /// A tuple of the small domain.
    pub fn tuple(&self, choices: &Three) -> Tuple {
        self.columns.iter().zip(choices).map(|(column, choice)| value(*column, *choice)).collect()
    }

    fn declaration(&self) -> String {
        let name = |column: &Primitive| match column {
            Primitive::Record => "Term".to_string(),
            plain => plain.to_string(),
        };
        let columns: Vec<String> = self.columns.iter().enumerate().map(|(i, c)| format!("c{i}: {}", name(c))).collect();
        let name = &self.name;
        let mut text = format!(".decl {name}({})\n", columns.join(", "));
        if self.input {
            let _ = writeln!(text, ".input {name}");
        }
        if self.stratum > 0 {
            let _ = writeln!(text, ".output {name}");
        }
        text + &self.subsumption()
    }

    /// `d(k, a0, a1) <= d(k, b0, b1) :- b0 < a0.`, or with a second column compared.
    fn subsumption(&self) -> String {
        let (key, towards, further) = match self.kind {
            Kind::Plain => return String::new(),
            Kind::Cost(towards) => (1, towards, false),
            Kind::Best(key, towards, further) => (key, towards, further),
        };
        let arity = self.columns.len();
        let head = |side: &str| {
            let args: Vec<String> =
                (0..arity).map(|i| if i < key { format!("k{i}") } else { format!("{side}{i}") }).collect();
            format!("{}({})", self.name, args.join(", "))
        };
        let (strict, or_equal) = if towards == Towards::Least { ("<", "<=") } else { (">", ">=") };
        let (worse, better) = (head("a"), head("b"));
        let next = key + 1;
        if further && next < arity {
            let first = format!("b{key} {strict} a{key}");
            let second = format!("b{key} = a{key}, b{next} {or_equal} a{next}");
            format!("{worse} <= {better} :- {first} ; {second}.\n")
        } else if next < arity {
            format!("{worse} <= {better} :- b{key} {strict} a{key}.\n")
        } else {
            format!("{worse} <= {better} :- b{key} {or_equal} a{key}.\n")
        }
    }
}

/// A value of the small domain.
pub(super) fn value(primitive: Primitive, choice: u8) -> Value {
    match primitive {
        Primitive::Symbol => Value::symbol(["a", "b", "1", ""][choice as usize % 4]),
        Primitive::Record => {
            let none = Value::Record([Value::Tag("None".into(), 0)].into());
            let both =
                |held| Value::Record([Value::Tag("Both".into(), 2), value(Primitive::Number, choice / 4), held].into());
            match choice % 4 {
                0 => none,
                1 => Value::Record([Value::Tag("Text".into(), 1), value(Primitive::Symbol, choice / 4)].into()),
                2 => both(Value::Nil),
                _ => both(Value::Record([value(Primitive::Symbol, choice / 8), none].into())),
            }
        }
        _ => Value::Number(i64::from(choice % 4)),
    }
}

impl RandomProgram {
    /// The whole text.
    pub fn text(&self) -> String {
        format!("{}{}{}\n", self.declarations, self.facts, self.clauses.join("\n"))
    }

    /// Its scenarios, with some of their edits: those whose bit is set.
    pub fn scenarios(&self, mask: u32) -> String {
        let mut text = String::new();
        for (name, edits) in ["s0", "s1"].iter().zip(&self.edits) {
            let chosen: Vec<&str> =
                edits.iter().enumerate().filter(|(i, _)| mask >> (i % 32) & 1 == 1).map(|(_, e)| &**e).collect();
            let _ = writeln!(text, ".scenario {name} {{\n{}\n}}", chosen.join("\n"));
        }
        text
    }

    /// The text with some of the clauses: those whose bit is set.
    pub fn with_clauses(&self, mask: u32) -> String {
        let chosen: Vec<&str> =
            self.clauses.iter().enumerate().filter(|(i, _)| mask >> (i % 32) & 1 == 1).map(|(_, c)| &**c).collect();
        format!("{}{}\n", self.declarations, chosen.join("\n"))
    }

    /// A question for each relation: all of it, by a query of named variables.
    pub fn questions(&self) -> String {
        let mut text = String::new();
        for shape in &self.shapes {
            let variables: Vec<String> = (0..shape.columns.len()).map(|i| format!("v{i}")).collect();
            let _ = writeln!(text, "?- {}({}).", shape.name, variables.join(", "));
        }
        text
    }

    /// The whole text without outputs, and a question for each relation that knows one of its columns, which `choice` and
    /// the relation's place pick.
    pub fn pointed_questions(&self, choice: u8) -> String {
        let kept = self.text();
        let mut text: String =
            kept.lines().filter(|line| !line.starts_with(".output")).map(|l| format!("{l}\n")).collect();
        for (i, shape) in self.shapes.iter().enumerate() {
            let choice = choice.wrapping_add(i as u8);
            let known = choice as usize % shape.columns.len();
            let arg = |(at, column): (usize, &Primitive)| match at == known {
                true => value(*column, choice / 3).to_string(),
                false => format!("v{at}"),
            };
            let args: Vec<String> = shape.columns.iter().enumerate().map(arg).collect();
            let _ = writeln!(text, "?- {}({}).", shape.name, args.join(", "));
        }
        text
    }

    /// The whole text, some of whose plain derived relations are equivalences, choose, or keep what a partial order leaves.
    /// What acts in steps is left out where a subsumption is: what comes of the two together depends on the rounds.
    pub fn marked(&self, marks: &[u8]) -> String {
        let mut text = self.text();
        // A choice takes the least, and records have no order.
        let ordered = |shape: &Shape| shape.kind == Kind::Plain && !shape.columns.contains(&Primitive::Record);
        let steps = self.shapes.iter().all(ordered);
        let plain = self.shapes.iter().filter(|shape| shape.stratum > 0 && shape.kind == Kind::Plain);
        for (shape, mark) in plain.zip(marks.iter().cycle()) {
            let name = &shape.name;
            let qualities = match (mark % 6, shape.columns.as_slice()) {
                (0 | 1, [left, right]) if left == right => " eqrel",
                (2, _) if steps => " choice-domain c0",
                (3, [_, _, ..]) if steps => " choice-domain c1, c0",
                (4, [_, _, _]) if steps => " choice-domain (c0, c2), c1",
                (5, [Primitive::Number, Primitive::Number, rest @ ..]) if steps => {
                    let same: String = rest.iter().map(|_| ", x").collect();
                    text += &format!("{name}(a, b{same}) <= {name}(c, d{same}) :- c <= a, d <= b.\n");
                    ""
                }
                _ => "",
            };
            let head = format!(".decl {name}(");
            let start = text.find(&head).unwrap_or_default();
            let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
            text.insert_str(end, qualities);
        }
        text
    }

    /// The relations that facts may be given for.
    pub fn inputs(&self) -> Vec<&Shape> {
        self.shapes.iter().filter(|s| s.input).collect()
    }
}

/// A program is best seen as its text.
impl std::fmt::Debug for RandomProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}{}", self.text(), self.scenarios(u32::MAX))
    }
}
