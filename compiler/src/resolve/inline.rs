//! Inlining: an atom of an `inline` relation stands for the bodies of that relation's rules.
//!
//! It happens on finished rules, whose types are known and which have been checked one by one; only whether variables are
//! bound shows when an inlined body stands in its place, and is checked there. So a rule of an inline relation may leave
//! to its users what binds its variables:
//!
//! ```text
//! .decl near(x: number, y: number) inline
//! near(x, y) :- x - y < 3, y - x < 3.
//!
//! pair(a, b) :- point(a), point(b), near(a, b).
//! pair(a, b) :- point(a), point(b), a - b < 3, b - a < 3.      what that means
//! ```
//!
//! A negated atom becomes the negation of the bodies: `!r(x)` of `r(x) :- a(x), b(x).` is `!a(x) ; !b(x)`. What Soufflé
//! refuses is refused: cycles, I/O, atoms within aggregates, negation of what has variables of its own.

use super::expand::MAX_ALTERNATIVES;
use super::{Resolver, ground};
use crate::connected::strongly_connected;
use crate::diagnostic::{Diagnostic, codes};
use crate::functor::{Comparison, Functor};
use crate::program::{Aggregate, Atom, Constraint, Expr, Literal, Range, RelationId, Rule, Variable, VariableId};
use crate::span::Span;
use fnv::{FnvHashMap, FnvHashSet};

/// The rules of each inline relation.
pub(super) type Bodies = FnvHashMap<RelationId, Vec<Rule>>;

impl Resolver {
    /// Puts the bodies of inline relations where their atoms stand. Their own rules are gone afterwards, and are returned
    /// for what else is to be expanded.
    pub(super) fn inline(&mut self) -> Bodies {
        if self.inline.is_empty() || self.inline_refused() {
            return Bodies::default();
        }
        let (inlined, rules): (Vec<Rule>, Vec<Rule>) =
            std::mem::take(&mut self.program.rules).into_iter().partition(|rule| self.inline.contains(&rule.head));
        let mut bodies: Bodies = self.inline.iter().map(|id| (*id, Vec::new())).collect();
        for rule in inlined {
            bodies.entry(rule.head).or_default().push(rule);
        }
        let inline = &self.inline;
        let (facts, kept) =
            std::mem::take(&mut self.program.facts).into_iter().partition(|fact| inline.contains(&fact.relation));
        self.program.facts = kept;
        let facts: Vec<crate::program::Fact> = facts;
        for fact in facts {
            let args = fact.values.into_iter().map(Expr::Const).collect();
            let (body, variables) = (Vec::new(), Vec::new());
            let rule = Rule { head: fact.relation, args, body, variables, span: fact.span };
            bodies.entry(fact.relation).or_default().push(rule);
        }
        self.program.rules = self.all_expanded(rules, &bodies);
        bodies
    }

    /// What rules become.
    pub(super) fn all_expanded(&mut self, rules: Vec<Rule>, bodies: &Bodies) -> Vec<Rule> {
        let mut all = Vec::with_capacity(rules.len());
        for rule in rules {
            match self.expanded(rule, bodies) {
                Ok(expanded) => all.extend(expanded),
                Err(diagnostic) => self.report(*diagnostic),
            }
        }
        all
    }

    /// What one rule becomes.
    fn expanded(&self, rule: Rule, bodies: &Bodies) -> Result<Vec<Rule>, Box<Diagnostic>> {
        let (mut open, mut done) = (vec![rule], Vec::new());
        let mut touched: Option<Span> = None;
        while let Some(mut rule) = open.pop() {
            let Some(at) =
                rule.body.iter().position(|literal| atom_of(literal).is_some_and(|a| bodies.contains_key(&a.relation)))
            else {
                if let Some(atom) = touched {
                    self.unbound(&rule, atom)?;
                }
                done.push(rule);
                continue;
            };
            let literal = rule.body.remove(at);
            let alternatives = match &literal {
                Literal::Positive(atom) => {
                    let one = |body: &Rule| unfolded(&mut rule, body, atom);
                    bodies[&atom.relation].iter().map(one).collect()
                }
                Literal::Negative(atom) => negated(&mut rule, &bodies[&atom.relation], atom),
                Literal::Constraint(_) => Vec::new(),
            };
            touched = atom_of(&literal).map(|atom| atom.span).or(touched);
            if open.len() + done.len() + alternatives.len() > MAX_ALTERNATIVES {
                let message = format!("clause stands for too many rules once inlined: {MAX_ALTERNATIVES} are the most");
                let diagnostic = Diagnostic::error(codes::TOO_MANY_ALTERNATIVES, message, rule.span, "");
                return Err(Box::new(diagnostic.help("do not declare the relation with most rules `inline`")));
            }
            // Backwards, so that rules come in the order of the bodies.
            for literals in alternatives.into_iter().rev() {
                let mut body = rule.body.clone();
                body.splice(at..at, literals);
                open.push(Rule { body, ..rule.clone() });
            }
        }
        Ok(done)
    }

    /// Whether an expanded rule leaves a variable unbound.
    fn unbound(&self, rule: &Rule, atom: Span) -> Result<(), Box<Diagnostic>> {
        let Some(variable) = ground::unbound(rule) else { return Ok(()) };
        let name = &rule.variables[variable.0 as usize].name;
        let name = name.split('@').next().unwrap_or(name);
        let message = format!("variable `{name}` is bound by nothing once the rule's atoms are inlined");
        let diagnostic = Diagnostic::error(codes::UNBOUND_VARIABLE, message, rule.span, "")
            .also(atom, "stands for the bodies of an inline relation")
            .help(format!("add an atom that binds `{name}`, here or to the inline rule"));
        Err(Box::new(diagnostic))
    }

    /// Reports what cannot be inlined; whether there is anything.
    fn inline_refused(&mut self) -> bool {
        let mut found = Vec::new();
        let inline = &self.inline;
        for directive in self.program.directives.iter().filter(|d| inline.contains(&d.relation)) {
            let relation = self.program.relation(directive.relation);
            let message = format!("inline relation `{}` cannot be read or written", relation.name);
            found.push(
                refuse(message, directive.span, "there are no tuples of it")
                    .also(relation.span, "declared `inline` here"),
            );
        }
        for invariant in self.program.invariants.iter().filter(|i| inline.contains(&i.relation)) {
            let relation = self.program.relation(invariant.relation);
            let message = format!("inline relation `{}` cannot be an invariant", relation.name);
            let refused = refuse(message, invariant.span, "there are no tuples of it");
            found.push(refused.also(relation.span, "declared `inline` here"));
        }
        let own = self.own_variables();
        for rule in &self.program.rules {
            for literal in &rule.body {
                self.literal_refused(literal, &own, &mut found);
            }
        }
        self.inline_cycles(&mut found);
        let refused = !found.is_empty();
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
        refused
    }

    /// Inline relations with a rule that has variables which are not in its head, or no opposite.
    fn own_variables(&self) -> FnvHashSet<RelationId> {
        let has_own = |rule: &&Rule| {
            let mut head = FnvHashSet::default();
            rule.args.iter().for_each(|arg| {
                ground::variables(arg, &mut |v| {
                    head.insert(v);
                })
            });
            // An aggregate or a range has no opposite.
            let folds = |e: &Expr| matches!(e, Expr::Aggregate(_) | Expr::Range(_));
            let mut own = rule.body.iter().any(|literal| match literal {
                Literal::Constraint(constraint) => folds(&constraint.left) || folds(&constraint.right),
                _ => false,
            });
            rule.body.iter().for_each(|literal| ground::literal_variables(literal, &mut |v| own |= !head.contains(&v)));
            own
        };
        let rules = self.program.rules.iter().filter(|rule| self.inline.contains(&rule.head));
        rules.filter(has_own).map(|rule| rule.head).collect()
    }

    fn literal_refused(&self, literal: &Literal, own: &FnvHashSet<RelationId>, found: &mut Vec<Diagnostic>) {
        match literal {
            Literal::Negative(atom) if self.inline.contains(&atom.relation) => {
                let name = &self.program.relation(atom.relation).name;
                if own.contains(&atom.relation) {
                    let message =
                        format!("inline relation `{name}` cannot be negated: a rule of it has variables of its own");
                    found.push(refuse(message, atom.span, "would have to fail for all their values"));
                } else if atom.args.iter().any(|arg| matches!(arg, Expr::Wildcard)) {
                    let message = format!("inline relation `{name}` cannot be negated with `_`");
                    found.push(refuse(message, atom.span, "would have to fail for all values"));
                }
            }
            Literal::Constraint(constraint) => {
                for side in [&constraint.left, &constraint.right] {
                    if let Expr::Aggregate(aggregate) = side {
                        self.aggregate_refused(aggregate, found);
                    }
                }
            }
            Literal::Positive(_) | Literal::Negative(_) => {}
        }
    }

    fn aggregate_refused(&self, aggregate: &Aggregate, found: &mut Vec<Diagnostic>) {
        for literal in &aggregate.body {
            match literal {
                Literal::Positive(atom) | Literal::Negative(atom) if self.inline.contains(&atom.relation) => {
                    let name = &self.program.relation(atom.relation).name;
                    let message = format!("inline relation `{name}` cannot stand in an aggregate");
                    found.push(refuse(message, atom.span, ""));
                }
                literal => self.literal_refused(literal, &FnvHashSet::default(), found),
            }
        }
    }

    fn inline_cycles(&self, found: &mut Vec<Diagnostic>) {
        let mut edges = vec![Vec::new(); self.program.relations.len()];
        for rule in self.program.rules.iter().filter(|rule| self.inline.contains(&rule.head)) {
            let atoms = rule.body.iter().filter_map(atom_of).filter(|atom| self.inline.contains(&atom.relation));
            edges[rule.head.0 as usize].extend(atoms.map(|atom| atom.relation.0 as usize));
        }
        for cycle in strongly_connected(&edges) {
            if cycle.len() > 1 || edges[cycle[0]].contains(&cycle[0]) {
                let names: Vec<&str> = cycle.iter().map(|at| &*self.program.relations[*at].name).collect();
                let message = format!("inline relations depend on themselves: {}", names.join(", "));
                let message = if names.len() == 1 {
                    format!("inline relation `{}` depends on itself", names[0])
                } else {
                    message
                };
                found.push(refuse(message, self.program.relations[cycle[0]].span, "would never be written out"));
            }
        }
    }
}

fn refuse(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(codes::CANNOT_INLINE, message, span, label).help("drop `inline` from the relation's declaration")
}

fn atom_of(literal: &Literal) -> Option<&Atom> {
    match literal {
        Literal::Positive(atom) | Literal::Negative(atom) => Some(atom),
        Literal::Constraint(_) => None,
    }
}

/// The literals that a body becomes in the place of an atom; `rule` gets the body's variables.
fn unfolded(rule: &mut Rule, body: &Rule, atom: &Atom) -> Vec<Literal> {
    let first = rule.variables.len() as u32;
    let fresh = |v: usize| Expr::Variable(VariableId(first + v as u32));
    for variable in &body.variables {
        let name = variable.name.split('@').next().unwrap_or_default();
        let name = format!("{name}@{}", rule.variables.len()).into();
        rule.variables.push(Variable { name, primitive: variable.primitive });
    }
    let mut values: Vec<Option<Expr>> = vec![None; body.variables.len()];
    let mut compared = Vec::new();
    for (given, arg) in atom.args.iter().zip(&body.args) {
        match (given, arg) {
            (Expr::Wildcard, Expr::Variable(_) | Expr::Const(_)) => {}
            (given, Expr::Variable(v)) if values[v.0 as usize].is_none() && !groups(&body.body, *v, given) => {
                values[v.0 as usize] = Some(given.clone());
            }
            (given, arg) => compared.push((given, arg)),
        }
    }
    let values: Vec<Expr> =
        values.into_iter().enumerate().map(|(v, value)| value.unwrap_or_else(|| fresh(v))).collect();
    let mut literals = Vec::with_capacity(compared.len() + body.body.len());
    for (given, arg) in compared {
        let right = substituted(arg, &values);
        // Whatever its value, it must have one.
        let left = if matches!(given, Expr::Wildcard) { right.clone() } else { given.clone() };
        literals.push(Literal::Constraint(Constraint { comparison: Comparison::Equal, left, right, span: atom.span }));
    }
    literals.extend(body.body.iter().map(|literal| substituted_literal(literal, &values)));
    literals
}

/// The alternatives in which no body holds.
fn negated(rule: &mut Rule, bodies: &[Rule], atom: &Atom) -> Vec<Vec<Literal>> {
    let mut alternatives: Vec<Vec<Literal>> = vec![Vec::new()];
    for body in bodies {
        let opposites: Vec<Literal> = unfolded(rule, body, atom).into_iter().map(opposite).collect();
        alternatives = alternatives
            .iter()
            .flat_map(|sofar| {
                opposites.iter().map(|literal| [sofar.as_slice(), std::slice::from_ref(literal)].concat())
            })
            .take(MAX_ALTERNATIVES + 1)
            .collect();
    }
    alternatives
}

fn opposite(literal: Literal) -> Literal {
    match literal {
        Literal::Positive(atom) => Literal::Negative(atom),
        Literal::Negative(atom) => Literal::Positive(atom),
        Literal::Constraint(constraint) => {
            Literal::Constraint(Constraint { comparison: constraint.comparison.negated(), ..constraint })
        }
    }
}

/// Whether an aggregate takes the variable from outside, or it or a range gives it its value, or a record is put together
/// or taken apart with it; it then must stay a variable.
fn groups(body: &[Literal], variable: VariableId, given: &Expr) -> bool {
    let is = |e: &Expr| matches!(e, Expr::Variable(v) if *v == variable);
    let folds = |side: &Expr, other: &Expr| match side {
        Expr::Aggregate(a) if a.outer.contains(&variable) => true,
        Expr::Call(Functor::Pack, fields) if fields.iter().any(is) => true,
        Expr::Aggregate(_) | Expr::Range(_) | Expr::Call(Functor::Pack, _) => is(other),
        _ => false,
    };
    let within = |literal: &Literal| match literal {
        Literal::Constraint(c) => folds(&c.left, &c.right) || folds(&c.right, &c.left),
        _ => false,
    };
    !matches!(given, Expr::Variable(_)) && body.iter().any(within)
}

fn substituted_literal(literal: &Literal, values: &[Expr]) -> Literal {
    let atom =
        |atom: &Atom| Atom { args: atom.args.iter().map(|arg| substituted(arg, values)).collect(), ..atom.clone() };
    match literal {
        Literal::Positive(a) => Literal::Positive(atom(a)),
        Literal::Negative(a) => Literal::Negative(atom(a)),
        Literal::Constraint(c) => Literal::Constraint(Constraint {
            left: substituted(&c.left, values),
            right: substituted(&c.right, values),
            ..c.clone()
        }),
    }
}

/// The expression with a value for each variable.
fn substituted(expr: &Expr, values: &[Expr]) -> Expr {
    match expr {
        Expr::Variable(v) => values[v.0 as usize].clone(),
        Expr::Wildcard | Expr::Const(_) => expr.clone(),
        Expr::Call(functor, args) => Expr::Call(*functor, args.iter().map(|arg| substituted(arg, values)).collect()),
        Expr::Range(range) => Expr::Range(Box::new(Range {
            primitive: range.primitive,
            from: substituted(&range.from, values),
            to: substituted(&range.to, values),
            step: range.step.as_ref().map(|step| substituted(step, values)),
        })),
        Expr::Aggregate(aggregate) => {
            let mut outer = Vec::new();
            for v in &aggregate.outer {
                if let Expr::Variable(v) = values[v.0 as usize]
                    && !outer.contains(&v)
                {
                    outer.push(v);
                }
            }
            Expr::Aggregate(Box::new(Aggregate {
                op: aggregate.op,
                target: aggregate.target.as_ref().map(|target| substituted(target, values)),
                body: aggregate.body.iter().map(|literal| substituted_literal(literal, values)).collect(),
                outer,
                span: aggregate.span,
            }))
        }
    }
}
