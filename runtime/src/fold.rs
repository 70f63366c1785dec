//! Folds: from the values of a group to the one of an aggregate.

use crate::functor::Functors;
use compiler::functor::Functor;
use compiler::plan::AggregateOp;
use compiler::value::Primitive;

/// The fold of values, of which there is one at least; none if no value is left to fold.
pub(crate) fn folded(op: AggregateOp, mut values: impl Iterator<Item = u64>, functors: &Functors) -> Option<u64> {
    let sorted = |values: &mut dyn Iterator<Item = u64>| {
        let mut floats: Vec<f64> = values.map(f64::from_bits).collect();
        floats.sort_by(f64::total_cmp);
        floats
    };
    match op {
        AggregateOp::Count => Some(values.count() as u64),
        AggregateOp::Sum(Primitive::Float) => Some(sorted(&mut values).into_iter().sum::<f64>().to_bits()),
        AggregateOp::Sum(_) => Some(values.fold(0, u64::wrapping_add)),
        AggregateOp::Min(p) => values.reduce(|a, b| if functors.compare(p, b, a).is_lt() { b } else { a }),
        AggregateOp::Max(p) => values.reduce(|a, b| if functors.compare(p, b, a).is_gt() { b } else { a }),
        AggregateOp::Gap(p) => {
            let mut sorted: Vec<u64> = values.collect();
            sorted.sort_unstable_by(|a, b| functors.compare(p, *a, *b));
            let gaps = sorted.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
            (!sorted.is_empty()).then(|| gaps.max_by(|a, b| functors.compare(p, *a, *b)).unwrap_or(0))
        }
        AggregateOp::Mean(p) => {
            let mut floats = values.filter_map(|word| functors.apply(Functor::ToFloat(p), &[word]));
            let floats = sorted(&mut floats);
            (!floats.is_empty()).then(|| (floats.iter().sum::<f64>() / floats.len() as f64).to_bits())
        }
    }
}
