//! Values as bytes, between processes of one build.
//!
//! Numbers are little-endian, sequences start with their length, an enumeration with the place of its variant. What is
//! unpacked was packed by the same binary; bytes that are not are none, never a panic.

use dataflow::{ForkTime, Updates};
use std::collections::BTreeSet;
use std::sync::Arc;
use timely::bytes::arc::BytesMut;
use timely::dataflow::channels::ContainerBytes;

/// What can be sent to another process.
pub(crate) trait Packed: Sized {
    fn put(&self, out: &mut Vec<u8>);
    /// Takes a value from the front of the bytes.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

/// A value as bytes.
pub(crate) fn pack(value: &impl Packed) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// The value that all of the bytes stand for.
pub(crate) fn unpack<T: Packed>(mut bytes: &[u8]) -> Option<T> {
    T::take(&mut bytes).filter(|_| bytes.is_empty())
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Packed for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend(self.to_le_bytes());
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                let (bytes, rest) = from.split_first_chunk()?;
                *from = rest;
                Some(<$number>::from_le_bytes(*bytes))
            }
        }
    )*};
}

numbers!(u8, u32, u64, i64, f64);

impl Packed for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        usize::try_from(u64::take(from)?).ok()
    }
}

impl Packed for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(u8::take(from)? != 0)
    }
}

impl Packed for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend(self.as_bytes());
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        String::from_utf8(text.to_vec()).ok()
    }
}

impl Packed for Arc<str> {
    fn put(&self, out: &mut Vec<u8>) {
        self.to_string().put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(String::take(from)?.into())
    }
}

impl<T: Packed> Packed for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        if bool::take(from)? { Some(Some(T::take(from)?)) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        (0..usize::take(from)?).map(|_| T::take(from)).collect()
    }
}

impl<T: Packed + Ord> Packed for BTreeSet<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Vec::take(from)?.into_iter().collect())
    }
}

impl<T: Packed> Packed for Arc<[T]> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|value| value.put(out));
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some(Vec::take(from)?.into())
    }
}

impl<T: Packed> Packed for Arc<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        T::take(from).map(Arc::new)
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

impl Packed for Updates<ForkTime> {
    fn put(&self, out: &mut Vec<u8>) {
        self.length_in_bytes().put(out);
        self.into_bytes(out);
    }
    fn take(from: &mut &[u8]) -> Option<Self> {
        let length = usize::take(from)?;
        let (bytes, rest) = from.split_at_checked(length)?;
        *from = rest;
        Some(Updates::from_bytes(BytesMut::from(bytes.to_vec()).freeze()))
    }
}

/// Packs a structure field by field.
macro_rules! fields {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl Packed for $type {
            fn put(&self, out: &mut Vec<u8>) {
                let $type { $($field),* } = self;
                $($field.put(out);)*
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                $(let $field = Packed::take(from)?;)*
                Some($type { $($field),* })
            }
        }
    };
}

/// Packs an enumeration: a number of its own for each variant, then its fields.
macro_rules! variants {
    ($type:ident { $($tag:literal $variant:ident $(($($place:ident),*))? $({$($field:ident),*})?,)* }) => {
        impl Packed for $type {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $($type::$variant $(($($place),*))? $({$($field),*})? => {
                        out.push($tag);
                        $($($place.put(out);)*)?
                        $($($field.put(out);)*)?
                    })*
                }
            }
            fn take(from: &mut &[u8]) -> Option<Self> {
                match u8::take(from)? {
                    $($tag => {
                        $($(let $place = Packed::take(from)?;)*)?
                        $($(let $field = Packed::take(from)?;)*)?
                        Some($type::$variant $(($($place),*))? $({$($field),*})?)
                    })*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use {fields, variants};

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: Packed + PartialEq + std::fmt::Debug>(value: T) {
        let bytes = pack(&value);
        assert_eq!(unpack::<T>(&bytes).as_ref(), Some(&value));
        (0..bytes.len()).for_each(|cut| assert_eq!(unpack::<T>(&bytes[..cut]), None, "{cut} bytes of {value:?}"));
    }

    #[test]
    fn values_survive_the_way_through_bytes() {
        round((7_usize, vec![Some("leaf1".to_string()), None]));
        round((u64::MAX, (-1_i64, true)));
        round(BTreeSet::from([3_u32, 1]));
        round::<Arc<[u64]>>(vec![1, 2].into());
        round(f64::INFINITY);
    }

    #[test]
    fn updates_do_too() {
        let mut updates = Updates::new(2);
        updates.push(&[1, u64::MAX], ForkTime::new(3, 4), -1);
        let back: Updates<ForkTime> = unpack(&pack(&updates)).expect("they were packed");
        assert_eq!(back.iter().collect::<Vec<_>>(), updates.iter().collect::<Vec<_>>());
    }
}
