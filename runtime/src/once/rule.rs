//! Rules: a pipeline of the plan, taken apart into the conjunction that it computes.
//!
//! The plan fixes an order of joins. A recursive rule is evaluated once for each of its recursive atoms, from what is new
//! in that atom outwards, and each time another order is right; so what a stage joins on is traced back to variables.
//! Those that an equality makes the same become one, and columns that nobody reads are forgotten.

use super::code::{Code, Codes};
use crate::symbols::Symbols;
use compiler::functor::{Comparison, Functor};
use compiler::plan::{Emit, Pipeline, Plan, Scalar, StageKind};
use compiler::value::Primitive;
use std::sync::Arc;

/// A value computed from the variables of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Variable(usize),
    Word(Code),
    Call(Functor, Vec<Expr>),
}

/// A comparison that must hold. An equality with one side unknown binds a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    pub(super) comparison: Comparison,
    pub(super) left: Expr,
    pub(super) right: Expr,
}

/// A column of an atom.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Variable(usize),
    Word(Code),
    /// Nobody reads it.
    Any,
}

/// A relation and what its columns must be.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) relation: usize,
    pub(super) terms: Vec<Term>,
}

/// A value that is each of a range in turn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ranging {
    pub(super) primitive: Primitive,
    /// From, to and perhaps step.
    pub(super) args: Vec<Expr>,
    pub(super) value: Expr,
}

/// One conjunction. Variables are numbered from zero.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) head: Vec<Expr>,
    /// In the plan's order.
    pub(super) atoms: Vec<Atom>,
    pub(super) negations: Vec<Atom>,
    pub(super) tests: Vec<Test>,
    pub(super) ranges: Vec<Ranging>,
    pub(super) variables: usize,
    /// The rule in the source, for people.
    pub(super) text: Arc<str>,
}

impl Rule {
    /// Takes a pipeline apart. Of the relations for which `whole` holds, every column is read.
    pub(super) fn new(
        pipeline: &Pipeline,
        plan: &Plan,
        whole: &dyn Fn(usize) -> bool,
        symbols: &Symbols,
        codes: &Codes,
    ) -> Rule {
        let mut rule = Rule {
            head: Vec::new(),
            atoms: Vec::new(),
            negations: Vec::new(),
            tests: Vec::new(),
            ranges: Vec::new(),
            variables: 0,
            text: pipeline.rule.clone(),
        };
        let words = Words { symbols, codes };
        let mut row = Vec::new();
        if let Some(source) = pipeline.source {
            row = rule.fresh(plan.relation(source).arity());
            rule.atoms.push(Atom { relation: source.0 as usize, terms: row.iter().map(as_variable).collect() });
        }
        row = rule.emit(&pipeline.emit, &row, &words);
        for stage in &pipeline.stages {
            let key = &row[..stage.right_key.len()];
            match stage.kind {
                StageKind::Join(right) => {
                    let (atom, free) = rule.atom(right.0 as usize, plan.relation(right).arity(), &stage.right_key, key);
                    rule.atoms.push(atom);
                    row.extend(free);
                }
                StageKind::Negation(right) => {
                    let (atom, _) = rule.atom(right.0 as usize, plan.relation(right).arity(), &stage.right_key, key);
                    rule.negations.push(atom);
                }
                StageKind::Range(primitive) => {
                    let args = key.to_vec();
                    let value = rule.fresh(1).remove(0);
                    rule.ranges.push(Ranging { primitive, args, value: value.clone() });
                    row.push(value);
                }
            }
            row = rule.emit(&stage.emit, &row, &words);
        }
        rule.head = row;
        rule.unify();
        rule.forget(whole);
        rule
    }

    /// The atom that a stage asks for, and what stands in the columns outside of its key.
    fn atom(&mut self, relation: usize, arity: usize, places: &[usize], key: &[Expr]) -> (Atom, Vec<Expr>) {
        let mut columns = self.fresh(arity);
        let free: Vec<Expr> = (0..arity).filter(|c| !places.contains(c)).map(|c| columns[c].clone()).collect();
        for (column, key) in places.iter().zip(key) {
            if let Expr::Call(..) = key {
                let left = columns[*column].clone();
                self.tests.push(Test { comparison: Comparison::Equal, left, right: key.clone() });
            } else {
                columns[*column] = key.clone();
            }
        }
        (Atom { relation, terms: columns.iter().map(as_variable).collect() }, free)
    }

    fn fresh(&mut self, count: usize) -> Vec<Expr> {
        self.variables += count;
        (self.variables - count..self.variables).map(Expr::Variable).collect()
    }

    /// Notes the tests of a row and gives the next row.
    fn emit(&mut self, emit: &Emit, row: &[Expr], words: &Words) -> Vec<Expr> {
        for test in &emit.tests {
            let (left, right) = (words.expr(&test.left, row), words.expr(&test.right, row));
            self.tests.push(Test { comparison: test.comparison, left, right });
        }
        emit.output.iter().map(|scalar| words.expr(scalar, row)).collect()
    }

    /// Replaces variables that must be equal to another variable or to a word.
    fn unify(&mut self) {
        while let Some(at) = self.tests.iter().position(|t| t.comparison == Comparison::Equal && is_plain(t)) {
            let Test { left, right, .. } = self.tests.swap_remove(at);
            let (from, to) = match (left, right) {
                (Expr::Variable(a), Expr::Variable(b)) => (a.max(b), Expr::Variable(a.min(b))),
                (Expr::Variable(v), word) | (word, Expr::Variable(v)) => (v, word),
                _ => continue,
            };
            let atoms = self.atoms.iter_mut().chain(&mut self.negations);
            for term in atoms.flat_map(|a| &mut a.terms).filter(|t| **t == Term::Variable(from)) {
                *term = as_variable(&to);
            }
            self.head.iter_mut().for_each(|e| replace(e, from, &to));
            for test in &mut self.tests {
                replace(&mut test.left, from, &to);
                replace(&mut test.right, from, &to);
            }
            for range in &mut self.ranges {
                range.args.iter_mut().chain([&mut range.value]).for_each(|e| replace(e, from, &to));
            }
        }
    }

    /// Forgets the columns that nobody reads.
    fn forget(&mut self, whole: &dyn Fn(usize) -> bool) {
        let mut uses = vec![0; self.variables];
        let atoms = self.atoms.iter().chain(&self.negations);
        for term in atoms.flat_map(|a| &a.terms) {
            if let Term::Variable(v) = term {
                uses[*v] += 1;
            }
        }
        let tested = self.tests.iter().flat_map(|t| [&t.left, &t.right]);
        let ranging = self.ranges.iter().flat_map(|range| range.args.iter().chain([&range.value]));
        self.head.iter().chain(tested).chain(ranging).for_each(|e| variables(e, &mut |v| uses[v] += 1));
        for atom in self.atoms.iter_mut().filter(|a| !whole(a.relation)) {
            for term in &mut atom.terms {
                if matches!(term, Term::Variable(v) if uses[*v] == 1) {
                    *term = Term::Any;
                }
            }
        }
    }
}

/// Whether an equality is between variables and words alone, one of them a variable.
fn is_plain(test: &Test) -> bool {
    let plain = |e: &Expr| !matches!(e, Expr::Call(..));
    let variable = |e: &Expr| matches!(e, Expr::Variable(_));
    plain(&test.left) && plain(&test.right) && (variable(&test.left) || variable(&test.right))
}

fn as_variable(e: &Expr) -> Term {
    match e {
        Expr::Variable(v) => Term::Variable(*v),
        Expr::Word(code) => Term::Word(*code),
        Expr::Call(..) => Term::Any,
    }
}

fn replace(e: &mut Expr, from: usize, to: &Expr) {
    match e {
        Expr::Variable(v) if *v == from => *e = to.clone(),
        Expr::Variable(_) | Expr::Word(_) => {}
        Expr::Call(_, args) => args.iter_mut().for_each(|arg| replace(arg, from, to)),
    }
}

/// Calls `f` with every variable of an expression.
pub(super) fn variables(e: &Expr, f: &mut dyn FnMut(usize)) {
    match e {
        Expr::Variable(v) => f(*v),
        Expr::Word(_) => {}
        Expr::Call(_, args) => args.iter().for_each(|arg| variables(arg, f)),
    }
}

/// Where constants get their codes.
struct Words<'a> {
    symbols: &'a Symbols,
    codes: &'a Codes,
}

impl Words<'_> {
    fn expr(&self, scalar: &Scalar, row: &[Expr]) -> Expr {
        match scalar {
            Scalar::Slot(slot) => row[*slot].clone(),
            Scalar::Const(constant) => Expr::Word(self.codes.encode(self.symbols.constant(constant))),
            Scalar::Call(functor, args) => Expr::Call(*functor, args.iter().map(|a| self.expr(a, row)).collect()),
        }
    }
}
