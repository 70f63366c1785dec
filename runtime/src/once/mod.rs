//! The one-shot evaluator: a plan and facts in, every relation out, and nothing kept up to date.
//!
//! `strata run` answers with it. It reads the same plan as the live engine and has the same meaning; it differs in what it
//! need not keep. One file a concept, from the ground up:
//!
//! - `code`: values are words of 64 bits outside and *codes* of 32 inside, so that a tuple of two columns is 8 bytes and
//!   a code can be the place of a bit.
//! - `table`, `keys`, `members`, `set`, `index`: rows by column; keys by number; sets that become bitmaps where they are
//!   dense; lists by key. What a join reads is contiguous.
//! - `rule`, `order`: a pipeline taken apart, and put together again in the order that suits it now that all sizes are
//!   known, once for each atom that something new can come from.
//! - `run`: the nested loop; its innermost loop adds a list to a set, a nanosecond or two for a candidate. Candidates are
//!   never stored: on dense recursive programs there are a hundred or a thousand for each tuple that is new.
//! - `meet`: where several atoms bind one variable, what their lists have in common, from the shortest of them.
//! - `factor`: rules whose halves meet in a key alone, and need not be multiplied out.
//! - `share`: one rule run by several threads, where that pays.
//! - `best`, `monotone`: subsumption by improvement.
//! - `profile`: what each rule took; `describe`: in which order it was evaluated.
//! - `solve`: strata, and semi-naive rounds; `choice` and `undominated` for relations that act in steps, `scratch` for the few
//!   strata that cannot be solved so; `closure` of
//!   equivalence relations, by union-find; `number` for the numbers that rows are given.
//!
//! Cost: a rule costs the bindings of its best order's prefixes, each some nanoseconds; a round costs what it finds, and
//! microseconds if that is little. A tuple of two columns takes 8 bytes, up to 32 more in its set, and 4 in each index.
//! Sources: Bancilhon (1986) for semi-naive evaluation, Ngo, Ré and Rudra (2013) for joins that intersect, Lemire et al.
//! (2016) for sets of integers in several forms.
//!
//! ```
//! use compiler::planner::{Statistics, plan};
//! use runtime::{Once, Options, Symbols, Value};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let text = "
//!     .decl link(a: symbol, b: symbol)
//!     .decl path(a: symbol, b: symbol)
//!     path(a, b) :- link(a, b) ; link(a, c), path(c, b).
//! ";
//! let program = compiler::compile(&[("path.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
//! let mut once = Once::new(plan(&program, &Statistics::new()), Symbols::default(), Options::default());
//! let word = |name: &str| Value::Symbol(name.into()).word(once.symbols());
//! let links = [["h1", "s1"], ["s1", "s2"], ["s2", "h2"]].map(|link| link.map(word));
//! let base = once.base("link")?;
//! links.iter().try_for_each(|link| once.insert(base, link))?;
//! assert_eq!(once.evaluate().count("path")?, 6);
//! # Ok(())
//! # }
//! ```

mod best;
mod choice;
mod closure;
pub(crate) mod code;
mod describe;
mod factor;
mod index;
mod keys;
mod meet;
mod members;
mod monotone;
mod number;
mod order;
mod profile;
mod relation;
mod rule;
mod run;
mod scalars;
mod scratch;
mod set;
mod share;
mod solve;
mod table;
mod undominated;

pub use profile::RuleProfile;
pub use table::Columns;

use crate::engine::{BaseId, Options};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::rows::Rows;
use crate::symbols::Symbols;
use code::Codes;
use compiler::plan::{Plan, RelationId};
use relation::Relation;
use scalars::Scalars;
use solve::Solver;
use std::cell::RefCell;
use std::collections::HashMap;

/// A plan and the facts given so far.
pub struct Once {
    plan: Plan,
    symbols: Symbols,
    codes: Codes,
    relations: Vec<Relation>,
    options: Options,
    interrupt: Interrupt,
}

/// Every relation, evaluated.
pub struct Answers {
    plan: Plan,
    codes: Codes,
    relations: Vec<Relation>,
    profile: Vec<RuleProfile>,
}

impl Once {
    /// A plan over the facts of its text.
    pub fn new(plan: Plan, symbols: Symbols, options: Options) -> Self {
        let codes = Codes::default();
        let mut relations: Vec<Relation> = plan.relations.iter().map(|r| Relation::new(r.arity())).collect();
        let mut row = Vec::new();
        for (id, values) in &plan.facts {
            row.clear();
            row.extend(values.iter().map(|value| codes.encode(symbols.constant(value))));
            relations[id.0 as usize].table.push(&row);
        }
        Once { plan, symbols, codes, relations, options, interrupt: Interrupt::default() }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The table of symbols.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Where the facts of a relation go.
    pub fn base(&self, relation: &str) -> Result<BaseId, Error> {
        let id = find(&self.plan, relation)?;
        let base = self.plan.relation(id).base.ok_or_else(|| Error::NotABase(relation.to_owned()))?;
        Ok(BaseId(base.0))
    }

    /// States a fact. Stating it again changes nothing.
    pub fn insert(&mut self, base: BaseId, row: &[u64]) -> Result<(), Error> {
        self.check(base, row.len())?;
        let codes: Vec<_> = row.iter().map(|word| self.codes.encode(*word)).collect();
        self.relations[base.0 as usize].table.push(&codes);
        Ok(())
    }

    /// Room for facts of a relation; any thread may fill it.
    pub fn columns(&self, base: BaseId) -> Result<Columns, Error> {
        let relation = self.relations.get(base.0 as usize).ok_or(Error::UnknownRelation(base.0.to_string()))?;
        Ok(Columns::new(relation.table.arity(), self.codes.clone()))
    }

    /// States the facts that were gathered.
    pub fn add(&mut self, base: BaseId, mut columns: Columns) -> Result<(), Error> {
        self.check(base, columns.table.arity())?;
        self.relations[base.0 as usize].table.append(&mut columns.table);
        Ok(())
    }

    fn check(&self, base: BaseId, found: usize) -> Result<(), Error> {
        let relation = self.plan.relations.get(base.0 as usize);
        let relation = relation.ok_or_else(|| Error::UnknownRelation(base.0.to_string()))?;
        match relation.arity() {
            expected if expected != found => Err(Error::Arity { relation: relation.name.to_string(), expected, found }),
            _ => Ok(()),
        }
    }

    /// Lets the evaluation end soon after this is raised, in the midst of a rule, too; what it answers then means nothing.
    pub fn stop_on(&mut self, interrupt: &Interrupt) {
        self.interrupt = interrupt.clone();
    }

    /// Evaluates all rules.
    pub fn evaluate(mut self) -> Answers {
        let scalars = Scalars::new(&self.symbols, &self.codes);
        let mut solver = Solver {
            plan: &self.plan,
            relations: &mut self.relations,
            scalars,
            symbols: &self.symbols,
            codes: &self.codes,
            workers: self.options.workers,
            numbers: HashMap::new(),
            profile: RefCell::default(),
            interrupt: &self.interrupt,
        };
        solver.solve();
        let profile = solver.profile.into_inner().by_time();
        Answers { plan: self.plan, codes: self.codes, relations: self.relations, profile }
    }
}

impl Answers {
    /// What each rule took, those that took longest first.
    pub fn profile(&self) -> &[RuleProfile] {
        &self.profile
    }

    /// The bytes that the relation of a rule holds, its sets and indexes included.
    pub fn held(&self, rule: &RuleProfile) -> usize {
        rule.relation.and_then(|id| self.relations.get(id.0 as usize)).map_or(0, Relation::bytes)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many tuples a relation has.
    pub fn count(&mut self, relation: &str) -> Result<usize, Error> {
        Ok(self.relation(relation)?.len())
    }

    /// The tuples of a relation, each once, in no order.
    pub fn rows(&mut self, relation: &str) -> Result<Rows, Error> {
        let codes = self.codes.clone();
        let relation = self.relation(relation)?;
        relation.distinct();
        let table = &relation.table;
        let (mut rows, mut row, mut words) = (Rows::new(table.arity()), Vec::new(), Vec::new());
        for at in 0..table.len() {
            table.read(at, &mut row);
            words.clear();
            words.extend(row.iter().map(|code| codes.decode(*code)));
            rows.push(&words);
        }
        Ok(rows)
    }

    fn relation(&mut self, name: &str) -> Result<&mut Relation, Error> {
        let id = find(&self.plan, name)?;
        Ok(&mut self.relations[id.0 as usize])
    }
}

fn find(plan: &Plan, name: &str) -> Result<RelationId, Error> {
    plan.find(name).ok_or_else(|| Error::UnknownRelation(name.to_owned()))
}
