//! The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded and read as Python's `random.Random` does, so that
//! benchmark data is the same, byte for byte, as that which the peers were measured on.

const N: usize = 624;
const M: usize = 397;

/// A generator.
pub(super) struct Twister {
    state: [u32; N],
    next: usize,
}

impl Twister {
    /// As `random.Random(seed)`.
    pub(super) fn new(seed: u64) -> Self {
        let mut key = vec![seed as u32];
        if seed >> 32 != 0 {
            key.push((seed >> 32) as u32);
        }
        let mut twister = Twister { state: [0; N], next: N };
        twister.seed(19_650_218);
        let state = &mut twister.state;
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ before.wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let before = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = (state[i] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        twister
    }

    fn seed(&mut self, seed: u32) {
        self.state[0] = seed;
        for i in 1..N {
            let before = self.state[i - 1] ^ (self.state[i - 1] >> 30);
            self.state[i] = before.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
    }

    fn word(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A number from 0 up to, not including, 1, as `random()`.
    pub(super) fn random(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// An integer below `n`.
    pub(super) fn below(&mut self, n: i64) -> i64 {
        (self.random() * n as f64) as i64
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.random() < probability
    }

    /// An integer below `n`, small ones likelier.
    pub(super) fn skewed(&mut self, n: i64, power: f64) -> i64 {
        (n as f64 * self.random().powf(power)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::Twister;

    #[test]
    fn the_sequence_is_that_of_python() {
        // random.Random(1) and random.Random(12345678901), three draws each.
        let draws = |seed| {
            let mut twister = Twister::new(seed);
            [twister.random(), twister.random(), twister.random()]
        };
        assert_eq!(draws(1), PYTHON_1);
        assert_eq!(draws(12_345_678_901), PYTHON_BIG);
    }

    const PYTHON_1: [f64; 3] = [0.13436424411240122, 0.8474337369372327, 0.763774618976614];
    const PYTHON_BIG: [f64; 3] = [0.9460118159397316, 0.3279999559233737, 0.3837905031006764];
}
