//! The functors by the names they have in rules, with the types they take and give.

use crate::ast::{BinaryOperator, UnaryOperator};
use crate::functor::Functor;
use crate::value::{Form, Primitive};

/// A functor whose overload may still be open.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    /// One functor.
    Fixed(Functor),
    /// The overload for the primitive type of the first argument.
    OfFirst(fn(Primitive) -> Functor),
}

/// Which primitive types an argument may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Exactly this one.
    Is(Primitive),
    /// Any.
    Any,
    /// Any, the same for all arguments.
    Same,
    /// A numeric one, the same for all arguments.
    SameNumeric,
    /// `number` or `float`.
    SameSigned,
    /// `number` or `unsigned`, the same for all arguments.
    SameInteger,
}

/// What the functor gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// This primitive type.
    Is(Primitive),
    /// The type of its arguments.
    Same,
}

/// A named functor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signature {
    /// As written.
    pub name: &'static str,
    /// What each argument must be; the last stands for all further ones if `variadic`.
    pub takes: &'static [Demand],
    /// Whether more arguments may follow.
    pub variadic: bool,
    /// What it gives.
    pub gives: Gives,
    /// What it is.
    pub operation: Operation,
}

use Demand::{Any, Is, Same};
use Functor::{Cat, IpVersion, Max, Min, PrefixAddress, PrefixLength, PrefixOf, StrLen, SubStr};
use Functor::{ToFloat, ToNumber, ToText, ToUnsigned};
use Primitive::{Float, Number, Symbol, Unsigned};

/// All functors that are called by name, aliases included.
pub(super) const FUNCTORS: &[Signature] = &[
    Signature { variadic: true, ..fixed("cat", &[Is(Symbol)], Symbol, Cat) },
    fixed("strlen", &[Is(Symbol)], Number, StrLen),
    fixed("substr", &[Is(Symbol), Is(Number), Is(Number)], Symbol, SubStr),
    fixed("ord", &[Any], Number, Functor::Ord),
    conversion("to_string", Any, Symbol, ToText),
    conversion("itos", Is(Number), Symbol, ToText),
    conversion("utos", Is(Unsigned), Symbol, ToText),
    conversion("ftos", Is(Float), Symbol, ToText),
    conversion("to_number", Any, Number, ToNumber),
    conversion("ston", Is(Symbol), Number, ToNumber),
    conversion("stoi", Is(Symbol), Number, ToNumber),
    conversion("utoi", Is(Unsigned), Number, ToNumber),
    conversion("ftoi", Is(Float), Number, ToNumber),
    conversion("to_unsigned", Any, Unsigned, ToUnsigned),
    conversion("stou", Is(Symbol), Unsigned, ToUnsigned),
    conversion("itou", Is(Number), Unsigned, ToUnsigned),
    conversion("ftou", Is(Float), Unsigned, ToUnsigned),
    conversion("to_float", Any, Float, ToFloat),
    conversion("stof", Is(Symbol), Float, ToFloat),
    conversion("itof", Is(Number), Float, ToFloat),
    conversion("utof", Is(Unsigned), Float, ToFloat),
    extreme("min", Min),
    extreme("max", Max),
    fixed("prefix_of", &[Is(Symbol), Is(Number)], Symbol, PrefixOf),
    fixed("prefix_length", &[Is(Symbol)], Number, PrefixLength),
    fixed("prefix_address", &[Is(Symbol)], Symbol, PrefixAddress),
    fixed("ip_version", &[Is(Symbol)], Number, IpVersion),
];

/// Functors of Soufflé that are not there yet.
pub(super) const UNSUPPORTED: [&str; 1] = ["fold"];

const fn fixed(name: &'static str, takes: &'static [Demand], gives: Primitive, functor: Functor) -> Signature {
    Signature { name, takes, variadic: false, gives: Gives::Is(gives), operation: Operation::Fixed(functor) }
}

const fn conversion(name: &'static str, from: Demand, to: Primitive, make: fn(Primitive) -> Functor) -> Signature {
    let takes: &[Demand] = match from {
        Is(Number) => &[Is(Number)],
        Is(Unsigned) => &[Is(Unsigned)],
        Is(Float) => &[Is(Float)],
        Is(Symbol) => &[Is(Symbol)],
        _ => &[Any],
    };
    Signature { name, takes, variadic: false, gives: Gives::Is(to), operation: Operation::OfFirst(make) }
}

const fn extreme(name: &'static str, make: fn(Primitive) -> Functor) -> Signature {
    Signature { name, takes: &[Same, Same], variadic: true, gives: Gives::Same, operation: Operation::OfFirst(make) }
}

/// The functor of this name.
pub(super) fn find(name: &str) -> Option<&'static Signature> {
    FUNCTORS.iter().find(|signature| signature.name == name)
}

/// An operator between its operands.
pub(super) fn binary(operator: BinaryOperator) -> (Operation, Demand) {
    use BinaryOperator as B;
    let make: fn(Primitive) -> Functor = match operator {
        B::Or => Functor::Or,
        B::Xor => Functor::Xor,
        B::And => Functor::And,
        B::BitOr => Functor::BitOr,
        B::BitXor => Functor::BitXor,
        B::BitAnd => Functor::BitAnd,
        B::ShiftLeft => Functor::ShiftLeft,
        B::ShiftRight => Functor::ShiftRight,
        B::ShiftRightLogical => Functor::ShiftRightLogical,
        // On symbols it joins them.
        B::Add => |primitive| match primitive {
            Symbol => Cat,
            primitive => Functor::Add(primitive),
        },
        B::Sub => Functor::Sub,
        B::Mul => Functor::Mul,
        B::Div => Functor::Div,
        B::Rem => Functor::Rem,
        B::Pow => Functor::Pow,
    };
    let demand = match operator {
        B::Add => Demand::Same,
        B::Sub | B::Mul | B::Div | B::Pow => Demand::SameNumeric,
        _ => Demand::SameInteger,
    };
    (Operation::OfFirst(make), demand)
}

/// An operator before its operand.
pub(super) fn unary(operator: UnaryOperator) -> (Operation, Demand) {
    match operator {
        UnaryOperator::Negate => (Operation::OfFirst(Functor::Neg), Demand::SameSigned),
        UnaryOperator::BitNot => (Operation::OfFirst(Functor::BitNot), Demand::SameInteger),
        UnaryOperator::Not => (Operation::OfFirst(Functor::Not), Demand::SameInteger),
    }
}

/// The text form in which a literal argument is read.
pub(super) fn argument_form(functor: Functor, index: usize) -> Form {
    match (functor, index) {
        (PrefixOf | IpVersion, 0) => Form::Ip,
        (PrefixLength | PrefixAddress, 0) => Form::Prefix,
        _ => Form::Plain,
    }
}

/// The text form of what a functor gives.
pub(super) fn result_form(functor: Functor) -> Form {
    match functor {
        PrefixOf => Form::Prefix,
        PrefixAddress => Form::Ip,
        _ => Form::Plain,
    }
}

impl Operation {
    /// The functor for a first argument of this type.
    pub(super) fn functor(self, first: Primitive) -> Functor {
        match self {
            Operation::Fixed(functor) => functor,
            Operation::OfFirst(make) => make(first),
        }
    }
}
