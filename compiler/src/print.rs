//! A program as text: the rules it means, each in one canonical form that depends on nothing but its meaning and the
//! names in it.

use crate::program::*;
use crate::text::{self, Names};
use std::fmt::{self, Display, Formatter};

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
        text::rule(&mut SourceNames { program: self, rule }, rule.head, &rule.args, &rule.body)
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

/// Relations and variables as the source names them.
struct SourceNames<'a> {
    program: &'a Program,
    rule: &'a Rule,
}

impl Names for SourceNames<'_> {
    fn relation(&mut self, id: RelationId) -> String {
        self.program.relation(id).name.to_string()
    }

    fn variable(&mut self, id: VariableId) -> String {
        self.rule.variables[id.0 as usize].name.to_string()
    }
}
