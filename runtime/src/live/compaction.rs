//! Compaction: when what forks that are gone have left in the indexes is taken out.
//!
//! Nobody sees it ([`dataflow::forget`]), but it takes room, and time to pass over. So each worker counts it, and when it
//! is more than half of what its relations take, the epoch in which the last of these forks was dropped writes each index
//! anew that forks have touched much: memory stays within a constant of what lives, and that costs a constant times what the
//! forks have cost.

/// Whether so many updates of forks that are gone are enough, beside so many that relations hold in all.
pub(crate) fn is_worth_it(garbage: u64, held: usize) -> bool {
    garbage > held as u64 / 2 + 1024
}
