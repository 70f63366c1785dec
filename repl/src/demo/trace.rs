//! The second part of the demonstration: the trees of a trace, and which service calls which.

use super::{ask, data, heading, number, text};
use crate::failure::Outcome;
use crate::model::{Model, counted};
use crate::output::Output;
use crate::shell::duration;
use crate::table::Table;
use compiler::value::Primitive;
use runtime::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// How many calls of the service graph are shown.
const SHOWN: usize = 12;

/// Shows it.
pub(super) fn show(output: &mut Output) -> Outcome {
    heading(output, "a real trace")?;
    let mut model = Model::new("<demo>", 1)?;
    model.load(&["<trace/tree.dl>", "<trace/transaction.dl>", "<traffic/calls.dl>"].map(PathBuf::from))?;
    let directory = data::lay_out(data::TRACE)?;
    let started = Instant::now();
    model.import("nezha", &[PathBuf::from(directory.path())])?;
    let took = duration(started.elapsed());
    let trees: Vec<Tree> = ask(&mut model, "tree(session, root, n, depth, start, end, _)")?
        .iter()
        .map(|row| Tree {
            session: text(&row[0]),
            root: text(&row[1]),
            transactions: number(&row[2]),
            depth: number(&row[3]),
            lasted: number(&row[5]) - number(&row[4]),
        })
        .collect();
    introduce(&trees, &took, output)?;
    if let Some(tree) = example(&trees) {
        draw(&mut model, tree, output)?;
    }
    graph(&mut model, output)
}

/// A tree of transactions.
struct Tree {
    session: String,
    root: String,
    transactions: i64,
    depth: i64,
    /// In microseconds.
    lasted: i64,
}

fn introduce(trees: &[Tree], took: &str, output: &mut Output) -> Outcome {
    let transactions: i64 = trees.iter().map(|t| t.transactions).sum();
    let deepest = trees.iter().map(|t| t.depth).max().unwrap_or(0);
    let mut lasted: Vec<i64> = trees.iter().map(|t| t.lasted).collect();
    lasted.sort_unstable();
    let at = |share: usize| lasted.get(lasted.len() * share / 100).map_or(0.0, |l| millis(*l));
    output.data(&format!(
        "Three minutes of the ticket shop Train-Ticket on Kubernetes, as its tracer logged them. From the messages\n\
         follow {transactions} transactions in {}, up to {deepest} deep. Half of the trees last under {:.0} ms,\n\
         95 % under {:.0} ms. Imported, and all that follows from it derived, in {took}.",
        counted(trees.len(), "tree"),
        at(50),
        at(95),
    ))?;
    Ok(())
}

/// A tree that fits on a screen and has something to show: the deepest of those with few transactions.
fn example(trees: &[Tree]) -> Option<&Tree> {
    trees.iter().filter(|t| t.transactions <= 40).max_by_key(|t| (t.depth, -t.transactions, std::cmp::Reverse(&t.root)))
}

/// One transaction of a tree.
struct Node {
    start: i64,
    end: i64,
    service: String,
    within: bool,
}

/// Draws a tree: each call from one process to another below the one on whose behalf it was made.
fn draw(model: &mut Model, tree: &Tree, output: &mut Output) -> Outcome {
    heading(output, "what happened for one request of a user?")?;
    output
        .data(&format!("  ?- transaction({:?}, t, parent, start, end, client, server, service, _).\n", tree.session))?;
    let query = format!("transaction({:?}, t, parent, start, end, client, server, service, _)", tree.session);
    let mut children: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    for row in ask(model, &query)? {
        let (start, end) = (number(&row[2]), number(&row[3]));
        children.entry(text(&row[1])).or_default().push((start, text(&row[0])));
        let node = Node { start, end, service: text(&row[6]), within: row[4] == row[5] };
        nodes.insert(text(&row[0]), node);
    }
    let begin = nodes.get(&tree.root).map_or(0, |n| n.start);
    let mut open = vec![(0, tree.root.clone())];
    let mut within = 0;
    while let Some((depth, id)) = open.pop() {
        let Some(node) = nodes.get(&id) else { continue };
        let inner = if node.within { depth } else { depth + 1 };
        if node.within {
            within += 1;
        } else {
            let name = format!("{}{}", "  ".repeat(depth), node.service);
            let (after, took) = (millis(node.start - begin), millis(node.end - node.start));
            output.data(&format!("  {name:40} after {after:6.1} ms, took {took:6.1} ms"))?;
        }
        let mut below = children.remove(&id).unwrap_or_default();
        below.sort();
        open.extend(below.into_iter().rev().map(|(_, child)| (inner, child)));
    }
    if within > 0 {
        output.data(&format!("  ({} within one process are left out)", counted(within, "transaction")))?;
    }
    Ok(())
}

/// The service graph: which application calls which.
fn graph(model: &mut Model, output: &mut Output) -> Outcome {
    heading(output, "which service calls which?")?;
    output.data("  ?- calls(client, server, n, bytes).\n")?;
    let rows = ask(model, "calls(client, server, n, _), client != \"\", client != server")?;
    let mut calls: Vec<(i64, String, String)> =
        rows.iter().map(|row| (number(&row[2]), text(&row[0]), text(&row[1]))).collect();
    calls.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
    let symbol = |text: &str| Value::Symbol(text.into());
    let table = Table {
        columns: [("client", Primitive::Symbol), ("server", Primitive::Symbol), ("n", Primitive::Number)]
            .map(|(name, ty)| (name.to_string(), ty))
            .to_vec(),
        rows: calls.iter().take(SHOWN).map(|(n, a, b)| vec![symbol(a), symbol(b), Value::Number(*n)]).collect(),
    };
    output.data(&table.draw(output.out_style, None))?;
    if calls.len() > SHOWN {
        output.data(&format!("… and {} more pairs of services", calls.len() - SHOWN))?;
    }
    Ok(())
}

fn millis(micros: i64) -> f64 {
    micros as f64 / 1e3
}
