//! A program as text: the rules it means, each in one canonical form that depends on nothing but its meaning and the
//! names in it.

use crate::program::*;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for relation in &self.relations {
            writeln!(f, "{relation}")?;
        }
        for directive in &self.directives {
            let kind = match directive.kind {
                DirectiveKind::Input => ".input",
                DirectiveKind::Output => ".output",
                DirectiveKind::PrintSize => ".printsize",
            };
            write!(f, "{kind} {}", self.relation(directive.relation).name)?;
            if !directive.parameters.is_empty() {
                let parameter = |(key, value): (&String, &String)| format!("{key}={value:?}");
                write!(f, "({})", directive.parameters.iter().map(parameter).collect::<Vec<_>>().join(", "))?;
            }
            writeln!(f)?;
        }
        for fact in &self.facts {
            let values: Vec<String> = fact.values.iter().map(ToString::to_string).collect();
            writeln!(f, "{}({}).", self.relation(fact.relation).name, values.join(", "))?;
        }
        for rule in &self.rules {
            writeln!(f, "{}", self.rule_text(rule))?;
        }
        for subsumption in &self.subsumptions {
            writeln!(f, "{}", self.subsumption_text(subsumption))?;
        }
        Ok(())
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.columns.iter().map(|c| format!("{}: {}", c.name, c.ty.name)).collect();
        write!(f, ".decl {}({})", self.name, columns.join(", "))
    }
}

impl Program {
    /// A rule as text.
    pub fn rule_text(&self, rule: &Rule) -> String {
        let mut out = String::new();
        let printer = Printer { program: self, rule };
        let _ = printer.atom_parts(&mut out, rule.head, &rule.args);
        if !rule.body.is_empty() {
            out.push_str(" :- ");
            let _ = printer.body(&mut out, &rule.body);
        }
        out.push('.');
        out
    }

    /// A literal of a rule as text.
    pub fn literal_text(&self, rule: &Rule, literal: &Literal) -> String {
        let mut out = String::new();
        let _ = Printer { program: self, rule }.literal(&mut out, literal);
        out
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
            format!("{}({})", relation.name, args.collect::<Vec<_>>().join(", "))
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
}

struct Printer<'a> {
    program: &'a Program,
    rule: &'a Rule,
}

impl Printer<'_> {
    fn body(&self, out: &mut String, body: &[Literal]) -> fmt::Result {
        for (index, literal) in body.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.literal(out, literal)?;
        }
        Ok(())
    }

    fn literal(&self, out: &mut String, literal: &Literal) -> fmt::Result {
        match literal {
            Literal::Positive(atom) => self.atom_parts(out, atom.relation, &atom.args),
            Literal::Negative(atom) => {
                out.push('!');
                self.atom_parts(out, atom.relation, &atom.args)
            }
            Literal::Constraint(Constraint { comparison, left, right, .. }) => {
                let symbol = comparison.symbol();
                if symbol.ends_with(|c: char| c.is_alphabetic()) {
                    write!(out, "{symbol}(")?;
                    self.expr(out, left, false)?;
                    out.push_str(", ");
                    self.expr(out, right, false)?;
                    out.push(')');
                    return Ok(());
                }
                self.expr(out, left, false)?;
                write!(out, " {symbol} ")?;
                self.expr(out, right, false)
            }
        }
    }

    fn atom_parts(&self, out: &mut String, relation: RelationId, args: &[Expr]) -> fmt::Result {
        write!(out, "{}(", self.program.relation(relation).name)?;
        self.list(out, args)?;
        out.push(')');
        Ok(())
    }

    fn list(&self, out: &mut String, args: &[Expr]) -> fmt::Result {
        for (index, arg) in args.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            self.expr(out, arg, false)?;
        }
        Ok(())
    }

    /// `inner` expressions stand in parentheses if they are operators.
    fn expr(&self, out: &mut String, expr: &Expr, inner: bool) -> fmt::Result {
        match expr {
            Expr::Variable(variable) => {
                out.push_str(&self.rule.variables[variable.0 as usize].name);
                Ok(())
            }
            Expr::Wildcard => {
                out.push('_');
                Ok(())
            }
            Expr::Const(constant) => write!(out, "{constant}"),
            Expr::Call(functor, args) => match args.as_slice() {
                [left, right] if functor.is_infix() => {
                    out.push_str(if inner { "(" } else { "" });
                    self.expr(out, left, true)?;
                    write!(out, " {functor} ")?;
                    self.expr(out, right, true)?;
                    out.push_str(if inner { ")" } else { "" });
                    Ok(())
                }
                _ => {
                    write!(out, "{functor}(")?;
                    self.list(out, args)?;
                    out.push(')');
                    Ok(())
                }
            },
            Expr::Aggregate(aggregate) => self.aggregate(out, aggregate),
        }
    }

    fn aggregate(&self, out: &mut String, aggregate: &Aggregate) -> fmt::Result {
        out.push_str(match aggregate.op {
            AggregateOp::Count => "count",
            AggregateOp::Sum(_) => "sum",
            AggregateOp::Min(_) => "min",
            AggregateOp::Max(_) => "max",
            AggregateOp::Mean(_) => "mean",
            AggregateOp::Gap(_) => "gap",
        });
        if let Some(target) = &aggregate.target {
            out.push(' ');
            self.expr(out, target, true)?;
        }
        out.push_str(" : { ");
        self.body(out, &aggregate.body)?;
        out.push_str(" }");
        Ok(())
    }
}
