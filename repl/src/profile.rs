//! `.profile`: what each rule takes, each rule as its author wrote it.
//!
//! A rule that is evaluated under a supposition, or for a scenario, is told as the rule that the author wrote, with what it
//! is evaluated for. Cost: that of evaluating the rules once.

use crate::failure::Outcome;
use crate::model::Model;
use compiler::plan::{Body, Plan};
use compiler::span::Span;
use runtime::{Answers, RuleProfile};
use std::collections::HashMap;
use std::sync::Arc;

/// What a rule is told by, besides its text.
const HEADER: [&str; 6] = ["ms", "runs", "from rows", "bindings", "new tuples", "KiB held"];

/// How far the text of a rule is set in.
const INDENT: &str = "    ";

impl Model {
    /// What each rule takes: a line of numbers, and below it the rule with its place, and in which order its atoms were
    /// joined. The header comes first, then those that took longest, at most so many. And how many there are.
    pub fn profile(&mut self, most: usize) -> Outcome<(Vec<String>, usize)> {
        let answers = self.engine.evaluated(self.forks.current())?;
        let spans = spans(self.engine.plan());
        let rules: Vec<&RuleProfile> = answers.profile().iter().take(most).collect();
        let numbers: Vec<[String; 6]> =
            [HEADER.map(str::to_owned)].into_iter().chain(rules.iter().map(|rule| numbers(&answers, rule))).collect();
        let width = |at: usize| numbers.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
        let line = |cells: &[String; 6]| {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
            cells.collect::<Vec<_>>().join("  ")
        };
        let mut texts = vec![line(&numbers[0])];
        for (numbers, rule) in numbers[1..].iter().zip(&rules) {
            let purpose = rule.relation.and_then(|id| purpose(&answers.plan().relation(id).name)).unwrap_or_default();
            let written = match spans.get(&rule.rule) {
                Some(span) => format!("{INDENT}// {}{purpose}\n{}", self.place(*span), self.written(*span)),
                None => format!("{INDENT}{}", rule.rule),
            };
            texts.push(format!("{}\n{written}{}", line(numbers), orders(&rule.plans)));
        }
        Ok((texts, answers.profile().len()))
    }

    /// `rules.dl:3`
    fn place(&self, span: Span) -> String {
        format!("{}:{}", self.sources.get(span.source).name, self.sources.position(span).0)
    }

    /// The text of a rule, line by line as it stands in its source.
    fn written(&self, span: Span) -> String {
        let text = self.sources.get(span.source).text[span.range()].trim();
        let lines: Vec<String> = text.lines().map(|line| format!("{INDENT}{}", line.trim_end())).collect();
        lines.join("\n")
    }
}

/// Where each rule stands, by the text that the evaluator knows it by.
fn spans(plan: &Plan) -> HashMap<Arc<str>, Span> {
    let definitions = plan.strata.iter().flat_map(|stratum| &stratum.definitions);
    let pipelines = definitions.filter_map(|definition| match &definition.body {
        Body::Union(pipelines, _) => Some(pipelines),
        Body::Aggregate(_) => None,
    });
    pipelines.flatten().map(|pipeline| (pipeline.rule.clone(), pipeline.span)).collect()
}

fn numbers(answers: &Answers, rule: &RuleProfile) -> [String; 6] {
    [
        format!("{:.1}", rule.time.as_secs_f64() * 1e3),
        rule.runs.to_string(),
        rule.rows.to_string(),
        rule.bindings.to_string(),
        rule.found.to_string(),
        (answers.held(rule) / 1024).to_string(),
    ]
}

/// What a relation that nobody declared is derived for: `@before_path:exit`, `@scenario:failure:-cable`.
fn purpose(relation: &str) -> Option<String> {
    let (kind, rest) = relation.strip_prefix('@')?.split_once(':')?;
    match kind {
        "scenario" => Some(format!(", for scenario {}", rest.split(':').next().unwrap_or(rest))),
        "base" => None,
        supposed => Some(format!(", for {supposed}")),
    }
}

/// The orders in which the atoms of a rule were joined; tests that follow each other are said once. Nothing of a rule
/// with a single atom.
fn orders(plans: &[Arc<str>]) -> String {
    let mut text = String::new();
    for plan in plans.iter().filter(|plan| plan.contains(" > ")) {
        let mut steps: Vec<&str> = plan.split(" > ").collect();
        steps.dedup();
        let steps: Vec<String> = steps.into_iter().map(own_name).collect();
        text.push_str(&format!("\n{INDENT}order: {}", steps.join(" > ")));
    }
    text
}

/// A step by the name that the author knows.
fn own_name(step: &str) -> String {
    let words = step.split(' ').map(|word| match word.strip_prefix('@').and_then(|name| name.rsplit_once(':')) {
        Some((_, name)) => name,
        None => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_author() {
        assert_eq!(own_name("@before_path:exit by vid"), "exit by vid");
        assert_eq!(purpose("@before_path:exit").as_deref(), Some(", for before_path"));
        assert_eq!(purpose("@scenario:failure:-cable").as_deref(), Some(", for scenario failure"));
        assert_eq!(purpose("cable"), None);
    }

    #[test]
    fn an_order_says_once_what_it_does_many_times() {
        let plans = ["a > test > test > @s:b by x > test".into(), "a".into()];
        assert_eq!(orders(&plans), "\n    order: a > test > b by x > test");
        assert_eq!(orders(&["a".into()]), "");
    }
}
