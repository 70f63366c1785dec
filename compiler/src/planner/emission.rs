//! Emission: an ordered clause becomes a pipeline of rows.
//!
//! Going along the steps, the planner keeps for every bound variable the scalar that computes it from the slots of the
//! row at hand. After each step every constraint that can be decided is tested, or, if it is an equality with one side
//! unknown, binds a variable. The row then handed on is the key of the next step followed by the variables that are
//! still needed: an expression is computed once, in the step that knows its arguments, and carried as a column only if
//! somebody reads it later. Constants are not carried; they stand in keys and tests where they are used.
//!
//! Where the first step only needs columns of the source, unfiltered, the row can be the whole tuple with the key in
//! front. That is an index of the source relation as it stands, which joins all over the plan share; `shared` says
//! which of those indexes exist anyway, and for these the row keeps even the columns that nobody reads.

use super::clause::{Clause, binds, is_bound, variables};
use super::order::Step;
use crate::functor::{Comparison, Functor};
use crate::plan::{Emit, Pipeline, RelationId, Scalar, Stage, StageKind, Test};
use crate::program::{Atom, Constraint, Expr, VariableId};
use crate::value::Primitive;
use std::collections::{BTreeMap, BTreeSet};

/// An index: a relation and its key columns, ascending.
pub(super) type Index = (RelationId, Vec<usize>);

/// Builds the pipeline of a clause.
pub(super) fn pipeline(
    clause: &Clause,
    steps: &[Step],
    shared: &BTreeSet<Index>,
    arity: &dyn Fn(RelationId) -> usize,
) -> Pipeline {
    let mut rows = Rows::new(clause, steps);
    let mut steps = steps.iter().enumerate();
    let mut source = None;
    if let Some(Step::Join(first)) = rows.steps.first() {
        let atom = &clause.body.atoms[*first];
        source = Some(atom.relation);
        rows.bind_columns(&atom.args, &[], 0);
        steps.next();
    }
    rows.settle();

    let mut emits = Vec::new();
    let mut stages: Vec<(StageKind, Vec<usize>)> = Vec::new();
    for (at, step) in steps {
        let (kind, args): (_, Vec<&Expr>) = match step {
            Step::Join(i) => columns(&clause.body.atoms[*i], StageKind::Join),
            Step::Negation(i) => columns(&clause.body.negations[*i], StageKind::Negation),
            Step::Range(i) => {
                let range = &clause.body.ranges[*i].1;
                (StageKind::Range(range.primitive), range.args().collect())
            }
        };
        let key: Vec<(usize, Scalar)> =
            args.iter().enumerate().filter_map(|(i, e)| Some((i, rows.scalar(e)?))).collect();
        let right_key: Vec<usize> = key.iter().map(|(i, _)| *i).collect();
        let key: Vec<Scalar> = key.into_iter().map(|(_, scalar)| scalar).collect();
        let whole = source
            .filter(|_| emits.is_empty() && rows.tests.is_empty() && !matches!(kind, StageKind::Range(_)))
            .filter(|id| ascending(&key).is_some_and(|columns| shared.contains(&(*id, columns))))
            .map(arity);
        // What a range ranges over is no part of its key, and yet compared if it is known.
        let read_from = if let Step::Range(_) = step { at } else { at + 1 };
        emits.push(rows.hand_on(key, read_from, whole));
        let width = emits[emits.len() - 1].output.len();
        match step {
            Step::Join(i) => rows.bind_columns(&clause.body.atoms[*i].args, &right_key, width),
            Step::Range(i) => rows.bind(clause.body.ranges[*i].0, Scalar::Slot(width)),
            Step::Negation(_) => {}
        }
        rows.settle();
        stages.push((kind, right_key));
    }
    emits.push(rows.finish());

    let mut emits = emits.into_iter();
    let emit = emits.next().unwrap_or_default();
    let stages =
        stages.into_iter().zip(emits).map(|((kind, right_key), emit)| Stage { kind, right_key, emit }).collect();
    Pipeline { source, emit, stages, span: clause.span, rule: clause.text.clone() }
}

fn columns(atom: &Atom, kind: fn(RelationId) -> StageKind) -> (StageKind, Vec<&Expr>) {
    (kind(atom.relation), atom.args.iter().collect())
}

/// The indexes that a pipeline reads: of the relations it joins, and of its source if it takes that whole.
pub(super) fn indexes(pipeline: &Pipeline, arity: &dyn Fn(RelationId) -> usize, found: &mut BTreeSet<Index>) {
    for stage in pipeline.stages.iter().filter(|s| !s.right_key.is_empty()) {
        if let StageKind::Join(right) = stage.kind {
            found.insert((right, stage.right_key.clone()));
        }
    }
    let (Some(source), Some(first)) = (pipeline.source, pipeline.stages.first()) else { return };
    if first.relation().is_none() {
        return;
    }
    let output = &pipeline.emit.output;
    if pipeline.emit.tests.is_empty()
        && output.len() == arity(source)
        && let Some(key) = output.get(..first.right_key.len()).and_then(ascending)
        && let Some(rest) = output.get(key.len()..).and_then(ascending)
        && !key.is_empty()
        && rest.iter().all(|column| !key.contains(column))
    {
        found.insert((source, key));
    }
}

/// The slots of scalars that are nothing but slots in ascending order.
fn ascending(scalars: &[Scalar]) -> Option<Vec<usize>> {
    let slots: Option<Vec<usize>> =
        scalars.iter().map(|s| if let Scalar::Slot(i) = s { Some(*i) } else { None }).collect();
    slots.filter(|slots| slots.is_sorted_by(|a, b| a < b))
}

/// The row at hand, while a pipeline is built.
struct Rows<'a> {
    clause: &'a Clause,
    steps: &'a [Step],
    /// How to compute each bound variable from the slots.
    known: BTreeMap<VariableId, Scalar>,
    /// Constraints that have not been tested yet.
    pending: Vec<&'a Constraint>,
    tests: Vec<Test>,
}

impl<'a> Rows<'a> {
    fn new(clause: &'a Clause, steps: &'a [Step]) -> Self {
        let pending = clause.body.constraints.iter().collect();
        let mut rows = Rows { clause, steps, known: BTreeMap::new(), pending, tests: Vec::new() };
        rows.settle();
        rows
    }

    /// The expression over slots; none if it needs a variable that is not bound, or is a wildcard.
    fn scalar(&self, e: &Expr) -> Option<Scalar> {
        match e {
            Expr::Variable(v) => self.known.get(v).cloned(),
            Expr::Const(c) => Some(Scalar::Const(c.clone())),
            Expr::Call(functor, args) => {
                Some(Scalar::Call(*functor, args.iter().map(|e| self.scalar(e)).collect::<Option<_>>()?))
            }
            Expr::Wildcard | Expr::Aggregate(_) | Expr::Range(_) => None,
        }
    }

    /// Takes in the columns of a tuple that are not in `key`; they stand in the slots from `first` on.
    fn bind_columns(&mut self, args: &[Expr], key: &[usize], first: usize) {
        let free = args.iter().enumerate().filter(|(i, _)| !key.contains(i));
        for (slot, (_, arg)) in free.enumerate() {
            let slot = Scalar::Slot(first + slot);
            match (arg, self.scalar(arg)) {
                (Expr::Variable(v), _) => self.bind(*v, slot),
                (_, Some(known)) => {
                    self.tests.push(Test { comparison: Comparison::Equal, left: slot, right: known });
                }
                _ => {}
            }
        }
    }

    /// Gives a variable the value of a slot; one that has a value must have the same.
    fn bind(&mut self, v: VariableId, slot: Scalar) {
        match self.known.get(&v).cloned() {
            Some(right) => self.tests.push(Test { comparison: Comparison::Equal, left: slot, right }),
            None => drop(self.known.insert(v, slot)),
        }
    }

    /// Tests every constraint that can be tested and binds every variable that can be bound.
    fn settle(&mut self) {
        loop {
            let bound: BTreeSet<VariableId> = self.known.keys().copied().collect();
            let ready = |c: &&Constraint| is_bound(&c.left, &bound) && is_bound(&c.right, &bound);
            let pending = std::mem::take(&mut self.pending);
            let (tested, rest): (Vec<_>, Vec<_>) = pending.into_iter().partition(ready);
            for c in tested {
                if let (Some(left), Some(right)) = (self.scalar(&c.left), self.scalar(&c.right)) {
                    self.tests.push(Test { comparison: c.comparison, left, right });
                }
            }
            self.pending = rest;
            let Some((at, v, left)) =
                self.pending.iter().enumerate().find_map(|(i, c)| binds(c, &bound).map(|(v, left)| (i, v, left)))
            else {
                return;
            };
            let constraint = self.pending.remove(at);
            let value = if left { &constraint.right } else { &constraint.left };
            let Some(scalar) = self.scalar(value) else { return };
            // The rule does not fire where the expression has no value, also if nobody reads the variable.
            if may_fail(&scalar) && !self.is_read_after_binding(v) {
                self.tests.push(Test { comparison: Comparison::Equal, left: scalar.clone(), right: scalar.clone() });
            }
            self.known.insert(v, scalar);
        }
    }

    fn is_read_after_binding(&self, v: VariableId) -> bool {
        self.read_from(0).contains(&v)
    }

    /// The variables that steps from the given one on, open constraints and the head read.
    fn read_from(&self, step: usize) -> BTreeSet<VariableId> {
        let mut read = BTreeSet::new();
        let mut add = |e: &Expr| {
            variables(e, &mut |v| {
                read.insert(v);
            });
        };
        for step in &self.steps[step.min(self.steps.len())..] {
            match step {
                Step::Join(i) => self.clause.body.atoms[*i].args.iter().for_each(&mut add),
                Step::Negation(i) => self.clause.body.negations[*i].args.iter().for_each(&mut add),
                Step::Range(i) => {
                    let (v, range) = &self.clause.body.ranges[*i];
                    range.args().for_each(&mut add);
                    add(&Expr::Variable(*v));
                }
            }
        }
        for constraint in &self.pending {
            add(&constraint.left);
            add(&constraint.right);
        }
        self.clause.args.iter().for_each(&mut add);
        read
    }

    /// Ends the row at hand. The next row is `key`, then what the steps from `from` on read; or the whole tuple of `whole`
    /// columns with the key in front.
    fn hand_on(&mut self, key: Vec<Scalar>, from: usize, whole: Option<usize>) -> Emit {
        let read = self.read_from(from);
        let mut output = key;
        let mut rest: Vec<Scalar> = match whole {
            Some(arity) => (0..arity).map(Scalar::Slot).collect(),
            None => read.iter().filter_map(|v| self.known.get(v).cloned()).collect(),
        };
        rest.sort_by_key(|scalar| if let Scalar::Slot(i) = scalar { *i } else { usize::MAX });
        for scalar in rest {
            if !matches!(scalar, Scalar::Const(_)) && !output.contains(&scalar) {
                output.push(scalar);
            }
        }
        self.known.retain(|v, _| read.contains(v));
        self.known.values_mut().for_each(|scalar| carry(scalar, &output));
        Emit { tests: std::mem::take(&mut self.tests), output }
    }

    /// The last row: the head's columns.
    fn finish(mut self) -> Emit {
        let output = self.clause.args.iter().filter_map(|e| self.scalar(e)).collect();
        Emit { tests: std::mem::take(&mut self.tests), output }
    }
}

/// The scalar over the slots of the next row. What is not carried itself is computed from what is: a whole tuple leaves no
/// room for computed columns.
fn carry(scalar: &mut Scalar, output: &[Scalar]) {
    if let Scalar::Const(_) = scalar {
        return;
    }
    if let Some(at) = output.iter().position(|o| o == scalar) {
        *scalar = Scalar::Slot(at);
    } else if let Scalar::Call(_, args) = scalar {
        args.iter_mut().for_each(|arg| carry(arg, output));
    }
}

/// Whether a scalar may have no value for some arguments.
fn may_fail(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Slot(_) | Scalar::Const(_) => false,
        Scalar::Call(functor, args) => functor_may_fail(*functor) || args.iter().any(may_fail),
    }
}

fn functor_may_fail(functor: Functor) -> bool {
    use Functor::*;
    match functor {
        Div(p) | Rem(p) => p != Primitive::Float,
        ToNumber(p) | ToUnsigned(p) | ToFloat(p) => p == Primitive::Symbol,
        PrefixOf | PrefixLength | PrefixAddress | IpVersion | Field(_) => true,
        _ => false,
    }
}
