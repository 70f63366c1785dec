//! Rules ready to be searched: constants are words, and calls within positive atoms stand in equalities of their own.

use crate::symbols::Symbols;
use compiler::functor::{Comparison, Functor};
use compiler::program::{self, AggregateOp, Expr, RelationId};
use compiler::value::Primitive;

/// A rule.
pub(super) struct Rule {
    pub(super) head: RelationId,
    pub(super) args: Vec<Term>,
    /// The literals of the program's rule in their order, then equalities that stand for calls within atoms.
    pub(super) body: Vec<Literal>,
    /// How many literals are the program's.
    pub(super) stated: usize,
    pub(super) variables: usize,
}

/// An expression.
pub(super) enum Term {
    Variable(usize),
    Any,
    Word(u64),
    Call(Functor, Vec<Term>),
    Fold(Box<Fold>),
    Range(Primitive, Vec<Term>),
}

/// A conjunct.
pub(super) enum Literal {
    Positive(Atom),
    Negative(Atom),
    Compare(Comparison, Term, Term),
}

/// A relation applied to arguments.
pub(super) struct Atom {
    pub(super) relation: RelationId,
    pub(super) args: Vec<Term>,
}

/// An aggregate.
pub(super) struct Fold {
    pub(super) op: AggregateOp,
    pub(super) target: Option<Term>,
    pub(super) body: Vec<Literal>,
    /// How many literals of the body are the program's.
    pub(super) stated: usize,
    pub(super) outer: Vec<usize>,
}

/// Values of variables, as far as they are known.
pub(super) type Bindings = Vec<Option<u64>>;

impl Rule {
    pub(super) fn new(rule: &program::Rule, symbols: &Symbols) -> Rule {
        let mut make = Make { symbols, variables: rule.variables.len() };
        let body = make.body(&rule.body);
        let args = rule.args.iter().map(|arg| make.term(arg)).collect();
        Rule { head: rule.head, args, body, stated: rule.body.len(), variables: make.variables }
    }

    /// What is known of the variables if the head is a row, of which some columns may not be known; none if it cannot be.
    pub(super) fn unify(&self, row: &[Option<u64>], symbols: &Symbols) -> Option<Bindings> {
        let mut bindings = vec![None; self.variables];
        for (arg, word) in self.args.iter().zip(row) {
            match (arg, word) {
                (Term::Call(Functor::Pack, fields), Some(word)) => take_apart(fields, *word, symbols, &mut bindings)?,
                (arg, Some(word)) => equate(arg, *word, &mut bindings)?,
                (_, None) => {}
            }
        }
        Some(bindings)
    }
}

/// Binds the variables of a record's fields; what is not a variable is checked when all are bound.
fn take_apart(fields: &[Term], tuple: u64, symbols: &Symbols, bindings: &mut Bindings) -> Option<()> {
    let words = symbols.fields(tuple);
    if words.len() != fields.len() || tuple == 0 {
        return None;
    }
    for (field, word) in fields.iter().zip(words) {
        match field {
            Term::Call(Functor::Pack, fields) => take_apart(fields, word, symbols, bindings)?,
            Term::Call(..) => {}
            field => equate(field, word, bindings)?,
        }
    }
    Some(())
}

fn equate(term: &Term, word: u64, bindings: &mut Bindings) -> Option<()> {
    match term {
        Term::Variable(v) => match bindings[*v] {
            None => bindings[*v] = Some(word),
            Some(known) if known == word => {}
            Some(_) => return None,
        },
        Term::Word(known) if *known != word => return None,
        _ => {}
    }
    Some(())
}

struct Make<'a> {
    symbols: &'a Symbols,
    variables: usize,
}

impl Make<'_> {
    fn body(&mut self, literals: &[program::Literal]) -> Vec<Literal> {
        let mut equalities = Vec::new();
        let mut body: Vec<Literal> = literals.iter().map(|l| self.literal(l, &mut equalities)).collect();
        body.append(&mut equalities);
        body
    }

    fn literal(&mut self, literal: &program::Literal, equalities: &mut Vec<Literal>) -> Literal {
        match literal {
            program::Literal::Negative(atom) => Literal::Negative(self.atom(atom)),
            program::Literal::Constraint(c) => Literal::Compare(c.comparison, self.term(&c.left), self.term(&c.right)),
            program::Literal::Positive(atom) => {
                let mut atom = self.atom(atom);
                for arg in atom.args.iter_mut().filter(|arg| matches!(arg, Term::Call(..))) {
                    let call = std::mem::replace(arg, Term::Variable(self.variables));
                    equalities.push(Literal::Compare(Comparison::Equal, Term::Variable(self.variables), call));
                    self.variables += 1;
                }
                Literal::Positive(atom)
            }
        }
    }

    fn atom(&mut self, atom: &program::Atom) -> Atom {
        Atom { relation: atom.relation, args: atom.args.iter().map(|arg| self.term(arg)).collect() }
    }

    fn term(&mut self, expr: &Expr) -> Term {
        match expr {
            Expr::Variable(v) => Term::Variable(v.0 as usize),
            Expr::Wildcard => Term::Any,
            Expr::Const(constant) => Term::Word(self.symbols.constant(constant)),
            Expr::Call(functor, args) => Term::Call(*functor, args.iter().map(|arg| self.term(arg)).collect()),
            Expr::Range(range) => Term::Range(range.primitive, range.args().map(|arg| self.term(arg)).collect()),
            Expr::Aggregate(aggregate) => Term::Fold(Box::new(Fold {
                op: aggregate.op,
                target: aggregate.target.as_ref().map(|target| self.term(target)),
                body: self.body(&aggregate.body),
                stated: aggregate.body.len(),
                outer: aggregate.outer.iter().map(|v| v.0 as usize).collect(),
            })),
        }
    }
}

impl Term {
    /// Whether all that the term needs is known. An aggregate needs its groups.
    pub(super) fn is_known(&self, bindings: &Bindings) -> bool {
        match self {
            Term::Variable(v) => bindings[*v].is_some(),
            Term::Any | Term::Word(_) => true,
            Term::Call(_, args) | Term::Range(_, args) => args.iter().all(|arg| arg.is_known(bindings)),
            Term::Fold(fold) => fold.outer.iter().all(|v| bindings[*v].is_some()),
        }
    }

    /// The variable that the term is, if it is one without a value.
    pub(super) fn unknown(&self, bindings: &Bindings) -> Option<usize> {
        match self {
            Term::Variable(v) if bindings[*v].is_none() => Some(*v),
            _ => None,
        }
    }
}
