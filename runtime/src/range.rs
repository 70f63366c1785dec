//! The values of a range, as [`compiler::program::Range`] describes them.

use compiler::value::Primitive;

/// Calls `found` with each value of a range. The arguments are from, to and perhaps step.
pub(crate) fn each(primitive: Primitive, args: &[u64], found: &mut dyn FnMut(u64)) {
    let (from, to, step) = (args[0], args[1], args.get(2).copied());
    match primitive {
        Primitive::Unsigned => unsigned(from, to, step, found),
        Primitive::Float => floating(f64::from_bits(from), f64::from_bits(to), step.map(f64::from_bits), found),
        Primitive::Number | Primitive::Symbol | Primitive::Record => {
            signed(from as i64, to as i64, step.map(|step| step as i64), &mut |value| found(value as u64));
        }
    }
}

/// Whether a range holds a value.
pub(crate) fn contains(primitive: Primitive, args: &[u64], value: u64) -> bool {
    let (from, to, step) = (args[0], args[1], args.get(2).copied());
    let number = |word: u64| if primitive == Primitive::Number { i128::from(word as i64) } else { i128::from(word) };
    if primitive == Primitive::Float {
        let mut found = false;
        each(primitive, args, &mut |word| found |= word == value);
        return found;
    }
    let (from, to, value) = (number(from), number(to), number(value));
    let step = step.map_or(if from <= to { 1 } else { -1 }, number);
    match step {
        0 => value == from && from != to,
        step if step > 0 => (from..to).contains(&value) && (value - from) % step == 0,
        step => value <= from && value > to && (from - value) % step == 0,
    }
}

fn signed(from: i64, to: i64, step: Option<i64>, found: &mut dyn FnMut(i64)) {
    let step = step.unwrap_or(if from <= to { 1 } else { -1 });
    let mut next = (from != to).then_some(from);
    while let Some(at) = next.filter(|at| step == 0 || if step > 0 { *at < to } else { *at > to }) {
        found(at);
        next = if step == 0 { None } else { at.checked_add(step) };
    }
}

fn unsigned(from: u64, to: u64, step: Option<u64>, found: &mut dyn FnMut(u64)) {
    let down = step.is_none() && from > to;
    let step = step.unwrap_or(1);
    let mut next = (from != to).then_some(from);
    while let Some(at) = next.filter(|at| step == 0 || if down { *at > to } else { *at < to }) {
        found(at);
        next = match (step, down) {
            (0, _) => None,
            (step, true) => at.checked_sub(step),
            (step, false) => at.checked_add(step),
        };
    }
}

fn floating(from: f64, to: f64, step: Option<f64>, found: &mut dyn FnMut(u64)) {
    let step = step.unwrap_or(if from <= to { 1.0 } else { -1.0 });
    let still = step == 0.0 || step.is_nan();
    let mut next = (from != to && !from.is_nan() && !to.is_nan()).then_some(from);
    while let Some(at) = next.filter(|at| still || if step > 0.0 { *at < to } else { *at > to }) {
        found(crate::functor::float(at));
        let then = at + step;
        next = (!still && then != at).then_some(then);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(args: &[i64]) -> Vec<i64> {
        let mut values = Vec::new();
        let args: Vec<u64> = args.iter().map(|n| *n as u64).collect();
        each(Primitive::Number, &args, &mut |value| values.push(value as i64));
        let held: Vec<i64> =
            (-9..19).filter(|n| contains(Primitive::Number, &args, *n as u64) != values.contains(n)).collect();
        assert!(held.is_empty(), "{held:?}");
        values
    }

    #[test]
    fn a_range_goes_up_or_down_and_ends_before_its_end() {
        assert_eq!((numbers(&[0, 3]), numbers(&[3, 0]), numbers(&[2, 2])), (vec![0, 1, 2], vec![3, 2, 1], vec![]));
        assert_eq!((numbers(&[0, 5, 2]), numbers(&[5, 0, -2])), (vec![0, 2, 4], vec![5, 3, 1]));
        assert_eq!((numbers(&[0, 5, -1]), numbers(&[5, 0, 1])), (vec![], vec![]));
        assert_eq!((numbers(&[5, 9, 0]), numbers(&[5, 1, 0]), numbers(&[5, 5, 0])), (vec![5], vec![5], vec![]));
        assert_eq!(numbers(&[i64::MAX - 2, i64::MAX, 5]), [i64::MAX - 2]);
    }

    #[test]
    fn unsigned_numbers_go_down_by_one_only() {
        let unsigned = |args: &[u64]| {
            let mut values = Vec::new();
            each(Primitive::Unsigned, args, &mut |value| values.push(value));
            values
        };
        assert_eq!((unsigned(&[2, 0]), unsigned(&[0, 2]), unsigned(&[2, 0, 1])), (vec![2, 1], vec![0, 1], vec![]));
        assert_eq!((unsigned(&[0, 5, 3]), unsigned(&[4, 2, 0])), (vec![0, 3], vec![4]));
    }

    #[test]
    fn a_range_of_floats_ends_where_a_step_changes_nothing() {
        let floats = |args: &[f64]| {
            let mut values = Vec::new();
            let args: Vec<u64> = args.iter().map(|x| x.to_bits()).collect();
            each(Primitive::Float, &args, &mut |value| values.push(f64::from_bits(value)));
            values
        };
        assert_eq!(floats(&[5.0, 3.75, -0.5]), [5.0, 4.5, 4.0]);
        assert_eq!(floats(&[1e300, 2e300, 1.0]), [1e300]);
        assert_eq!((floats(&[0.0, f64::NAN]), floats(&[0.0, 1.0, f64::NAN])), (vec![], vec![0.0]));
    }
}
