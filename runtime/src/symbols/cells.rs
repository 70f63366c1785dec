//! A list that grows while others read it: what is in it never moves, so reading takes no lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The first segment has this many cells, each further one twice as many as the one before it.
const FIRST: usize = 64;

/// As many segments as an address can tell apart.
const SEGMENTS: usize = 58;

/// The cells. One writer at a time: its caller sees to that.
#[derive(Debug)]
pub(super) struct Cells<T> {
    segments: [OnceLock<Box<[OnceLock<T>]>>; SEGMENTS],
    len: AtomicUsize,
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Cells { segments: [const { OnceLock::new() }; SEGMENTS], len: AtomicUsize::new(0) }
    }
}

impl<T> Cells<T> {
    /// How many cells are filled.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// What is in a cell; none if it was never filled.
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        let (segment, cell) = Self::locate(index)?;
        self.segments.get(segment)?.get()?.get(cell)?.get()
    }

    /// Fills the next cell.
    pub(super) fn push(&self, value: T) {
        let index = self.len();
        let Some((segment, cell)) = Self::locate(index) else { return };
        let cells = self.segments[segment].get_or_init(|| (0..FIRST << segment).map(|_| OnceLock::new()).collect());
        // With one writer the cell is empty; what is in a cell is never replaced.
        let _ = cells[cell].set(value);
        self.len.store(index + 1, Ordering::Release);
    }

    /// The segment and the cell in it; none beyond the last address.
    fn locate(index: usize) -> Option<(usize, usize)> {
        let shifted = index.checked_add(FIRST)?;
        let segment = (shifted / FIRST).ilog2() as usize;
        Some((segment, shifted - (FIRST << segment)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_what_they_were_given() {
        let cells = Cells::default();
        assert_eq!(cells.get(0), None);
        (0..1000).for_each(|i| cells.push(i));
        assert_eq!(cells.len(), 1000);
        assert!((0..1000).all(|i| cells.get(i) == Some(&i)));
        assert_eq!((cells.get(1000), cells.get(usize::MAX)), (None, None));
    }
}
