//! Looks at a live model as a whole: its rules evaluated once over the facts that it has now, and what a column holds.

use crate::engine::{BaseId, Engine, Fork, Options};
use crate::error::Error;
use crate::live::render::Node;
use crate::live::worker::Command;
use crate::once::{Answers, Once};
use compiler::plan::Plan;
use std::collections::BTreeSet;

impl Engine {
    /// Evaluates the rules once over the facts of a fork, beside what is maintained, which says what each rule takes
    /// ([`Answers::profile`]). An interrupt is heard between two rules. Cost: that of
    /// an evaluation from scratch.
    pub fn evaluated(&mut self, fork: Fork) -> Result<Answers, Error> {
        self.commit_if_open()?;
        let slot = self.forks.slot(fork)?;
        // The facts that stand in its text are facts of the model, if they still are.
        let plan = Plan { facts: Vec::new(), ..(*self.plan).clone() };
        let mut once = Once::new(plan, self.symbols.clone(), Options { workers: self.workers.len() });
        for (place, node) in self.nodes.iter().enumerate() {
            let Node::Base(base) = node else { continue };
            let mut columns = once.columns(BaseId(place as u32))?;
            self.bases[*base as usize].facts.each(slot, &self.forks, |row| columns.push(row));
            once.add(BaseId(place as u32), columns)?;
        }
        once.stop_on(&self.interrupt);
        let answers = once.evaluate();
        self.interrupt.check()?;
        Ok(answers)
    }

    /// Words that stand in a column of a relation, of the rows that come first: at most `most` rows are taken. For hints;
    /// of a relation with more rows, words may be missing.
    pub fn column(&mut self, fork: Fork, relation: &str, column: usize, most: usize) -> Result<BTreeSet<u64>, Error> {
        let id = self.find(relation)?;
        let (arity, node, at) = (self.plan.relation(id).arity(), self.nodes[id.0 as usize], self.now(fork)?);
        if column >= arity || self.is_kept(relation).is_err() {
            return Ok(BTreeSet::new());
        }
        let answers = self.tell(|_| Command::Column { node, at, column, most })?;
        Ok(answers.into_iter().flat_map(|answer| answer.rows).collect())
    }
}
