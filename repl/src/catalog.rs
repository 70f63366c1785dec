//! What a model is made of, shown: its relations, their declarations, rules and plans.

use crate::complete::Names;
use crate::failure::Outcome;
use crate::model::Model;
use crate::table::Table;
use compiler::plan::{Body, Plan, Stage};
use compiler::program::{Relation, RelationId};
use compiler::span::Span;
use compiler::value::Primitive;
use runtime::Value;
use std::collections::BTreeSet;

impl Model {
    /// The declared relations with this text in their name, and how many tuples each one has.
    pub fn relations(&mut self, part: &str) -> Outcome<Table> {
        let mut rows = Vec::new();
        let named = self.declared().filter(|(_, r)| r.name.contains(part));
        let declared: Vec<_> = named.map(|(id, r)| (id, r.name.clone(), columns(r))).collect();
        for (id, name, columns) in declared {
            let kind = kind(self.engine.plan(), id);
            let count = self.engine.count(self.forks.current(), &name)?;
            let text = |s: &str| Value::Symbol(s.into());
            rows.push(vec![text(&name), text(kind), text(&columns), Value::Unsigned(count as u64)]);
        }
        let names = ["relation", "kind", "columns"].map(|n| (n.to_string(), Primitive::Symbol));
        let mut table = Table { columns: names.to_vec(), rows };
        table.columns.push(("tuples".into(), Primitive::Unsigned));
        table.sort();
        Ok(table)
    }

    /// The declarations, with their documentation: of one relation, or of all.
    pub fn schema(&self, name: Option<&str>) -> Outcome<String> {
        let only = name.map(|name| self.relation(name)).transpose()?;
        let mut text = String::new();
        for (_, relation) in self.declared().filter(|(id, _)| only.is_none_or(|only| only == *id)) {
            for line in relation.doc.lines() {
                text.push_str(&format!("/// {}\n", line.trim()));
            }
            text.push_str(&format!(".decl {}({})\n", relation.name, columns(relation)));
        }
        Ok(text)
    }

    /// The rules as they stand in the source: of one relation, or all.
    pub fn rules(&self, name: Option<&str>) -> Outcome<String> {
        let only = name.map(|name| self.relation(name)).transpose()?;
        let wanted = |head: RelationId| only.is_none_or(|only| only == head);
        let spans: BTreeSet<Span> = self.program.rules.iter().filter(|r| wanted(r.head)).map(|r| r.span).collect();
        let mut text = String::new();
        let mut file = None;
        for span in spans {
            let source = self.sources.get(span.source);
            if file != Some(span.source) {
                text.push_str(&format!("// {}\n", source.name));
                file = Some(span.source);
            }
            text.push_str(&format!("{}\n", source.text[span.range()].trim()));
        }
        Ok(text)
    }

    /// The plan: of one relation and what the planner made up for it, or of the whole program.
    pub fn plan(&self, name: Option<&str>) -> Outcome<String> {
        let plan = self.engine.plan();
        let Some(name) = name else { return Ok(plan.to_string()) };
        let relation = self.relation(name)?;
        if plan.definition(relation).is_none() {
            return Ok(format!("`{name}` is given: there is nothing to compute"));
        }
        let shown = with_auxiliaries(plan, relation);
        let mut part = plan.clone();
        for stratum in &mut part.strata {
            stratum.definitions.retain(|d| shown.contains(&d.relation));
        }
        part.strata.retain(|s| !s.definitions.is_empty());
        Ok(part.to_string())
    }

    /// The names that completion needs.
    pub fn names(&self) -> Names {
        let columns = |r: &Relation| r.columns.iter().map(|c| c.name.to_string()).collect();
        Names {
            relations: self.declared().map(|(_, r)| (r.name.to_string(), columns(r))).collect(),
            columns: Vec::new(),
            codes: compiler::codes::CODES.iter().map(|(code, _)| code.to_string()).collect(),
            kinds: ingest::importers().iter().map(|i| i.name().to_string()).collect(),
            forks: self.forks.names().chain([crate::forks::BASE]).map(str::to_string).collect(),
            scenarios: self.program.scenarios.all.iter().map(|scenario| scenario.name.to_string()).collect(),
            swept: self.sweepable(),
            reasons: self.rejected().reasons().map(|(_, reason, _)| reason.to_string()).collect(),
        }
    }

    fn declared(&self) -> impl Iterator<Item = (RelationId, &Relation)> {
        let all = self.program.relations.iter().enumerate().map(|(i, r)| (RelationId(i as u32), r));
        all.filter(|(_, r)| !r.name.starts_with(['@', '?']))
    }
}

/// Whether tuples are given as facts or derived by rules.
fn kind(plan: &Plan, relation: RelationId) -> &'static str {
    match plan.relation(relation).base {
        Some(base) if base == relation => "given",
        Some(_) => "given, derived",
        None => "derived",
    }
}

fn columns(relation: &Relation) -> String {
    relation.columns.iter().map(|c| format!("{}: {}", c.name, c.ty.name)).collect::<Vec<_>>().join(", ")
}

/// A relation and the auxiliary ones that the planner made up for it.
fn with_auxiliaries(plan: &Plan, relation: RelationId) -> BTreeSet<RelationId> {
    let mut found = BTreeSet::new();
    let mut open = vec![relation];
    while let Some(relation) = open.pop() {
        if !found.insert(relation) {
            continue;
        }
        let read = match plan.definition(relation).map(|d| &d.body) {
            Some(Body::Aggregate(aggregate)) => vec![aggregate.input],
            Some(Body::Union(pipelines, _)) => pipelines
                .iter()
                .flat_map(|p| p.source.into_iter().chain(p.stages.iter().filter_map(Stage::relation)))
                .collect(),
            None => Vec::new(),
        };
        open.extend(read.into_iter().filter(|r| plan.relation(*r).name.starts_with('@')));
    }
    found
}
