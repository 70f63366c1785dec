//! What of the state of a data centre is violated.

use crate::failure::Outcome;
use crate::study::Source;
use ingest::Rejected;
use runtime::{Once, Options, Symbols, Value};
use serde::Serialize;

/// An invariant: its name, how bad it is, how many tuples it has, and some of them.
#[derive(Serialize)]
pub(super) struct Violated {
    pub(super) name: String,
    pub(super) severity: String,
    pub(super) count: usize,
    #[serde(skip)]
    pub(super) shown: Vec<String>,
}

/// How many tuples of an invariant are shown.
const SHOWN: usize = 20;

/// All invariants of the standard rules that concern state; messages are not looked at.
pub(super) fn of(source: &Source) -> Outcome<Vec<Violated>> {
    let (program, plan, schema) = crate::study::program(".include <invariants.dl>\n", "<invariants>")?;
    let symbols = Symbols::default();
    let mut once = Once::new(plan, symbols.clone(), Options::default());
    source.state(&mut once, &schema, &mut Rejected::default())?;
    let mut answers = once.evaluate();
    let mut all = Vec::new();
    for invariant in &program.invariants {
        let relation = program.relation(invariant.relation);
        let rows = answers.rows(&relation.name)?;
        let text = |row: &[u64]| {
            let values = row.iter().zip(&relation.columns);
            let values: Vec<String> =
                values.map(|(word, column)| Value::of(*word, &column.ty, &symbols).to_string()).collect();
            values.join(", ")
        };
        let mut shown: Vec<String> = rows.iter().map(text).collect();
        shown.sort();
        shown.truncate(SHOWN);
        let severity = format!("{:?}", invariant.severity).to_lowercase();
        all.push(Violated { name: relation.name.to_string(), severity, count: rows.len(), shown });
    }
    Ok(all)
}
