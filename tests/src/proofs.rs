//! Proofs held against what they claim, step by step.
//!
//! A step is right if its rule, with the values of its variables, has the tuple as its head, the cited tuples as its
//! atoms, comparisons that hold, and no tuple in the model where it cites an absence. Functors are those of the judges.

use crate::database::{Database, Tuple, Value, show};
use crate::functors;
use compiler::program::{Atom, Column, Expr, Literal, Program, RelationId, Rule};
use compiler::value::{Primitive, Type};
use runtime::Symbols;
use runtime::explain::{Fold, How, Proof, Reason};
use std::sync::Arc;

/// A proof, read.
pub struct Reading<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its whole model.
    pub full: &'a Database,
    /// The facts.
    pub facts: &'a Database,
    /// The table in which the words of the proof stand.
    pub symbols: &'a Symbols,
}

/// The values of a rule's variables.
type Bindings = Vec<Option<Value>>;

impl Reading<'_> {
    /// A tuple of the proof, by name.
    pub fn tuple(&self, relation: RelationId, row: &[u64]) -> Tuple {
        let columns = &self.program.relation(relation).columns;
        row.iter().zip(columns).map(|(w, c): (_, &Column)| self.value(*w, &c.ty)).collect()
    }

    fn value(&self, word: u64, ty: &Type) -> Value {
        Value::of(runtime::Value::of(word, ty, self.symbols))
    }

    /// Checks every step; says which one is wrong.
    pub fn check(&self, proof: &Proof) -> Result<(), String> {
        for (at, node) in proof.nodes.iter().enumerate() {
            let name = &self.program.relation(node.relation).name;
            let tuple = self.tuple(node.relation, &node.row);
            let wrong = |what: &str| Err(format!("step {at}, {}: {what}", show(name, &tuple)));
            let lower = node.rests_on().iter().all(|child| proof.nodes[*child].height < node.height);
            if !lower {
                return wrong("rests on a tuple that is no lower");
            }
            match &node.how {
                How::Given(_) if !self.facts.get(name).is_some_and(|facts| facts.contains(&tuple)) => {
                    return wrong("is no fact");
                }
                How::Given(_) | How::Equivalence(_) => {}
                How::Rule { rule, bindings, reasons } => {
                    let rule = &self.program.rules[*rule];
                    let bindings = self.bindings(rule, bindings);
                    if rule.head != node.relation || !agrees(&rule.args, &tuple, &bindings) {
                        return wrong("is not the head");
                    }
                    if let Err(what) = self.body(&rule.body, reasons, &bindings, rule, proof) {
                        return wrong(&what);
                    }
                }
            }
        }
        Ok(())
    }

    /// The values of variables whose type an atom tells.
    fn bindings(&self, rule: &Rule, words: &[Option<u64>]) -> Bindings {
        let mut types: Vec<Option<Type>> = rule.variables.iter().map(|v| Some(Type::plain(v.primitive))).collect();
        let records = types.iter_mut().filter(|ty| ty.as_ref().is_some_and(|ty| ty.primitive == Primitive::Record));
        records.for_each(|ty| *ty = None);
        let mut atoms: Vec<(RelationId, &[Expr])> = vec![(rule.head, &rule.args)];
        atoms_of(&rule.body, &mut atoms);
        for (relation, args) in atoms {
            for (arg, column) in args.iter().zip(&self.program.relation(relation).columns) {
                if let Expr::Variable(v) = arg {
                    types[v.0 as usize] = Some(column.ty.clone());
                }
            }
        }
        let value = |(word, ty): (&Option<u64>, &Option<Type>)| Some(self.value((*word)?, ty.as_ref()?));
        words.iter().zip(&types).map(value).collect()
    }

    fn body(
        &self,
        body: &[Literal],
        reasons: &[Reason],
        bindings: &Bindings,
        rule: &Rule,
        proof: &Proof,
    ) -> Result<(), String> {
        if body.len() != reasons.len() {
            return Err("has not a reason for each literal".into());
        }
        for (at, (literal, reason)) in body.iter().zip(reasons).enumerate() {
            let right = match (literal, reason) {
                (Literal::Positive(atom), Reason::Tuple(node)) => {
                    let node = &proof.nodes[*node];
                    let tuple = self.tuple(node.relation, &node.row);
                    node.relation == atom.relation && agrees(&atom.args, &tuple, bindings)
                }
                (Literal::Negative(atom), Reason::Absent { relation, .. }) => {
                    *relation == atom.relation && !self.matches(atom, bindings)
                }
                (Literal::Constraint(c), Reason::Fold(fold)) => {
                    let ((Expr::Aggregate(aggregate), value) | (value, Expr::Aggregate(aggregate))) =
                        (&c.left, &c.right)
                    else {
                        return Err(format!("literal {at} is no aggregate"));
                    };
                    for member in &fold.members {
                        let inner = self.bindings(rule, &member.bindings);
                        self.body(&aggregate.body, &member.reasons, &inner, rule, proof)?;
                    }
                    self.folds(fold, &aggregate.target, rule, &evaluate(value, bindings))
                }
                (Literal::Constraint(c), Reason::Holds) => {
                    let (left, right) = (evaluate(&c.left, bindings), evaluate(&c.right, bindings));
                    match (left, right) {
                        (Some(left), Some(right)) => functors::holds(c.comparison, &left, &right) == Some(true),
                        // A range, or a record whose type no atom tells.
                        _ => true,
                    }
                }
                _ => false,
            };
            if !right {
                return Err(format!("literal {at} does not hold as it is said to"));
            }
        }
        Ok(())
    }

    /// Whether the cited members make the value.
    fn folds(&self, fold: &Fold, target: &Option<Expr>, rule: &Rule, value: &Option<Value>) -> bool {
        let inner: Vec<Bindings> = fold.members.iter().map(|m| self.bindings(rule, &m.bindings)).collect();
        let values = inner.iter().filter_map(|b| target.as_ref().and_then(|target| evaluate(target, b))).collect();
        functors::fold(fold.op, inner.len(), values) == *value && fold.members.len() <= fold.size
    }

    fn matches(&self, atom: &Atom, bindings: &Bindings) -> bool {
        let name: &Arc<str> = &self.program.relation(atom.relation).name;
        self.full[name].iter().any(|tuple| agrees(&atom.args, tuple, bindings))
    }
}

fn atoms_of<'a>(body: &'a [Literal], atoms: &mut Vec<(RelationId, &'a [Expr])>) {
    for literal in body {
        match literal {
            Literal::Positive(atom) | Literal::Negative(atom) => atoms.push((atom.relation, &atom.args)),
            Literal::Constraint(c) => {
                for side in [&c.left, &c.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        atoms_of(&aggregate.body, atoms);
                    }
                }
            }
        }
    }
}

/// Whether arguments have these values, as far as that can be told.
fn agrees(args: &[Expr], tuple: &Tuple, bindings: &Bindings) -> bool {
    args.iter().zip(tuple).all(|(arg, value)| evaluate(arg, bindings).is_none_or(|known| known == *value))
}

fn evaluate(expr: &Expr, bindings: &Bindings) -> Option<Value> {
    match expr {
        Expr::Variable(v) => bindings[v.0 as usize].clone(),
        Expr::Const(constant) => Some(Value::from(constant)),
        Expr::Call(functor, args) => {
            let args: Option<Vec<Value>> = args.iter().map(|arg| evaluate(arg, bindings)).collect();
            functors::apply(*functor, &args?)
        }
        Expr::Wildcard | Expr::Aggregate(_) | Expr::Range(_) => None,
    }
}
