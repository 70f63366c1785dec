//! Strata: relations that depend on each other are solved together, the others in an order in which each finds its
//! inputs done. A relation must not depend on its own negation, or on an aggregate over itself.

use super::Resolver;
use crate::connected::strongly_connected;
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Expr, Literal, Program, RelationId, Stratum};
use crate::span::Span;
use std::collections::VecDeque;

/// `head` reads `body`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    body: usize,
    /// Through a negation or an aggregate, and which.
    through: Option<Through>,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Through {
    Negation,
    Aggregate,
    /// The numbers of `autoinc()`.
    Counter,
}

impl Resolver {
    /// Fills in the program's strata, and reports relations that have none.
    pub(super) fn stratify(&mut self) {
        let edges = edges(&self.program);
        let targets: Vec<Vec<usize>> = edges.iter().map(|edges| edges.iter().map(|edge| edge.body).collect()).collect();
        let mut component = vec![0; edges.len()];
        for (number, members) in strongly_connected(&targets).iter().enumerate() {
            members.iter().for_each(|member| component[*member] = number);
        }
        let mut found = Vec::new();
        for (head, edges_of) in edges.iter().enumerate() {
            for edge in edges_of {
                let (Some(through), true) = (edge.through, component[head] == component[edge.body]) else { continue };
                found.push(self.cycle(&edges, &component, head, *edge, through));
            }
        }
        // One message per component and kind says it: the rest are other ways around the same cycle.
        let mut seen = Vec::new();
        for (head, diagnostic) in found {
            if !seen.contains(&component[head]) {
                seen.push(component[head]);
                self.report(diagnostic);
            }
        }
        self.program.strata = strata(&targets);
    }

    /// What is wrong with an edge within a component, with the way back from its body to its head.
    fn cycle(
        &self,
        edges: &[Vec<Edge>],
        component: &[usize],
        head: usize,
        edge: Edge,
        through: Through,
    ) -> (usize, Diagnostic) {
        let name = |relation: usize| &self.program.relations[relation].name;
        let mut path = format!(
            "{} -> {}{}",
            name(head),
            match through {
                Through::Negation => "!",
                Through::Aggregate => "aggregate of ",
                Through::Counter => "numbered ",
            },
            name(edge.body)
        );
        let mut diagnostic_labels = Vec::new();
        for step in way(edges, component, edge.body, head) {
            path.push_str(&format!(" -> {}", name(step.body)));
            diagnostic_labels.push((step.span, format!("which needs `{}`", name(step.body))));
        }
        let (what, label) = match through {
            Through::Negation => ("its own negation", "negated here"),
            Through::Aggregate => ("an aggregate over itself", "aggregated here"),
            Through::Counter => ("numbers that `autoinc` gives its own tuples", "numbered here"),
        };
        let mut diagnostic = Diagnostic::error(
            codes::NEGATION_THROUGH_RECURSION,
            format!("relation `{}` depends on {what}: {path}", name(head)),
            edge.span,
            label,
        );
        for (span, text) in diagnostic_labels {
            diagnostic = diagnostic.also(span, text);
        }
        let help = "split the relation in two: what is derived first, and what is derived from its absence or its sum";
        (head, diagnostic.help(help))
    }
}

/// The strata of relations that read each other as told, in an order in which they can be evaluated.
pub(crate) fn strata(reads: &[Vec<usize>]) -> Vec<Stratum> {
    let stratum = |members: Vec<usize>| {
        let recursive = members.iter().any(|member| reads[*member].iter().any(|read| members.contains(read)));
        let relations = members.into_iter().map(|member| RelationId(member as u32)).collect();
        Stratum { relations, recursive }
    };
    strongly_connected(reads).into_iter().map(stratum).collect()
}

/// What each relation reads.
fn edges(program: &Program) -> Vec<Vec<Edge>> {
    let mut edges = vec![Vec::new(); program.relations.len()];
    for rule in &program.rules {
        let out = &mut edges[rule.head.0 as usize];
        // What is counted must be complete.
        let through = (program.relation(rule.head).counters > 0).then_some(Through::Counter);
        collect(&rule.body, through, out);
    }
    for domination in &program.dominations {
        let out = &mut edges[domination.relation.0 as usize];
        collect(domination.rule.body.get(2..).unwrap_or_default(), None, out);
    }
    edges
}

fn collect(body: &[Literal], through: Option<Through>, out: &mut Vec<Edge>) {
    for literal in body {
        match literal {
            Literal::Positive(atom) => {
                out.push(Edge { body: atom.relation.0 as usize, through, span: atom.span });
            }
            Literal::Negative(atom) => {
                let through = through.or(Some(Through::Negation));
                out.push(Edge { body: atom.relation.0 as usize, through, span: atom.span });
            }
            Literal::Constraint(constraint) => {
                for side in [&constraint.left, &constraint.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        collect(&aggregate.body, Some(Through::Aggregate), out);
                    }
                }
            }
        }
    }
}

/// The shortest way along edges of one component.
fn way(edges: &[Vec<Edge>], component: &[usize], from: usize, to: usize) -> Vec<Edge> {
    let mut reached: Vec<Option<(usize, Edge)>> = vec![None; edges.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for edge in edges[at].iter().filter(|edge| component[edge.body] == component[from]) {
            if edge.body != from && reached[edge.body].is_none() {
                reached[edge.body] = Some((at, *edge));
                queue.push_back(edge.body);
            }
        }
    }
    let mut path = Vec::new();
    let mut at = to;
    while let Some((before, edge)) = reached[at] {
        path.push(edge);
        if before == from {
            break;
        }
        at = before;
    }
    path.reverse();
    path
}
