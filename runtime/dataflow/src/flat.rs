//! Keys and values in traces: equal-sized slices of one vector.
//!
//! The container learns its stride from the first item, so its type does not mention it: traces of all relations are of
//! one type, and join and reduce are compiled once a time type.

use differential_dataflow::trace::implementations::BatchContainer;
use std::cmp::Ordering;
use timely::container::PushInto;

/// A stored key or value. Compares word by word: rows are short, and a call of `memcmp` costs more than they do. One word
/// and two, which most keys have, compare without a branch that depends on them.
#[derive(Clone, Copy, Debug, Eq)]
pub struct Words<'a>(pub &'a [u64]);

/// Two words as a number that compares as they do.
#[inline(always)]
fn pair(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

impl PartialEq for Words<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(other.0).all(|(a, b)| a == b)
    }
}

impl Ord for Words<'_> {
    #[inline(always)]
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            ([a], [b]) => return a.cmp(b),
            ([a, c], [b, d]) => return pair(*a, *c).cmp(&pair(*b, *d)),
            _ => {}
        }
        for (a, b) in self.0.iter().zip(other.0) {
            if a != b {
                return a.cmp(b);
            }
        }
        self.0.len().cmp(&other.0.len())
    }
}

impl PartialOrd for Words<'_> {
    #[inline(always)]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
    #[inline(always)]
    fn lt(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            ([a], [b]) => a < b,
            ([a, c], [b, d]) => pair(*a, *c) < pair(*b, *d),
            _ => self.cmp(other) == Ordering::Less,
        }
    }
}

/// So many items are looked at one after the other before a search leaps: most seeks end close by.
const NEAR: usize = 4;

/// A vector of equal-sized slices.
#[derive(Clone, Debug, Default)]
pub struct Flat {
    stride: usize,
    count: usize,
    words: Vec<u64>,
    wanted: usize,
}

impl Flat {
    /// An empty container for `count` items of `stride` words.
    pub fn with_stride(stride: usize, count: usize) -> Self {
        Flat { stride, count: 0, words: Vec::with_capacity(stride * count), wanted: 0 }
    }

    #[inline]
    pub fn push(&mut self, item: &[u64]) {
        if self.count == 0 {
            self.stride = item.len();
            self.words.reserve(self.stride * self.wanted);
        }
        debug_assert_eq!(self.stride, item.len());
        self.words.extend_from_slice(item);
        self.count += 1;
    }

    /// The number of words of each item; 0 before the first.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Releases what was reserved and not used.
    pub fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }
}

impl BatchContainer for Flat {
    type Owned = Vec<u64>;
    type ReadItem<'a> = Words<'a>;

    fn into_owned(item: Words<'_>) -> Vec<u64> {
        item.0.to_vec()
    }
    fn clone_onto(item: Words<'_>, other: &mut Vec<u64>) {
        other.clear();
        other.extend_from_slice(item.0);
    }
    fn push_ref(&mut self, item: Words<'_>) {
        self.push(item.0);
    }
    fn push_own(&mut self, item: &Vec<u64>) {
        self.push(item);
    }
    fn clear(&mut self) {
        self.count = 0;
        self.words.clear();
    }
    fn with_capacity(size: usize) -> Self {
        Flat { wanted: size, ..Flat::default() }
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Flat::with_stride(a.stride.max(b.stride), a.count + b.count)
    }
    fn reborrow<'b, 'a: 'b>(item: Words<'a>) -> Words<'b> {
        item
    }
    #[inline(always)]
    fn index(&self, index: usize) -> Words<'_> {
        Words(&self.words[index * self.stride..][..self.stride])
    }
    #[inline]
    fn advance<F: for<'a> Fn(Words<'a>) -> bool>(&self, start: usize, end: usize, before: F) -> usize {
        // What is sought is not before `low`.
        let mut low = start;
        while low < end.min(start + NEAR) {
            if !before(self.index(low)) {
                return low - start;
            }
            low += 1;
        }
        let mut step = NEAR;
        while low + step < end && before(self.index(low + step)) {
            low += step + 1;
            step *= 2;
        }
        let mut high = end.min(low + step);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.index(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low - start
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.count
    }
}

impl PushInto<Words<'_>> for Flat {
    fn push_into(&mut self, item: Words<'_>) {
        self.push(item.0);
    }
}

/// Offsets into a batch; it has fewer than 2^32 updates.
#[derive(Clone, Debug, Default)]
pub struct Offsets(Vec<u32>);

impl Offsets {
    pub fn push(&mut self, offset: usize) {
        self.0.push(u32::try_from(offset).expect("a batch of 2^32 updates does not fit into memory"));
    }
}

impl BatchContainer for Offsets {
    type Owned = usize;
    type ReadItem<'a> = usize;

    fn into_owned(item: usize) -> usize {
        item
    }
    fn push_ref(&mut self, item: usize) {
        self.push(item);
    }
    fn push_own(&mut self, item: &usize) {
        self.push(*item);
    }
    fn clear(&mut self) {
        self.0.clear();
    }
    fn with_capacity(size: usize) -> Self {
        Offsets(Vec::with_capacity(size))
    }
    fn merge_capacity(a: &Self, b: &Self) -> Self {
        Offsets(Vec::with_capacity(a.0.len() + b.0.len()))
    }
    fn reborrow<'b, 'a: 'b>(item: usize) -> usize {
        item
    }
    #[inline(always)]
    fn index(&self, index: usize) -> usize {
        self.0[index] as usize
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_no_words_are_counted() {
        let mut flat = Flat::with_capacity(2);
        flat.push(&[]);
        flat.push(&[]);
        assert_eq!((flat.len(), flat.index(1).0.len()), (2, 0));
    }

    #[test]
    fn the_stride_is_that_of_the_first_item() {
        let mut flat = Flat::with_capacity(2);
        flat.push(&[1, 2]);
        flat.push(&[3, 4]);
        assert_eq!(flat.index(1).0, &[3, 4]);
    }

    #[test]
    fn words_compare_as_slices_do() {
        let some = [0, 1, 2, u64::MAX];
        let mut rows: Vec<Vec<u64>> = vec![vec![]];
        for width in 1..=3 {
            let shorter: Vec<Vec<u64>> = rows.iter().filter(|row| row.len() == width - 1).cloned().collect();
            rows.extend(shorter.iter().flat_map(|row| some.iter().map(|w| [&row[..], &[*w]].concat())));
        }
        for a in &rows {
            for b in &rows {
                assert_eq!(Words(a).cmp(&Words(b)), a.cmp(b));
                assert_eq!((Words(a) < Words(b), Words(a) == Words(b)), (a < b, a == b));
            }
        }
    }

    #[test]
    fn a_search_finds_the_first_item_that_is_not_before() {
        let mut flat = Flat::with_capacity(40);
        (0..40).for_each(|i| flat.push(&[2 * i]));
        for start in 0..=40 {
            for end in start..=40 {
                for sought in 0..82 {
                    let expected = (start..end).filter(|i| 2 * (*i as u64) < sought).count();
                    assert_eq!(flat.advance(start, end, |item| item.0[0] < sought), expected);
                }
            }
        }
    }
}
