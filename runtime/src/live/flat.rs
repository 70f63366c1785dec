//! Keys and values in traces: equal-sized slices of one vector.
//!
//! The container learns its stride from the first item, so its type does not mention it: traces of all relations are of
//! one type, and join and reduce are compiled once a time type.

use differential_dataflow::trace::implementations::BatchContainer;
use timely::container::PushInto;

/// A vector of equal-sized slices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flat {
    stride: usize,
    count: usize,
    words: Vec<u64>,
    wanted: usize,
}

impl Flat {
    /// An empty container for `count` items of `stride` words.
    pub(crate) fn with_stride(stride: usize, count: usize) -> Self {
        Flat { stride, count: 0, words: Vec::with_capacity(stride * count), wanted: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, item: &[u64]) {
        if self.count == 0 {
            self.stride = item.len();
            self.words.reserve(self.stride * self.wanted);
        }
        debug_assert_eq!(self.stride, item.len());
        self.words.extend_from_slice(item);
        self.count += 1;
    }

    /// Releases what was reserved and not used.
    pub(crate) fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }
}

impl BatchContainer for Flat {
    type Owned = Vec<u64>;
    type ReadItem<'a> = &'a [u64];

    fn into_owned(item: &[u64]) -> Vec<u64> {
        item.to_vec()
    }
    fn clone_onto(item: &[u64], other: &mut Vec<u64>) {
        other.clear();
        other.extend_from_slice(item);
    }
    fn push_ref(&mut self, item: &[u64]) {
        self.push(item);
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
    fn reborrow<'b, 'a: 'b>(item: &'a [u64]) -> &'b [u64] {
        item
    }
    #[inline]
    fn index(&self, index: usize) -> &[u64] {
        &self.words[index * self.stride..(index + 1) * self.stride]
    }
    #[inline]
    fn len(&self) -> usize {
        self.count
    }
}

impl PushInto<&[u64]> for Flat {
    fn push_into(&mut self, item: &[u64]) {
        self.push(item);
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
        assert_eq!((flat.len(), flat.index(1).len()), (2, 0));
    }

    #[test]
    fn the_stride_is_that_of_the_first_item() {
        let mut flat = Flat::with_capacity(2);
        flat.push(&[1, 2]);
        flat.push(&[3, 4]);
        assert_eq!(flat.index(1), &[3, 4]);
    }
}
