//! The naive evaluator: what a program means, by the shortest way that can be read and trusted.
//!
//! A stratum starts from nothing and is re-derived as a whole, round after round, until a round changes nothing:
//! `R = best(facts(R) ∪ rules(R))`, where `best` keeps what no subsumption removes; an equivalence relation is closed.
//! A choice domain, and what subsumption leaves of a relation that it does not order, are settled in steps: each time the
//! others of the stratum have come to rest, which then keep what they have. A rule is evaluated by nested loops
//! with backtracking over its literals, each as soon as the variables it needs are bound. There is an index per (relation,
//! bound columns), so that a few ten thousand tuples are no trouble; nothing else is clever.
//!
//! Cost: every round evaluates every rule of the stratum from scratch.
//!
//! It reads [`compiler::program::Program`] and shares no code with the planner or with any evaluator.

use crate::database::{Database, Tuple, Value};
use crate::functors;
use compiler::functor::{Comparison, Functor};
use compiler::program::{
    Aggregate, Atom, Constraint, Direction, Expr, Literal, Program, RelationId, Rule, Stratum, Variable, VariableId,
};
use compiler::value::Primitive;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Every relation of the program over the given facts and those of its text. Facts of relations that the program does
/// not know are left alone.
pub fn evaluate(program: &Program, facts: &Database) -> Database {
    let shown = program.relations.len();
    let mut program = program.clone();
    split_dominated(&mut program);
    program.rules.iter_mut().chain(program.dominations.iter_mut().map(|d| &mut d.rule)).for_each(name_calls);
    let relations = vec![BTreeSet::new(); program.relations.len()];
    let mut model = Model { relations, indexes: RefCell::default(), counted: 0 };
    for stratum in &program.strata {
        model.solve(&program, stratum, facts);
    }
    program.relations.iter().map(|r| r.name.clone()).zip(model.relations).take(shown).collect()
}

/// What is derived of a relation with dominations becomes a relation of its own, of the same name and behind all others;
/// the relation itself is what these leave of it.
fn split_dominated(program: &mut Program) {
    for id in (0..program.relations.len()).map(|at| RelationId(at as u32)) {
        if !program.dominations.iter().any(|d| d.relation == id) {
            continue;
        }
        let all = RelationId(program.relations.len() as u32);
        program.relations.push(program.relation(id).clone());
        program.rules.iter_mut().filter(|r| r.head == id).for_each(|r| r.head = all);
        program.facts.iter_mut().filter(|f| f.relation == id).for_each(|f| f.relation = all);
        let stratum = program.strata.iter_mut().find(|s| s.relations.contains(&id)).expect("all are in strata");
        stratum.relations.push(all);
        for domination in program.dominations.iter_mut().filter(|d| d.relation == id) {
            for literal in domination.rule.body.iter_mut().take(2) {
                let Literal::Positive(atom) = literal else { panic!("the two tuples come first") };
                atom.relation = all;
            }
        }
    }
}

/// Tuples of one relation by the values of some of its columns.
type Index = Rc<HashMap<Tuple, Vec<Tuple>>>;

/// The values of a rule's variables, as far as they are bound.
type Bindings = Vec<Option<Value>>;

struct Model {
    relations: Vec<BTreeSet<Tuple>>,
    indexes: RefCell<HashMap<(RelationId, Vec<usize>), Index>>,
    /// The next number of `autoinc()`.
    counted: i64,
}

impl Model {
    /// Rounds from nothing to the fixpoint.
    fn solve(&mut self, program: &Program, stratum: &Stratum, facts: &Database) {
        let chooses = |id: RelationId| !program.relation(id).choices.is_empty();
        let dominated = |id: RelationId| program.dominations.iter().any(|d| d.relation == id);
        let (in_steps, others): (Vec<_>, Vec<_>) =
            stratum.relations.iter().partition(|id| chooses(**id) || dominated(**id));
        let round = |model: &Model, id| {
            let mut tuples = model.round(program, id, facts);
            if !in_steps.is_empty() {
                tuples.extend(model.relations[id.0 as usize].iter().cloned());
            }
            model.reduced(program, id, tuples)
        };
        let step = |model: &Model, id| match chooses(id) {
            true => model.choose(program, id, facts),
            false => model.undominated(program, id),
        };
        while (self.advance(&others, round) || self.advance(&in_steps, step)) && !self.is_full(program, stratum) {}
        for id in &stratum.relations {
            self.counted += (program.relation(*id).counters * self.relations[id.0 as usize].len()) as i64;
        }
    }

    /// Whether a relation of a recursive stratum has as many tuples as its limit allows.
    fn is_full(&self, program: &Program, stratum: &Stratum) -> bool {
        let full = |id: &RelationId| {
            program.relation(*id).limit.is_some_and(|limit| self.relations[id.0 as usize].len() as u64 >= limit)
        };
        stratum.recursive && stratum.relations.iter().any(full)
    }

    /// Derives relations, all from the relations as they are now; whether one of them changed.
    fn advance(&mut self, ids: &[&RelationId], derive: impl Fn(&Model, RelationId) -> BTreeSet<Tuple>) -> bool {
        let next: Vec<_> = ids.iter().map(|id| derive(self, **id)).collect();
        let mut changed = false;
        for (id, tuples) in ids.iter().zip(next) {
            changed |= self.relations[id.0 as usize] != tuples;
            self.relations[id.0 as usize] = tuples;
        }
        self.indexes.get_mut().retain(|(id, _), _| !ids.contains(&id));
        changed
    }

    fn given(program: &Program, id: RelationId, facts: &Database) -> BTreeSet<Tuple> {
        let mut tuples = facts.get(&program.relation(id).name).cloned().unwrap_or_default();
        for fact in program.facts.iter().filter(|f| f.relation == id) {
            tuples.insert(fact.values.iter().map(Value::from).collect());
        }
        tuples
    }

    /// One relation, derived from the relations as they are now.
    fn round(&self, program: &Program, id: RelationId, facts: &Database) -> BTreeSet<Tuple> {
        let mut tuples = Self::given(program, id, facts);
        for rule in program.rules.iter().filter(|r| r.head == id) {
            self.fire(rule, &mut tuples);
        }
        tuples
    }

    /// What becomes of the tuples of a relation.
    fn reduced(&self, program: &Program, id: RelationId, mut tuples: BTreeSet<Tuple>) -> BTreeSet<Tuple> {
        for subsumption in program.subsumptions.iter().filter(|s| s.relation == id) {
            tuples = best(tuples, &subsumption.key, &subsumption.order);
        }
        if program.relation(id).eqrel {
            tuples = equivalence(&tuples);
        }
        match program.relation(id).counters {
            0 => tuples,
            counters => numbered(tuples, counters, self.counted),
        }
    }

    /// The derived tuples of a relation of which no other says that they go, or that they say it of, too.
    fn undominated(&self, program: &Program, id: RelationId) -> BTreeSet<Tuple> {
        let mut pairs = BTreeSet::new();
        let mut all = id;
        for domination in program.dominations.iter().filter(|d| d.relation == id) {
            if let Some(Literal::Positive(atom)) = domination.rule.body.first() {
                all = atom.relation;
            }
            self.fire(&domination.rule, &mut pairs);
        }
        let goes = |tuple: &Tuple| {
            let mut by = pairs.iter().filter(|pair| pair.starts_with(tuple)).map(|pair| &pair[tuple.len()..]);
            by.any(|other| other != tuple && !pairs.contains(&[other, tuple].concat()))
        };
        self.relations[all.0 as usize].iter().filter(|tuple| !goes(tuple)).cloned().collect()
    }

    /// A relation with a choice domain, after it has taken what it can of what is given and derived now.
    fn choose(&self, program: &Program, id: RelationId, facts: &Database) -> BTreeSet<Tuple> {
        let given = Self::given(program, id, facts);
        let mut derived = BTreeSet::new();
        for rule in program.rules.iter().filter(|r| r.head == id) {
            self.fire(rule, &mut derived);
        }
        let mut candidates: Vec<(bool, Tuple)> =
            given.union(&derived).map(|tuple| (!given.contains(tuple), tuple.clone())).collect();
        candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| functors::compare_tuples(&a.1, &b.1)));
        let mut taken = self.relations[id.0 as usize].clone();
        for (_, tuple) in candidates {
            let agrees = |key: &Vec<usize>| taken.iter().any(|t| key.iter().all(|c| t[*c] == tuple[*c]));
            if !program.relation(id).choices.iter().any(agrees) {
                taken.insert(tuple);
            }
        }
        taken
    }

    fn fire(&self, rule: &Rule, tuples: &mut BTreeSet<Tuple>) {
        let body: Vec<&Literal> = rule.body.iter().collect();
        let mut bindings = vec![None; rule.variables.len()];
        self.search(&body, &mut bindings, &mut |bindings| {
            let tuple: Option<Tuple> = rule.args.iter().map(|e| value(e, bindings)).collect();
            tuples.extend(tuple);
        });
    }

    /// All bindings that satisfy the literals that are left, as extensions of the present ones.
    fn search(&self, left: &[&Literal], bindings: &mut Bindings, found: &mut dyn FnMut(&Bindings)) {
        let Some(next) = choose(left, bindings) else {
            assert!(left.is_empty(), "a rule that is range-restricted has a literal whose variables are bound");
            return found(bindings);
        };
        let rest: Vec<&Literal> = left.iter().enumerate().filter(|(i, _)| *i != next).map(|(_, l)| *l).collect();
        match left[next] {
            Literal::Positive(atom) => self.join(atom, &rest, bindings, found),
            Literal::Negative(atom) => {
                if self.matching(atom, bindings).is_some_and(|tuples| tuples.is_empty()) {
                    self.search(&rest, bindings, found);
                }
            }
            Literal::Constraint(constraint) => self.constrain(constraint, &rest, bindings, found),
        }
    }

    fn join(&self, atom: &Atom, rest: &[&Literal], bindings: &mut Bindings, found: &mut dyn FnMut(&Bindings)) {
        for tuple in self.matching(atom, bindings).unwrap_or_default() {
            let mut fresh = Vec::new();
            let mut agrees = true;
            for (expr, found) in atom.args.iter().zip(&tuple) {
                match expr {
                    Expr::Variable(v) if bindings[v.0 as usize].is_none() => {
                        bindings[v.0 as usize] = Some(found.clone());
                        fresh.push(*v);
                    }
                    Expr::Variable(v) => agrees &= bindings[v.0 as usize].as_ref() == Some(found),
                    _ => {}
                }
            }
            if agrees {
                self.search(rest, bindings, found);
            }
            for v in fresh {
                bindings[v.0 as usize] = None;
            }
        }
    }

    fn constrain(
        &self,
        constraint: &Constraint,
        rest: &[&Literal],
        bindings: &mut Bindings,
        found: &mut dyn FnMut(&Bindings),
    ) {
        let Constraint { comparison, left, right, .. } = constraint;
        if let (Expr::Variable(v), Expr::Range(range)) | (Expr::Range(range), Expr::Variable(v)) = (left, right) {
            let args: Option<Vec<Value>> = range.args().map(|e| value(e, bindings)).collect();
            let before = bindings[v.0 as usize].clone();
            for value in args.map_or(Vec::new(), |args| functors::range(&args)) {
                if before.as_ref().is_none_or(|known| *known == value) {
                    bindings[v.0 as usize] = Some(value);
                    self.search(rest, bindings, found);
                }
            }
            bindings[v.0 as usize] = before;
            return;
        }
        if let Some((tuple, fields)) = pattern(constraint, bindings) {
            return self.take_apart(&tuple, fields, rest, bindings, found);
        }
        let (a, b) = (self.operand(left, bindings), self.operand(right, bindings));
        match (unbound(left, bindings), unbound(right, bindings), a, b) {
            (Some(v), _, _, Some(value)) | (_, Some(v), Some(value), _) => {
                bindings[v.0 as usize] = Some(value);
                self.search(rest, bindings, found);
                bindings[v.0 as usize] = None;
            }
            (None, None, Some(a), Some(b)) if functors::holds(*comparison, &a, &b) == Some(true) => {
                self.search(rest, bindings, found);
            }
            _ => {}
        }
    }

    /// A record whose fields are these: those that are not bound are bound.
    fn take_apart(
        &self,
        tuple: &Value,
        fields: &[Expr],
        rest: &[&Literal],
        bindings: &mut Bindings,
        found: &mut dyn FnMut(&Bindings),
    ) {
        let Value::Record(values) = tuple else { return };
        let mut fresh = Vec::new();
        let mut agrees = values.len() == fields.len();
        for (field, found) in fields.iter().zip(values.iter()) {
            match field {
                Expr::Variable(v) if bindings[v.0 as usize].is_none() => {
                    bindings[v.0 as usize] = Some(found.clone());
                    fresh.push(*v);
                }
                field => agrees &= value(field, bindings).as_ref() == Some(found),
            }
        }
        if agrees {
            self.search(rest, bindings, found);
        }
        for v in fresh {
            bindings[v.0 as usize] = None;
        }
    }

    fn operand(&self, expr: &Expr, bindings: &Bindings) -> Option<Value> {
        match expr {
            Expr::Aggregate(aggregate) => self.fold(aggregate, bindings),
            expr => value(expr, bindings),
        }
    }

    /// The aggregate over the bindings of its body that agree with those of its outer variables.
    fn fold(&self, aggregate: &Aggregate, bindings: &Bindings) -> Option<Value> {
        let body: Vec<&Literal> = aggregate.body.iter().collect();
        let mut inner: Bindings = vec![None; bindings.len()];
        for v in &aggregate.outer {
            inner[v.0 as usize] = bindings[v.0 as usize].clone();
        }
        // Relations are sets, so no two ways through the body bind all its variables and wildcards alike.
        let mut count = 0;
        let mut values = Vec::new();
        self.search(&body, &mut inner, &mut |inner| {
            count += 1;
            values.extend(aggregate.target.as_ref().and_then(|target| self.operand(target, inner)));
        });
        functors::fold(aggregate.op, count, values)
    }

    /// The tuples that agree with the arguments that have a value already; none if a functor among them has no value.
    fn matching(&self, atom: &Atom, bindings: &Bindings) -> Option<Vec<Tuple>> {
        let mut columns = Vec::new();
        let mut key = Vec::new();
        for (column, expr) in atom.args.iter().enumerate() {
            if !matches!(expr, Expr::Wildcard) && all_bound(expr, bindings) {
                columns.push(column);
                key.push(value(expr, bindings)?);
            }
        }
        let mut indexes = self.indexes.borrow_mut();
        let index = indexes.entry((atom.relation, columns)).or_insert_with_key(|(relation, columns)| {
            let mut index: HashMap<Tuple, Vec<Tuple>> = HashMap::new();
            for tuple in &self.relations[relation.0 as usize] {
                index.entry(columns.iter().map(|c| tuple[*c].clone()).collect()).or_default().push(tuple.clone());
            }
            Rc::new(index)
        });
        Some(index.get(&key).cloned().unwrap_or_default())
    }
}

/// `p(x, x + 1)` is `p(x, y), y = x + 1`, so that an atom binds what it can, whatever its functors still wait for.
fn name_calls(rule: &mut Rule) {
    fn body(literals: &mut Vec<Literal>, variables: &mut Vec<Variable>) {
        let mut equalities = Vec::new();
        for literal in literals.iter_mut() {
            match literal {
                Literal::Positive(atom) => {
                    for arg in atom.args.iter_mut().filter(|e| matches!(e, Expr::Call(..))) {
                        let name = Expr::Variable(VariableId(variables.len() as u32));
                        variables.push(Variable { name: "".into(), primitive: Primitive::Number });
                        let (left, right) = (name.clone(), std::mem::replace(arg, name));
                        let equality = Constraint { comparison: Comparison::Equal, left, right, span: atom.span };
                        equalities.push(Literal::Constraint(equality));
                    }
                }
                Literal::Constraint(constraint) => {
                    for side in [&mut constraint.left, &mut constraint.right] {
                        if let Expr::Aggregate(aggregate) = side {
                            body(&mut aggregate.body, variables);
                        }
                    }
                }
                Literal::Negative(_) => {}
            }
        }
        literals.append(&mut equalities);
    }
    body(&mut rule.body, &mut rule.variables);
}

/// Which literal comes next: one that only filters or computes as soon as it can be evaluated, else the atom with the
/// most arguments bound. None if no literal can be evaluated.
fn choose(left: &[&Literal], bindings: &Bindings) -> Option<usize> {
    let ready = |literal: &Literal| match literal {
        Literal::Positive(_) => false,
        Literal::Negative(atom) => atom.args.iter().all(|e| all_bound(e, bindings)),
        Literal::Constraint(c) => {
            let (l, r) = (all_bound(&c.left, bindings), all_bound(&c.right, bindings));
            let binds = c.comparison == Comparison::Equal
                && ((r && unbound(&c.left, bindings).is_some()) || (l && unbound(&c.right, bindings).is_some()));
            (l && r) || binds || pattern(c, bindings).is_some()
        }
    };
    let filter = left.iter().position(|l| ready(l));
    filter.or_else(|| {
        let atoms = left.iter().enumerate().filter_map(|(i, l)| match l {
            Literal::Positive(atom) => Some((i, atom)),
            _ => None,
        });
        let bound = |atom: &Atom| atom.args.iter().filter(|e| all_bound(e, bindings)).count();
        atoms.max_by_key(|(_, atom)| bound(atom)).map(|(i, _)| i)
    })
}

/// The record and the fields of `v = [x, y]` if `v` is bound.
fn pattern<'a>(constraint: &'a Constraint, bindings: &Bindings) -> Option<(Value, &'a [Expr])> {
    match (constraint.comparison, &constraint.left, &constraint.right) {
        (Comparison::Equal, Expr::Variable(v), Expr::Call(Functor::Pack, fields))
        | (Comparison::Equal, Expr::Call(Functor::Pack, fields), Expr::Variable(v)) => {
            Some((bindings[v.0 as usize].clone()?, fields))
        }
        _ => None,
    }
}

/// The variable that an expression is, if it is one without a value.
fn unbound(expr: &Expr, bindings: &Bindings) -> Option<VariableId> {
    match expr {
        Expr::Variable(v) if bindings[v.0 as usize].is_none() => Some(*v),
        _ => None,
    }
}

/// Whether every variable that the expression needs has a value. An aggregate needs its groups.
fn all_bound(expr: &Expr, bindings: &Bindings) -> bool {
    match expr {
        Expr::Variable(v) => bindings[v.0 as usize].is_some(),
        Expr::Wildcard | Expr::Const(_) => true,
        Expr::Call(_, args) => args.iter().all(|e| all_bound(e, bindings)),
        Expr::Aggregate(aggregate) => aggregate.outer.iter().all(|v| bindings[v.0 as usize].is_some()),
        Expr::Range(range) => range.args().all(|e| all_bound(e, bindings)),
    }
}

/// The value of an expression without aggregates, if it has one.
fn value(expr: &Expr, bindings: &Bindings) -> Option<Value> {
    match expr {
        Expr::Variable(v) => bindings[v.0 as usize].clone(),
        Expr::Const(constant) => Some(Value::from(constant)),
        Expr::Call(functor, args) => {
            let args: Option<Vec<Value>> = args.iter().map(|e| value(e, bindings)).collect();
            functors::apply(*functor, &args?)
        }
        Expr::Wildcard | Expr::Aggregate(_) | Expr::Range(_) => None,
    }
}

/// The tuples in ascending order, each followed by the next numbers.
fn numbered(tuples: BTreeSet<Tuple>, counters: usize, mut next: i64) -> BTreeSet<Tuple> {
    let mut tuples: Vec<Tuple> = tuples.into_iter().collect();
    tuples.sort_by(|a, b| functors::compare_tuples(a, b));
    for tuple in &mut tuples {
        tuple.extend((next..).take(counters).map(Value::Number));
        next += counters as i64;
    }
    tuples.into_iter().collect()
}

/// The least equivalence that holds the pairs.
fn equivalence(pairs: &BTreeSet<Tuple>) -> BTreeSet<Tuple> {
    let mut classes: Vec<BTreeSet<&Value>> = Vec::new();
    for pair in pairs {
        let (touched, rest): (Vec<_>, Vec<_>) = classes.into_iter().partition(|c| pair.iter().any(|v| c.contains(v)));
        classes = rest;
        classes.push(touched.into_iter().flatten().chain(pair).collect());
    }
    let pair = |a: &&Value, b: &&Value| vec![(*a).clone(), (*b).clone()];
    classes.iter().flat_map(|class| class.iter().flat_map(|a| class.iter().map(|b| pair(a, b)))).collect()
}

/// Of the tuples that agree on the key, those whose compared columns come first.
fn best(tuples: BTreeSet<Tuple>, key: &[usize], order: &[(usize, Direction)]) -> BTreeSet<Tuple> {
    let precedes = |a: &Tuple, b: &Tuple| {
        let mut columns = order.iter().map(|(column, direction)| match direction {
            Direction::Least => functors::compare(&a[*column], &b[*column]),
            Direction::Greatest => functors::compare(&b[*column], &a[*column]),
        });
        columns.find(|o| o.is_ne()).is_some_and(|o| o.is_lt())
    };
    let mut groups: HashMap<Tuple, Vec<Tuple>> = HashMap::new();
    for tuple in tuples {
        groups.entry(key.iter().map(|c| tuple[*c].clone()).collect()).or_default().push(tuple);
    }
    let undominated = |group: Vec<Tuple>| -> Vec<Tuple> {
        let mut kept: Vec<Tuple> = Vec::new();
        for tuple in group {
            if kept.iter().any(|k| precedes(k, &tuple)) {
                continue;
            }
            kept.retain(|k| !precedes(&tuple, k));
            kept.push(tuple);
        }
        kept
    };
    groups.into_values().flat_map(undominated).collect()
}
