//! Relations that are watched while a sweep lasts, and what a fork changes of them beyond the model that is swept.
//!
//! A commit reports the changes of a fork against the base. Where the model that is swept is a fork itself, its forks have
//! all that it has otherwise than the base, too, and that is no consequence of what fails.

use crate::failure::Outcome;
use runtime::{Changes, Engine, Fork, Rows};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lets commits report some relations while something is done, and makes an end of it however that ends. `kept`: relations
/// that somebody else watches.
pub(super) fn watching<T>(
    engine: &mut Engine,
    relations: &[Arc<str>],
    kept: &[Arc<str>],
    act: impl FnOnce(&mut Engine) -> Outcome<T>,
) -> Outcome<T> {
    let watch = |engine: &mut Engine| -> Outcome {
        relations.iter().try_for_each(|relation| engine.watch(relation))?;
        // The first report is what the relations hold already.
        engine.commit()?;
        Ok(())
    };
    let done = watch(engine).and_then(|()| act(engine));
    let mut own = relations.iter().filter(|relation| !kept.contains(relation));
    own.try_for_each(|relation| engine.unwatch(relation))?;
    done
}

/// Opens forks, and leaves none behind however that ends: the last one goes first.
pub(super) fn in_forks<T>(
    engine: &mut Engine,
    act: impl FnOnce(&mut Engine, &mut Vec<Fork>) -> Outcome<T>,
) -> Outcome<T> {
    let mut forks = Vec::new();
    let done = act(engine, &mut forks);
    forks.into_iter().rev().try_for_each(|fork| engine.drop_fork(fork))?;
    engine.commit()?;
    done
}

/// The model that is swept.
pub(super) struct Swept {
    at: Fork,
    /// What it has otherwise than the base, of the relations that are watched.
    own: BTreeMap<Arc<str>, Changes>,
}

impl Swept {
    /// The base, or a fork.
    pub(super) fn new(engine: &mut Engine, at: Fork, watched: &[Arc<str>]) -> Outcome<Swept> {
        let mut own = BTreeMap::new();
        for relation in watched.iter().filter(|_| at != Fork::BASE) {
            let changes = engine.diff(Fork::BASE, at, relation)?;
            if !changes.inserted.is_empty() || !changes.retracted.is_empty() {
                own.insert(relation.clone(), changes);
            }
        }
        Ok(Swept { at, own })
    }

    /// Which model.
    pub(super) fn at(&self) -> Fork {
        self.at
    }

    /// The changes of forks of this model in a commit, against this model, by fork and relation. A relation without
    /// changes may be left out.
    pub(super) fn beyond(&self, forks: &[Fork], changes: Vec<Changes>) -> BTreeMap<(Fork, Arc<str>), Changes> {
        let mut all: BTreeMap<(Fork, Arc<str>), Changes> =
            changes.into_iter().map(|change| ((change.fork, change.relation.clone()), change)).collect();
        for (relation, own) in &self.own {
            for fork in forks {
                let key = (*fork, relation.clone());
                let less = less(all.get(&key), own, *fork);
                all.insert(key, less);
            }
        }
        all
    }
}

/// Changes less those that there are anyway.
fn less(changes: Option<&Changes>, own: &Changes, fork: Fork) -> Changes {
    let mut weights: BTreeMap<&[u64], i64> = BTreeMap::new();
    for (changes, sign) in changes.map(|changes| (changes, 1)).into_iter().chain([(own, -1)]) {
        changes.inserted.iter().for_each(|row| *weights.entry(row).or_default() += sign);
        changes.retracted.iter().for_each(|row| *weights.entry(row).or_default() -= sign);
    }
    let arity = own.inserted.arity();
    let (mut inserted, mut retracted) = (Rows::new(arity), Rows::new(arity));
    for (row, weight) in weights.into_iter().filter(|(_, weight)| *weight != 0) {
        if weight > 0 { &mut inserted } else { &mut retracted }.push(row);
    }
    Changes { relation: own.relation.clone(), fork, inserted, retracted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fork_has_as_its_parent_has_it_is_no_change_of_its_own() {
        let rows = |rows: &[u64]| Rows::from_words(1, rows.len(), rows.to_vec());
        let changes = |inserted: &[u64], retracted: &[u64]| Changes {
            relation: "r".into(),
            fork: Fork::BASE,
            inserted: rows(inserted),
            retracted: rows(retracted),
        };
        // The parent has 1 more and 9 less than the base. Its fork has 2, too, and 9 again.
        let own = changes(&[1], &[9]);
        let found = less(Some(&changes(&[1, 2], &[])), &own, Fork::BASE);
        assert_eq!((found.inserted, found.retracted), (rows(&[2, 9]), rows(&[])));
        // One that undoes it all is as the base is.
        let found = less(None, &own, Fork::BASE);
        assert_eq!((found.inserted, found.retracted), (rows(&[9]), rows(&[1])));
    }
}
