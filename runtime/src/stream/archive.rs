//! What has been evaluated and may have to be evaluated again: bytes by the second in which they may go.
//!
//! Bytes stand in blocks that are used again, so a steady stream asks for no memory. A second is forgotten as a whole.

use std::collections::BTreeMap;

/// Where bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The second.
    pub(super) second: i64,
    block: u32,
    start: u32,
    length: u32,
}

/// Bytes by second.
#[derive(Debug, Default)]
pub(super) struct Archive {
    seconds: BTreeMap<i64, Second>,
    free: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Second {
    blocks: Vec<Vec<u8>>,
    /// The groups that have bytes here.
    groups: Vec<u32>,
}

/// The room of a block. What needs more has one of its own.
const BLOCK: usize = 1 << 16;

impl Archive {
    /// Keeps bytes of a group until a second has passed.
    pub(super) fn put(&mut self, second: i64, group: u32, bytes: &[u8]) -> Place {
        let Second { blocks, groups } = self.seconds.entry(second).or_default();
        groups.push(group);
        let fits = blocks.last().is_some_and(|block| block.len() + bytes.len() <= BLOCK);
        if !fits {
            blocks.push(self.free.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK)));
        }
        let at = blocks.len() - 1;
        let start = blocks[at].len() as u32;
        blocks[at].extend_from_slice(bytes);
        Place { second, block: at as u32, start, length: bytes.len() as u32 }
    }

    /// The bytes at a place; empty if they have gone.
    pub(super) fn get(&self, place: Place) -> &[u8] {
        let block = self.seconds.get(&place.second).and_then(|second| second.blocks.get(place.block as usize));
        let range = place.start as usize..place.start as usize + place.length as usize;
        block.and_then(|block| block.get(range)).unwrap_or_default()
    }

    /// Forgets the first second that is before another, and gives the groups that had bytes in it; none if there is none.
    pub(super) fn forget(&mut self, before: i64) -> Option<(i64, Vec<u32>)> {
        let first = self.seconds.first_entry().filter(|first| *first.key() < before)?;
        let second = *first.key();
        let Second { blocks, groups } = first.remove();
        for mut block in blocks {
            block.clear();
            // Blocks that were too small for one group are not worth keeping.
            if block.capacity() <= 2 * BLOCK {
                self.free.push(block);
            }
        }
        Some((second, groups))
    }

    /// Bytes in use.
    pub(super) fn len(&self) -> usize {
        self.seconds.values().flat_map(|second| &second.blocks).map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_goes_as_a_whole_and_its_blocks_are_used_again() {
        let mut archive = Archive::default();
        let first = archive.put(5, 1, b"abc");
        let large = archive.put(5, 2, &[7; 3 * BLOCK]);
        let later = archive.put(6, 1, b"d");
        assert_eq!((archive.get(first), archive.get(later)), (&b"abc"[..], &b"d"[..]));
        assert_eq!(archive.get(large).len(), 3 * BLOCK);
        assert_eq!(archive.forget(5), None);
        assert_eq!(archive.forget(6), Some((5, vec![1, 2])));
        assert_eq!((archive.get(first), archive.len(), archive.free.len()), (&b""[..], 1, 1));
        archive.put(7, 3, b"x");
        assert!(archive.free.is_empty());
    }
}
