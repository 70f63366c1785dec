//! Restriction to what is asked: a program whose queries name constants derives only what can answer them.
//!
//! ```text
//! path(x, y) :- link(x, y).                        @path.bf.asked("h1").
//! path(x, z) :- path(x, y), link(y, z).       ─▶   @path.bf(x, y) :- @path.bf.asked(x), link(x, y).
//! ?- path("h1", x).                                @path.bf(x, z) :- @path.bf.asked(x), @path.bf(x, y), link(y, z).
//!                                                  ?- @path.bf("h1", x).
//! ```
//!
//! These are magic sets (Bancilhon, Maier, Sagiv, Ullman, PODS 1986; Beeri and Ramakrishnan, PODS 1987): a relation that
//! is asked with some of its columns known is derived in a copy of its own, whose rules start from the values that are
//! asked for; each atom of a rule hands on what is known when its turn comes. The cost is that of what is reached from the
//! constants instead of that of the whole relation.
//!
//! Only values that stand in the program or in a tuple are asked for, never computed ones: so there are finitely many of
//! them wherever the program itself derives finitely many tuples.
//!
//! What is written to a file, an invariant, negated, folded, subsumed, chosen, limited, numbered or an equivalence is derived in full, with all that it
//! reads: for these an absent tuple would mean something. So is what some rule asks for without knowing a column, and what
//! folds for each of the values that are asked for, if these come to depend on what it derives.

use super::Statistics;
use super::clause::{atom_variables, binds, is_bound, split};
use super::fingerprint::literals_read;
use crate::functor::Comparison;
use crate::program::{
    Atom, Column, Constraint, DirectiveKind, Expr, Literal, Program, Relation, RelationId, Rule, Variable, VariableId,
};
use crate::resolve::strata;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many tuples a relation of asked values is taken to hold: joins start there.
const ASKED_ROWS: u64 = 10;

/// The program that answers the queries of `program` and derives no more for them than it must; none if that is the program
/// itself. What is guessed of the new relations' sizes is added to `statistics`.
pub fn restrict(program: &Program, statistics: &mut Statistics) -> Option<Program> {
    let mut full = wanted_in_full(program);
    loop {
        let mut rewriting = Rewriting::new(program, &full);
        let relation = match rewriting.run() {
            Ok(()) if rewriting.copies.is_empty() => return None,
            Ok(()) => match rewriting.folds_itself() {
                None => return Some(rewriting.finish(statistics)),
                Some(relation) => relation,
            },
            Err(relation) => relation,
        };
        widen(program, &mut full, relation);
    }
}

/// What is derived in full whatever the queries are.
fn wanted_in_full(program: &Program) -> BTreeSet<RelationId> {
    let written = program.directives.iter().filter(|d| d.kind != DirectiveKind::Input).map(|d| d.relation);
    let written = written.chain(program.invariants.iter().map(|invariant| invariant.relation));
    let subsumed = program.subsumptions.iter().map(|s| s.relation);
    let ids = (0..program.relations.len() as u32).map(RelationId);
    let whole = |r: &Relation| r.eqrel || !r.choices.is_empty() || r.limit.is_some() || r.counters > 0;
    let closed = ids.filter(|id| whole(program.relation(*id)));
    let subsumed = subsumed.chain(program.dominations.iter().map(|d| d.relation));
    let mut full = BTreeSet::new();
    written.chain(subsumed).chain(closed).for_each(|relation| widen(program, &mut full, relation));
    full
}

/// Adds a relation and all that it reads.
fn widen(program: &Program, full: &mut BTreeSet<RelationId>, relation: RelationId) {
    let mut open = vec![relation];
    while let Some(relation) = open.pop() {
        if full.insert(relation) {
            let rules = program.rules.iter().filter(|rule| rule.head == relation);
            let dominations = program.dominations.iter().filter(|d| d.relation == relation).map(|d| &d.rule);
            rules.chain(dominations).for_each(|rule| literals_read(&rule.body, &mut |read| open.push(read)));
        }
    }
}

/// A relation with some of its columns known: the copy that is derived, and the relation of the values asked for.
#[derive(Clone, Copy)]
struct Asked {
    copy: RelationId,
    values: RelationId,
}

struct Rewriting<'a> {
    program: &'a Program,
    full: &'a BTreeSet<RelationId>,
    derived: BTreeSet<RelationId>,
    out: Program,
    copies: BTreeMap<(RelationId, Vec<bool>), Asked>,
    /// Copies whose rules are not written yet.
    open: Vec<(RelationId, Vec<bool>, Asked)>,
}

impl<'a> Rewriting<'a> {
    fn new(program: &'a Program, full: &'a BTreeSet<RelationId>) -> Self {
        let mut out = program.clone();
        out.rules.retain(|rule| full.contains(&rule.head));
        Rewriting {
            program,
            full,
            derived: program.rules.iter().map(|rule| rule.head).collect(),
            out,
            copies: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    /// Writes the rules of the queries and of what they ask for. An error is a relation that must be derived in full.
    fn run(&mut self) -> Result<(), RelationId> {
        let program = self.program;
        for rule in program.rules.iter().filter(|rule| program.queries.contains(&rule.head)) {
            self.rule(rule, rule.head, None)?;
        }
        while let Some((relation, known, asked)) = self.open.pop() {
            let of_relation = |rule: &&Rule| rule.head == relation;
            for rule in program.rules.iter().filter(of_relation) {
                self.rule(rule, asked.copy, Some((asked.values, &known)))?;
            }
            if self.is_given(relation) {
                self.given(relation, &known, asked);
            }
        }
        Ok(())
    }

    /// A relation whose copy has a rule that folds and reads what the copy derives: in which order an aggregate of the rule
    /// and the copy would be evaluated cannot be said any more.
    fn folds_itself(&mut self) -> Option<RelationId> {
        let program = &mut self.out;
        let mut reads = vec![Vec::new(); program.relations.len()];
        for rule in &program.rules {
            literals_read(&rule.body, &mut |read| reads[rule.head.0 as usize].push(read.0 as usize));
        }
        program.strata = strata(&reads);
        self.copies.iter().find(|(_, asked)| folds_itself(program, asked.copy)).map(|((relation, _), _)| *relation)
    }

    fn finish(self, statistics: &mut Statistics) -> Program {
        let program = self.out;
        for asked in self.copies.values() {
            statistics.set_rows(&*program.relation(asked.values).name, ASKED_ROWS);
        }
        program
    }

    fn is_given(&self, relation: RelationId) -> bool {
        let input = |d: &crate::program::Directive| d.kind == DirectiveKind::Input && d.relation == relation;
        self.program.directives.iter().any(input) || self.program.facts.iter().any(|fact| fact.relation == relation)
    }

    /// `copy(x, y) :- values(x), relation(x, y).`, for the facts of a relation that has rules, too.
    fn given(&mut self, relation: RelationId, known: &[bool], asked: Asked) {
        let columns = &self.program.relation(relation).columns;
        let variables = columns.iter().map(|c| Variable { name: c.name.clone(), primitive: c.ty.primitive }).collect();
        let args: Vec<Expr> = (0..columns.len() as u32).map(|v| Expr::Variable(VariableId(v))).collect();
        let span = self.program.relation(relation).span;
        let values = Atom { relation: asked.values, args: chosen(&args, known), span };
        let facts = Atom { relation, args: args.clone(), span };
        let body = vec![Literal::Positive(values), Literal::Positive(facts)];
        self.out.rules.push(Rule { head: asked.copy, args, body, variables, span });
    }

    /// Writes a rule for `head`, whose columns in `known` are asked for, and the rules that say what it asks for itself.
    fn rule(&mut self, rule: &Rule, head: RelationId, asked: Option<(RelationId, &[bool])>) -> Result<(), RelationId> {
        let mut rule = rule.clone();
        let parts = split(&rule.body);
        let (mut constraints, mut atoms) = (parts.body.constraints, parts.body.atoms);
        let mut body: Vec<Literal> = Vec::new();
        let mut known = Known::default();
        if let Some((values, columns)) = asked {
            let columns = (0..columns.len()).filter(|column| columns[*column]);
            let args = columns.map(|column| self.named(column, &mut rule, &mut constraints)).collect();
            known.join(Atom { relation: values, args, span: rule.span }, &mut body);
        }
        loop {
            known.settle(&mut constraints, &mut body);
            let Some(mut atom) = known.next(&mut atoms) else { break };
            if self.derived.contains(&atom.relation) && !self.full.contains(&atom.relation) {
                let columns: Vec<bool> = atom.args.iter().map(|arg| known.has(arg)).collect();
                if !columns.contains(&true) {
                    return Err(atom.relation);
                }
                let ask = self.copy(atom.relation, &columns);
                self.ask(&rule, ask.values, chosen(&atom.args, &columns), &known.decided(&body));
                atom.relation = ask.copy;
            }
            known.join(atom, &mut body);
        }
        let apart = |side: &Expr| matches!(side, Expr::Aggregate(_) | Expr::Range(_));
        let negated = |literal: &&Literal| matches!(literal, Literal::Negative(_));
        let rest: Vec<Literal> = rule.body.iter().filter(|l| has_side(l, apart) || negated(l)).cloned().collect();
        let mut partial = None;
        literals_read(&rest, &mut |read| {
            if self.derived.contains(&read) && !self.full.contains(&read) {
                partial = Some(read);
            }
        });
        if let Some(relation) = partial {
            return Err(relation);
        }
        body.extend(constraints.into_iter().map(Literal::Constraint));
        body.extend(rest);
        self.out.rules.push(Rule { head, body, ..rule });
        Ok(())
    }

    /// A column of the head that can be asked for before the rule's atoms are joined: what is computed from them gets a
    /// variable of its own, to be compared when they are.
    fn named(&self, column: usize, rule: &mut Rule, constraints: &mut Vec<Constraint>) -> Expr {
        let arg = rule.args[column].clone();
        if !matches!(arg, Expr::Call(..)) {
            return arg;
        }
        let primitive = self.program.relation(rule.head).columns[column].ty.primitive;
        let name = format!("@{}", rule.variables.len()).into();
        rule.variables.push(Variable { name, primitive });
        let variable = Expr::Variable(VariableId(rule.variables.len() as u32 - 1));
        let span = rule.span;
        constraints.push(Constraint { comparison: Comparison::Equal, left: variable.clone(), right: arg, span });
        variable
    }

    /// `values(args) :- body.`, unless that says nothing.
    fn ask(&mut self, rule: &Rule, values: RelationId, args: Vec<Expr>, body: &[Literal]) {
        let same = |atom: &Atom| atom.relation == values && same_variables(&atom.args, &args);
        if !matches!(body, [Literal::Positive(atom)] if same(atom)) {
            self.out.rules.push(Rule { head: values, args, body: body.to_vec(), ..rule.clone() });
        }
    }

    fn copy(&mut self, relation: RelationId, known: &[bool]) -> Asked {
        if let Some(asked) = self.copies.get(&(relation, known.to_vec())) {
            return *asked;
        }
        let original = self.program.relation(relation).clone();
        let letters: String = known.iter().map(|known| if *known { 'b' } else { 'f' }).collect();
        let name = format!("@{}.{letters}", original.name.trim_start_matches('@'));
        let columns: Vec<Column> =
            original.columns.iter().zip(known).filter(|(_, k)| **k).map(|(c, _)| c.clone()).collect();
        let copy = self.declare(&name, original.clone());
        let values = self.declare(&format!("{name}.asked"), Relation { columns, ..original });
        let asked = Asked { copy, values };
        self.copies.insert((relation, known.to_vec()), asked);
        self.open.push((relation, known.to_vec(), asked));
        asked
    }

    fn declare(&mut self, name: &str, relation: Relation) -> RelationId {
        let mut name = name.to_string();
        while self.out.find(&name).is_some() {
            name.push('\'');
        }
        self.out.relations.push(Relation { name: Arc::from(name), ..relation });
        RelationId(self.out.relations.len() as u32 - 1)
    }
}

/// What is known while a rule's literals are put in order.
#[derive(Default)]
struct Known {
    /// Variables that have a value.
    bound: BTreeSet<VariableId>,
    /// Those whose value stands in a tuple or in the text.
    stated: BTreeSet<VariableId>,
}

impl Known {
    fn has(&self, arg: &Expr) -> bool {
        match arg {
            Expr::Const(_) => true,
            Expr::Variable(variable) => self.stated.contains(variable),
            Expr::Wildcard | Expr::Call(..) | Expr::Aggregate(_) | Expr::Range(_) => false,
        }
    }

    fn join(&mut self, atom: Atom, body: &mut Vec<Literal>) {
        self.bound.extend(atom_variables(&atom));
        self.stated.extend(atom_variables(&atom));
        body.push(Literal::Positive(atom));
    }

    /// Literals as far as they can be decided now: what an atom computes from values that only later atoms have, it asks
    /// of none. That asks for more, never for less.
    fn decided(&self, body: &[Literal]) -> Vec<Literal> {
        let mut body = body.to_vec();
        for literal in &mut body {
            if let Literal::Positive(atom) = literal {
                let later = |arg: &&mut Expr| matches!(arg, Expr::Call(..)) && !is_bound(arg, &self.bound);
                atom.args.iter_mut().filter(later).for_each(|arg| *arg = Expr::Wildcard);
            }
        }
        body
    }

    /// Moves the constraints that can be decided, or that bind a variable, into the body.
    fn settle(&mut self, constraints: &mut Vec<Constraint>, body: &mut Vec<Literal>) {
        let ready = |c: &Constraint, bound: &BTreeSet<VariableId>| {
            binds(c, bound).is_some() || is_bound(&c.left, bound) && is_bound(&c.right, bound)
        };
        while let Some(place) = constraints.iter().position(|c| ready(c, &self.bound)) {
            let constraint = constraints.remove(place);
            if let Some((variable, left)) = binds(&constraint, &self.bound) {
                let value = if left { &constraint.right } else { &constraint.left };
                if self.has(value) {
                    self.stated.insert(variable);
                }
                self.bound.insert(variable);
            }
            body.push(Literal::Constraint(constraint));
        }
    }

    /// The atom of which most is known; of several the first.
    fn next(&self, atoms: &mut Vec<Atom>) -> Option<Atom> {
        let known = |atom: &Atom| atom.args.iter().filter(|arg| self.has(arg)).count();
        let most = atoms.iter().map(known).max()?;
        let place = atoms.iter().position(|atom| known(atom) == most)?;
        Some(atoms.remove(place))
    }
}

/// Whether some rule of a relation has an aggregate and reads a relation of its own stratum.
fn folds_itself(program: &Program, relation: RelationId) -> bool {
    let Some(stratum) = program.strata.iter().find(|stratum| stratum.relations.contains(&relation)) else {
        return false;
    };
    let own = |rule: &Rule| {
        let mut own = false;
        literals_read(&rule.body, &mut |read| own |= stratum.relations.contains(&read));
        own
    };
    let folds = |rule: &Rule| rule.body.iter().any(|literal| has_side(literal, |e| matches!(e, Expr::Aggregate(_))));
    program.rules.iter().any(|rule| rule.head == relation && folds(rule) && own(rule))
}

/// Whether a literal compares something of a kind.
fn has_side(literal: &Literal, kind: impl Fn(&Expr) -> bool) -> bool {
    matches!(literal, Literal::Constraint(c) if kind(&c.left) || kind(&c.right))
}

/// The arguments whose column is known.
fn chosen(args: &[Expr], known: &[bool]) -> Vec<Expr> {
    args.iter().zip(known).filter(|(_, known)| **known).map(|(arg, _)| arg.clone()).collect()
}

fn same_variables(a: &[Expr], b: &[Expr]) -> bool {
    let same = |pair: (&Expr, &Expr)| matches!(pair, (Expr::Variable(a), Expr::Variable(b)) if a == b);
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoFiles, compile};

    /// The rules of the restricted program, as text.
    fn restricted(text: &str) -> Option<Vec<String>> {
        let text = format!(".decl link(a: symbol, b: symbol)\n.input link\n.decl path(a: symbol, b: symbol)\n{text}");
        let program = compile(&[("asked.dl", &text)], &NoFiles).program.expect("nothing is wrong");
        let restricted = restrict(&program, &mut Statistics::new())?;
        Some(restricted.rules.iter().map(|rule| restricted.rule_text(rule)).collect())
    }

    const PATH: &str = "path(x, y) :- link(x, y).\npath(x, z) :- path(x, y), link(y, z).\n";

    #[test]
    fn a_constant_restricts_a_recursion() {
        let rules = restricted(&format!("{PATH}?- path(\"h1\", x).")).expect("a constant is known");
        let expected = [
            r#"_path_bf_asked("h1")."#,
            r#"?1(x) :- _path_bf("h1", x)."#,
            "_path_bf(x, y) :- _path_bf_asked(x), link(x, y).",
            "_path_bf(x, z) :- _path_bf_asked(x), _path_bf(x, y), link(y, z).",
        ];
        assert_eq!(rules, expected);
    }

    #[test]
    fn what_is_asked_for_rests_on_what_is_known_by_then() {
        let text = ".decl step(n: number, m: number, s: symbol)
            step(x, x, s) :- step(x, _, s), step(x + 1, y, s), y = 0.
            ?- step(n, m, \"a\").";
        let rules = restricted(text).expect("a constant is known");
        let asked = "_step_ffb_asked(s) :- _step_ffb_asked(s), y = 0, _step_fbb(_, y, s).";
        assert!(rules.iter().any(|rule| rule == asked), "{rules:#?}");
        assert!(rules.iter().any(|rule| rule.contains("_step_fbb(x + 1, y, s), _step_ffb(x, _, s)")), "{rules:#?}");
    }

    #[test]
    fn what_folds_is_derived_in_full_where_the_values_asked_for_depend_on_it() {
        let text = ".decl low(a: symbol)
            low(x) :- link(x, s), n = count : { link(z, _), z < s }, n > 0.
            low(x) :- link(x, y), low(y), link(y, z), low(z).
            ?- low(\"h1\").";
        assert_eq!(restricted(text), None);
        let rules = restricted(&text.replace(", low(z)", "")).expect("a constant is known");
        assert!(rules.iter().any(|rule| rule.starts_with("_low_b(x) :- _low_b_asked(x), link(x, s)")), "{rules:#?}");
    }

    #[test]
    fn what_is_written_or_asked_without_a_constant_is_derived_in_full() {
        assert_eq!(restricted(&format!("{PATH}.output path\n?- path(\"h1\", x).")), None);
        assert_eq!(restricted(&format!("{PATH}?- path(x, x).")), None);
    }

    #[test]
    fn what_is_negated_is_derived_in_full() {
        let text = format!(
            "{PATH}.decl apart(a: symbol, b: symbol)\napart(x, y) :- link(x, _), link(_, y), !path(x, y).\n?- apart(\"a\", y)."
        );
        let rules = restricted(&text).expect("`apart` is asked with a constant");
        assert!(rules.contains(&"path(x, z) :- path(x, y), link(y, z).".to_string()), "{rules:#?}");
        assert!(rules.iter().any(|rule| rule.starts_with("_apart_bf(x, y) :- _apart_bf_asked(x)")), "{rules:#?}");
    }

    #[test]
    fn facts_of_a_relation_with_rules_are_asked_too() {
        let rules = restricted(&format!("{PATH}path(\"h1\", \"h2\").\n?- path(\"h1\", x).")).expect("a constant");
        assert!(rules.contains(&"_path_bf(a, b) :- _path_bf_asked(a), path(a, b).".to_string()), "{rules:#?}");
    }
}
