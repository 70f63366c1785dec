//! What if one switch fails?
//!
//! A real leaf-spine network is imported and its paths are derived. Then each switch in turn fails in a fork of the
//! model: a counterfactual that costs what it changes, and leaves the model itself as it is.

use compiler::plan::Plan;
use examples::Library;
use ingest::{Facts, Rejected};
use runtime::{Engine, Fork, Options, Origin};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

const QUESTION: &str = ".include <network/path_link.dl>";
const PAIR: [&str; 2] = ["server101", "server301"];

type Links = BTreeSet<(String, String)>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut engine = model()?;
    let before = links(&mut engine, Fork::BASE)?;
    println!("{} reaches {} over {} links. If one switch fails:", PAIR[0], PAIR[1], before.len());
    for (switch, left) in failures(&mut engine)? {
        match left.len() {
            0 => println!("  {switch:<9} cuts them off"),
            n if n < before.len() => println!("  {switch:<9} leaves {n} links"),
            _ => println!("  {switch:<9} changes nothing"),
        }
    }
    Ok(())
}

/// The network, with the question asked of it.
fn model() -> Result<Engine, Box<dyn Error>> {
    let mut engine = Engine::new(Options::default())?;
    engine.set_plan(plan()?)?;
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/suzieq-nxos");
    let suzieq = ingest::source::importer("suzieq").ok_or("there is no importer for SuzieQ")?;
    suzieq.import(&[data], &mut facts, &mut rejected)?;
    ingest::state(&facts, &mut engine, &mut rejected)?;
    let pair = PAIR.map(|machine| engine.symbols().intern(machine));
    let asked = engine.base("asked")?;
    engine.insert(Fork::BASE, asked, &pair, Origin::default())?;
    engine.commit()?;
    Ok(engine)
}

fn plan() -> Result<Plan, Box<dyn Error>> {
    let compilation = compiler::compile(&[("question.dl", QUESTION)], &Library);
    let program = compilation.program.ok_or("the question does not compile")?;
    Ok(compiler::planner::plan(&program, &compiler::planner::Statistics::default()))
}

/// For each switch, the links of the path that are left when it fails.
fn failures(engine: &mut Engine) -> Result<Vec<(String, Links)>, Box<dyn Error>> {
    let failed = engine.base("failed")?;
    let host = engine.symbols().intern("host");
    let devices = engine.query(Fork::BASE, "device", &[None, None, None])?;
    let mut answers = Vec::new();
    for device in devices.iter().filter(|device| device[1] != host) {
        let fork = engine.fork();
        engine.insert(fork, failed, &device[..1], Origin::default())?;
        engine.commit()?;
        answers.push((engine.symbols().text(device[0]).to_string(), links(engine, fork)?));
        engine.drop_fork(fork)?;
    }
    answers.sort();
    Ok(answers)
}

/// The links of all equal-cost paths in a fork.
fn links(engine: &mut Engine, fork: Fork) -> Result<Links, Box<dyn Error>> {
    let [src, dst] = PAIR.map(|machine| Some(engine.symbols().intern(machine)));
    let rows = engine.query(fork, "path_link", &[src, dst, None, None, None])?;
    let text = |word| engine.symbols().text(word).to_string();
    Ok(rows.iter().map(|row| (text(row[3]), text(row[4]))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_is_redundant_and_the_model_stays_as_it_is() -> Result<(), Box<dyn Error>> {
        let mut engine = model()?;
        let before = links(&mut engine, Fork::BASE)?;
        assert_eq!(before.len(), 12, "two leaves, two spines, two leaves");
        let left: Vec<(String, usize)> = failures(&mut engine)?.into_iter().map(|(s, l)| (s, l.len())).collect();
        let of = |switch: &str| left.iter().find(|(s, _)| s == switch).map(|(_, n)| *n);
        assert_eq!((of("leaf01"), of("spine02"), of("exit01")), (Some(9), Some(8), Some(12)));
        assert!(left.iter().all(|(_, n)| *n > 0));
        assert_eq!(links(&mut engine, Fork::BASE)?, before);
        Ok(())
    }
}
