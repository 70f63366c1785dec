//! Expressions and comparisons as Rust. Every variable is a reference to a value that can be copied.

use super::{Generator, Unsupported};
use crate::functor::{Comparison, Functor};
use crate::program::{Expr, VariableId};
use crate::value::{Const, Primitive};

/// Rust text that computes a value. If it may fail, it uses `?` and must stand in [`Code::optional`].
pub(super) struct Code {
    pub(super) text: String,
    pub(super) may_fail: bool,
}

impl Code {
    /// An `Option` of the value.
    pub(super) fn optional(&self) -> String {
        format!("(|| Some({}))()", self.text)
    }
}

/// The Rust name of a variable.
pub(super) fn variable(v: VariableId) -> String {
    format!("v{}", v.0)
}

/// The Rust type of a value.
pub(super) fn rust_type(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Number => "i64",
        Primitive::Unsigned => "u64",
        Primitive::Float => "support::Float",
        Primitive::Symbol => "support::Symbol",
        Primitive::Record => "support::Term",
    }
}

impl Generator<'_> {
    /// A constant as Rust.
    pub(super) fn constant(&mut self, constant: &Const) -> String {
        match constant {
            Const::Number(n) => format!("({n}i64)"),
            Const::Unsigned(n) => format!("{n}u64"),
            Const::Float(x) => format!("support::Float::from_bits({}u64)", x.to_bits()),
            Const::Symbol(text) => {
                let known = self.symbols.iter().position(|s| **s == **text);
                let at = known.unwrap_or_else(|| {
                    self.symbols.push(text.to_string());
                    self.symbols.len() - 1
                });
                format!("(*S{at})")
            }
            Const::Nil => "support::Term::NIL".to_string(),
            Const::Tag(name, number) => format!("support::Tag({number}u64, {:?})", &**name),
            Const::Record(values) => {
                let values: Vec<String> = values.iter().map(|value| self.constant(value)).collect();
                pack(values.iter().map(String::as_str))
            }
        }
    }

    /// An expression as Rust. Aggregates and wildcards have been dealt with.
    pub(super) fn expression(&mut self, e: &Expr) -> Result<Code, Unsupported> {
        Ok(match e {
            Expr::Variable(v) => Code { text: format!("(*{})", variable(*v)), may_fail: false },
            Expr::Const(c) => Code { text: self.constant(c), may_fail: false },
            Expr::Call(functor, args) => {
                let args: Vec<Code> = args.iter().map(|e| self.expression(e)).collect::<Result<_, _>>()?;
                self.call(*functor, &args)?
            }
            Expr::Wildcard => return Err(self.unsupported("a wildcard inside an expression")),
            Expr::Aggregate(_) => return Err(self.unsupported("an aggregate inside an expression")),
            Expr::Range(_) => return Err(self.unsupported("a range inside an expression")),
        })
    }

    fn call(&mut self, functor: Functor, args: &[Code]) -> Result<Code, Unsupported> {
        use Functor::*;
        let texts: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
        let (name, may_fail) = match functor {
            Add(_) => ("add", false),
            Sub(_) => ("sub", false),
            Mul(_) => ("mul", false),
            Div(_) => ("div", true),
            Rem(_) => ("rem", true),
            Pow(_) => ("pow", false),
            Neg(_) => ("neg", false),
            BitAnd(_) => ("bit_and", false),
            BitOr(_) => ("bit_or", false),
            BitXor(_) => ("bit_xor", false),
            BitNot(_) => ("bit_not", false),
            ShiftLeft(_) => ("shift_left", false),
            ShiftRight(_) => ("shift_right", false),
            ShiftRightLogical(_) => ("shift_right_logical", false),
            And(_) => ("and", false),
            Or(_) => ("or", false),
            Xor(_) => ("xor", false),
            Not(_) => ("not", false),
            Max(_) | Min(_) | Cat => return Ok(fold(functor.symbol(), args)),
            StrLen => ("strlen", false),
            SubStr => ("substr", false),
            Ord => return Err(self.unsupported("the functor `ord`")),
            Reinterpret(from, to) => return self.reinterpret(from, to, &texts.join(""), args),
            ToText(_) => ("to_text", false),
            ToNumber(p) => ("to_number", p == Primitive::Symbol),
            ToUnsigned(p) => ("to_unsigned", p == Primitive::Symbol),
            ToFloat(p) => ("to_float", p == Primitive::Symbol),
            PrefixOf => ("prefix_of", true),
            PrefixLength => ("prefix_length", true),
            PrefixAddress => ("prefix_address", true),
            IpVersion => ("ip_version", true),
            Pack => {
                let may_fail = args.iter().any(|a| a.may_fail);
                return Ok(Code { text: pack(texts.into_iter()), may_fail });
            }
            Field(_) => return Err(self.unsupported("a field without its tuple")),
        };
        // What may fail for text has a function of its own, so that the others stay plain.
        let name = match functor {
            ToNumber(Primitive::Symbol) => "text_to_number",
            ToUnsigned(Primitive::Symbol) => "text_to_unsigned",
            ToFloat(Primitive::Symbol) => "text_to_float",
            _ => name,
        };
        let mark = if may_fail { "?" } else { "" };
        Ok(Code {
            text: format!("support::{name}({}){mark}", texts.join(", ")),
            may_fail: may_fail || args.iter().any(|a| a.may_fail),
        })
    }

    /// `as` between primitive types.
    fn reinterpret(&self, from: Primitive, to: Primitive, value: &str, args: &[Code]) -> Result<Code, Unsupported> {
        use Primitive::{Float, Number, Unsigned};
        let bits = match from {
            Number | Unsigned => value.to_string(),
            Float => format!("{value}.get().to_bits()"),
            _ => return Err(self.unsupported("`as` between numbers and other values")),
        };
        let text = match to {
            Number => format!("(({bits}) as i64)"),
            Unsigned => format!("(({bits}) as u64)"),
            Float => format!("support::Float::from_bits(({bits}) as u64)"),
            _ => return Err(self.unsupported("`as` between numbers and other values")),
        };
        Ok(Code { text, may_fail: args.iter().any(|a| a.may_fail) })
    }

    /// A comparison as a Rust condition.
    pub(super) fn comparison(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<String, Unsupported> {
        use Comparison::*;
        let (left, right) = (self.expression(left)?, self.expression(right)?);
        let (l, r) = (&left.text, &right.text);
        let test = match comparison {
            Equal => format!("{l} == {r}"),
            NotEqual => format!("{l} != {r}"),
            Less(_) => format!("{l} < {r}"),
            LessEqual(_) => format!("{l} <= {r}"),
            Greater(_) => format!("{l} > {r}"),
            GreaterEqual(_) => format!("{l} >= {r}"),
            Match => format!("support::matches({l}, {r})"),
            NotMatch => format!("support::matches_not({l}, {r})"),
            Contains => format!("support::contains({l}, {r})"),
            NotContains => format!("!support::contains({l}, {r})"),
            InPrefix => format!("support::in_prefix({l}, {r})"),
            NotInPrefix => format!("!support::in_prefix({l}, {r})"),
        };
        Ok(match left.may_fail || right.may_fail {
            true => format!("(|| Some({test}))() == Some(true)"),
            false => test,
        })
    }
}

/// `f(f(a, b), c)`
fn fold(name: &str, args: &[Code]) -> Code {
    let may_fail = args.iter().any(|a| a.may_fail);
    let mut texts = args.iter().map(|a| a.text.clone());
    let first = texts.next().unwrap_or_default();
    Code { text: texts.fold(first, |text, next| format!("support::{name}({text}, {next})")), may_fail }
}

/// The tuple of these values.
fn pack<'t>(values: impl Iterator<Item = &'t str>) -> String {
    let values: Vec<String> = values.map(|value| format!("support::Column::value({value})")).collect();
    format!("support::Term::pack(&[{}])", values.join(", "))
}
