//! Records: tuples of values that are kept once and for ever, so that they are compared by their address.

use super::row::Column;
use super::value::Value;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;

/// A branch of an algebraic data type: its number, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u64, pub &'static str);

/// A record: `nil`, or a tuple. The tuple of a branch has its tag in front.
#[derive(Clone, Copy)]
pub struct Term(Option<&'static [Value]>);

static TUPLES: Mutex<Option<HashSet<&'static [Value]>>> = Mutex::new(None);

impl Term {
    /// No record.
    pub const NIL: Term = Term(None);

    /// The record of these values.
    pub fn pack(values: &[Value]) -> Term {
        let mut tuples = TUPLES.lock().unwrap_or_else(|e| e.into_inner());
        let tuples = tuples.get_or_insert_default();
        if let Some(known) = tuples.get(values) {
            return Term(Some(known));
        }
        // A tuple without values is a place of its own, too.
        let kept: &'static [Value] = Box::leak(values.to_vec().into_boxed_slice());
        tuples.insert(kept);
        Term(Some(kept))
    }

    /// Its values; none of `nil`.
    pub fn values(self) -> Option<&'static [Value]> {
        self.0
    }

    /// What tells two records apart. Their values do, too, but only this is quick: equal records are one.
    fn place(self) -> Option<(*const Value, usize)> {
        self.0.map(|values| (values.as_ptr(), values.len()))
    }
}

/// A value of a record by its place; none of `nil`, beyond the end, and of another type.
pub fn field<C: Column>(term: Term, place: usize) -> Option<C> {
    C::from_value(term.0?.get(place)?)
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Term {}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("nil"),
            Some(values) => f.debug_list().entries(values).finish(),
        }
    }
}

/// As in an output file: `[1, [2, nil]]`, `$Node($Leaf, 3)`. It does not recurse, however deep the record is.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        enum Piece {
            Text(&'static str),
            Value(Value),
        }
        let mut left = vec![Piece::Value(Value::Record(*self))];
        while let Some(piece) = left.pop() {
            match piece {
                Piece::Text(text) => f.write_str(text)?,
                Piece::Value(Value::Record(Term(None))) => f.write_str("nil")?,
                Piece::Value(Value::Record(Term(Some(values)))) => {
                    let (open, close, fields) = match values {
                        [Value::Tag(tag), fields @ ..] => {
                            write!(f, "${}", tag.1)?;
                            if fields.is_empty() { ("", "", fields) } else { ("(", ")", fields) }
                        }
                        fields => ("[", "]", fields),
                    };
                    f.write_str(open)?;
                    left.push(Piece::Text(close));
                    for (at, field) in fields.iter().enumerate().rev() {
                        left.push(Piece::Value(*field));
                        left.extend((at > 0).then_some(Piece::Text(", ")));
                    }
                }
                Piece::Value(value) => write!(f, "{value}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_are_one() {
        let list = |heads: &[i64]| {
            heads.iter().fold(Term::NIL, |tail, head| Term::pack(&[Value::Number(*head), Value::Record(tail)]))
        };
        assert_eq!(list(&[1, 2]), list(&[1, 2]));
        assert_ne!(list(&[1, 2]), list(&[2, 1]));
        assert!(Term::pack(&[]) != Term::NIL && Term::pack(&[]) == Term::pack(&[]));
        assert_eq!((field::<i64>(list(&[1, 2]), 0), field::<u64>(list(&[1, 2]), 0)), (Some(2), None));
    }
}
