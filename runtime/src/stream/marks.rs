//! Places that are noted once each, in the order in which they come.

/// A set of small numbers, and their order.
#[derive(Debug, Default)]
pub(super) struct Marks {
    bits: Vec<u64>,
    places: Vec<u32>,
}

impl Marks {
    /// Notes a place; false if that was done before.
    #[inline]
    pub(super) fn insert(&mut self, place: usize) -> bool {
        let (word, bit) = (place / 64, 1 << (place % 64));
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        let new = self.bits[word] & bit == 0;
        if new {
            self.bits[word] |= bit;
            self.places.push(place as u32);
        }
        new
    }

    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    /// No place is noted any more.
    pub(super) fn clear(&mut self) {
        for place in &self.places {
            self.bits[*place as usize / 64] = 0;
        }
        self.places.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_noted_once_until_all_are_forgotten() {
        let mut marks = Marks::default();
        for _ in 0..2 {
            assert!(marks.insert(70) && marks.insert(3) && !marks.insert(70) && marks.insert(64));
            assert_eq!(marks.places(), [70, 3, 64]);
            marks.clear();
            assert!(marks.places().is_empty());
        }
    }
}
