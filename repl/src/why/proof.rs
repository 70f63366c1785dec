//! Proofs and absences, as trees.

use super::shown::{Place, Shown, folded};
use super::{Explanation, Line, Mark};
use compiler::program::{Literal, RelationId, Rule};
use runtime::explain::{Fold, How, Proof, Reason, Verdict, WhyNot};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many bindings of an aggregate are shown; the others are counted.
const MEMBERS: usize = 12;

/// Something that stands in the tree.
enum Item {
    Node(usize),
    Line(String),
}

/// A proof as a tree: what is used twice is shown once.
pub fn proof(shown: &Shown<'_>, proof: &Proof) -> Explanation {
    let mut explanation = Explanation { json: json(shown, proof), ..Explanation::default() };
    let mut open = vec![(0, Item::Node(0))];
    let mut seen = BTreeSet::new();
    while let Some((depth, item)) = open.pop() {
        let mut line = Line { depth, ..Line::default() };
        match item {
            Item::Line(text) => line.text = text,
            Item::Node(at) => {
                let node = &proof.nodes[at];
                line.text = shown.tuple(node.relation, &node.row);
                let first = seen.insert(at);
                let mut below = Vec::new();
                match &node.how {
                    How::Given(origins) => line.place = listed(&(shown.whence)(node.relation, &node.row, origins)),
                    _ if !first => line.text.push_str("  (above)"),
                    How::Equivalence(pairs) => {
                        line.place = "equivalence".into();
                        below.extend(pairs.iter().map(|pair| (depth + 1, Item::Node(*pair))));
                    }
                    How::Rule { rule, bindings, reasons } => {
                        let rule = &shown.program.rules[*rule];
                        let place = shown.place(rule.span);
                        line.place = place.to_string();
                        if !explanation.rules.iter().any(|(known, _)| *known == place) {
                            explanation.rules.push((place, shown.rule(rule)));
                        }
                        literals(shown, rule, &rule.body, bindings, reasons, depth + 1, &mut below);
                    }
                }
                open.extend(below.into_iter().rev());
            }
        }
        explanation.lines.push(line);
    }
    explanation
}

/// What makes the literals of a body hold.
fn literals(
    shown: &Shown<'_>,
    rule: &Rule,
    body: &[Literal],
    bindings: &[Option<u64>],
    reasons: &[Reason],
    depth: usize,
    below: &mut Vec<(usize, Item)>,
) {
    for (literal, reason) in body.iter().zip(reasons) {
        match reason {
            Reason::Tuple(tuple) => below.push((depth, Item::Node(*tuple))),
            Reason::Absent { relation, pattern } => {
                below.push((depth, Item::Line(format!("no {}", shown.pattern(*relation, pattern)))));
            }
            Reason::Holds => {
                let text = shown.literal(rule, literal, bindings);
                // An equality that only gave a name says nothing.
                if text.split_once(" = ").is_none_or(|(left, right)| left != right) {
                    below.push((depth, Item::Line(text)));
                }
            }
            Reason::Fold(fold) => {
                let text = shown.literal(rule, literal, bindings);
                let size = if fold.members.len() < fold.size { format!("  (of {})", fold.size) } else { String::new() };
                below.push((depth, Item::Line(format!("{text}{size}"))));
                for member in fold.members.iter().take(MEMBERS) {
                    let bindings = merged(bindings, &member.bindings);
                    literals(shown, rule, folded(literal), &bindings, &member.reasons, depth + 1, below);
                }
                if fold.members.len() > MEMBERS {
                    below.push((depth + 1, Item::Line(format!("… {} more", fold.members.len() - MEMBERS))));
                }
            }
        }
    }
}

fn merged(outer: &[Option<u64>], inner: &[Option<u64>]) -> Vec<Option<u64>> {
    outer.iter().enumerate().map(|(at, word)| inner.get(at).copied().flatten().or(*word)).collect()
}

/// `cables.csv:4`, or `cables.csv:4 and 2 more`.
fn listed(places: &[Place]) -> String {
    match places {
        [] => "given".into(),
        [one] => one.to_string(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    }
}

/// A proof for machines: the tuples, each with what it rests on, by their places in the list.
fn json(shown: &Shown<'_>, proof: &Proof) -> Value {
    let nodes = proof.nodes.iter().map(|node| {
        let mut value = json!({
            "relation": &*shown.program.relation(node.relation).name,
            "tuple": shown.tuple(node.relation, &node.row),
            "height": node.height,
        });
        match &node.how {
            How::Given(origins) => value["given"] = json!((shown.whence)(node.relation, &node.row, origins)),
            How::Equivalence(pairs) => value["equivalence"] = json!(pairs),
            How::Rule { rule, bindings, reasons } => {
                let rule = &shown.program.rules[*rule];
                let place = shown.place(rule.span);
                value["rule"] = json!({ "file": place.file, "line": place.line, "text": shown.rule(rule) });
                let reasons = rule.body.iter().zip(reasons);
                let reasons = reasons.map(|(literal, reason)| reason_json(shown, rule, literal, bindings, reason));
                value["literals"] = reasons.collect();
            }
        }
        value
    });
    json!({ "height": proof.height, "nodes": nodes.collect::<Vec<_>>() })
}

fn reason_json(shown: &Shown<'_>, rule: &Rule, literal: &Literal, bindings: &[Option<u64>], reason: &Reason) -> Value {
    match reason {
        Reason::Tuple(tuple) => json!({ "tuple": tuple }),
        Reason::Absent { relation, pattern } => json!({ "absent": shown.pattern(*relation, pattern) }),
        Reason::Holds => json!({ "holds": shown.literal(rule, literal, bindings) }),
        Reason::Fold(Fold { size, members, .. }) => {
            let members = members.iter().map(|member| {
                let bindings = merged(bindings, &member.bindings);
                let reasons = folded(literal).iter().zip(&member.reasons);
                reasons.map(|(literal, reason)| reason_json(shown, rule, literal, &bindings, reason)).collect::<Value>()
            });
            let members: Vec<Value> = members.collect();
            json!({ "aggregate": shown.literal(rule, literal, bindings), "size": size, "members": members })
        }
    }
}

/// Why no tuple agrees with a pattern, as a tree: the nearest rule and its literals.
pub fn absence(shown: &Shown<'_>, relation: RelationId, pattern: &[Option<u64>], absent: &WhyNot) -> Explanation {
    let name = &shown.program.relation(relation).name;
    let asked = shown.pattern(relation, pattern);
    let mut explanation = Explanation::default();
    explanation.lines.push(Line { mark: Mark::Fails, text: asked.clone(), ..Line::default() });
    match absent.attempts.first() {
        None if absent.rules == 0 => explanation.notes.push(format!("no rule derives `{name}`, and no fact states it")),
        None => explanation.notes.push(format!("no rule of `{name}` has a head that could be {asked}")),
        Some(nearest) => {
            let rule = &shown.program.rules[nearest.rule];
            let place = shown.place(rule.span);
            explanation.lines[0].place = place.to_string();
            explanation.rules.push((place, shown.rule(rule)));
            for (literal, verdict) in rule.body.iter().zip(&nearest.verdicts) {
                verdict_lines(shown, rule, literal, &nearest.bindings, verdict, &mut explanation.lines);
            }
            if !nearest.is_head {
                let text = "the head is another tuple".to_owned();
                explanation.lines.push(Line { depth: 1, mark: Mark::Fails, text, ..Line::default() });
            }
            if absent.rules > 1 {
                explanation.notes.push(format!("the nearest of {} rules of `{name}`", absent.rules));
            }
            let further =
                rule.body.iter().zip(&nearest.verdicts).find_map(|(literal, verdict)| match (literal, verdict) {
                    (Literal::Positive(atom), Verdict::Missing(pattern)) => Some((atom.relation, pattern)),
                    _ => None,
                });
            if let Some((relation, pattern)) = further
                && shown.program.rules.iter().any(|rule| rule.head == relation)
            {
                explanation.notes.push(format!("`.whynot {}` goes on", shown.pattern(relation, pattern)));
            }
        }
    }
    for unknown in &absent.unknown {
        let relation = shown.program.relation(unknown.relation);
        let column = &relation.columns[unknown.column];
        let near = unknown.near.as_ref().map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        let value = shown.value(unknown.word, &column.ty);
        explanation.notes.push(format!("no `{}` has {value} as `{}`{near}", relation.name, column.name));
    }
    explanation.json = absence_json(shown, &asked, absent, &explanation);
    explanation
}

fn verdict_lines(
    shown: &Shown<'_>,
    rule: &Rule,
    literal: &Literal,
    bindings: &[Option<u64>],
    verdict: &Verdict,
    lines: &mut Vec<Line>,
) {
    let mut add = |depth, mark, text| lines.push(Line { depth, mark, text, ..Line::default() });
    let text = || shown.literal(rule, literal, bindings);
    match (verdict, literal) {
        (Verdict::Tuple(row), Literal::Positive(atom)) => add(1, Mark::Holds, shown.tuple(atom.relation, row)),
        (Verdict::Missing(pattern), Literal::Positive(atom)) => {
            add(1, Mark::Fails, shown.pattern(atom.relation, pattern));
        }
        (Verdict::InTheWay(rows), Literal::Negative(atom)) => {
            add(1, Mark::Fails, text());
            rows.iter().take(MEMBERS).for_each(|row| add(2, Mark::Holds, shown.tuple(atom.relation, row)));
        }
        (Verdict::Fails(Some(value)), _) => {
            add(1, Mark::Fails, format!("{}  (it is {})", text(), shown.folded_value(literal, *value)));
        }
        (Verdict::Fails(None), _) => add(1, Mark::Fails, text()),
        (Verdict::Open, _) => add(1, Mark::Open, text()),
        _ => add(1, Mark::Holds, text()),
    }
}

fn absence_json(shown: &Shown<'_>, asked: &str, absent: &WhyNot, explanation: &Explanation) -> Value {
    let attempts = absent.attempts.iter().map(|attempt| {
        let rule = &shown.program.rules[attempt.rule];
        let place = shown.place(rule.span);
        let mut lines = Vec::new();
        for (literal, verdict) in rule.body.iter().zip(&attempt.verdicts) {
            verdict_lines(shown, rule, literal, &attempt.bindings, verdict, &mut lines);
        }
        let literals = lines.iter().filter(|line| line.depth == 1).map(|line| {
            let says = match line.mark {
                Mark::Holds | Mark::None => "holds",
                Mark::Fails => "fails",
                Mark::Open => "open",
            };
            json!({ "literal": line.text, "says": says })
        });
        json!({
            "rule": { "file": place.file, "line": place.line, "text": shown.rule(rule) },
            "literals": literals.collect::<Vec<_>>(),
        })
    });
    json!({ "absent": asked, "attempts": attempts.collect::<Vec<_>>(), "notes": explanation.notes })
}
