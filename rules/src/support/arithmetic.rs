//! Arithmetic, bits and logic.

use super::value::Float;

/// What can be computed with.
pub trait Arithmetic: Copy {
    /// `a + b`, wrapping.
    fn add(self, other: Self) -> Self;
    /// `a - b`, wrapping.
    fn sub(self, other: Self) -> Self;
    /// `a * b`, wrapping.
    fn mul(self, other: Self) -> Self;
    /// `a / b`; none for an integer by zero.
    fn div(self, other: Self) -> Option<Self>;
    /// `a % b`; none for an integer by zero.
    fn rem(self, other: Self) -> Option<Self>;
    /// `a ^ b`
    fn pow(self, other: Self) -> Self;
    /// `-a`, wrapping.
    fn neg(self) -> Self;
}

/// What can be true: anything but zero.
pub trait Truth: Copy {
    /// 0 or 1.
    fn truth(is: bool) -> Self;
    /// Whether it is not zero.
    fn is_true(self) -> bool;
}

/// What has bits.
pub trait Bits: Copy {
    /// As 64 bits.
    fn word(self) -> u64;
    /// From 64 bits.
    fn from_word(word: u64) -> Self;
    /// `a bshr b`: keeps the sign of a `number`.
    fn shift_right(self, by: u32) -> Self;
}

impl Arithmetic for i64 {
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn sub(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn mul(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
    fn div(self, other: Self) -> Option<Self> {
        if other == 0 { None } else { Some(self.wrapping_div(other)) }
    }
    fn rem(self, other: Self) -> Option<Self> {
        if other == 0 { None } else { Some(self.wrapping_rem(other)) }
    }
    fn pow(self, other: Self) -> Self {
        match (self, other) {
            (1, _) => 1,
            (-1, n) => 1 - 2 * (n & 1),
            (_, n) if n < 0 => 0,
            (base, n) => power(base as u64, n as u64) as i64,
        }
    }
    fn neg(self) -> Self {
        self.wrapping_neg()
    }
}

impl Arithmetic for u64 {
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn sub(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    fn mul(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
    fn div(self, other: Self) -> Option<Self> {
        self.checked_div(other)
    }
    fn rem(self, other: Self) -> Option<Self> {
        self.checked_rem(other)
    }
    fn pow(self, other: Self) -> Self {
        power(self, other)
    }
    fn neg(self) -> Self {
        self.wrapping_neg()
    }
}

impl Arithmetic for Float {
    fn add(self, other: Self) -> Self {
        Float::new(self.get() + other.get())
    }
    fn sub(self, other: Self) -> Self {
        Float::new(self.get() - other.get())
    }
    fn mul(self, other: Self) -> Self {
        Float::new(self.get() * other.get())
    }
    fn div(self, other: Self) -> Option<Self> {
        Some(Float::new(self.get() / other.get()))
    }
    fn rem(self, other: Self) -> Option<Self> {
        Some(Float::new(self.get() % other.get()))
    }
    fn pow(self, other: Self) -> Self {
        Float::new(self.get().powf(other.get()))
    }
    fn neg(self) -> Self {
        Float::new(-self.get())
    }
}

/// Modulo 2^64, whatever the exponent.
fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result: u64 = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    result
}

impl Truth for i64 {
    fn truth(is: bool) -> Self {
        i64::from(is)
    }
    fn is_true(self) -> bool {
        self != 0
    }
}

impl Truth for u64 {
    fn truth(is: bool) -> Self {
        u64::from(is)
    }
    fn is_true(self) -> bool {
        self != 0
    }
}

impl Truth for Float {
    fn truth(is: bool) -> Self {
        Float::new(f64::from(u8::from(is)))
    }
    fn is_true(self) -> bool {
        self.get() != 0.0
    }
}

impl Bits for i64 {
    fn word(self) -> u64 {
        self as u64
    }
    fn from_word(word: u64) -> Self {
        word as i64
    }
    fn shift_right(self, by: u32) -> Self {
        self >> by
    }
}

impl Bits for u64 {
    fn word(self) -> u64 {
        self
    }
    fn from_word(word: u64) -> Self {
        word
    }
    fn shift_right(self, by: u32) -> Self {
        self >> by
    }
}

/// Binary functors of one type.
macro_rules! arithmetic {
    ($($name:ident $result:ty;)*) => {
        $(
            /// The functor of this name.
            #[inline]
            pub fn $name<T: Arithmetic>(a: T, b: T) -> $result {
                a.$name(b)
            }
        )*
    };
}

arithmetic! {
    add T;
    sub T;
    mul T;
    div Option<T>;
    rem Option<T>;
    pow T;
}

/// `-a`
pub fn neg<T: Arithmetic>(a: T) -> T {
    a.neg()
}

macro_rules! binary {
    ($($bound:ident $name:ident |$a:ident, $b:ident| $value:expr;)*) => {
        $(
            /// The functor of this name.
            pub fn $name<T: $bound>($a: T, $b: T) -> T {
                $value
            }
        )*
    };
}

binary! {
    Bits bit_and |a, b| T::from_word(a.word() & b.word());
    Bits bit_or |a, b| T::from_word(a.word() | b.word());
    Bits bit_xor |a, b| T::from_word(a.word() ^ b.word());
    Bits shift_left |a, b| T::from_word(a.word() << (b.word() % 64));
    Bits shift_right |a, b| a.shift_right((b.word() % 64) as u32);
    Bits shift_right_logical |a, b| T::from_word(a.word() >> (b.word() % 64));
    Truth and |a, b| T::truth(a.is_true() && b.is_true());
    Truth or |a, b| T::truth(a.is_true() || b.is_true());
    Truth xor |a, b| T::truth(a.is_true() != b.is_true());
}

/// `bnot a`
pub fn bit_not<T: Bits>(a: T) -> T {
    T::from_word(!a.word())
}

/// `lnot a`
pub fn not<T: Truth>(a: T) -> T {
    T::truth(!a.is_true())
}

/// `max(a, b)`; symbols by their text.
pub fn max<T: Ord>(a: T, b: T) -> T {
    a.max(b)
}

/// `min(a, b)`; symbols by their text.
pub fn min<T: Ord>(a: T, b: T) -> T {
    a.min(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_wrap_and_have_no_quotient_by_zero() {
        assert_eq!(add(i64::MAX, 1), i64::MIN);
        assert_eq!(div(i64::MIN, -1), Some(i64::MIN));
        assert_eq!((div(-7i64, 2), rem(-7i64, 2), div(1i64, 0), rem(1u64, 0)), (Some(-3), Some(-1), None, None));
    }

    #[test]
    fn powers_of_negative_exponents_are_zero_but_for_units() {
        assert_eq!((pow(2i64, 10), pow(2i64, -1), pow(1i64, -5), pow(-1i64, -5), pow(-1i64, 4)), (1024, 0, 1, -1, 1));
        assert_eq!((pow(2i64, 64), pow(-3i64, 3), pow(0i64, 0)), (0, -27, 1));
    }

    #[test]
    fn shifts_take_their_distance_modulo_64_and_keep_or_drop_the_sign() {
        assert_eq!((shift_left(1i64, 65), shift_right(-8i64, 1), shift_right_logical(-8i64, 60)), (2, -4, 15));
    }
}
