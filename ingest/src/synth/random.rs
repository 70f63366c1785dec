//! Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), integers only.

/// A generator. Two with another seed or another purpose have nothing to do with each other.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The generator of a purpose.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Random(mix(mix(seed) ^ purpose.wrapping_mul(GOLDEN)))
    }

    /// 64 random bits.
    pub(super) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number below `n`; 0 if there is none.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(n)) >> 64) as u64
    }

    /// Puts things into another order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for i in (1..things.len()).rev() {
            things.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// 2^64 divided by the golden ratio: its multiples are spread evenly.
pub(super) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_paper() {
        // The first three outputs of SplitMix64 from state 0, as the authors' C code gives them.
        let mut random = Random(0);
        assert_eq!(
            [random.word(), random.word(), random.word()],
            [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]
        );
    }
}
