//! Members: a growing set of codes that suits itself to what it holds.
//!
//! A handful stands in place; more are bits, as long as those take no more than 32 bytes a member, else a hash table. So a
//! dense relation (a transitive closure, a points-to relation) costs a few bits a tuple, testing and adding a member takes
//! a nanosecond or two, and uniting two sets takes one for 64 of their members (Chambi, Lemire et al. 2016 weigh the
//! same forms against each other).

use super::code::Code;
use super::keys::hash;

/// How many codes stand in place.
const FEW: usize = 6;

/// A free slot of the hash table; the one code that is never given out.
const FREE: Code = Code::MAX;

/// A set of codes.
#[derive(Clone, Debug)]
pub(super) enum Members {
    /// A handful, in order of arrival.
    Few {
        /// How many.
        len: u8,
        /// The codes, then anything.
        codes: [Code; FEW],
    },
    /// Far between: open addressing, at most three quarters full.
    Hashed {
        /// A power of two of them.
        slots: Vec<Code>,
        /// How many.
        len: u32,
    },
    /// Close together.
    Bits {
        /// A bit for each code.
        words: Vec<u64>,
        /// How many.
        len: u32,
    },
}

impl Default for Members {
    fn default() -> Self {
        Members::Few { len: 0, codes: [0; FEW] }
    }
}

/// Whether a set with this greatest code may be bits.
fn is_dense(greatest: Code, len: usize) -> bool {
    greatest as usize <= 256 * len
}

impl Members {
    /// Adds a code; whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, code: Code) -> bool {
        match self {
            Members::Bits { words, len } => match words.get_mut(code as usize / 64) {
                Some(word) => {
                    let bit = 1 << (code % 64);
                    let new = *word & bit == 0;
                    *word |= bit;
                    *len += u32::from(new);
                    new
                }
                None => self.insert_far(code),
            },
            Members::Few { len, codes } => {
                if codes[..usize::from(*len)].contains(&code) {
                    return false;
                }
                match codes.get_mut(usize::from(*len)) {
                    Some(place) => {
                        *place = code;
                        *len += 1;
                        true
                    }
                    None => self.insert_far(code),
                }
            }
            Members::Hashed { slots, len } => {
                let at = slot(slots, code);
                if slots[at] == code {
                    return false;
                }
                if (*len as usize + 1) * 4 > slots.len() * 3 {
                    return self.insert_far(code);
                }
                slots[at] = code;
                *len += 1;
                true
            }
        }
    }

    /// Adds codes; those that are new are appended to `fresh`.
    #[inline]
    pub(super) fn extend(&mut self, codes: &[Code], fresh: &mut Vec<Code>) {
        fresh.extend(codes.iter().copied().filter(|code| self.insert(*code)));
    }

    /// Whether a code is a member.
    #[inline]
    pub(super) fn contains(&self, code: Code) -> bool {
        match self {
            Members::Bits { words, .. } => {
                words.get(code as usize / 64).is_some_and(|word| *word >> (code % 64) & 1 == 1)
            }
            Members::Few { len, codes } => codes[..usize::from(*len)].contains(&code),
            Members::Hashed { slots, .. } => slots[slot(slots, code)] == code,
        }
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Members::Few { len, .. } => usize::from(*len),
            Members::Hashed { len, .. } | Members::Bits { len, .. } => *len as usize,
        }
    }

    /// Every member, in no order.
    #[inline]
    pub(super) fn for_each(&self, mut f: impl FnMut(Code)) {
        match self {
            Members::Few { len, codes } => codes[..usize::from(*len)].iter().for_each(|code| f(*code)),
            Members::Hashed { slots, .. } => slots.iter().filter(|code| **code != FREE).for_each(|code| f(*code)),
            Members::Bits { words, .. } => {
                words.iter().enumerate().for_each(|(at, word)| each_bit(*word, at as Code * 64, &mut f));
            }
        }
    }

    /// Adds a code for which there is no room in the present form.
    #[cold]
    fn insert_far(&mut self, code: Code) -> bool {
        let (len, mut greatest) = (self.len() + 1, code);
        if let Members::Bits { words, .. } = self
            && is_dense(code, len)
        {
            words.resize(code as usize / 64 + 1, 0);
            return self.insert(code);
        }
        self.for_each(|member| greatest = greatest.max(member));
        let mut other = match is_dense(greatest, len) {
            true => Members::Bits { words: vec![0; greatest as usize / 64 + 1], len: 0 },
            false => Members::Hashed { slots: vec![FREE; (len * 2).next_power_of_two()], len: 0 },
        };
        self.for_each(|member| {
            other.insert(member);
        });
        *self = other;
        self.insert(code)
    }
}

/// Where a code stands in a table, or could.
#[inline]
fn slot(slots: &[Code], code: Code) -> usize {
    let mask = slots.len() - 1;
    let mut at = hash(code.into()) as usize & mask;
    while slots[at] != code && slots[at] != FREE {
        at = (at + 1) & mask;
    }
    at
}

/// The codes of the bits of a word that begins at `first`.
#[inline]
pub(super) fn each_bit(mut word: u64, first: Code, f: &mut impl FnMut(Code)) {
    while word != 0 {
        f(first + word.trailing_zeros());
        word &= word - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn all(members: &Members) -> Vec<Code> {
        let mut all = Vec::new();
        members.for_each(|code| all.push(code));
        all.sort_unstable();
        all
    }

    #[test]
    fn every_form_is_a_set() {
        let close: Vec<Code> = (0..500).map(|i| i * 7 % 400).collect();
        let far: Vec<Code> = (0..500).map(|i| (i % 300) * 9_999_991).collect();
        let mixed: Vec<Code> = close.iter().chain(&far).copied().chain(close.iter().copied()).collect();
        for codes in [&close[..4], &close, &far, &mixed] {
            let (mut members, mut expected) = (Members::default(), BTreeSet::new());
            for code in codes {
                assert_eq!(members.insert(*code), expected.insert(*code));
            }
            assert_eq!(all(&members), expected.iter().copied().collect::<Vec<_>>());
            assert_eq!(members.len(), expected.len());
            assert!((0..1000).all(|code| members.contains(code) == expected.contains(&code)));
        }
    }

    #[test]
    fn what_is_close_together_becomes_bits() {
        let (mut close, mut far) = (Members::default(), Members::default());
        close.extend(&(0..100).collect::<Vec<_>>(), &mut Vec::new());
        far.extend(&(0..100).map(|i| i * 1_000_000).collect::<Vec<_>>(), &mut Vec::new());
        assert!(matches!(close, Members::Bits { .. }));
        assert!(matches!(far, Members::Hashed { .. }));
    }
}
