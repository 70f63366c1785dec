//! Sorted sets of rows, and what has to be done to one to make it another. Cost: one step for each row.

use crate::rows::Rows;
use std::cmp::Ordering;

/// What has to be added to a sorted set of rows, and taken from it, to make it another.
pub(crate) fn changed(new: &Rows, old: &Rows, mut emit: impl FnMut(&[u64], i32)) {
    let (mut at, mut before) = (0, 0);
    while at < new.len() && before < old.len() {
        let (row, other) = (new.get(at), old.get(before));
        match row.cmp(other) {
            Ordering::Less => emit(row, 1),
            Ordering::Greater => emit(other, -1),
            Ordering::Equal => {}
        }
        at += usize::from(row <= other);
        before += usize::from(other <= row);
    }
    (at..new.len()).for_each(|at| emit(new.get(at), 1));
    (before..old.len()).for_each(|before| emit(old.get(before), -1));
}

/// The sum of sorted sets of rows, each with a weight, without rows of weight zero.
pub(crate) fn merged(sets: &[(&Rows, i32)], mut emit: impl FnMut(&[u64], i32)) {
    let mut at = vec![0; sets.len()];
    loop {
        let ahead = sets.iter().zip(&at).filter(|((rows, _), at)| **at < rows.len());
        let Some(least) = ahead.map(|((rows, _), at)| rows.get(*at)).min() else { return };
        let mut sum = 0;
        for ((rows, weight), at) in sets.iter().zip(&mut at) {
            if *at < rows.len() && rows.get(*at) == least {
                sum += weight;
                *at += 1;
            }
        }
        if sum != 0 {
            emit(least, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_between_sorted_sets_is_told_in_their_order() {
        let rows = |numbers: &[u64]| Rows::from_words(1, numbers.len(), numbers.to_vec());
        let told = |new: &[u64], old: &[u64]| {
            let mut told = Vec::new();
            changed(&rows(new), &rows(old), |row, sign| told.push((row[0], sign)));
            told
        };
        assert_eq!(told(&[1, 3, 5], &[2, 3, 4, 9]), [(1, 1), (2, -1), (4, -1), (5, 1), (9, -1)]);
        assert_eq!((told(&[7], &[]), told(&[], &[7]), told(&[7], &[7])), (vec![(7, 1)], vec![(7, -1)], vec![]));
    }

    #[test]
    fn sorted_sets_are_added_by_weight() {
        let rows = |numbers: &[u64]| Rows::from_words(1, numbers.len(), numbers.to_vec());
        let mut sum = Vec::new();
        let (a, b, c) = (rows(&[1, 2, 5]), rows(&[2, 3]), rows(&[5, 9]));
        merged(&[(&a, 1), (&b, -1), (&c, 2)], |row, weight| sum.push((row[0], weight)));
        assert_eq!(sum, [(1, 1), (3, -1), (5, 3), (9, 2)]);
        let mut units = 0;
        merged(&[(&Rows::from_words(0, 1, vec![]), 1)], |_, weight| units += weight);
        assert_eq!(units, 1);
    }
}
