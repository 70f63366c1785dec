//! Programs made by hand, and the plans that they must get.

mod aggregates;
mod joins;
mod relations;

use super::fingerprint::literals_read;
use super::{Statistics, check, plan};
use crate::connected::strongly_connected;
use crate::functor::{Comparison, Functor};
use crate::plan::{Body, Plan, Reduction};
use crate::program::*;
use crate::span::Span;
use crate::value::{Const, Primitive, Type};
use std::collections::BTreeSet;

/// A program under construction. Arguments are `_`, numbers, `"text"`, or variables.
#[derive(Default)]
struct Text {
    program: Program,
    variables: Vec<String>,
}

enum L<'a> {
    Is(&'a str, &'a [&'a str]),
    Not(&'a str, &'a [&'a str]),
    Compare(&'a str, Comparison, &'a str),
    Let(&'a str, Functor, &'a [&'a str]),
    Fold(&'a str, AggregateOp, Option<&'a str>, &'a [&'a str], &'a [L<'a>]),
}
use L::*;

const N: Primitive = Primitive::Number;

impl Text {
    fn declare(mut self, name: &str, columns: &[&str]) -> Self {
        let ty = Type::plain(N);
        let columns = columns.iter().map(|c| Column { name: (*c).into(), ty: ty.clone() }).collect();
        self.program.relations.push(Relation { name: name.into(), columns, ..Relation::default() });
        self
    }

    fn id(&self, name: &str) -> RelationId {
        self.program.find(name).expect("a declared relation")
    }

    fn expr(&mut self, arg: &str) -> Expr {
        if arg == "_" {
            return Expr::Wildcard;
        }
        if let Ok(n) = arg.parse() {
            return Expr::Const(Const::Number(n));
        }
        if let Some(text) = arg.strip_prefix('"') {
            return Expr::Const(Const::Symbol(text.trim_end_matches('"').into()));
        }
        let at = self.variables.iter().position(|v| v == arg).unwrap_or_else(|| {
            self.variables.push(arg.to_string());
            self.variables.len() - 1
        });
        Expr::Variable(VariableId(at as u32))
    }

    fn exprs(&mut self, args: &[&str]) -> Vec<Expr> {
        args.iter().map(|a| self.expr(a)).collect()
    }

    fn literal(&mut self, literal: &L) -> Literal {
        let span = Span::default();
        let equal = |left, right| Literal::Constraint(Constraint { comparison: Comparison::Equal, left, right, span });
        match literal {
            Is(name, args) => Literal::Positive(Atom { relation: self.id(name), args: self.exprs(args), span }),
            Not(name, args) => Literal::Negative(Atom { relation: self.id(name), args: self.exprs(args), span }),
            Compare(a, comparison, b) => Literal::Constraint(Constraint {
                comparison: *comparison,
                left: self.expr(a),
                right: self.expr(b),
                span,
            }),
            Let(v, functor, args) => {
                let call = Expr::Call(*functor, self.exprs(args));
                equal(self.expr(v), call)
            }
            Fold(v, op, target, outer, body) => {
                let outer = outer.iter().map(|v| if let Expr::Variable(v) = self.expr(v) { v } else { unreachable!() });
                let aggregate = Aggregate {
                    op: *op,
                    outer: outer.collect(),
                    target: target.map(|t| self.expr(t)),
                    body: body.iter().map(|l| self.literal(l)).collect(),
                    span,
                };
                equal(self.expr(v), Expr::Aggregate(Box::new(aggregate)))
            }
        }
    }

    fn rule(mut self, head: &str, args: &[&str], body: &[L]) -> Self {
        self.variables.clear();
        let head = self.id(head);
        let args = self.exprs(args);
        let body = body.iter().map(|l| self.literal(l)).collect();
        let variables = self.variables.iter().map(|v| Variable { name: v.as_str().into(), primitive: N }).collect();
        self.program.rules.push(Rule { head, args, body, variables, span: Span::default() });
        self
    }

    fn fact(mut self, relation: &str, values: &[i64]) -> Self {
        let relation = self.id(relation);
        let values = values.iter().map(|n| Const::Number(*n)).collect();
        self.program.facts.push(Fact { relation, values, span: Span::default() });
        self
    }

    fn least(mut self, relation: &str, key: &[usize], order: usize) -> Self {
        let relation = self.id(relation);
        let order = vec![(order, Direction::Least)];
        self.program.subsumptions.push(Subsumption { relation, key: key.to_vec(), order, span: Span::default() });
        self
    }

    fn program(mut self) -> Program {
        let mut edges = vec![Vec::new(); self.program.relations.len()];
        for rule in &self.program.rules {
            literals_read(&rule.body, &mut |id| edges[rule.head.0 as usize].push(id.0 as usize));
        }
        for component in strongly_connected(&edges) {
            let recursive = component.len() > 1 || edges[component[0]].contains(&component[0]);
            let relations = component.into_iter().map(|i| RelationId(i as u32)).collect();
            self.program.strata.push(Stratum { relations, recursive });
        }
        self.program
    }

    fn plan(self) -> Plan {
        self.plan_with(&Statistics::new())
    }

    fn plan_with(self, statistics: &Statistics) -> Plan {
        let plan = plan(&self.program(), statistics);
        assert_eq!(check(&plan), Vec::<String>::new(), "{plan}");
        plan
    }
}

fn expect(plan: &Plan, text: &str) {
    let expected: Vec<&str> = text.lines().map(str::trim_end).collect();
    let margin = expected.iter().filter(|l| !l.is_empty()).map(|l| l.len() - l.trim_start().len()).min().unwrap_or(0);
    let expected = expected.iter().map(|l| l.get(margin..).unwrap_or("")).collect::<Vec<_>>().join("\n");
    assert_eq!(plan.to_string().trim(), expected.trim(), "\n{plan}");
}
