//! Rules: each literal becomes a clause of ascent's as soon as the variables that it needs are bound.

use super::expression::{Code, rust_type, variable};
use super::{Generator, Unsupported};
use crate::functor::{Comparison, Functor};
use crate::program::{
    Aggregate, AggregateOp, Atom, Constraint, Direction, Expr, Literal, Range, RelationId, Rule, Subsumption, Variable,
    VariableId,
};
use crate::value::Primitive;
use std::collections::BTreeSet;

/// How many columns a tuple can have.
pub(super) const WIDTH: usize = 12;

/// A body under construction.
struct Writer<'a> {
    /// The relation whose rule this is, also inside the rule's aggregates.
    head: RelationId,
    variables: &'a [Variable],
    bound: BTreeSet<VariableId>,
    clauses: Vec<String>,
    /// The relations of the positive atoms so far.
    reads: Vec<RelationId>,
    /// Further names, for columns that are compared only later.
    fresh: usize,
}

impl Generator<'_> {
    pub(super) fn unsupported(&self, construct: &str) -> Unsupported {
        Unsupported { construct: construct.to_string(), relation: String::new() }
    }

    /// Adds the rules that one rule of the program becomes.
    pub(super) fn rule(&mut self, rule: &Rule) -> Result<(), Unsupported> {
        let name = self.program.relation(rule.head).name.to_string();
        self.rule_parts(rule).map_err(|e| Unsupported { relation: name, ..e })
    }

    fn rule_parts(&mut self, rule: &Rule) -> Result<(), Unsupported> {
        let body = self.body(rule.head, &rule.variables, &rule.body)?;
        self.write(body, &rule.args, |generator, args| generator.head(rule.head, args))
    }

    /// Writes a rule whose head is made from its argument texts.
    fn write(
        &mut self,
        mut body: Writer,
        args: &[Expr],
        head: impl FnOnce(&mut Self, &[String]) -> String,
    ) -> Result<(), Unsupported> {
        let mut texts = Vec::new();
        for arg in args {
            let code = self.expression(arg)?;
            texts.push(match code.may_fail {
                true => body.bind_optional(&code.optional()),
                false => code.text,
            });
        }
        let head = head(self, &texts);
        let clauses = if body.clauses.is_empty() { "if true".to_string() } else { body.clauses.join(", ") };
        self.lines.push(format!("{head} <-- {clauses};"));
        Ok(())
    }

    /// The head of a rule for a relation.
    pub(super) fn head(&mut self, id: RelationId, args: &[String]) -> String {
        match self.subsumption(id) {
            None => format!("r{}({})", id.0, args.join(", ")),
            Some(s) => {
                let mut columns: Vec<String> = s.key.iter().map(|&i| args[i].clone()).collect();
                columns.push(best(&s, args));
                format!("l{}({})", id.0, columns.join(", "))
            }
        }
    }

    pub(super) fn subsumption(&self, id: RelationId) -> Option<Subsumption> {
        let stated = self.program.subsumptions.iter().find(|s| s.relation == id).cloned();
        stated.or_else(|| crate::choice::as_order(self.program, id))
    }

    fn body<'v>(
        &mut self,
        head: RelationId,
        variables: &'v [Variable],
        literals: &[Literal],
    ) -> Result<Writer<'v>, Unsupported> {
        let mut writer =
            Writer { head, variables, bound: BTreeSet::new(), clauses: Vec::new(), reads: Vec::new(), fresh: 0 };
        self.literals(&mut writer, literals)?;
        Ok(writer)
    }

    /// Adds all literals: whatever can be decided first, then the next positive atom.
    fn literals(&mut self, writer: &mut Writer, literals: &[Literal]) -> Result<(), Unsupported> {
        let mut rest: Vec<Literal> = literals.to_vec();
        while !rest.is_empty() {
            let ready = rest.iter().position(|l| writer.is_decided(l));
            let next = ready.or_else(|| rest.iter().position(|l| matches!(l, Literal::Positive(_))));
            let Some(next) = next else {
                return Err(self.unsupported("a literal whose variables are bound by no atom before it"));
            };
            match rest.remove(next) {
                Literal::Positive(atom) => self.positive(writer, &atom, &mut rest)?,
                Literal::Negative(atom) => self.negative(writer, &atom)?,
                Literal::Constraint(constraint) => self.constraint(writer, &constraint)?,
            }
        }
        Ok(())
    }

    fn positive(&mut self, writer: &mut Writer, atom: &Atom, rest: &mut Vec<Literal>) -> Result<(), Unsupported> {
        writer.reads.push(atom.relation);
        // A functor whose variables are not bound yet is compared once they are.
        let mut args = Vec::new();
        for arg in &atom.args {
            args.push(match arg {
                Expr::Call(..) if !writer.knows(arg) => {
                    let name = writer.name();
                    rest.push(Literal::Constraint(Constraint {
                        comparison: Comparison::Equal,
                        left: Expr::Variable(name),
                        right: arg.clone(),
                        span: atom.span,
                    }));
                    Expr::Variable(name)
                }
                arg => arg.clone(),
            });
        }
        match self.subsumption(atom.relation).filter(|_| self.together(atom.relation, writer.head)) {
            None => {
                let args = self.arguments(writer, &args)?;
                writer.clauses.push(format!("r{}({args})", atom.relation.0));
            }
            Some(s) => {
                let key: Vec<Expr> = s.key.iter().map(|&i| args[i].clone()).collect();
                let key = self.arguments(writer, &key)?;
                let separator = if key.is_empty() { "" } else { ", " };
                let value = writer.text_name();
                writer.clauses.push(format!("l{}({key}{separator}{value})", atom.relation.0));
                let arity = self.program.relation(atom.relation).columns.len();
                let rest = rest_columns(&s, arity);
                let tie = writer.text_name();
                if !rest.is_empty() {
                    writer.clauses.push(format!("for {tie} in {value}.ties()"));
                }
                for (at, (column, direction)) in s.order.iter().enumerate() {
                    let unwrap = if *direction == Direction::Greatest { ".0" } else { "" };
                    self.column(writer, &args[*column], &format!("{value}.order().{at}{unwrap}"))?;
                }
                for (at, column) in rest.iter().enumerate() {
                    self.column(writer, &args[*column], &format!("{tie}.{at}"))?;
                }
            }
        }
        Ok(())
    }

    /// Compares or binds an argument with a value that is at hand.
    fn column(&mut self, writer: &mut Writer, arg: &Expr, value: &str) -> Result<(), Unsupported> {
        match arg {
            Expr::Wildcard => {}
            Expr::Variable(v) if !writer.bound.contains(v) => {
                writer.bound.insert(*v);
                writer.clauses.push(format!("let {} = &{value}", variable(*v)));
            }
            arg => {
                let code = self.expression(arg)?;
                writer.clauses.push(match code.may_fail {
                    true => format!("if {} == Some({value})", code.optional()),
                    false => format!("if {} == {value}", code.text),
                });
            }
        }
        Ok(())
    }

    /// The arguments of a clause. Variables that it binds are bound from here on.
    fn arguments(&mut self, writer: &mut Writer, args: &[Expr]) -> Result<String, Unsupported> {
        let mut texts = Vec::new();
        for arg in args {
            texts.push(match arg {
                Expr::Wildcard => "_".to_string(),
                Expr::Variable(v) => {
                    writer.bound.insert(*v);
                    variable(*v)
                }
                arg => {
                    let code = self.expression(arg)?;
                    match code.may_fail {
                        true => writer.bind_optional(&code.optional()),
                        false => code.text,
                    }
                }
            });
        }
        Ok(texts.join(", "))
    }

    fn negative(&mut self, writer: &mut Writer, atom: &Atom) -> Result<(), Unsupported> {
        let mut texts = Vec::new();
        for arg in &atom.args {
            texts.push(match arg {
                Expr::Wildcard => "_".to_string(),
                arg => {
                    let code = self.expression(arg)?;
                    if code.may_fail { writer.bind_optional(&code.optional()) } else { code.text }
                }
            });
        }
        writer.clauses.push(format!("!r{}({})", atom.relation.0, texts.join(", ")));
        Ok(())
    }

    fn constraint(&mut self, writer: &mut Writer, c: &Constraint) -> Result<(), Unsupported> {
        for (side, other) in [(&c.left, &c.right), (&c.right, &c.left)] {
            if let (Expr::Variable(v), Expr::Aggregate(aggregate)) = (side, other) {
                return self.aggregate(writer, *v, aggregate);
            }
            if let (Expr::Variable(v), Expr::Range(range)) = (side, other) {
                return self.range(writer, *v, range);
            }
        }
        if c.comparison == Comparison::Equal {
            for (side, other) in [(&c.left, &c.right), (&c.right, &c.left)] {
                if let Expr::Variable(v) = side
                    && !writer.bound.contains(v)
                {
                    let code = self.expression(other)?;
                    let name = variable(*v);
                    writer.clauses.push(match code.may_fail {
                        true => format!("if let Some({name}) = &({})", code.optional()),
                        false => format!("let {name} = &({})", code.text),
                    });
                    writer.bound.insert(*v);
                    return Ok(());
                }
            }
        }
        if let Some((tuple, fields)) = writer.pattern(c) {
            return self.take_apart(writer, tuple, fields);
        }
        let test = self.comparison(c.comparison, &c.left, &c.right)?;
        writer.clauses.push(format!("if {test}"));
        Ok(())
    }

    /// `for t1 in support::range(from, to, step)`
    fn range(&mut self, writer: &mut Writer, result: VariableId, range: &Range) -> Result<(), Unsupported> {
        let args: Vec<Code> = range.args().map(|e| self.expression(e)).collect::<Result<_, _>>()?;
        let mut texts = Vec::new();
        for code in args {
            texts.push(if code.may_fail { writer.bind_optional(&code.optional()) } else { code.text });
        }
        let step = texts.get(2).map_or("None".to_string(), |step| format!("Some({step})"));
        let value = writer.text_name();
        writer.clauses.push(format!("for {value} in support::range({}, {}, {step})", texts[0], texts[1]));
        self.column(writer, &Expr::Variable(result), &value)
    }

    /// Binds or compares the fields of a tuple that is bound.
    fn take_apart(&mut self, writer: &mut Writer, tuple: VariableId, fields: &[Expr]) -> Result<(), Unsupported> {
        let tuple = format!("(*{})", variable(tuple));
        if fields.is_empty() {
            writer.clauses.push(format!("if {tuple} != support::Term::NIL"));
        }
        for (place, field) in fields.iter().enumerate() {
            let of = |ty: &str| format!("support::field::<{ty}>({tuple}, {place})");
            writer.clauses.push(match field {
                Expr::Variable(v) if !writer.bound.contains(v) => {
                    writer.bound.insert(*v);
                    format!("if let Some({}) = &{}", variable(*v), of(rust_type(writer.primitive(*v))))
                }
                field => format!("if {} == Some({})", of("_"), self.expression(field)?.text),
            });
        }
        Ok(())
    }

    /// A relation of the aggregate's bindings, and an ascent aggregate over it.
    fn aggregate(&mut self, writer: &mut Writer, result: VariableId, aggregate: &Aggregate) -> Result<(), Unsupported> {
        let number = self.number();
        let mut inner = Writer {
            head: writer.head,
            variables: writer.variables,
            bound: BTreeSet::new(),
            clauses: Vec::new(),
            reads: Vec::new(),
            fresh: 0,
        };
        let open = writer.open_groups(aggregate);
        if !open.is_empty() {
            if writer.reads.iter().any(|id| self.together(*id, writer.head)) {
                return Err(self.unsupported("an aggregate over variables that recursion binds"));
            }
            let types: Vec<&str> = open.iter().map(|v| rust_type(writer.primitive(*v))).collect();
            let names: Vec<String> = open.iter().map(|v| variable(*v)).collect();
            let values: Vec<String> = names.iter().map(|n| format!("*{n}")).collect();
            self.lines.push(format!("relation c{number}({});", types.join(", ")));
            self.lines.push(format!("c{number}({}) <-- {};", values.join(", "), writer.clauses.join(", ")));
            inner.clauses.push(format!("c{number}({})", names.join(", ")));
            inner.bound.extend(open);
        }
        let mut wildcards = Vec::new();
        let body = self.name_wildcards(&aggregate.body, &mut wildcards, &mut inner);
        self.literals(&mut inner, &body)?;

        let group = &aggregate.outer;
        let mut columns: Vec<(String, Primitive)> = Vec::new();
        columns.extend(group.iter().map(|v| (format!("*{}", variable(*v)), writer.primitive(*v))));
        if let Some(target) = &aggregate.target {
            let code = self.expression(target)?;
            let text = if code.may_fail { inner.bind_optional(&code.optional()) } else { code.text };
            columns.push((text, target_primitive(aggregate.op)));
        }
        let named = inner.bound.iter().filter(|v| !group.contains(v) && (v.0 as usize) < writer.variables.len());
        columns.extend(named.map(|v| (format!("*{}", variable(*v)), writer.primitive(*v))));
        columns.extend(wildcards.iter().map(|(v, p)| (format!("*{}", variable(*v)), *p)));

        let split = group.len() + aggregate.target.iter().len();
        let mut types: Vec<String> = columns.iter().map(|(_, p)| rust_type(*p).to_string()).collect();
        let mut texts: Vec<String> = columns.into_iter().map(|(text, _)| text).collect();
        let (rest_types, rest_texts) = (types.split_off(split), texts.split_off(split));
        types.push(nested(rest_types));
        texts.push(nested(rest_texts));
        self.lines.push(format!("relation a{number}({});", types.join(", ")));
        self.lines.push(format!("a{number}({}) <-- {};", texts.join(", "), inner.clauses.join(", ")));

        let mut args: Vec<String> = group.iter().map(|v| variable(*v)).collect();
        let value = writer.text_name();
        let folded = if aggregate.target.is_some() { "target" } else { "" };
        args.extend(aggregate.target.iter().map(|_| "target".to_string()));
        args.push("_".to_string());
        let function = function(aggregate.op).ok_or_else(|| self.unsupported("an aggregate of this type"))?;
        writer.clauses.push(format!("agg {value} = support::{function}({folded}) in a{number}({})", args.join(", ")));
        self.column(writer, &Expr::Variable(result), &value)
    }

    /// Gives every wildcard of positive atoms a name, since bindings differ in it.
    fn name_wildcards(
        &self,
        body: &[Literal],
        wildcards: &mut Vec<(VariableId, Primitive)>,
        writer: &mut Writer,
    ) -> Vec<Literal> {
        let mut body = body.to_vec();
        for literal in &mut body {
            let Literal::Positive(atom) = literal else { continue };
            for (i, arg) in atom.args.iter_mut().enumerate().filter(|(_, a)| matches!(a, Expr::Wildcard)) {
                let name = writer.name();
                wildcards.push((name, self.program.relation(atom.relation).columns[i].ty.primitive));
                *arg = Expr::Variable(name);
            }
        }
        body
    }
}

impl Writer<'_> {
    /// A new variable.
    fn name(&mut self) -> VariableId {
        self.fresh += 1;
        VariableId((self.variables.len() + self.fresh) as u32)
    }

    fn text_name(&mut self) -> String {
        self.fresh += 1;
        format!("t{}", self.fresh)
    }

    fn primitive(&self, v: VariableId) -> Primitive {
        self.variables.get(v.0 as usize).map_or(Primitive::Number, |v| v.primitive)
    }

    /// Binds the value of an expression that may have none, and returns its text.
    fn bind_optional(&mut self, optional: &str) -> String {
        let name = self.text_name();
        self.clauses.push(format!("if let Some({name}) = {optional}"));
        name
    }

    /// The tuple and the fields of `v = [x, y]` if `v` is bound and some field is not.
    fn pattern<'c>(&self, c: &'c Constraint) -> Option<(VariableId, &'c [Expr])> {
        match (c.comparison, &c.left, &c.right) {
            (Comparison::Equal, Expr::Variable(v), Expr::Call(Functor::Pack, fields))
            | (Comparison::Equal, Expr::Call(Functor::Pack, fields), Expr::Variable(v))
                if self.bound.contains(v) && !fields.iter().all(|field| self.knows(field)) =>
            {
                Some((*v, fields))
            }
            _ => None,
        }
    }

    fn knows(&self, e: &Expr) -> bool {
        match e {
            Expr::Variable(v) => self.bound.contains(v),
            Expr::Const(_) => true,
            Expr::Call(_, args) => args.iter().all(|e| self.knows(e)),
            Expr::Range(range) => range.args().all(|e| self.knows(e)),
            Expr::Wildcard | Expr::Aggregate(_) => false,
        }
    }

    /// Whether a literal can be decided, or binds a variable, with what is bound.
    fn is_decided(&self, literal: &Literal) -> bool {
        match literal {
            Literal::Positive(_) => false,
            Literal::Negative(atom) => atom.args.iter().all(|e| matches!(e, Expr::Wildcard) || self.knows(e)),
            Literal::Constraint(c) if self.pattern(c).is_some() => true,
            Literal::Constraint(c) => match (&c.left, &c.right) {
                (Expr::Aggregate(a), _) | (_, Expr::Aggregate(a)) => a.outer.iter().all(|v| self.bound.contains(v)),
                (left, right) => {
                    let binds = |e: &Expr| c.comparison == Comparison::Equal && matches!(e, Expr::Variable(_));
                    (self.knows(left) && (self.knows(right) || binds(right))) || (self.knows(right) && binds(left))
                }
            },
        }
    }

    /// The groups of an aggregate that its own literals do not bind.
    fn open_groups(&self, aggregate: &Aggregate) -> Vec<VariableId> {
        let mut inner = Writer {
            head: self.head,
            variables: self.variables,
            bound: BTreeSet::new(),
            clauses: Vec::new(),
            reads: Vec::new(),
            fresh: 0,
        };
        loop {
            let before = inner.bound.len();
            for literal in &aggregate.body {
                let args: Vec<&Expr> = match literal {
                    Literal::Positive(atom) => atom.args.iter().collect(),
                    Literal::Constraint(c) if let Some((_, fields)) = inner.pattern(c) => fields.iter().collect(),
                    Literal::Constraint(c) if inner.is_decided(literal) => vec![&c.left, &c.right],
                    _ => Vec::new(),
                };
                let bound = args.into_iter().filter_map(|e| if let Expr::Variable(v) = e { Some(*v) } else { None });
                inner.bound.extend(bound);
            }
            if inner.bound.len() == before {
                return aggregate.outer.iter().copied().filter(|v| !inner.bound.contains(v)).collect();
            }
        }
    }
}

/// The value of a lattice from the columns of a row.
fn best(s: &Subsumption, args: &[String]) -> String {
    let order: Vec<String> = s
        .order
        .iter()
        .map(|(column, direction)| match direction {
            Direction::Least => args[*column].clone(),
            Direction::Greatest => format!("std::cmp::Reverse({})", args[*column]),
        })
        .collect();
    let rest: Vec<String> = rest_columns(s, args.len()).into_iter().map(|i| args[i].clone()).collect();
    format!("support::Best::new({}, {})", tuple(&order), tuple(&rest))
}

/// The columns that a subsumption neither groups by nor compares.
pub(super) fn rest_columns(s: &Subsumption, arity: usize) -> Vec<usize> {
    (0..arity).filter(|i| !s.key.contains(i) && s.order.iter().all(|(c, _)| c != i)).collect()
}

/// One value or type from many: tuples of tuples, since Rust compares tuples of up to twelve only.
fn nested(parts: Vec<String>) -> String {
    if parts.len() <= WIDTH {
        return tuple(&parts);
    }
    nested(parts.chunks(WIDTH).map(tuple).collect())
}

/// A Rust tuple, of values or of types.
pub(super) fn tuple(parts: &[String]) -> String {
    format!("({}{})", parts.join(", "), if parts.len() == 1 { "," } else { "" })
}

fn target_primitive(op: AggregateOp) -> Primitive {
    match op {
        AggregateOp::Count => Primitive::Number,
        AggregateOp::Sum(p)
        | AggregateOp::Min(p)
        | AggregateOp::Max(p)
        | AggregateOp::Mean(p)
        | AggregateOp::Gap(p) => p,
    }
}

/// The function of `support` that folds.
fn function(op: AggregateOp) -> Option<&'static str> {
    use Primitive::*;
    Some(match op {
        AggregateOp::Count => "count",
        AggregateOp::Sum(Number) => "sum_number",
        AggregateOp::Sum(Unsigned) => "sum_unsigned",
        AggregateOp::Sum(Float) => "sum_float",
        AggregateOp::Sum(Symbol | Record) => return None,
        AggregateOp::Min(_) => "least",
        AggregateOp::Max(_) => "greatest",
        AggregateOp::Mean(Number) => "mean_number",
        AggregateOp::Mean(Unsigned) => "mean_unsigned",
        AggregateOp::Mean(Float) => "mean_float",
        AggregateOp::Mean(Symbol | Record) => return None,
        AggregateOp::Gap(Number) => "gap_number",
        AggregateOp::Gap(Unsigned) => "gap_unsigned",
        AggregateOp::Gap(Float | Symbol | Record) => return None,
    })
}
