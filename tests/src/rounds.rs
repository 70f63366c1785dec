//! Heights by brute force: how many rules stand between each tuple and the facts, at least.
//!
//! A program is rewritten so that one evaluation by [`naive`] is one round: a rule reads, positively, only what the rounds
//! before it have reached; negation and aggregates look at the whole model, and an aggregate counts as reached when all
//! that it folds is, or, for `min` and `max`, one binding that has its value. What a round derives and no round before it
//! has that round's number as its height. It shares nothing with `runtime::explain`.

use crate::database::{Database, Tuple};
use crate::naive;
use compiler::functor::Comparison;
use compiler::program::{
    Aggregate, AggregateOp, Atom, Constraint, Expr, Literal, Program, Relation, RelationId, Rule, Stratum, Variable,
    VariableId,
};
use compiler::value::Primitive;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The height of each tuple, by relation. Pairs that are stated of an equivalence relation stand under `stated:` and its
/// name.
pub type Heights = BTreeMap<Arc<str>, BTreeMap<Tuple, u32>>;

/// The five forms of a relation in the rewritten program.
#[derive(Clone, Copy)]
enum Form {
    /// What rounds have reached.
    Low,
    /// The whole model.
    Full,
    /// What this round derives.
    Next,
    /// Of an equivalence relation: what rounds have reached of what is stated.
    StatedLow,
    /// Of an equivalence relation: what this round states.
    StatedNext,
}

/// A program rewritten to rounds, and the model that it is to reach.
pub struct Rounds {
    original: Program,
    program: Program,
    full: Database,
}

impl Rounds {
    /// Rounds of a program whose whole model is known.
    pub fn new(original: &Program, full: Database) -> Rounds {
        let count = original.relations.len() as u32;
        let mut program = Program { structures: original.structures.clone(), ..Program::default() };
        for form in ["low", "full", "next", "stated-low", "stated-next"] {
            program.relations.extend(original.relations.iter().map(|relation| Relation {
                name: format!("{form}:{}", relation.name).into(),
                columns: relation.columns.clone(),
                ..Relation::default()
            }));
        }
        for rule in &original.rules {
            program.rules.push(round(original, count, rule));
        }
        for (at, _) in original.relations.iter().enumerate().filter(|(_, r)| r.eqrel) {
            closure(count, RelationId(at as u32), &mut program.rules);
        }
        let ids = (0..5 * count).map(RelationId);
        let derived = |id: &RelationId| matches!(id.0 / count, 2 | 4);
        let (next, known): (Vec<_>, Vec<_>) = ids.partition(derived);
        program.strata = [known, next].map(|relations| Stratum { relations, recursive: false }).into();
        Rounds { original: original.clone(), program, full }
    }

    /// The heights that are reached from some facts.
    pub fn heights(&self, facts: &Database) -> Heights {
        let mut heights = Heights::new();
        for (name, tuples) in facts {
            let Some(id) = self.original.find(name) else { continue };
            let eqrel = self.original.relation(id).eqrel;
            let name = if eqrel { format!("stated:{name}").into() } else { name.clone() };
            let holds = |tuple: &&Tuple| eqrel || self.full[&name].contains(*tuple);
            heights.insert(name.clone(), tuples.iter().filter(holds).map(|t| (t.clone(), 0)).collect());
        }
        for round in 1.. {
            let mut grew = false;
            let reached = naive::evaluate(&self.program, &self.known(&heights));
            for relation in &self.original.relations {
                let derived = |name: String| reached.get(&*name).cloned().unwrap_or_default();
                let mut note = |name: Arc<str>, tuples: BTreeSet<Tuple>| {
                    for tuple in tuples {
                        let known = heights.entry(name.clone()).or_default();
                        grew |= !known.contains_key(&tuple);
                        known.entry(tuple).or_insert(round);
                    }
                };
                note(format!("stated:{}", relation.name).into(), derived(format!("stated-next:{}", relation.name)));
                let next = derived(format!("next:{}", relation.name));
                note(relation.name.clone(), next.intersection(&self.full[&relation.name]).cloned().collect());
            }
            if !grew {
                break;
            }
        }
        heights
    }

    fn known(&self, heights: &Heights) -> Database {
        let mut known = Database::new();
        for relation in &self.original.relations {
            let name = &relation.name;
            let low = |name: &str| heights.get(name).into_iter().flat_map(BTreeMap::keys).cloned().collect();
            known.insert(format!("low:{name}").into(), low(name));
            known.insert(format!("stated-low:{name}").into(), low(&format!("stated:{name}")));
            known.insert(format!("full:{name}").into(), self.full[name].clone());
        }
        known
    }
}

/// A rule as one round has it.
fn round(original: &Program, count: u32, rule: &Rule) -> Rule {
    let form = if original.relation(rule.head).eqrel { Form::StatedNext } else { Form::Next };
    let mut rewriting = Rewriting { count, variables: rule.variables.clone() };
    let body = rewriting.low(&rule.body);
    let head = rewriting.relation(rule.head, form);
    Rule { head, args: rule.args.clone(), body, variables: rewriting.variables, span: rule.span }
}

/// The rules of the least equivalence.
fn closure(count: u32, id: RelationId, rules: &mut Vec<Rule>) {
    let of = |form: Form| RelationId(form as u32 * count + id.0);
    let variable = |v: u32| Expr::Variable(VariableId(v));
    let atom = |form: Form, x: u32, y: u32| {
        Literal::Positive(Atom { relation: of(form), args: vec![variable(x), variable(y)], span: Default::default() })
    };
    let named = |name: &str| Variable { name: name.into(), primitive: Primitive::Number };
    let mut rule = |x: u32, y: u32, body: Vec<Literal>| {
        rules.push(Rule {
            head: of(Form::Next),
            args: vec![variable(x), variable(y)],
            body,
            variables: ["x", "y", "z"].map(named).into(),
            span: Default::default(),
        });
    };
    rule(0, 1, vec![atom(Form::StatedLow, 0, 1)]);
    rule(1, 0, vec![atom(Form::StatedLow, 0, 1)]);
    rule(0, 2, vec![atom(Form::Low, 0, 1), atom(Form::StatedLow, 1, 2)]);
    rule(0, 2, vec![atom(Form::Low, 0, 1), atom(Form::StatedLow, 2, 1)]);
}

struct Rewriting {
    count: u32,
    variables: Vec<Variable>,
}

impl Rewriting {
    fn relation(&self, id: RelationId, form: Form) -> RelationId {
        RelationId(form as u32 * self.count + id.0)
    }

    fn atom(&self, atom: &Atom, form: Form) -> Atom {
        Atom { relation: self.relation(atom.relation, form), ..atom.clone() }
    }

    fn fresh(&mut self) -> Expr {
        let name = format!("@round{}", self.variables.len()).into();
        self.variables.push(Variable { name, primitive: Primitive::Number });
        Expr::Variable(VariableId(self.variables.len() as u32 - 1))
    }

    /// A body over what has been reached.
    fn low(&mut self, body: &[Literal]) -> Vec<Literal> {
        let mut low = Vec::new();
        for literal in body {
            match literal {
                Literal::Positive(atom) => low.push(Literal::Positive(self.atom(atom, Form::Low))),
                Literal::Negative(atom) => low.push(Literal::Negative(self.atom(atom, Form::Full))),
                Literal::Constraint(constraint) => {
                    low.push(Literal::Constraint(self.full_constraint(constraint)));
                    for side in [&constraint.left, &constraint.right] {
                        if let Expr::Aggregate(aggregate) = side {
                            let other =
                                if std::ptr::eq(side, &constraint.left) { &constraint.right } else { &constraint.left };
                            self.reached(aggregate, other, &mut low);
                        }
                    }
                }
            }
        }
        low
    }

    /// What an aggregate folds has been reached.
    fn reached(&mut self, aggregate: &Aggregate, value: &Expr, low: &mut Vec<Literal>) {
        let body = self.low(&aggregate.body);
        let over = |op, target, body| Expr::Aggregate(Box::new(Aggregate { op, target, body, ..aggregate.clone() }));
        let mut equal = |left: &Expr, right: Expr| {
            let (comparison, left, span) = (Comparison::Equal, left.clone(), aggregate.span);
            low.push(Literal::Constraint(Constraint { comparison, left, right, span }));
        };
        if matches!(aggregate.op, AggregateOp::Min(_) | AggregateOp::Max(_)) {
            return equal(value, over(aggregate.op, aggregate.target.clone(), body));
        }
        let full = self.full(&aggregate.body);
        let size = self.fresh();
        equal(&size, over(AggregateOp::Count, None, full));
        equal(&size, over(AggregateOp::Count, None, body));
    }

    /// A body over the whole model.
    fn full(&mut self, body: &[Literal]) -> Vec<Literal> {
        let full = |literal: &Literal| match literal {
            Literal::Positive(atom) => Literal::Positive(self.atom(atom, Form::Full)),
            Literal::Negative(atom) => Literal::Negative(self.atom(atom, Form::Full)),
            Literal::Constraint(constraint) => Literal::Constraint(self.full_constraint(constraint)),
        };
        body.iter().map(full).collect()
    }

    fn full_constraint(&mut self, constraint: &Constraint) -> Constraint {
        let mut side = |expr: &Expr| match expr {
            Expr::Aggregate(aggregate) => {
                let body = self.full(&aggregate.body);
                Expr::Aggregate(Box::new(Aggregate { body, ..(**aggregate).clone() }))
            }
            expr => expr.clone(),
        };
        Constraint { left: side(&constraint.left), right: side(&constraint.right), ..constraint.clone() }
    }
}
