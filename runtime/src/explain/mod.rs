//! Explanations: why a tuple holds, why it does not, and what would change that.
//!
//! [`why`] gives a proof of least height down to facts with their origins; [`why_not`] the rule that comes nearest and the
//! literals that fail; [`how_to`] the smallest sets of edits of base relations that would derive a tuple, or remove it.
//! All three read a [`Model`], which is a live engine in any of its forks, or the answers of *once*: nothing is recorded
//! while nobody asks. One file a concept:
//!
//! - `live`, `answers`: the two models; `reads`: what has been read of one.
//! - `rule`, `search`: the rules of the program, and all bindings that satisfy a body.
//! - `cone`: the tuples behind a tuple, and how high each one stands. `proof`: a proof taken from it.
//! - `absent`: what is missing. `remedy`: edits, and whether they do what they should.
//!
//! A proof is *sufficient*: evaluating the rules over the facts that it cites derives its tuple, as long as the tuples
//! whose absence it cites stay absent, and the groups of its aggregates have no other members than it names or counts.
//!
//! Cost: that of the derivations within as many steps of the tuple as the proof is high.
//!
//! ```
//! use compiler::planner::{Statistics, plan};
//! use runtime::explain::{How, Limits, Live, Why, why};
//! use runtime::{Engine, Fork, Options, Origin, Value};
//!
//! # fn main() -> Result<(), runtime::Error> {
//! let text = "
//!     .decl link(a: symbol, b: symbol)
//!     .decl path(a: symbol, b: symbol)
//!     path(a, b) :- link(a, b) ; link(a, c), path(c, b).
//! ";
//! let program = compiler::compile(&[("path.dl", text)], &compiler::NoFiles).program.expect("nothing is wrong");
//! let mut engine = Engine::new(Options::default())?;
//! engine.set_plan(plan(&program, &Statistics::new()))?;
//! let word = |engine: &Engine, name: &str| Value::Symbol(name.into()).word(engine.symbols());
//! let (base, cables) = (engine.base("link")?, engine.source("cables.csv"));
//! for (line, (a, b)) in [("h1", "s1"), ("s1", "s2"), ("s2", "h2")].into_iter().enumerate() {
//!     let row = [word(&engine, a), word(&engine, b)];
//!     engine.insert(Fork::BASE, base, &row, Origin { source: cables, record: line as u32 + 1 })?;
//! }
//! engine.commit()?;
//! let row = [word(&engine, "h1"), word(&engine, "h2")];
//! let path = program.find("path").expect("it is declared");
//! let Why::Proof(proof) = why(&program, &mut Live::new(&mut engine, Fork::BASE), path, &row, &Limits::default())? else {
//!     panic!("it holds")
//! };
//! assert_eq!(proof.height, 3);
//! let facts = proof.nodes.iter().filter_map(|node| match &node.how {
//!     How::Given(origins) => Some(origins[0].record),
//!     _ => None,
//! });
//! assert_eq!(facts.collect::<Vec<_>>(), [1, 2, 3]);
//! # Ok(())
//! # }
//! ```

mod absent;
mod answers;
mod cone;
mod live;
mod proof;
mod reads;
mod remedy;
mod rule;
mod search;

pub use absent::{Attempt, Unknown, Verdict, WhyNot, why_not};
pub use answers::Evaluated;
pub use live::Live;
pub use proof::{Fold, How, Member, Node, Proof, Reason};
pub use reads::Read;
pub use remedy::{Bounds, Edit, Forks, Goal, Laboratory, Remedies, how_to};

use crate::engine::Origin;
use crate::error::Error;
use crate::functor::Functors;
use crate::symbols::Symbols;
use compiler::program::{Program, RelationId};
use cone::{Cone, Key};
use reads::Reads;
use search::{Search, Stop};

/// What can be explained: relations that are evaluated, and facts that know where they come from.
pub trait Model {
    /// The table in which the model's words for symbols stand.
    fn symbols(&self) -> &Symbols;

    /// The rows of a relation that agree with the pattern, one entry a column, in any order.
    fn rows(&mut self, relation: &str, pattern: &[Option<u64>]) -> Result<Read, Error>;

    /// Where a fact comes from; none if no fact states the row. A fact without a known origin has an empty list.
    fn given(&mut self, relation: &str, row: &[u64]) -> Result<Option<Vec<Origin>>, Error>;

    /// Fails if whoever asked wants no answer any more.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether there is such a relation, which may be one of the plan's auxiliary ones.
    fn stores(&self, relation: &str) -> bool;
}

/// How far an explanation may go.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many rows and bindings may be looked at.
    pub steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 10_000_000 }
    }
}

/// What is to be said of a tuple.
#[derive(Clone, Debug)]
pub enum Why {
    /// It holds, and this is why.
    Proof(Proof),
    /// It does not hold.
    Absent,
    /// It holds, but nothing that holds now derives it: it was derived, in the middle of a recursion, from tuples that
    /// others have since displaced.
    Displaced,
    /// The derivations behind it are more than the limit allows.
    TooMany,
}

/// Why a tuple holds.
pub fn why(
    program: &Program,
    model: &mut dyn Model,
    relation: RelationId,
    row: &[u64],
    limits: &Limits,
) -> Result<Why, Error> {
    let mut cone = prepared(program, model, limits);
    if !cone.search.reads.holds(relation, row)? {
        return Ok(Why::Absent);
    }
    let root = Key { relation, stated: false, row: row.to_vec() };
    let found = match cone.explore(root.clone()) {
        Ok(None) => return Ok(Why::Displaced),
        Ok(Some(height)) => {
            cone.search.steps = limits.steps;
            proof::take(&mut cone, root, height)
        }
        Err(stop) => Err(stop),
    };
    match found {
        Ok(proof) => Ok(Why::Proof(proof)),
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Exhausted | Stop::Enough) => Ok(Why::TooMany),
    }
}

/// A program ready to be searched.
fn prepared<'m>(program: &'m Program, model: &'m mut dyn Model, limits: &Limits) -> Cone<'m> {
    let functors = Functors::new(model.symbols().clone());
    Cone::new(Search { reads: Reads::new(model, program), functors, steps: limits.steps }, program)
}
