//! Rules as text with chosen names: what fingerprints are taken of.

use crate::functor::Functor;
use crate::plan::RelationId;
use crate::program::{Aggregate, AggregateOp, Atom, Constraint, Expr, Literal, VariableId};
use crate::value::{Const, Primitive};
use std::fmt::Write;

/// Says what relations and variables are called.
pub(crate) trait Names {
    /// The name of a relation.
    fn relation(&mut self, id: RelationId) -> String;
    /// The name of a variable.
    fn variable(&mut self, id: VariableId) -> String;
    /// The name of a record type, for what `as` makes of a number. Which one it was is not known any more: it is the right
    /// one where a program has one.
    fn record(&mut self) -> String {
        "record".to_string()
    }
}

/// `head(args) :- body.`
pub(crate) fn rule(names: &mut dyn Names, head: RelationId, args: &[Expr], body: &[Literal]) -> String {
    let mut out = names.relation(head);
    arguments(names, args, &mut out);
    if !body.is_empty() {
        out.push_str(" :- ");
        out.push_str(&self::body(names, body));
    }
    out.push('.');
    out
}

/// The literals of a body, with commas between them.
pub(crate) fn body(names: &mut dyn Names, body: &[Literal]) -> String {
    let mut out = String::new();
    for (i, l) in body.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        literal(names, l, &mut out);
    }
    out
}

pub(crate) fn arguments<'a>(names: &mut dyn Names, args: impl IntoIterator<Item = &'a Expr>, out: &mut String) {
    out.push('(');
    for (i, arg) in args.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        expr(names, arg, out);
    }
    out.push(')');
}

fn literal(names: &mut dyn Names, literal: &Literal, out: &mut String) {
    match literal {
        Literal::Positive(a) => atom(names, a, out),
        Literal::Negative(a) => {
            out.push('!');
            atom(names, a, out);
        }
        Literal::Constraint(c) => constraint(names, c, out),
    }
}

/// `relation(args)`
pub(crate) fn atom(names: &mut dyn Names, atom: &Atom, out: &mut String) {
    out.push_str(&names.relation(atom.relation));
    arguments(names, &atom.args, out);
}

/// `left = right`, or `contains(left, right)` for the tests that are written so.
pub(crate) fn constraint(names: &mut dyn Names, constraint: &Constraint, out: &mut String) {
    let symbol = constraint.comparison.symbol();
    if symbol.ends_with(char::is_alphabetic) {
        out.push_str(symbol);
        out.push('(');
        expr(names, &constraint.left, out);
        out.push_str(", ");
        expr(names, &constraint.right, out);
        out.push(')');
    } else {
        expr(names, &constraint.left, out);
        let _ = write!(out, " {symbol} ");
        expr(names, &constraint.right, out);
    }
}

/// An expression; operators inside operators are in parentheses.
pub(crate) fn expr(names: &mut dyn Names, e: &Expr, out: &mut String) {
    match e {
        Expr::Variable(v) => out.push_str(&names.variable(*v)),
        Expr::Wildcard => out.push('_'),
        Expr::Const(c) => {
            let _ = write!(out, "{c}");
        }
        Expr::Call(Functor::Pack, args) => tuple(names, args, out),
        Expr::Call(Functor::Reinterpret(_, to), args) => {
            out.push_str("as(");
            args.iter().for_each(|arg| expr(names, arg, out));
            let to = if *to == Primitive::Record { names.record() } else { to.to_string() };
            let _ = write!(out, ", {to})");
        }
        Expr::Call(functor, args) => match &args[..] {
            [a, b] if functor.is_infix() => {
                // `-x ^ 2` is read as `-(x ^ 2)`.
                let signed = functor.symbol() == "^" && starts_with_sign(a);
                out.push_str(if signed { "(" } else { "" });
                operand(names, a, out);
                out.push_str(if signed { ")" } else { "" });
                let _ = write!(out, " {functor} ");
                operand(names, b, out);
            }
            [a] if matches!(functor.symbol(), "-" | "bnot" | "lnot") => {
                out.push_str(functor.symbol());
                if functor.symbol() != "-" {
                    out.push(' ');
                }
                operand(names, a, out);
            }
            args => {
                out.push_str(functor.symbol());
                arguments(names, args, out);
            }
        },
        Expr::Aggregate(a) => aggregate(names, a, out),
        Expr::Range(range) => {
            out.push_str("range");
            arguments(names, range.args(), out);
        }
    }
}

/// `[a, b]` or `$B(a, b)`
fn tuple(names: &mut dyn Names, args: &[Expr], out: &mut String) {
    let (open, close, fields) = match args {
        [Expr::Const(tag @ Const::Tag(..)), fields @ ..] => {
            let _ = write!(out, "{tag}");
            if fields.is_empty() {
                return;
            }
            ('(', ')', fields)
        }
        fields => ('[', ']', fields),
    };
    out.push(open);
    for (i, field) in fields.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        expr(names, field, out);
    }
    out.push(close);
}

fn starts_with_sign(e: &Expr) -> bool {
    match e {
        Expr::Const(c) => c.to_string().starts_with('-'),
        Expr::Call(functor, args) => args.len() == 1 && matches!(functor.symbol(), "-" | "bnot" | "lnot"),
        _ => false,
    }
}

fn operand(names: &mut dyn Names, e: &Expr, out: &mut String) {
    let nested = matches!(e, Expr::Call(f, _) if f.is_infix()) || matches!(e, Expr::Aggregate(_));
    if nested {
        out.push('(');
    }
    expr(names, e, out);
    if nested {
        out.push(')');
    }
}

/// `op target : { body }`
pub(crate) fn aggregate(names: &mut dyn Names, a: &Aggregate, out: &mut String) {
    out.push_str(operator(a.op));
    if let Some(target) = &a.target {
        out.push(' ');
        expr(names, target, out);
    }
    out.push_str(" : { ");
    for (i, l) in a.body.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        literal(names, l, out);
    }
    out.push_str(" }");
}

/// The name of an aggregate operator.
pub(crate) fn operator(op: AggregateOp) -> &'static str {
    match op {
        AggregateOp::Count => "count",
        AggregateOp::Sum(_) => "sum",
        AggregateOp::Min(_) => "min",
        AggregateOp::Max(_) => "max",
        AggregateOp::Mean(_) => "mean",
        AggregateOp::Gap(_) => "gap",
    }
}
