//! `strata import`: what other tools wrote, as a snapshot.

use crate::cli;
use crate::facts::unreadable;
use crate::failure::{Failure, Outcome};
use crate::near::did_you_mean;
use crate::output::Output;
use crate::table::Table;
use ingest::source::importer;
use ingest::{Facts, Importer, Rejected, Schema, importers, reconcile, snapshot};
use std::collections::BTreeMap;

/// Runs the command.
pub fn run(arguments: &cli::Import, output: &mut Output) -> Outcome {
    if arguments.list {
        let table =
            Table::text(["kind", "what it reads"], importers().iter().map(|i| [i.name().into(), i.help().into()]));
        return Ok(output.data(&table.draw(output.out_style, None))?);
    }
    let (Some(kind), Some(directory)) = (&arguments.kind, &arguments.output) else {
        return Err(Failure::User("a kind and an output are needed".into()));
    };
    let (mut facts, mut rejected) = read(kind, &arguments.paths)?;
    let contradicted = reconcile(&mut facts);
    let schema = Schema::from(&crate::compile::model()?);
    let written = snapshot::write(directory, &facts, &schema, &mut rejected).map_err(unwritable)?;
    let rows = written.iter().map(|(relation, n)| [relation.clone(), n.to_string()]);
    output.note(&Table::text(["relation", "facts"], rows).draw(output.err_style, None))?;
    if contradicted > 0 {
        let things = if contradicted == 1 { "thing" } else { "things" };
        output.note(&format!(
            "\nsources contradict each other about {contradicted} {things}: `asserted` says who says what, and rules see it in \
             `conflict`; `precedence` says whom to trust"
        ))?;
        output.note(&contradictions(&facts))?;
    }
    if !rejected.is_empty() {
        output.note(&format!("\n{} rows could not be used:\n{rejected}", rejected.len()))?;
    }
    if let Some(path) = &arguments.rejected {
        std::fs::write(path, rejected.listing())
            .map_err(|e| Failure::Ours(format!("cannot write {}: {e}", path.display())))?;
    }
    Ok(())
}

/// Reads sources of a kind.
pub fn read(kind: &str, paths: &[std::path::PathBuf]) -> Outcome<(Facts, Rejected)> {
    let importer = find(kind)?;
    let (mut facts, mut rejected) = (Facts::default(), Rejected::default());
    importer.import(paths, &mut facts, &mut rejected).map_err(unreadable)?;
    Ok((facts, rejected))
}

/// A directory that is not empty is for the user to see to, a disk that is full is not.
fn unwritable(error: ingest::Error) -> Failure {
    match error {
        ingest::Error::Io { path, cause } => Failure::Ours(format!("cannot write {}: {cause}", path.display())),
        error => Failure::User(error.to_string()),
    }
}

/// The importer of a kind of source.
pub(crate) fn find(kind: &str) -> Outcome<&'static dyn Importer> {
    importer(kind).ok_or_else(|| {
        let near = did_you_mean(kind, importers().iter().map(|i| i.name()));
        Failure::User(format!("there is no kind of source `{kind}`{near}; `strata import --list` lists them"))
    })
}

/// How many contradictions are told one by one.
const TOLD: usize = 20;

/// Who says what where sources contradict each other, one thing a line.
fn contradictions(facts: &Facts) -> String {
    let mut things: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for row in facts.table("asserted").into_iter().flat_map(|table| table.iter()) {
        if let [relation, key, value, source] = row.fields().collect::<Vec<_>>()[..] {
            let said = things.entry((relation.to_owned(), key.to_owned())).or_default();
            said.push(format!("{value} ({source})"));
        }
    }
    let line =
        |((relation, key), said): (&(String, String), &Vec<String>)| format!("  {relation} {key}: {}", said.join(", "));
    let mut lines: Vec<String> = things.iter().take(TOLD).map(line).collect();
    if things.len() > TOLD {
        lines.push(format!("  and {} more", things.len() - TOLD));
    }
    lines.join("\n")
}
