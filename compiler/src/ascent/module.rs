//! The module around the rules: declarations, constants, and the way in and out.

use super::Generator;
use super::body::{rest_columns, tuple};
use super::expression::rust_type;
use crate::program::{Direction, RelationId};
use crate::value::Primitive;
use std::fmt::Write;

impl Generator<'_> {
    /// Declares a relation: `r1` holds its tuples. With a subsumption, `g1` holds what is given and `l1` the best.
    pub(super) fn declare(&mut self, id: RelationId) {
        let types: Vec<String> = self.primitives(id).map(|p| rust_type(p).to_string()).collect();
        let n = id.0;
        self.lines.push(format!("relation r{n}({}); // {}", types.join(", "), self.program.relation(id).name));
        if self.program.relation(id).eqrel {
            self.lines.push(format!("r{n}(y, x) <-- r{n}(x, y);"));
            self.lines.push(format!("r{n}(x, z) <-- r{n}(x, y), r{n}(y, z);"));
        }
        let Some(s) = self.subsumption(id) else { return };
        let order: Vec<String> = s
            .order
            .iter()
            .map(|(column, direction)| match direction {
                Direction::Least => types[*column].clone(),
                Direction::Greatest => format!("std::cmp::Reverse<{}>", types[*column]),
            })
            .collect();
        let rest = rest_columns(&s, types.len());
        let rest_types: Vec<String> = rest.iter().map(|&i| types[i].clone()).collect();
        let mut columns: Vec<String> = s.key.iter().map(|&i| types[i].clone()).collect();
        columns.push(format!("support::Best<{}, {}>", tuple(&order), tuple(&rest_types)));
        self.lines.push(format!("relation g{n}({});", types.join(", ")));
        self.lines.push(format!("lattice l{n}({});", columns.join(", ")));

        let names: Vec<String> = (0..types.len()).map(|i| format!("x{i}")).collect();
        let values: Vec<String> = names.iter().map(|x| format!("*{x}")).collect();
        let given = self.head(id, &values);
        self.lines.push(format!("{given} <-- g{n}({});", names.join(", ")));
        let mut columns: Vec<String> = s.key.iter().map(|&i| names[i].clone()).collect();
        columns.push("best".to_string());
        let mut values = values;
        for (at, (column, direction)) in s.order.iter().enumerate() {
            let unwrap = if *direction == Direction::Greatest { ".0" } else { "" };
            values[*column] = format!("best.order().{at}{unwrap}");
        }
        for (at, column) in rest.iter().enumerate() {
            values[*column] = format!("tie.{at}");
        }
        self.lines.push(format!(
            "r{n}({}) <-- l{n}({}), for tie in best.ties();",
            values.join(", "),
            columns.join(", ")
        ));
    }

    fn primitives(&self, id: RelationId) -> impl Iterator<Item = Primitive> + '_ {
        self.program.relation(id).columns.iter().map(|c| c.ty.primitive)
    }

    /// Where given tuples of a relation go.
    fn entrance(&self, id: RelationId) -> String {
        let letter = if self.subsumption(id).is_some() { 'g' } else { 'r' };
        format!("{letter}{}", id.0)
    }
}

/// The whole module.
pub(super) fn module(generator: &Generator, name: &str) -> String {
    let mut out = String::new();
    let symbols: String = generator
        .symbols
        .iter()
        .enumerate()
        .map(|(i, text)| {
            format!("    static S{i}: LazyLock<support::Symbol> = LazyLock::new(|| support::Symbol::new({text:?}));\n")
        })
        .collect();
    let rules: String = generator.lines.iter().map(|line| format!("        {line}\n")).collect();
    let stated = stated(generator);
    let (mut signatures, mut insert, mut numbers, mut rows, mut count) = Default::default();
    for (i, relation) in generator.program.relations.iter().enumerate() {
        let id = RelationId(i as u32);
        let entrance = generator.entrance(id);
        let text = format!("{:?}", relation.name);
        let kinds: Vec<String> = generator.primitives(id).map(|p| format!("support::Kind::{p:?}")).collect();
        line(&mut signatures, &format!("({text}, &[{}]),", kinds.join(", ")));
        line(&mut insert, &format!("{text} => support::push(&mut self.{entrance}, row),"));
        line(&mut numbers, &format!("{text} => support::push_numbers(&mut self.{entrance}, numbers),"));
        line(&mut rows, &format!("{text} => support::rows(&self.r{i}),"));
        line(&mut count, &format!("{text} => self.r{i}.len(),"));
    }
    let _ = write!(
        out,
        "\
/// The twin of `{name}`. Generated from the rules; not to be edited.
#[allow(missing_docs, unreachable_pub, unused, clippy::all, clippy::unwrap_used)]
pub mod {name} {{
    use ::rules::support;
    use std::sync::LazyLock;

{symbols}
    ::ascent::ascent! {{
        pub struct Program;
{rules}    }}

    impl support::Twin for Program {{
        fn relations(&self) -> &'static [support::Signature] {{
            &[
{signatures}            ]
        }}
        fn stated(&self) -> Vec<(&'static str, Vec<support::Value>)> {{
            vec![
{stated}            ]
        }}
        fn insert(&mut self, relation: &str, row: &[support::Value]) -> bool {{
            match relation {{
{insert}                _ => false,
            }}
        }}
        fn insert_numbers(&mut self, relation: &str, numbers: &[i64]) -> bool {{
            match relation {{
{numbers}                _ => false,
            }}
        }}
        fn solve(&mut self) {{
            self.run();
        }}
        fn rows(&self, relation: &str) -> Option<Vec<Vec<support::Value>>> {{
            Some(match relation {{
{rows}                _ => return None,
            }})
        }}
        fn count(&self, relation: &str) -> Option<usize> {{
            Some(match relation {{
{count}                _ => return None,
            }})
        }}
    }}
}}
"
    );
    out
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "                {text}");
}

/// The facts of the text.
fn stated(generator: &Generator) -> String {
    let mut out = String::new();
    for fact in &generator.program.facts {
        let name = &generator.program.relation(fact.relation).name;
        let values: Vec<String> = fact.values.iter().map(value).collect();
        line(&mut out, &format!("({name:?}, vec![{}]),", values.join(", ")));
    }
    out
}

fn value(constant: &crate::value::Const) -> String {
    use crate::value::Const;
    match constant {
        Const::Number(n) => format!("support::Value::Number({n}i64)"),
        Const::Unsigned(n) => format!("support::Value::Unsigned({n}u64)"),
        Const::Float(x) => format!("support::Value::Float(support::Float::from_bits({}u64))", x.to_bits()),
        Const::Symbol(text) => format!("support::Value::Symbol(support::Symbol::new({text:?}))"),
        Const::Nil => "support::Value::Record(support::Term::NIL)".to_string(),
        Const::Tag(name, number) => format!("support::Value::Tag(support::Tag({number}u64, {:?}))", &**name),
        Const::Record(values) => {
            let values: Vec<String> = values.iter().map(value).collect();
            format!("support::Value::Record(support::Term::pack(&[{}]))", values.join(", "))
        }
    }
}
