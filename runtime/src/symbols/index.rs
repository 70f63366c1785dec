//! From text to number: a hash table of numbers with open addressing. Texts stand elsewhere, so that a slot is eight
//! bytes and a look-up seldom touches more than one line of it.

/// A slot: a part of the hash, and a number.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    number: u32,
}

/// No text has this number: memory ends before.
const FREE: Slot = Slot { hash: 0, number: u32::MAX };

/// The table. At least a quarter of it is free.
#[derive(Debug)]
pub(super) struct Index {
    /// A power of two.
    slots: Vec<Slot>,
    len: usize,
}

impl Default for Index {
    fn default() -> Self {
        Index { slots: vec![FREE; 16], len: 0 }
    }
}

impl Index {
    /// The number in the slot where a hash is looked for first, if it is of that hash. It need not be the right one.
    pub(super) fn first(&self, hash: u32) -> Option<u32> {
        let slot = self.slots[hash as usize & (self.slots.len() - 1)];
        (slot.hash == hash && slot.number != FREE.number).then_some(slot.number)
    }

    /// The number of this hash for which `is` holds, or the slot in which it would go.
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.number == FREE.number {
                return Err(at);
            }
            if slot.hash == hash && is(slot.number) {
                return Ok(slot.number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Puts a number in the slot that [`Index::find`] named.
    pub(super) fn insert(&mut self, slot: usize, hash: u32, number: u32) {
        self.slots[slot] = Slot { hash, number };
        self.len += 1;
        if self.len * 4 > self.slots.len() * 3 {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let wider = vec![FREE; self.slots.len() * 2];
        let mask = wider.len() - 1;
        for slot in std::mem::replace(&mut self.slots, wider) {
            if slot.number != FREE.number {
                let mut at = slot.hash as usize & mask;
                while self.slots[at].number != FREE.number {
                    at = (at + 1) & mask;
                }
                self.slots[at] = slot;
            }
        }
    }
}

/// A hash of a text: eight bytes a step, each folded in by a wide multiplication.
pub(super) fn hash(text: &str) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |a: u64, b: u64| {
        let wide = u128::from(a ^ FACTOR) * u128::from(b ^ 0xd6e8_feb8_6659_fd93);
        wide as u64 ^ (wide >> 64) as u64
    };
    let mut bytes = text.as_bytes();
    let mut hash = fold(bytes.len() as u64, FACTOR);
    while let Some((eight, rest)) = bytes.split_first_chunk() {
        hash = fold(hash, u64::from_le_bytes(*eight));
        bytes = rest;
    }
    let last = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    hash = fold(hash, last);
    (hash ^ hash >> 32) as u32
}
