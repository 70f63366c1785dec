//! Rows: Rust tuples, from values and back.

use super::term::{Tag, Term};
use super::value::{Float, Symbol, Value};

/// A type that a column can have.
pub trait Column: Copy {
    /// From a value of this kind.
    fn from_value(value: &Value) -> Option<Self>;
    /// From a number, if the column holds numbers.
    fn from_number(number: i64) -> Option<Self>;
    /// As a value.
    fn value(self) -> Value;
}

macro_rules! column {
    ($type:ty, $kind:ident, $number:expr) => {
        impl Column for $type {
            fn from_value(value: &Value) -> Option<Self> {
                if let Value::$kind(x) = value { Some(*x) } else { None }
            }

            #[inline]
            fn from_number(number: i64) -> Option<Self> {
                let convert: fn(i64) -> Option<Self> = $number;
                convert(number)
            }

            fn value(self) -> Value {
                Value::$kind(self)
            }
        }
    };
}

column!(i64, Number, Some);
column!(u64, Unsigned, |n| Some(n as u64));
column!(Float, Float, |_| None);
column!(Symbol, Symbol, |_| None);
column!(Term, Record, |_| None);
column!(Tag, Tag, |_| None);

/// A tuple of columns.
pub trait Row: Sized {
    /// How many columns.
    const ARITY: usize;
    /// From as many values.
    fn from_values(values: &[Value]) -> Option<Self>;
    /// From as many numbers.
    fn from_numbers(numbers: &[i64]) -> Option<Self>;
    /// As values.
    fn values(&self) -> Vec<Value>;
}

macro_rules! row {
    ($arity:literal $($name:ident $index:tt)*) => {
        impl<$($name: Column),*> Row for ($($name,)*) {
            const ARITY: usize = $arity;

            fn from_values(values: &[Value]) -> Option<Self> {
                if values.len() != $arity {
                    return None;
                }
                Some(($($name::from_value(&values[$index])?,)*))
            }

            #[inline]
            #[allow(unused_variables)]
            fn from_numbers(numbers: &[i64]) -> Option<Self> {
                Some(($($name::from_number(*numbers.get($index)?)?,)*))
            }

            fn values(&self) -> Vec<Value> {
                vec![$(self.$index.value()),*]
            }
        }
    };
}

row!(0);
row!(1 A 0);
row!(2 A 0 B 1);
row!(3 A 0 B 1 C 2);
row!(4 A 0 B 1 C 2 D 3);
row!(5 A 0 B 1 C 2 D 3 E 4);
row!(6 A 0 B 1 C 2 D 3 E 4 F 5);
row!(7 A 0 B 1 C 2 D 3 E 4 F 5 G 6);
row!(8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
row!(9 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8);
row!(10 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9);
row!(11 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10);
row!(12 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11);

/// Adds a row of values; false if it does not fit.
pub fn push<R: Row>(rows: &mut Vec<R>, row: &[Value]) -> bool {
    let row = R::from_values(row);
    let fits = row.is_some();
    rows.extend(row);
    fits
}

/// Adds rows of numbers that stand one after the other; false if they do not fit, and then adds none.
pub fn push_numbers<R: Row>(rows: &mut Vec<R>, numbers: &[i64]) -> bool {
    if R::ARITY == 0 || !numbers.len().is_multiple_of(R::ARITY) {
        return false;
    }
    let before = rows.len();
    rows.reserve(numbers.len() / R::ARITY);
    for row in numbers.chunks_exact(R::ARITY) {
        match R::from_numbers(row) {
            Some(row) => rows.push(row),
            None => {
                rows.truncate(before);
                return false;
            }
        }
    }
    true
}

/// All rows as values.
pub fn rows<R: Row>(rows: &[R]) -> Vec<Vec<Value>> {
    rows.iter().map(R::values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_do_not_fill_the_last_row_or_do_not_fit_a_column_add_nothing() {
        let mut pairs: Vec<(i64, u64)> = Vec::new();
        assert!(!push_numbers(&mut pairs, &[1, 2, 3]));
        assert!(push_numbers(&mut pairs, &[1, 2, 3, 4]));
        assert_eq!(pairs, [(1, 2), (3, 4)]);
        let mut texts: Vec<(i64, Symbol)> = Vec::new();
        assert!(!push_numbers(&mut texts, &[1, 2]));
        assert!(texts.is_empty());
    }
}
