//! One value of a Parquet file as one word of the declared type.

use crate::format::{shown, word};
use compiler::value::{Form, Primitive, Type};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::schema::types::ColumnDescriptor;
use runtime::Symbols;

/// A value as a file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    Bool(bool),
    Integer(i64),
    /// Of 64 bits, without a sign.
    Unsigned(u64),
    Float(f64),
    Bytes(&'a [u8]),
}

/// What the integers of a column count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nothing in particular.
    One,
    /// Numbers without a sign, of 32 bits or 64.
    Unsigned,
    /// Time since the epoch, so many of them a microsecond, or so many microseconds each.
    PerMicrosecond(i64),
    Microseconds(i64),
}

impl Unit {
    /// What a column counts; none if its values are none that a relation holds.
    pub(super) fn of(column: &ColumnDescriptor) -> Option<Unit> {
        const DAY: i64 = 86_400_000_000;
        Some(match column.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => match stamp.unit {
                TimeUnit::MILLIS => Unit::Microseconds(1_000),
                TimeUnit::MICROS => Unit::Microseconds(1),
                TimeUnit::NANOS => Unit::PerMicrosecond(1_000),
            },
            Some(LogicalType::Date) => Unit::Microseconds(DAY),
            Some(LogicalType::Integer(integer)) if !integer.is_signed => Unit::Unsigned,
            Some(LogicalType::Integer(_) | LogicalType::String | LogicalType::Enum | LogicalType::Json) => Unit::One,
            Some(LogicalType::Unknown) => Unit::One,
            Some(_) => return None,
            None => match column.converted_type() {
                ConvertedType::TIMESTAMP_MILLIS => Unit::Microseconds(1_000),
                ConvertedType::TIMESTAMP_MICROS => Unit::Microseconds(1),
                ConvertedType::DATE => Unit::Microseconds(DAY),
                ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                    Unit::Unsigned
                }
                ConvertedType::DECIMAL | ConvertedType::INTERVAL => return None,
                ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => return None,
                _ => Unit::One,
            },
        })
    }

    pub(super) fn narrow(self, n: i32) -> Cell<'static> {
        if self == Unit::Unsigned { Cell::Integer(i64::from(n as u32)) } else { self.wide(n.into()) }
    }

    pub(super) fn wide(self, n: i64) -> Cell<'static> {
        match self {
            Unit::One => Cell::Integer(n),
            Unit::Unsigned => Cell::Unsigned(n as u64),
            Unit::PerMicrosecond(k) => Cell::Integer(n.div_euclid(k)),
            // What no 64 bits hold is no time, and is told as the number that it is.
            Unit::Microseconds(k) => n.checked_mul(k).map_or(Cell::Float(n as f64 * k as f64), Cell::Integer),
        }
    }
}

impl Cell<'_> {
    /// The value as a word; else what was expected.
    pub(super) fn word(self, ty: &Type, symbols: &Symbols) -> Result<u64, String> {
        let missing = match ty.primitive {
            Primitive::Symbol => Some(symbols.intern("")),
            Primitive::Record => None,
            Primitive::Number | Primitive::Unsigned | Primitive::Float => Some(0),
        };
        match (self, ty.primitive) {
            (Cell::Missing, _) => missing,
            (Cell::Bytes(text), _) => return word::read(text, ty, symbols).map_err(|expected| expected.into_owned()),
            (Cell::Integer(n), Primitive::Number) => Some(n as u64),
            (Cell::Integer(n), Primitive::Unsigned) => u64::try_from(n).ok(),
            (Cell::Integer(n), Primitive::Float) => Some((n as f64).to_bits()),
            (Cell::Unsigned(n), Primitive::Number) => i64::try_from(n).ok().map(|n| n as u64),
            (Cell::Unsigned(n), Primitive::Unsigned) => Some(n),
            (Cell::Unsigned(n), Primitive::Float) => Some((n as f64).to_bits()),
            (Cell::Float(x), Primitive::Float) => Some(x.to_bits()),
            // Some writers have no integers that may be missing, and make floats of them.
            (Cell::Float(x), Primitive::Number) => whole(x).map(|n| n as u64),
            (Cell::Float(x), Primitive::Unsigned) => whole(x).and_then(|n| u64::try_from(n).ok()),
            _ => None,
        }
        .ok_or_else(|| expected(ty))
    }

    /// The value for a message.
    pub(super) fn shown(self) -> String {
        match self {
            Cell::Missing => "nothing".to_owned(),
            Cell::Bool(value) => value.to_string(),
            Cell::Integer(n) => n.to_string(),
            Cell::Unsigned(n) => n.to_string(),
            Cell::Float(x) => x.to_string(),
            Cell::Bytes(bytes) => shown(bytes),
        }
    }
}

/// A float that is a whole number, and one only.
fn whole(x: f64) -> Option<i64> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    (x.fract() == 0.0 && x.abs() <= EXACT).then_some(x as i64)
}

fn expected(ty: &Type) -> String {
    let expected = match (ty.primitive, ty.form) {
        (Primitive::Number, Form::Time) => "expected a time",
        (Primitive::Number, _) => "expected a number",
        (Primitive::Unsigned, _) => "expected an unsigned number",
        (Primitive::Float, _) => "expected a float",
        (Primitive::Symbol, _) => "expected text",
        (Primitive::Record, _) => "expected the text of a record",
    };
    expected.to_owned()
}
