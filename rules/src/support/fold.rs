//! Folds: what an aggregate makes of its bindings.

use super::value::Float;

/// `count`
pub fn count(rows: impl Iterator<Item = ()>) -> impl Iterator<Item = i64> {
    std::iter::once(rows.count() as i64)
}

/// `sum` of numbers; wraps.
pub fn sum_number<'a>(rows: impl Iterator<Item = (&'a i64,)>) -> impl Iterator<Item = i64> {
    std::iter::once(rows.fold(0, |sum: i64, (x,)| sum.wrapping_add(*x)))
}

/// `sum` of unsigned numbers; wraps.
pub fn sum_unsigned<'a>(rows: impl Iterator<Item = (&'a u64,)>) -> impl Iterator<Item = u64> {
    std::iter::once(rows.fold(0, |sum: u64, (x,)| sum.wrapping_add(*x)))
}

/// `sum` of floats, in ascending order.
pub fn sum_float<'a>(rows: impl Iterator<Item = (&'a Float,)>) -> impl Iterator<Item = Float> {
    std::iter::once(Float::new(ascending(rows).into_iter().fold(0.0, |sum, x| sum + x)))
}

/// `min`; nothing of nothing.
pub fn least<'a, T: Ord + Copy + 'a>(rows: impl Iterator<Item = (&'a T,)>) -> impl Iterator<Item = T> {
    rows.map(|(x,)| *x).min().into_iter()
}

/// `max`; nothing of nothing.
pub fn greatest<'a, T: Ord + Copy + 'a>(rows: impl Iterator<Item = (&'a T,)>) -> impl Iterator<Item = T> {
    rows.map(|(x,)| *x).max().into_iter()
}

/// `mean` of numbers.
pub fn mean_number<'a>(rows: impl Iterator<Item = (&'a i64,)>) -> impl Iterator<Item = Float> {
    mean(rows.map(|(x,)| *x as f64).collect())
}

/// `mean` of unsigned numbers.
pub fn mean_unsigned<'a>(rows: impl Iterator<Item = (&'a u64,)>) -> impl Iterator<Item = Float> {
    mean(rows.map(|(x,)| *x as f64).collect())
}

/// `mean` of floats.
pub fn mean_float<'a>(rows: impl Iterator<Item = (&'a Float,)>) -> impl Iterator<Item = Float> {
    mean(rows.map(|(x,)| x.get()).collect())
}

/// `gap` of numbers.
pub fn gap_number<'a>(rows: impl Iterator<Item = (&'a i64,)>) -> impl Iterator<Item = i64> {
    let mut values: Vec<i64> = rows.map(|(x,)| *x).collect();
    values.sort_unstable();
    let none = values.is_empty();
    let gap = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).max().unwrap_or(0);
    (!none).then_some(gap).into_iter()
}

/// `gap` of unsigned numbers.
pub fn gap_unsigned<'a>(rows: impl Iterator<Item = (&'a u64,)>) -> impl Iterator<Item = u64> {
    let mut values: Vec<u64> = rows.map(|(x,)| *x).collect();
    values.sort_unstable();
    let none = values.is_empty();
    let gap = values.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    (!none).then_some(gap).into_iter()
}

fn ascending<'a>(rows: impl Iterator<Item = (&'a Float,)>) -> Vec<f64> {
    let mut values: Vec<f64> = rows.map(|(x,)| x.get()).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn mean(mut values: Vec<f64>) -> impl Iterator<Item = Float> {
    values.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    (!values.is_empty()).then(|| Float::new(values.iter().fold(0.0, |sum, x| sum + x) / count)).into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_of_nothing_have_no_value_but_for_count_and_sum() {
        let none: [i64; 0] = [];
        let rows = || none.iter().map(|x| (x,));
        assert_eq!(count(none.iter().map(|_| ())).collect::<Vec<_>>(), [0]);
        assert_eq!(sum_number(rows()).collect::<Vec<_>>(), [0]);
        assert_eq!(least(rows()).chain(greatest(rows())).chain(gap_number(rows())).count(), 0);
        assert_eq!(mean_number(rows()).count(), 0);
    }

    #[test]
    fn gap_is_the_greatest_distance_between_neighbours() {
        let values = [10, 3, 4, 3];
        assert_eq!(gap_number(values.iter().map(|x| (x,))).collect::<Vec<_>>(), [6]);
        assert_eq!(gap_number([7].iter().map(|x| (x,))).collect::<Vec<_>>(), [0]);
    }
}
