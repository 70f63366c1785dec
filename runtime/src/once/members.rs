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

/// How many words of bits are united in one step.
const ABREAST: usize = 8;

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

/// Codes to be read, in one of the forms in which they are kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum List<'a> {
    /// One after the other; rows of several codes, too.
    Codes(&'a [Code]),
    /// A hash table.
    Slots(&'a [Code]),
    /// A bit for each code.
    Bits(&'a [u64]),
}

impl List<'_> {
    /// Every code.
    #[inline]
    pub(super) fn for_each(self, mut f: impl FnMut(Code)) {
        match self {
            List::Codes(codes) => codes.iter().for_each(|code| f(*code)),
            List::Slots(slots) => slots.iter().filter(|code| **code != FREE).for_each(|code| f(*code)),
            List::Bits(words) => {
                words.iter().enumerate().for_each(|(at, word)| each_bit(*word, at as Code * 64, &mut f));
            }
        }
    }
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

    /// Adds a list; the codes that are new are appended to `fresh`.
    #[inline]
    pub(super) fn extend(&mut self, list: List, fresh: &mut Vec<Code>) {
        match list {
            List::Bits(other) => self.unite(other, fresh),
            List::Codes(codes) => {
                let within = self.extend_bits(codes, fresh);
                self.extend_each(List::Codes(&codes[within..]), fresh);
            }
            slots => self.extend_each(slots, fresh),
        }
    }

    fn extend_each(&mut self, list: List, fresh: &mut Vec<Code>) {
        list.for_each(|code| {
            if self.insert(code) {
                fresh.push(code);
            }
        });
    }

    /// Adds codes while there are bits for them; how many that were.
    #[inline]
    fn extend_bits(&mut self, codes: &[Code], fresh: &mut Vec<Code>) -> usize {
        let Members::Bits { words, len } = self else { return 0 };
        let before = fresh.len();
        let mut within = 0;
        for code in codes {
            let Some(word) = words.get_mut(*code as usize / 64) else { break };
            let bit = 1 << (code % 64);
            if *word & bit == 0 {
                *word |= bit;
                fresh.push(*code);
            }
            within += 1;
        }
        *len += (fresh.len() - before) as u32;
        within
    }

    /// Adds the codes of bits, 64 at a time.
    fn unite(&mut self, other: &[u64], fresh: &mut Vec<Code>) {
        if !matches!(self, Members::Bits { .. }) {
            self.become_bits(other.len());
        }
        let Members::Bits { words, len } = self else {
            return self.extend_each(List::Bits(other), fresh);
        };
        if words.len() < other.len() {
            words.resize(other.len(), 0);
        }
        let before = fresh.len();
        let mut unite = |at: usize, words: &mut [u64], other: &[u64]| {
            // Most candidates are known: a look at several words settles that.
            if words.iter().zip(other).fold(0, |new, (word, other)| new | (other & !word)) != 0 {
                for (n, (word, other)) in words.iter_mut().zip(other).enumerate() {
                    each_bit(other & !*word, (at + n) as Code * 64, &mut |code| fresh.push(code));
                    *word |= other;
                }
            }
        };
        for (n, (words, other)) in words.chunks_mut(ABREAST).zip(other.chunks(ABREAST)).enumerate() {
            match (<&mut [u64; ABREAST]>::try_from(&mut *words), <&[u64; ABREAST]>::try_from(other)) {
                (Ok(words), Ok(other)) => unite(n * ABREAST, words, other),
                _ => unite(n * ABREAST, words, other),
            }
        }
        *len += (fresh.len() - before) as u32;
    }

    /// Takes the form of bits, so many words of them, if its own members leave it the choice.
    #[cold]
    fn become_bits(&mut self, least: usize) {
        let mut greatest = 0;
        self.for_each(|member| greatest = greatest.max(member));
        let needed = greatest as usize / 64 + 1;
        if needed <= least || is_dense(greatest, self.len()) {
            let mut bits = Members::Bits { words: vec![0; needed.max(least)], len: 0 };
            self.for_each(|member| {
                bits.insert(member);
            });
            *self = bits;
        }
    }

    /// Codes as bits, if there is one in eight words at least.
    pub(super) fn bits(codes: &[Code]) -> Option<Members> {
        let greatest = codes.iter().copied().max().unwrap_or(0);
        if codes.len() < 3 || greatest as usize / 64 >= 8 * codes.len() {
            return None;
        }
        let mut members = Members::Bits { words: vec![0; greatest as usize / 64 + 1], len: 0 };
        codes.iter().for_each(|code| {
            members.insert(*code);
        });
        Some(members)
    }

    /// The members as a list.
    #[inline]
    pub(super) fn list(&self) -> List<'_> {
        match self {
            Members::Few { len, codes } => List::Codes(&codes[..usize::from(*len)]),
            Members::Hashed { slots, .. } => List::Slots(slots),
            Members::Bits { words, .. } => List::Bits(words),
        }
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

    /// The bytes that it takes beside its own place.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Members::Few { .. } => 0,
            Members::Hashed { slots, .. } => size_of::<Code>() * slots.capacity(),
            Members::Bits { words, .. } => size_of::<u64>() * words.capacity(),
        }
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Members::Few { len, .. } => usize::from(*len),
            Members::Hashed { len, .. } | Members::Bits { len, .. } => *len as usize,
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every member, in no order.
    #[inline]
    pub(super) fn for_each(&self, f: impl FnMut(Code)) {
        self.list().for_each(f);
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
    fn sets_of_every_form_are_united() {
        let of = |codes: &[Code]| {
            let mut members = Members::default();
            members.extend(List::Codes(codes), &mut Vec::new());
            members
        };
        let forms: Vec<Vec<Code>> = vec![
            vec![3, 70],
            (0..300).map(|i| i * 3).collect(),
            (0..90).map(|i| i * 3_000_000).collect(),
            (500..1900).collect(),
        ];
        for a in &forms {
            for b in &forms {
                let (mut members, mut fresh) = (of(a), Vec::new());
                members.extend(of(b).list(), &mut fresh);
                fresh.sort_unstable();
                assert_eq!(fresh, b.iter().copied().filter(|code| !a.contains(code)).collect::<Vec<_>>());
                let union: BTreeSet<Code> = a.iter().chain(b).copied().collect();
                assert_eq!((all(&members), members.len()), (union.iter().copied().collect(), union.len()));
            }
        }
    }

    #[test]
    fn what_is_close_together_becomes_bits() {
        let (mut close, mut far) = (Members::default(), Members::default());
        close.extend(List::Codes(&(0..100).collect::<Vec<_>>()), &mut Vec::new());
        far.extend(List::Codes(&(0..100).map(|i| i * 1_000_000).collect::<Vec<_>>()), &mut Vec::new());
        assert!(matches!(close, Members::Bits { .. }));
        assert!(matches!(far, Members::Hashed { .. }));
    }
}
