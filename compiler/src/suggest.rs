//! The nearest name: what the author may have meant.

/// The candidate that differs least from `name`, if it differs by little: one edit in three characters, letter case
/// aside.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count().div_ceil(3);
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.len().abs_diff(name.len()) <= limit)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // What both start and end with costs nothing, and makes the rest short.
    while a.last().is_some_and(|last| b.last() == Some(last)) {
        a.pop();
        b.pop();
    }
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_pair_of_letters_is_one_edit() {
        assert_eq!(distance("link", "lnik"), 1);
        assert_eq!(nearest("lnik", ["device", "link"]), Some("link"));
    }

    #[test]
    fn common_ends_cost_nothing() {
        assert_eq!(distance("adjacent_switch", "adjacent_switch"), 0);
        assert_eq!(distance("adjacent_switch", "adjacent_swich"), 1);
        assert_eq!(distance("aab", "ab"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn a_wholly_different_name_is_not_suggested() {
        assert_eq!(nearest("x", ["device", "link"]), None);
        assert_eq!(nearest("cable", ["device", "table_of_links"]), None);
    }
}
