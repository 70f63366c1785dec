//! Ranges, as `compiler::program::Range` describes them.

use super::value::Float;

/// What a range runs over.
pub trait Ranged: Copy {
    /// Whether it comes before another value.
    fn is_before(self, other: Self) -> bool;
    /// The distance of a range without a step.
    fn one() -> Self;
    /// No distance.
    fn zero() -> Self;
    /// The next value; none where the type ends, or a float does not change.
    fn plus(self, step: Self) -> Option<Self>;
    /// The same, downwards.
    fn minus(self, step: Self) -> Option<Self>;
}

macro_rules! integer {
    ($type:ty) => {
        impl Ranged for $type {
            fn is_before(self, other: Self) -> bool {
                self < other
            }
            fn one() -> Self {
                1
            }
            fn zero() -> Self {
                0
            }
            fn plus(self, step: Self) -> Option<Self> {
                self.checked_add(step)
            }
            fn minus(self, step: Self) -> Option<Self> {
                self.checked_sub(step)
            }
        }
    };
}

integer!(i64);
integer!(u64);

impl Ranged for Float {
    fn is_before(self, other: Self) -> bool {
        self.get() < other.get()
    }
    fn one() -> Self {
        Float::new(1.0)
    }
    fn zero() -> Self {
        Float::new(0.0)
    }
    fn plus(self, step: Self) -> Option<Self> {
        let next = Float::new(self.get() + step.get());
        (next != self).then_some(next)
    }
    fn minus(self, step: Self) -> Option<Self> {
        self.plus(Float::new(-step.get()))
    }
}

/// Which way a range goes.
#[derive(Clone, Copy)]
enum Way<T> {
    Up(T),
    Down(T),
    DownByOne,
    Nowhere,
}

/// `range(from, to)`, `range(from, to, step)`
pub fn range<T: Ranged>(from: T, to: T, step: Option<T>) -> impl Iterator<Item = T> {
    let way = match step {
        None if to.is_before(from) => Way::DownByOne,
        None => Way::Up(T::one()),
        Some(step) if T::zero().is_before(step) => Way::Up(step),
        Some(step) if step.is_before(T::zero()) => Way::Down(step),
        Some(_) => Way::Nowhere,
    };
    let mut next = Some(from);
    std::iter::from_fn(move || {
        let at = next?;
        let (within, then) = match way {
            Way::Up(step) => (at.is_before(to), at.plus(step)),
            Way::Down(step) => (to.is_before(at), at.plus(step)),
            Way::DownByOne => (to.is_before(at), at.minus(T::one())),
            Way::Nowhere => (at.is_before(to) || to.is_before(at), None),
        };
        next = then;
        within.then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(from: i64, to: i64, step: Option<i64>) -> Vec<i64> {
        range(from, to, step).collect()
    }

    #[test]
    fn a_range_goes_up_or_down_and_ends_before_its_end() {
        assert_eq!((numbers(0, 3, None), numbers(3, 0, None)), (vec![0, 1, 2], vec![3, 2, 1]));
        assert_eq!((numbers(0, 5, Some(2)), numbers(5, 0, Some(-2))), (vec![0, 2, 4], vec![5, 3, 1]));
        assert_eq!((numbers(0, 5, Some(-1)), numbers(2, 2, None)), (vec![], vec![]));
        assert_eq!(range(2u64, 0, None).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn a_step_of_zero_gives_the_beginning_alone() {
        assert_eq!(
            (numbers(5, 9, Some(0)), numbers(5, 1, Some(0)), numbers(5, 5, Some(0))),
            (vec![5], vec![5], vec![])
        );
    }

    #[test]
    fn a_range_ends_where_the_numbers_end() {
        assert_eq!(numbers(i64::MAX - 2, i64::MAX, Some(5)), [i64::MAX - 2]);
        assert_eq!(range(Float::new(1e300), Float::new(2e300), Some(Float::new(1.0))).count(), 1);
    }
}
