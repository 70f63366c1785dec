//! What it costs to keep a layer current, maintained or derived afresh, as far as it has been seen ([`crate::afresh`]).

use std::collections::BTreeMap;

/// What it has cost to keep a layer current, in updates taken in hand and in seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    /// The dearest commit in which it was maintained: a first load.
    pub(crate) load: (u64, f64),
    /// The seconds of commits in which it was maintained, by the binary digits of the number of changes.
    maintained: BTreeMap<u32, f64>,
    /// The last time it was derived afresh.
    pub(crate) afresh: f64,
    /// How much dearer than maintaining the commits have been since it is derived afresh.
    pub(crate) regret: f64,
}

impl Cost {
    /// Remembers a commit of so many changes in which the layer was maintained: what was taken in hand, the seconds, and
    /// whether it was done then.
    pub(crate) fn learn(&mut self, worked: (u64, f64), changes: usize, whole: bool) {
        if whole && worked.0 >= self.load.0 {
            self.load = worked;
            return;
        }
        let seconds = worked.1;
        let known = self.maintained.entry(digits(changes)).or_insert(seconds);
        *known = if whole { 0.75 * *known + 0.25 * seconds } else { known.max(seconds) };
    }

    /// What it cost to maintain the layer under about so many changes, if that was done.
    pub(crate) fn known(&self, changes: usize) -> Option<f64> {
        self.maintained.get(&digits(changes)).copied()
    }

    /// What it would cost, going by commits of other sizes.
    pub(crate) fn expected(&self, changes: usize) -> f64 {
        let size = digits(changes);
        let scaled = |(of, seconds): (&u32, &f64)| seconds * f64::from(size - of).exp2();
        let fewer = self.maintained.range(..=size).next_back().map(scaled);
        let more = self.maintained.range(size..).next().map(|(_, seconds)| *seconds);
        fewer.into_iter().chain(more).reduce(f64::min).unwrap_or(0.0)
    }

    /// How many updates are taken in hand in so many seconds.
    pub(crate) fn updates(&self, seconds: f64) -> u64 {
        (self.load.0 as f64 * seconds / self.load.1.max(1e-6)) as u64
    }
}

fn digits(changes: usize) -> u32 {
    usize::BITS - changes.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_would_cost_follows_from_others() {
        let mut cost = Cost { load: (1000, 2.0), ..Cost::default() };
        assert_eq!((cost.expected(5), cost.known(5), cost.updates(0.5)), (0.0, None, 250));
        cost.maintained.extend([(digits(1), 0.25), (digits(100), 3.0)]);
        assert_eq!((cost.expected(1), cost.known(127)), (0.25, Some(3.0)));
        assert_eq!([2, 4, 16, 1000].map(|changes| cost.expected(changes)), [0.5, 1.0, 3.0, 24.0]);
    }
}
