//! Events as bytes, for as long as they are kept: words in as many bytes as they need, times as steps from a first one.
//!
//! The key is not among them: it stands once, with the group. A message of nine columns takes about twenty bytes.

/// Which columns of an event are written how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) arity: usize,
    /// The column that is left out.
    pub(super) key: Option<usize>,
    pub(super) time: usize,
}

impl Layout {
    /// Appends an event to the bytes of a group whose times are steps from `first`.
    #[inline]
    pub(super) fn write(self, row: &[u64], first: i64, bytes: &mut Vec<u8>) {
        for (column, word) in row.iter().enumerate() {
            match column {
                _ if Some(column) == self.key => {}
                _ if column == self.time => {
                    write(zigzag((*word as i64).wrapping_sub(first)), bytes);
                }
                _ => write(*word, bytes),
            }
        }
    }

    /// Reads the next event into `row`, and moves `bytes` behind it; false at the end.
    #[inline]
    pub(super) fn read(self, key: u64, first: i64, bytes: &mut &[u8], row: &mut [u64]) -> bool {
        if bytes.is_empty() {
            return false;
        }
        for (column, word) in row.iter_mut().enumerate().take(self.arity) {
            *word = match column {
                _ if Some(column) == self.key => key,
                _ if column == self.time => {
                    let step = read(bytes);
                    first.wrapping_add((step >> 1) as i64 ^ -((step & 1) as i64)) as u64
                }
                _ => read(bytes),
            };
        }
        true
    }
}

/// A number of either sign as one that is small if it is near 0.
#[inline]
pub(super) fn zigzag(step: i64) -> u64 {
    (step << 1 ^ step >> 63) as u64
}

/// Seven bits a byte, the least first; the high bit says that more follow.
#[inline]
pub(super) fn write(mut word: u64, bytes: &mut Vec<u8>) {
    while word >= 0x80 {
        bytes.push(word as u8 | 0x80);
        word >>= 7;
    }
    bytes.push(word as u8);
}

#[inline]
pub(super) fn read(bytes: &mut &[u8]) -> u64 {
    let (mut word, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        word |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back_as_they_were() {
        let layout = Layout { arity: 4, key: Some(1), time: 2 };
        let rows = [
            [0, 9, 1_700_000_000_000_000, 127],
            [128, 9, 1_699_999_999_999_999, u64::MAX],
            [1 << 63, 9, i64::MIN as u64, 0],
        ];
        let (mut bytes, first) = (Vec::new(), 1_700_000_000_000_000);
        rows.iter().for_each(|row| layout.write(row, first, &mut bytes));
        let (mut rest, mut row, mut found) = (&bytes[..], [0; 4], Vec::new());
        while layout.read(9, first, &mut rest, &mut row) {
            found.push(row);
        }
        assert_eq!(found, rows);
    }
}
