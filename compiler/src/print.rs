//! A program as text: the rules it means, each in one canonical form that depends on nothing but its meaning and the
//! names in it.
//!
//! The text is a program again, with the same meaning: what desugaring named `@…`, which no author can write, gets a name
//! that is free; a subtype is another name for what it is at run time; a query is a query.

use crate::program::*;
use crate::text::{self, Names};
use crate::value::{Const, Form, Primitive, Type};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, base) in self.subtypes() {
            writeln!(f, ".type {name} = {base}")?;
        }
        for (name, structure) in self.structures.iter() {
            writeln!(f, ".type {name} = {structure}")?;
        }
        let ids = (0..self.relations.len() as u32).map(RelationId);
        for id in ids.filter(|id| !self.queries.contains(id)) {
            let relation = self.relation(id);
            let columns = relation.columns.iter().map(|c| format!("{}: {}", c.name, c.ty.name));
            let columns = columns.collect::<Vec<_>>().join(", ");
            writeln!(f, ".decl {}({columns}){}", self.name_text(id), qualities(relation))?;
        }
        for (id, limit) in self.limits() {
            writeln!(f, ".limitsize {}(n={limit})", self.name_text(id))?;
        }
        for id in (0..self.relations.len() as u32).map(RelationId) {
            let relation = self.relation(id);
            if let Some(Stream { time, horizon, lateness, idle, keep, .. }) = relation.stream {
                let (name, time) = (self.name_text(id), &relation.columns[time].name);
                let keep = keep.map(|keep| format!(", keep={keep}")).unwrap_or_default();
                writeln!(f, ".stream {name}(time={time}, horizon={horizon}, lateness={lateness}, idle={idle}{keep})")?;
            }
        }
        for directive in &self.directives {
            let kind = match directive.kind {
                DirectiveKind::Input => ".input",
                DirectiveKind::Output => ".output",
                DirectiveKind::PrintSize => ".printsize",
            };
            write!(f, "{kind} {}", self.name_text(directive.relation))?;
            if !directive.parameters.is_empty() {
                let parameter =
                    |(key, value): (&String, &String)| format!("{key}={}", Const::Symbol(value.as_str().into()));
                write!(f, "({})", directive.parameters.iter().map(parameter).collect::<Vec<_>>().join(", "))?;
            }
            writeln!(f)?;
        }
        for invariant in &self.invariants {
            let (relation, severity) = (self.name_text(invariant.relation), invariant.severity);
            let message = Const::Symbol(invariant.message.text().into());
            writeln!(f, ".invariant {relation}(severity = \"{severity}\", message = {message})")?;
        }
        for fact in &self.facts {
            let values: Vec<String> = fact.values.iter().map(ToString::to_string).collect();
            writeln!(f, "{}({}).", self.name_text(fact.relation), values.join(", "))?;
        }
        for rule in self.rules.iter().filter(|r| !self.queries.contains(&r.head)) {
            writeln!(f, "{}", self.rule_text(rule))?;
        }
        for query in &self.queries {
            let rules = self.rules.iter().filter(|r| r.head == *query);
            let bodies = rules.map(|rule| text::body(&mut SourceNames::new(self, rule), &rule.body));
            writeln!(f, "?- {}.", bodies.collect::<Vec<_>>().join(" ; "))?;
        }
        for subsumption in &self.subsumptions {
            writeln!(f, "{}", self.subsumption_text(subsumption))?;
        }
        for domination in &self.dominations {
            writeln!(f, "{}", self.domination_text(domination))?;
        }
        Ok(())
    }
}

impl Program {
    /// A rule as text.
    pub fn rule_text(&self, rule: &Rule) -> String {
        let counters = self.relation(rule.head).counters;
        let mut text = text::rule(&mut SourceNames::new(self, rule), rule.head, &rule.args, &rule.body);
        if counters > 0 {
            // The columns that are counted have no arguments.
            let mut head = String::new();
            text::arguments(&mut SourceNames::new(self, rule), &rule.args, &mut head);
            let counted = vec!["$"; counters].join(", ");
            let before = if rule.args.is_empty() { "" } else { ", " };
            let end = self.name_text(rule.head).len() + head.len() - 1;
            text.insert_str(end, &format!("{before}{counted}"));
        }
        text
    }

    /// A literal of a rule's body with `value` in the place of the variables for which there is one.
    pub fn literal_text(&self, rule: &Rule, literal: &Literal, value: &dyn Fn(VariableId) -> Option<String>) -> String {
        let mut names = SourceNames::new(self, rule);
        for (at, name) in names.variables.iter_mut().enumerate() {
            if let Some(value) = value(VariableId(at as u32)) {
                *name = value;
            }
        }
        text::body(&mut names, std::slice::from_ref(literal))
    }

    /// The strata in the order in which they can be evaluated, one a line.
    pub fn strata_text(&self) -> String {
        let line = |(number, stratum): (usize, &Stratum)| {
            let names: Vec<String> = stratum.relations.iter().map(|id| self.name_text(*id)).collect();
            let recursive = if stratum.recursive { " (recursive)" } else { "" };
            format!("{}: {}{recursive}\n", number + 1, names.join(", "))
        };
        self.strata.iter().enumerate().map(line).collect()
    }

    /// A subsumption as the clause it means.
    pub fn subsumption_text(&self, subsumption: &Subsumption) -> String {
        let relation = self.relation(subsumption.relation);
        let side = |prefix: &str| {
            let args = relation.columns.iter().enumerate().map(|(index, column)| {
                if subsumption.key.contains(&index) {
                    column.name.to_string()
                } else if subsumption.order.iter().any(|(column, _)| *column == index) {
                    format!("{prefix}{}", column.name)
                } else {
                    "_".to_string()
                }
            });
            format!("{}({})", self.name_text(subsumption.relation), args.collect::<Vec<_>>().join(", "))
        };
        let mut steps = Vec::new();
        for (index, (column, direction)) in subsumption.order.iter().enumerate() {
            let name = |column: usize| &relation.columns[column].name;
            let equal =
                subsumption.order[..index].iter().map(|(column, _)| format!("that_{0} = this_{0}", name(*column)));
            let sign = if *direction == Direction::Least { "<" } else { ">" };
            let last = format!("that_{0} {sign} this_{0}", name(*column));
            steps.push(equal.chain([last]).collect::<Vec<_>>().join(", "));
        }
        format!("{} <= {} :- {}.", side("this_"), side("that_"), steps.join(" ; "))
    }

    /// A subsumption clause that is no order per key.
    pub fn domination_text(&self, domination: &Domination) -> String {
        let Rule { args, body, span, .. } = &domination.rule;
        let mut names = SourceNames::new(self, &domination.rule);
        let mut side = |args: &[Expr]| {
            let mut out = String::new();
            let atom = Atom { relation: domination.relation, args: args.to_vec(), span: *span };
            text::atom(&mut names, &atom, &mut out);
            out
        };
        let (left, right) = args.split_at(args.len() / 2);
        let (left, right) = (side(left), side(right));
        let body = text::body(&mut names, body.get(2..).unwrap_or_default());
        format!("{left} <= {right} :- {}.", if body.is_empty() { "true" } else { &body })
    }

    fn limits(&self) -> impl Iterator<Item = (RelationId, u64)> + '_ {
        self.relations.iter().enumerate().filter_map(|(at, r)| Some((RelationId(at as u32), r.limit?)))
    }

    /// The name of a relation, one that can be written.
    fn name_text(&self, id: RelationId) -> String {
        let name = &*self.relation(id).name;
        if !name.contains('@') {
            return name.to_string();
        }
        free(name, &self.relations.iter().map(|r| r.name.to_string()).collect::<Vec<_>>())
    }

    /// The types of columns and fields that are not built in, each with the one that it is at run time.
    fn subtypes(&self) -> BTreeMap<Arc<str>, &'static str> {
        let columns = self.relations.iter().flat_map(|r| &r.columns).map(|c| &c.ty);
        let fields = self.structures.iter().flat_map(|(_, structure)| structure.fields()).map(|f| &f.ty);
        let types = columns.chain(fields).filter_map(|ty| Some((ty.name.clone(), built_in(ty)?)));
        types.filter(|(name, base)| **name != **base).collect()
    }
}

/// What stands behind the columns of a declaration.
fn qualities(relation: &Relation) -> String {
    let mut out = if relation.eqrel { " eqrel" } else { "" }.to_string();
    for (at, key) in relation.choices.iter().enumerate() {
        let names: Vec<&str> = key.iter().map(|column| &*relation.columns[*column].name).collect();
        out += if at == 0 { " choice-domain " } else { ", " };
        out += &format!("({})", names.join(", "));
    }
    out
}

/// The built-in type that a type is at run time; none for a record.
fn built_in(ty: &Type) -> Option<&'static str> {
    Some(match (ty.form, ty.primitive) {
        (_, Primitive::Record) => return None,
        (Form::Ip, _) => "Ip",
        (Form::Prefix, _) => "Prefix",
        (Form::Mac, _) => "Mac",
        (Form::Time, _) => "Time",
        (Form::Duration, _) => "Duration",
        (Form::Plain, Primitive::Number) => "number",
        (Form::Plain, Primitive::Unsigned) => "unsigned",
        (Form::Plain, Primitive::Float) => "float",
        (Form::Plain, Primitive::Symbol) => "symbol",
    })
}

/// A name that can be written and that none of the others is.
fn free(name: &str, others: &[String]) -> String {
    let mut free: String = name.trim_start_matches('@').replace(|c: char| !c.is_alphanumeric(), "_");
    free.insert(0, '_');
    while others.contains(&free) {
        free.push('_');
    }
    free
}

/// Relations and variables as the source names them.
struct SourceNames<'a> {
    program: &'a Program,
    variables: Vec<String>,
}

impl<'a> SourceNames<'a> {
    fn new(program: &'a Program, rule: &Rule) -> Self {
        let mut variables: Vec<String> = rule.variables.iter().map(|v| v.name.to_string()).collect();
        for i in 0..variables.len() {
            if variables[i].contains('@') {
                variables[i] = free(&variables[i], &variables);
            }
        }
        SourceNames { program, variables }
    }
}

impl Names for SourceNames<'_> {
    fn relation(&mut self, id: RelationId) -> String {
        self.program.name_text(id)
    }

    fn variable(&mut self, id: VariableId) -> String {
        self.variables[id.0 as usize].clone()
    }

    fn record(&mut self) -> String {
        self.program.structures.iter().next().map_or_else(|| "record".to_string(), |(name, _)| name.to_string())
    }
}
