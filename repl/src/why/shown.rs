//! Tuples, literals and places of an explanation, as text.

use crate::table::literal;
use compiler::program::{AggregateOp, Expr, Literal, Program, RelationId, Rule, VariableId};
use compiler::span::{Sources, Span};
use compiler::value::{Primitive, Type};
use runtime::{Origin, Symbols, Value};
use serde::Serialize;
use std::fmt;

/// A line of a file, or of what was typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 if it is not known.
    pub line: usize,
}

impl Place {
    /// Whether it is in a file, and not in what is inside the binary or was typed (`<model.dl>`, `<prompt>`).
    pub fn is_file(&self) -> bool {
        !self.file.starts_with('<')
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 { f.write_str(&self.file) } else { write!(f, "{}:{}", self.file, self.line) }
    }
}

/// Says where a fact stands, given what the model knows of its origins.
pub type Whence<'a> = &'a dyn Fn(RelationId, &[u64], &[Origin]) -> Vec<Place>;

/// What is needed to show the words of a model.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its texts.
    pub sources: &'a Sources,
    /// The table of symbols.
    pub symbols: &'a Symbols,
    /// Where facts stand.
    pub whence: Whence<'a>,
}

impl Shown<'_> {
    /// A word of a type, as it would be written in a rule.
    pub fn value(&self, word: u64, ty: &Type) -> String {
        literal(&Value::of(word, ty, self.symbols))
    }

    /// `link("h1", "s1")`
    pub fn tuple(&self, relation: RelationId, row: &[u64]) -> String {
        self.pattern(relation, &row.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// `link("h1", _)`
    pub fn pattern(&self, relation: RelationId, pattern: &[Option<u64>]) -> String {
        let relation = self.program.relation(relation);
        let value = |(word, ty): (&Option<u64>, &Type)| word.map_or("_".to_owned(), |word| self.value(word, ty));
        let types = relation.columns.iter().map(|column| &column.ty);
        let values: Vec<String> = pattern.iter().zip(types).map(value).collect();
        format!("{}({})", relation.name, values.join(", "))
    }

    /// A literal with the values of its variables, as far as they are known.
    pub fn literal(&self, rule: &Rule, literal: &Literal, bindings: &[Option<u64>]) -> String {
        let types = self.types(rule);
        self.program.literal_text(rule, literal, &|variable: VariableId| {
            let at = variable.0 as usize;
            Some(self.value((*bindings.get(at)?)?, types.get(at)?.as_ref()?))
        })
    }

    /// The value of the aggregate that a constraint compares with.
    pub fn folded_value(&self, literal: &Literal, word: u64) -> String {
        let Literal::Constraint(constraint) = literal else { return word.to_string() };
        let ((Expr::Aggregate(aggregate), _) | (_, Expr::Aggregate(aggregate))) = (&constraint.left, &constraint.right)
        else {
            return word.to_string();
        };
        let primitive = match aggregate.op {
            AggregateOp::Count => Primitive::Number,
            AggregateOp::Mean(_) => Primitive::Float,
            AggregateOp::Sum(p) | AggregateOp::Min(p) | AggregateOp::Max(p) | AggregateOp::Gap(p) => p,
        };
        self.value(word, &Type::plain(primitive))
    }

    /// The types of a rule's variables; of records, as far as an atom tells.
    fn types(&self, rule: &Rule) -> Vec<Option<Type>> {
        let plain = |primitive| (primitive != Primitive::Record).then(|| Type::plain(primitive));
        let mut types: Vec<Option<Type>> = rule.variables.iter().map(|v| plain(v.primitive)).collect();
        let mut note = |relation: RelationId, args: &[Expr]| {
            for (arg, column) in args.iter().zip(&self.program.relation(relation).columns) {
                if let Expr::Variable(v) = arg {
                    types[v.0 as usize] = Some(column.ty.clone());
                }
            }
        };
        note(rule.head, &rule.args);
        each_atom(&rule.body, &mut note);
        types
    }

    /// Where a stretch of the program stands.
    pub fn place(&self, span: Span) -> Place {
        let (line, _) = self.sources.position(span);
        Place { file: self.sources.get(span.source).name.to_string(), line }
    }

    /// A rule as its author wrote it, on one line.
    pub fn rule(&self, rule: &Rule) -> String {
        let text = self.sources.get(rule.span.source).text.get(rule.span.range()).unwrap_or_default();
        let lines = text.lines().map(|line| line.split("//").next().unwrap_or(line).trim());
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// Calls `found` with each atom of a body, those of aggregates included.
fn each_atom(body: &[Literal], found: &mut dyn FnMut(RelationId, &[Expr])) {
    for literal in body {
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => found(atom.relation, &atom.args),
            Literal::Constraint(constraint) => {
                for side in [&constraint.left, &constraint.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        each_atom(&aggregate.body, found);
                    }
                }
            }
        }
    }
}

/// The body of the aggregate that a constraint compares with.
pub(super) fn folded(literal: &Literal) -> &[Literal] {
    let Literal::Constraint(constraint) = literal else { return &[] };
    match (&constraint.left, &constraint.right) {
        (Expr::Aggregate(aggregate), _) | (_, Expr::Aggregate(aggregate)) => &aggregate.body,
        _ => &[],
    }
}
