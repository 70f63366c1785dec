//! Random rules.
//!
//! A rule is written from left to right: first the atoms, which bind variables; then what filters or computes on those;
//! then the head, of what is bound by then. Variables are `x y z` for numbers, `s t` for symbols and `p q` for records,
//! which are also taken apart where they are bound, and put together where no recursion could do so for ever.
//!
//! A *cost* relation (a recursive minimum or maximum) converges, and to one result whichever way the rounds go, because a
//! rule of its stratum sees a cost only to pass it on: the cost column is a variable of its own (`c0`) that nothing tests
//! and that enters the head's cost monotonically, or it is a wildcard; ties are wildcards. Costs that are to be least
//! start at 0 or more.

use super::program::{Kind, Shape, Towards, value};
use super::{Three, pick, three};
use compiler::value::Primitive;
use proptest::collection::vec;
use proptest::prelude::*;

/// What proptest makes up.
#[derive(Clone, Debug)]
pub(super) struct RawRule {
    head: u8,
    args: Three,
    atoms: Vec<RawAtom>,
    extras: Vec<RawExtra>,
    again: u8,
}

#[derive(Clone, Debug)]
struct RawAtom {
    relation: u8,
    args: Three,
}

#[derive(Clone, Debug)]
struct RawExtra {
    kind: u8,
    atom: RawAtom,
    other: RawAtom,
    operator: u8,
}

fn raw_atom() -> impl Strategy<Value = RawAtom> {
    (any::<u8>(), three()).prop_map(|(relation, args)| RawAtom { relation, args })
}

pub(super) fn raw_rule() -> impl Strategy<Value = RawRule> {
    let extra = (any::<u8>(), raw_atom(), raw_atom(), any::<u8>()).prop_map(|(kind, atom, other, operator)| RawExtra {
        kind,
        atom,
        other,
        operator,
    });
    (any::<u8>(), three(), vec(raw_atom(), 1..=3), vec(extra, 0..=2), any::<u8>())
        .prop_map(|(head, args, atoms, extras, again)| RawRule { head, args, atoms, extras, again })
}

/// The rule so far.
struct Writer<'a> {
    shapes: &'a [Shape],
    /// Whether only relations that stand before the head may be read.
    grounding: bool,
    head: &'a Shape,
    numbers: Vec<String>,
    symbols: Vec<String>,
    records: Vec<String>,
    /// Variables that hold a cost of the stratum.
    costs: Vec<String>,
    /// Whether some atom is of the head's own stratum.
    recursive: bool,
    /// Whether the rule has an aggregate that may take variables from outside.
    folds: bool,
    body: Vec<String>,
}

impl RawRule {
    /// The clause that is meant; its number goes round the heads, so that most relations have a rule.
    pub(super) fn read(&self, number: usize, shapes: &[Shape]) -> String {
        let derived: Vec<&Shape> = shapes.iter().filter(|s| s.stratum > 0).collect();
        let Some(head) = pick(&derived, (self.head / 3).wrapping_add(number as u8)) else { return String::new() };
        // The first rule of a relation grounds it; those that follow may go round.
        let grounding = number < derived.len();
        let (args, body) = self.write(head, grounding, shapes);
        let mut heads = format!("{}({})", head.name, args.join(", "));
        // A second head of the same shape, which may stand no lower; a fact has one.
        let alike = |s: &&&Shape| {
            s.stratum == head.stratum && s.columns == head.columns && s.kind == Kind::Plain && head.kind == Kind::Plain
        };
        let twins: Vec<&&Shape> = derived.iter().filter(alike).collect();
        if let (5, Some(twin)) = (self.again % 6, pick(&twins, self.again / 6))
            && twin.name != head.name
            && !body.is_empty()
        {
            heads = format!("{heads}, {}({})", twin.name, args.join(", "));
        }
        match body.is_empty() {
            true => format!("{heads}."),
            false => format!("{heads} :- {}.", body.join(", ")),
        }
    }

    /// The edit that is meant, without its sign: of a relation that takes facts, from all relations there are.
    pub(super) fn edit(&self, number: usize, shapes: &[Shape]) -> String {
        let inputs: Vec<&Shape> = shapes.iter().filter(|s| s.input).collect();
        let Some(edited) = pick(&inputs, (self.head / 3).wrapping_add(number as u8)) else { return String::new() };
        let highest = shapes.iter().map(|s| s.stratum).max().unwrap_or(0);
        let head = Shape { stratum: highest + 1, kind: Kind::Plain, ..(*edited).clone() };
        // No witnesses: what is around them cannot be anything.
        let mut plain = self.clone();
        plain.extras.retain(|extra| extra.kind % 12 != 10);
        let (args, body) = plain.write(&head, false, shapes);
        match body.is_empty() {
            true => format!("{}({}).", head.name, args.join(", ")),
            false => format!("{}({}) :- {}.", head.name, args.join(", "), body.join(", ")),
        }
    }

    /// The arguments of the head, and the body.
    fn write(&self, head: &Shape, grounding: bool, shapes: &[Shape]) -> (Vec<String>, Vec<String>) {
        let mut writer = Writer {
            shapes,
            grounding,
            head,
            numbers: Vec::new(),
            symbols: Vec::new(),
            records: Vec::new(),
            costs: Vec::new(),
            recursive: false,
            folds: false,
            body: Vec::new(),
        };
        // Now and then a rule without atoms: a fact, or a negation alone.
        for atom in self.atoms.iter().filter(|_| self.again < 240) {
            let literal = writer.binding_atom(atom, &writer.readable());
            writer.body.push(literal);
        }
        for extra in &self.extras {
            writer.extra(extra);
        }
        let args: Vec<String> = (0..head.columns.len()).map(|i| writer.head_argument(i, self.args[i])).collect();
        (args, writer.body)
    }
}

impl Writer<'_> {
    /// What the rule may read positively.
    fn readable(&self) -> Vec<Shape> {
        let below = usize::from(matches!(self.head.kind, Kind::Best(..)));
        let shapes = self.shapes.iter().take_while(|s| !self.grounding || s.name != self.head.name);
        shapes.filter(|s| s.stratum + below <= self.head.stratum).cloned().collect()
    }

    /// What the rule may negate and fold.
    fn complete(&self) -> Vec<Shape> {
        self.shapes.iter().filter(|s| s.stratum < self.head.stratum).cloned().collect()
    }

    /// A positive atom: its variables are bound from here on.
    fn binding_atom(&mut self, raw: &RawAtom, from: &[Shape]) -> String {
        // Every third atom is of the head's own relation, if it may be: recursion is what is hard.
        let own = from.iter().find(|s| s.name == self.head.name && raw.relation % 3 == 2);
        let Some(shape) = own.or(pick(from, raw.relation / 3)).cloned() else { return "0 = 0".into() };
        let same = shape.stratum == self.head.stratum;
        self.recursive |= same;
        let args: Vec<String> = (0..shape.columns.len())
            .map(|i| match (shape.kind, i) {
                (Kind::Cost(towards), 1) if same => self.cost(towards),
                (Kind::Cost(_), 2) if same => "_".into(),
                _ => self.binding_argument(shape.columns[i], raw.args[i]),
            })
            .collect();
        format!("{}({})", shape.name, args.join(", "))
    }

    fn cost(&mut self, of: Towards) -> String {
        if self.head.kind != Kind::Cost(of) {
            return "_".into();
        }
        let variable = format!("c{}", self.costs.len());
        self.costs.push(variable.clone());
        variable
    }

    fn binding_argument(&mut self, column: Primitive, choice: u8) -> String {
        let computed = self.numbers.last().cloned();
        match (choice % 12, column) {
            (8, _) => value(column, choice / 12).to_string(),
            (9, _) => "_".into(),
            (10, Primitive::Number) if computed.is_some() => format!("{} + 1", computed.unwrap_or_default()),
            (_, Primitive::Symbol) => bind(&mut self.symbols, ["s", "t"][choice as usize % 2]),
            (0..=3, Primitive::Record) => self.pattern(choice / 12),
            (_, Primitive::Record) => bind(&mut self.records, ["p", "q"][choice as usize % 2]),
            _ => bind(&mut self.numbers, ["x", "y", "z"][choice as usize % 3]),
        }
    }

    /// A record that is taken apart: its variables are bound from here on.
    fn pattern(&mut self, choice: u8) -> String {
        match choice % 5 {
            0 => "$Text(_)".into(),
            1 => format!("$Text({})", bind(&mut self.symbols, ["s", "t"][choice as usize / 5 % 2])),
            2 => format!("$Both({}, _)", bind(&mut self.numbers, ["x", "y"][choice as usize / 5 % 2])),
            3 => format!("$Both(_, [{}, _])", bind(&mut self.symbols, "s")),
            _ => {
                let (number, record) = (bind(&mut self.numbers, "z"), bind(&mut self.records, "q"));
                format!("$Both({number}, [_, {record}])")
            }
        }
    }

    /// A record that is put together of what is bound.
    fn packed(&self, choice: u8) -> String {
        let symbol = self.bound(Primitive::Symbol, choice / 4);
        let number = self.bound(Primitive::Number, choice / 8);
        match choice % 4 {
            0 => format!("$Text({symbol})"),
            1 => format!("$Both({number}, nil)"),
            // A recursion must not put what it has made into something greater.
            _ if self.recursive => format!("$Both({number}, [{symbol}, $None])"),
            _ => format!("$Both({number}, [{symbol}, {}])", self.bound(Primitive::Record, choice / 16)),
        }
    }

    /// What is said of a record that is bound.
    fn of_record(&mut self, raw: &RawExtra) -> Option<String> {
        let record = pick(&self.records, raw.atom.relation)?.clone();
        Some(match raw.operator % 5 {
            0 => format!("{record} = {}", self.pattern(raw.other.relation)),
            1 => format!("{} = {record}", self.packed(raw.other.relation)),
            2 => format!("{record} != {}", self.packed(raw.other.relation)),
            3 => format!("{record} != {}", self.bound(Primitive::Record, raw.other.relation)),
            _ => {
                let packed = self.packed(raw.other.relation);
                let fresh = format!("k{}", self.records.len());
                self.records.push(fresh.clone());
                format!("{fresh} = {packed}")
            }
        })
    }

    /// An argument of what is bound.
    fn bound(&self, column: Primitive, choice: u8) -> String {
        let variables = match column {
            Primitive::Symbol => &self.symbols,
            Primitive::Record => &self.records,
            _ => &self.numbers,
        };
        match pick(variables, choice / 4) {
            Some(variable) if choice % 4 != 3 => variable.clone(),
            _ => value(column, choice / 4).to_string(),
        }
    }

    fn bound_or_any(&self, column: Primitive, choice: u8) -> String {
        if choice % 5 == 4 { "_".into() } else { self.bound(column, choice / 5) }
    }

    fn extra(&mut self, raw: &RawExtra) {
        let complete = self.complete();
        if !raw.kind.is_multiple_of(3)
            && let Some(literal) = self.of_record(raw)
        {
            return self.body.push(literal);
        }
        let literal = match raw.kind % 12 {
            0 | 1 => self.comparison(raw.operator, &raw.atom.args),
            2 | 3 => self.negation(&raw.atom, &complete),
            4 | 5 => self.aggregate(raw, &complete),
            6 => {
                let expression = self.number(raw.operator, &raw.atom.args);
                let variable = format!("e{}", self.numbers.len());
                self.numbers.push(variable.clone());
                format!("{variable} = {expression}")
            }
            7 => {
                let (left, right) = (&raw.atom.args, &raw.other.args);
                let first = self.comparison(raw.operator, left);
                let second = match raw.operator % 3 {
                    0 => self.negation(&raw.other, &complete),
                    _ => self.comparison(raw.operator / 3, right),
                };
                format!("({first} ; {second})")
            }
            8 => self.either(raw),
            9 => self.range(raw),
            10 => self.witness(raw, &complete),
            _ => {
                let text = self.bound(Primitive::Symbol, raw.atom.args[0]);
                match raw.operator % 4 {
                    0 => format!("contains(\"a\", {text})"),
                    1 => format!("!contains({}, {text})", self.bound(Primitive::Symbol, raw.atom.args[1])),
                    2 => format!("match(\"[ab]*\", {text})"),
                    _ => format!("!match(\"a.*\", {text})"),
                }
            }
        };
        self.body.push(literal);
    }

    /// `r0 = range(x % 4, y % 5)`: a number that is new, or one that is bound.
    fn range(&mut self, raw: &RawExtra) -> String {
        let [from, to] = [0, 1].map(|i| self.bound(Primitive::Number, raw.atom.args[i]));
        let variable = match raw.other.relation % 4 {
            3 if !self.numbers.is_empty() => self.numbers[0].clone(),
            _ => {
                self.numbers.push(format!("r{}", self.numbers.len()));
                self.numbers[self.numbers.len() - 1].clone()
            }
        };
        let step = ["", ", 2", ", -1", ", 0"][raw.operator as usize % 4];
        format!("{variable} = range({from} % 4, {to} % 5{step})")
    }

    /// `m0 = min v : { … }`, whose body has variables that nothing else binds.
    fn witness(&mut self, raw: &RawExtra, from: &[Shape]) -> String {
        let numeric: Vec<&Shape> = from.iter().filter(|s| s.columns.contains(&Primitive::Number)).collect();
        let Some(shape) = pick(&numeric, raw.atom.relation) else { return "0 = 0".into() };
        let target = shape.columns.iter().position(|column| *column == Primitive::Number);
        let number = self.numbers.len() + self.symbols.len();
        let (mut numbers, mut symbols) = (vec![format!("m{number}")], Vec::new());
        let mut args = Vec::new();
        for (i, (column, choice)) in shape.columns.iter().zip(raw.atom.args).enumerate() {
            args.push(match choice % 3 {
                _ if Some(i) == target => "v".into(),
                0 => {
                    let witness = format!("w{number}{i}");
                    match column {
                        Primitive::Symbol => symbols.push(witness.clone()),
                        Primitive::Record => self.records.push(witness.clone()),
                        _ => numbers.push(witness.clone()),
                    }
                    witness
                }
                1 => "_".into(),
                // What only the recursion grounds is no group of a fold that comes before it.
                _ if self.recursive => value(*column, choice / 3).to_string(),
                _ => self.bound(*column, choice / 3),
            });
        }
        let result = numbers[0].clone();
        self.numbers.append(&mut numbers);
        self.symbols.append(&mut symbols);
        let operator = ["min", "max"][raw.operator as usize % 2];
        format!("{result} = {operator} v : {{ {}({}) }}", shape.name, args.join(", "))
    }

    fn comparison(&self, operator: u8, args: &Three) -> String {
        let operators = ["!=", "<", "=", "<=", ">", ">="];
        let operator_text = operators[operator as usize % 6];
        let by_text = !self.symbols.is_empty() && (self.numbers.is_empty() || args[2] % 3 == 2);
        let column = if by_text { Primitive::Symbol } else { Primitive::Number };
        // A variable on the left, if there is one: what compares constants says little.
        let (left, right) = (self.bound(column, args[0] / 4 * 4), self.bound(column, args[1]));
        match (operator / 6 % 4, column) {
            (3, Primitive::Number) => format!("{left} + 1 {operator_text} {right}"),
            _ => format!("{left} {operator_text} {right}"),
        }
    }

    fn negation(&self, raw: &RawAtom, from: &[Shape]) -> String {
        let Some(shape) = pick(from, raw.relation) else { return "0 = 0".into() };
        let args: Vec<String> =
            shape.columns.iter().zip(raw.args).map(|(column, choice)| self.bound_or_any(*column, choice)).collect();
        format!("!{}({})", shape.name, args.join(", "))
    }

    /// Two atoms that bind the same variables, of relations with the same columns.
    fn either(&mut self, raw: &RawExtra) -> String {
        let plain: Vec<Shape> = self.readable().into_iter().filter(|s| !matches!(s.kind, Kind::Cost(_))).collect();
        let Some(first) = pick(&plain, raw.atom.relation).cloned() else { return "0 = 0".into() };
        let alike: Vec<Shape> = plain.into_iter().filter(|s| s.columns == first.columns).collect();
        let second = pick(&alike, raw.other.relation).unwrap_or(&first).clone();
        self.recursive |= [&first, &second].iter().any(|s| s.stratum == self.head.stratum);
        let args: Vec<String> =
            first.columns.iter().zip(raw.atom.args).map(|(c, choice)| self.binding_argument(*c, choice)).collect();
        let mut turned = args.clone();
        if first.columns.len() > 1 && first.columns[0] == first.columns[1] && raw.operator % 2 == 1 {
            turned.swap(0, 1);
        }
        format!("({}({}) ; {}({}))", first.name, args.join(", "), second.name, turned.join(", "))
    }

    /// `n = count : { … }`: its body binds variables of its own, and shares those that are bound already.
    fn aggregate(&mut self, raw: &RawExtra, from: &[Shape]) -> String {
        let (numbers, symbols) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.symbols));
        let records = std::mem::take(&mut self.records);
        let recursive = self.recursive;
        let mut body = self.binding_atom(&raw.atom, from);
        if raw.kind / 10 % 3 == 2 {
            body = format!("{body}, {}", self.binding_atom(&raw.other, from));
        }
        // The target is of the body; its conditions may speak of what is outside, too. Not in a recursive rule: what only
        // the recursion grounds is no group of a fold that comes before it. And of one aggregate of a rule only: two must
        // not take variables from each other.
        let (target, text) = (self.numbers.last().cloned(), self.symbols.last().cloned());
        if !recursive && !std::mem::replace(&mut self.folds, true) {
            // A witness is none of an aggregate's groups.
            let grounded = |v: &&String| !v.starts_with('w');
            numbers.iter().filter(grounded).for_each(|v| drop(bind(&mut self.numbers, v)));
            symbols.iter().filter(grounded).for_each(|v| drop(bind(&mut self.symbols, v)));
            records.iter().filter(grounded).for_each(|v| drop(bind(&mut self.records, v)));
        }
        if raw.kind / 30 % 3 == 2 {
            body = format!("{body}, {}", self.comparison(raw.operator / 5, &raw.other.args));
        }
        if raw.kind / 30 % 3 == 1 && raw.other.args[2] % 2 == 1 {
            body = format!("{body}, {}", self.negation(&raw.other, from));
        }
        (self.numbers, self.symbols, self.recursive) = (numbers, symbols, recursive);
        self.records = records;
        let fold = match (raw.operator % 6, target, text) {
            (1, Some(target), _) => format!("sum {target}"),
            (2, Some(target), _) => format!("min {target}"),
            (3, Some(target), _) => format!("max {target} + 1"),
            (4, Some(target), _) => format!("sum {target} * 2"),
            (5, _, Some(text)) => format!("max strlen({text})"),
            _ => "count".into(),
        };
        let variable = match raw.other.relation % 4 {
            3 if !self.numbers.is_empty() => self.numbers[0].clone(),
            _ => {
                let fresh = format!("n{}", self.numbers.len());
                self.numbers.push(fresh.clone());
                fresh
            }
        };
        format!("{variable} = {fold} : {{ {body} }}")
    }

    /// A number of what is bound, guarded so that no recursion counts for ever.
    fn number(&mut self, operator: u8, args: &Three) -> String {
        let (a, b) = (self.bound(Primitive::Number, args[0]), self.bound(Primitive::Number, args[1]));
        let text = self.bound(Primitive::Symbol, args[2]);
        match operator % 14 {
            0 => {
                self.body.push(format!("{a} < 5, {a} > -5"));
                format!("{a} + 1")
            }
            1 => {
                self.body.push(format!("{a} > 0, {a} < 9"));
                format!("{a} - 1")
            }
            2 => format!("{a} * {b} % 5"),
            3 => format!("({a} + {b}) % 4"),
            4 => format!("max({a}, {b})"),
            5 => format!("min({a}, {b}, 3)"),
            6 => format!("{a} / {b}"),
            7 => format!("{a} % {b}"),
            8 => format!("{a} band {b}"),
            9 => format!("{a} bxor 1"),
            10 => format!("({a} land {b})"),
            11 => format!("strlen({text}) % 4"),
            12 => format!("to_number({text}) % 4"),
            _ => format!("-({a} % 3)"),
        }
    }

    fn head_argument(&mut self, column: usize, choice: u8) -> String {
        let primitive = self.head.columns[column];
        if let (Kind::Cost(towards), 1) = (self.head.kind, column) {
            return self.head_cost(towards, choice);
        }
        let args = [choice / 3, choice / 5, choice / 7];
        match (choice % 8, primitive) {
            (6 | 7, Primitive::Number) => self.number(choice / 8, &args),
            (7, Primitive::Symbol) => {
                let (a, b) = (self.bound(primitive, args[0]), self.bound(primitive, args[1]));
                match choice / 8 % 4 {
                    0 if !self.recursive => format!("cat({a}, {b})"),
                    0 | 1 => format!("substr({a}, 0, 1)"),
                    2 => format!("to_string({} % 4)", self.bound(Primitive::Number, args[1])),
                    _ => format!("max({a}, {b})"),
                }
            }
            (5.., Primitive::Record) => self.packed(choice / 8),
            _ => self.bound(primitive, choice / 8),
        }
    }

    fn head_cost(&mut self, towards: Towards, choice: u8) -> String {
        let other = self.bound(Primitive::Number, choice / 6);
        let step = choice / 6 % 3;
        match (towards, self.costs.as_slice()) {
            (Towards::Least, []) => format!("max({other}, 0)"),
            (Towards::Greatest, []) => other,
            (Towards::Least, [c, d, ..]) if choice % 2 == 1 => format!("{c} + {d}"),
            (Towards::Greatest, [c, d, ..]) if choice % 2 == 1 => format!("min({c}, {d})"),
            (Towards::Least, [c, ..]) => match choice % 6 {
                0 => format!("{c} + 1"),
                2 => c.clone(),
                4 => format!("max({c}, {other})"),
                5 => format!("{c} + max({other}, 0)"),
                _ => format!("{c} + {step}"),
            },
            (Towards::Greatest, [c, ..]) => match choice % 6 {
                0 => format!("{c} - 1"),
                2 => c.clone(),
                4 => format!("min({c}, {other})"),
                5 => format!("{c} - max({other}, 0)"),
                _ => format!("{c} - {step}"),
            },
        }
    }
}

/// Adds a variable to those that are bound.
fn bind(variables: &mut Vec<String>, variable: &str) -> String {
    if !variables.iter().any(|v| v == variable) {
        variables.push(variable.into());
    }
    variable.into()
}
