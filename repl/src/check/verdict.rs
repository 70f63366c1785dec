//! What became of each invariant: the violations, each with its message, its evidence, what caused it and what would
//! repair it.

use super::evaluate::Evaluated;
use super::suppress::Suppressions;
use crate::cli;
use crate::compile::Compiled;
use crate::failure::Outcome;
use crate::given::named;
use crate::model::counted;
use crate::table::printable;
use crate::why::{Explanation, Place, Shown, proof, remedies};
use compiler::program::{Invariant, RelationId, Severity};
use runtime::explain::{self, Bounds, Goal, How, Limits, Proof, Reason, Why, how_to, why};
use runtime::{Origin, Symbols, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was found.
#[derive(Debug)]
pub struct Report {
    /// What was checked, in words.
    pub snapshot: String,
    /// The invariants: the worst first, and by name.
    pub verdicts: Vec<Verdict>,
    /// Whether it was compared with another snapshot.
    pub compared: bool,
    /// How many rows of it could not be used.
    pub rejected: usize,
    /// Remarks.
    pub notes: Vec<String>,
}

/// What became of an invariant.
#[derive(Debug)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// Its documentation.
    pub doc: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Whether a violation fails the check.
    pub grave: bool,
    /// Where it is stated.
    pub place: Place,
    /// Its violations; of two snapshots, those that the other one does not have.
    pub violations: Vec<Violation>,
    /// The messages of those that the other snapshot has and this one has not.
    pub fixed: Vec<String>,
}

/// A violation.
#[derive(Debug)]
pub struct Violation {
    /// What the invariant says of it.
    pub message: String,
    /// The tuple, as in a rule.
    pub tuple: String,
    /// Why it holds; none if there are too many to explain them all.
    pub explanation: Option<Explanation>,
    /// Where the facts stand that it rests on.
    pub places: Vec<Place>,
    /// What is in this snapshot and not in the other, or the other way round, that it rests on.
    pub causes: Vec<String>,
    /// Edits that would remove it.
    pub repairs: Vec<String>,
    /// Why it is accepted.
    pub suppressed: Option<String>,
}

/// How many violations of an invariant are explained.
const EXPLAINED: usize = 1000;

/// With no more facts than so many, repairs are looked for unasked.
const QUICK: usize = 20_000;

/// How many violations of an invariant are repaired.
const REPAIRED: usize = 3;

/// Relations of the model that no repair touches: what is there stays there, and what a scenario states is no remedy.
const KEPT: [&str; 11] = [
    "device",
    "cable",
    "vm",
    "service",
    "message",
    "failed",
    "asked",
    "asserted",
    "before_path",
    "before_up",
    "vlan_override",
];

impl Verdict {
    /// How many violations count.
    pub fn counted(&self) -> usize {
        self.counting().count()
    }

    /// The violations that count: those that nobody has accepted.
    pub fn counting(&self) -> impl Iterator<Item = &Violation> {
        self.violations.iter().filter(|violation| violation.suppressed.is_none())
    }

    /// The violations that are accepted, with the reason.
    pub fn accepted(&self) -> impl Iterator<Item = (&Violation, &str)> {
        self.violations.iter().filter_map(|violation| Some((violation, violation.suppressed.as_deref()?)))
    }

    /// Whether the check fails because of it.
    pub fn fails(&self) -> bool {
        self.grave && self.counted() > 0
    }
}

impl Report {
    /// How many violations count, by severity, and how many are suppressed.
    pub fn counts(&self) -> (BTreeMap<Severity, usize>, usize) {
        let mut counts = BTreeMap::new();
        for verdict in &self.verdicts {
            *counts.entry(verdict.severity).or_default() += verdict.counted();
        }
        let all: usize = self.verdicts.iter().map(|verdict| verdict.violations.len()).sum();
        (counts.clone(), all - counts.values().sum::<usize>())
    }

    /// In one line.
    pub fn summary(&self) -> String {
        let (counts, suppressed) = self.counts();
        let hold = self.verdicts.iter().filter(|verdict| verdict.counted() == 0).count();
        let of = |severity| counts.get(&severity).copied().unwrap_or(0);
        let new = if self.compared { "new " } else { "" };
        let verb = if hold == 1 { "holds" } else { "hold" };
        let mut text = format!("{} {verb}, {} violated", counted(hold, "invariant"), self.verdicts.len() - hold);
        for (severity, noun) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")] {
            if of(severity) > 0 {
                text.push_str(&format!(", {}", counted(of(severity), &format!("{new}{noun}"))));
            }
        }
        if suppressed > 0 {
            text.push_str(&format!(", {suppressed} suppressed"));
        }
        let fixed: usize = self.verdicts.iter().map(|verdict| verdict.fixed.len()).sum();
        if self.compared {
            text.push_str(&format!(", {fixed} fixed"));
        }
        text
    }
}

/// Looks at each invariant.
pub(super) fn report(
    arguments: &cli::Check,
    compiled: &Compiled,
    symbols: &Symbols,
    now: &mut Evaluated,
    mut before: Option<Evaluated>,
    suppressions: &Suppressions,
) -> Outcome<Report> {
    let mut invariants: Vec<&Invariant> = compiled.program.invariants.iter().collect();
    let name = |invariant: &Invariant| compiled.program.relation(invariant.relation).name.to_string();
    invariants.sort_by_key(|invariant| (std::cmp::Reverse(invariant.severity), name(invariant)));
    let repairs = arguments.repair || now.evidence.facts() <= QUICK;
    let mut verdicts = Vec::new();
    for invariant in invariants {
        let rows = now.rows(invariant.relation)?;
        let known: BTreeSet<Vec<u64>> = match &mut before {
            Some(before) => before.rows(invariant.relation)?.into_iter().collect(),
            None => BTreeSet::new(),
        };
        let mut look = Look { compiled, symbols, now, before: before.as_mut(), invariant };
        let mut violations = Vec::new();
        for row in rows.iter().filter(|row| !known.contains(*row)) {
            let explained = violations.len() < EXPLAINED;
            let mut violation = look.violation(row, explained)?;
            violation.suppressed = suppressions.reason(invariant.relation, row).map(str::to_owned);
            // A remark asks for no repair.
            if repairs
                && invariant.severity >= Severity::Warning
                && violation.suppressed.is_none()
                && violations.len() < REPAIRED
            {
                violation.repairs = look.repairs(row)?;
            }
            violations.push(violation);
        }
        violations.sort_by(|a, b| a.message.cmp(&b.message));
        let gone = known.iter().filter(|row| rows.binary_search(row).is_err());
        let fixed = gone.map(|row| look.message(row)).collect();
        let relation = compiled.program.relation(invariant.relation);
        let (line, _) = compiled.sources.position(invariant.span);
        let place = Place { file: compiled.sources.get(invariant.span.source).name.to_string(), line };
        let (name, doc, severity) = (relation.name.to_string(), relation.doc.clone(), invariant.severity);
        let grave = is_grave(severity, arguments.fail_on);
        verdicts.push(Verdict { name, doc, severity, grave, place, violations, fixed });
    }
    let compared = before.is_some();
    let mut notes = suppressions.expired.clone();
    if !compared {
        notes.extend(suppressions.unused());
    }
    if !repairs && verdicts.iter().any(|verdict| verdict.severity >= Severity::Warning && verdict.counted() > 0) {
        let facts = counted(now.evidence.facts(), "fact");
        notes.push(format!("repairs were not looked for among {facts}; `--repair` does, at an evaluation a trial"));
    }
    Ok(Report { snapshot: named(&arguments.snapshot), verdicts, compared, rejected: now.rejected.len(), notes })
}

/// Whether a violation is as bad as what the command fails on.
fn is_grave(severity: Severity, on: cli::FailOn) -> bool {
    match on {
        cli::FailOn::Never => false,
        cli::FailOn::Error => severity >= Severity::Error,
        cli::FailOn::Warning => severity >= Severity::Warning,
        cli::FailOn::Info => severity >= Severity::Info,
    }
}

/// One invariant, looked at.
struct Look<'a> {
    compiled: &'a Compiled,
    symbols: &'a Symbols,
    now: &'a mut Evaluated,
    before: Option<&'a mut Evaluated>,
    invariant: &'a Invariant,
}

impl Look<'_> {
    fn message(&self, row: &[u64]) -> String {
        let columns = &self.compiled.program.relation(self.invariant.relation).columns;
        let value = |column: usize| Value::of(row[column], &columns[column].ty, self.symbols).to_string();
        printable(&self.invariant.message.fill(value)).into_owned()
    }

    fn violation(&mut self, row: &[u64], explained: bool) -> Outcome<Violation> {
        let message = self.message(row);
        let relation = self.invariant.relation;
        let found = match explained {
            true => {
                let mut model = explain::Evaluated::new(&mut self.now.answers, self.symbols.clone());
                why(&self.now.program, &mut model, relation, row, &Limits::default())?
            }
            false => Why::TooMany,
        };
        let proved = match &found {
            Why::Proof(proof) => Some(proof),
            Why::Absent | Why::Displaced | Why::TooMany => None,
        };
        let tuple = self.shown(|shown| shown.tuple(relation, row));
        let explanation = proved.map(|found| self.shown(|shown| proof(shown, found)));
        let places = proved.map_or(Vec::new(), |found| self.places(found));
        let causes = match proved {
            Some(found) => self.causes(found)?,
            None => Vec::new(),
        };
        Ok(Violation { message, tuple, explanation, places, causes, repairs: Vec::new(), suppressed: None })
    }

    /// The first place of each fact that a proof cites.
    fn places(&self, proof: &Proof) -> Vec<Place> {
        let mut places = Vec::new();
        for node in proof.nodes.iter().filter(|node| matches!(node.how, How::Given(_))) {
            let place = self.whence(node.relation, &node.row).into_iter().next();
            places.extend(place.filter(|place| !places.contains(place)));
        }
        places
    }

    /// What the proof cites and the other snapshot has otherwise.
    fn causes(&mut self, proof: &Proof) -> Outcome<Vec<String>> {
        let Some(before) = self.before.as_deref_mut() else { return Ok(Vec::new()) };
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for node in &proof.nodes {
            match &node.how {
                How::Given(_) => {
                    let name = &self.now.program.relation(node.relation).name;
                    if self.now.evidence.holds(name, &node.row) && !before.evidence.holds(name, &node.row) {
                        came.push((node.relation, node.row.clone()));
                    }
                }
                How::Rule { reasons, .. } => absences(reasons, &mut went),
                How::Equivalence(_) => {}
            }
        }
        let mut causes = Vec::new();
        for (relation, row) in came {
            let place = self.whence(relation, &row).into_iter().next().map_or(String::new(), |p| format!("  {p}"));
            causes.push(format!("+{}{place}", self.shown(|shown| shown.tuple(relation, &row))));
        }
        for (relation, pattern) in went {
            for cause in self.gone(relation, &pattern)? {
                if !causes.contains(&cause) {
                    causes.push(cause);
                }
            }
        }
        Ok(causes)
    }

    /// What the other snapshot has that agrees with a pattern: the facts behind it that are not here, or else the tuple.
    fn gone(&mut self, relation: RelationId, pattern: &[Option<u64>]) -> Outcome<Vec<String>> {
        let Some(before) = self.before.as_deref_mut() else { return Ok(Vec::new()) };
        let name = before.program.relation(relation).name.clone();
        let mut model = explain::Evaluated::new(&mut before.answers, self.symbols.clone());
        let rows = explain::Model::rows(&mut model, &name, pattern)?.rows;
        let Some(row) = rows.iter().next().map(<[u64]>::to_vec) else { return Ok(Vec::new()) };
        let found = why(&before.program, &mut model, relation, &row, &Limits::default())?;
        let Some(before) = self.before.as_deref() else { return Ok(Vec::new()) };
        let mut gone = Vec::new();
        if let Why::Proof(proof) = &found {
            for node in proof.nodes.iter().filter(|node| matches!(node.how, How::Given(_))) {
                let name = &before.program.relation(node.relation).name;
                if before.evidence.holds(name, &node.row) && !self.now.evidence.holds(name, &node.row) {
                    let (program, sources) = (&before.program, &self.compiled.sources);
                    let places = before.evidence.places(program, sources, self.symbols, node.relation, &node.row);
                    let place = places.first().map_or(String::new(), |place| format!("  {place}"));
                    gone.push(format!("-{}{place}", self.shown(|shown| shown.tuple(node.relation, &node.row))));
                }
            }
        }
        if gone.is_empty() {
            gone.push(format!("-{}", self.shown(|shown| shown.tuple(relation, &row))));
        }
        Ok(gone)
    }

    fn repairs(&mut self, row: &[u64]) -> Outcome<Vec<String>> {
        let goal = Goal { holds: false, relation: self.invariant.relation, row: row.to_vec() };
        let bounds = Bounds { edits: 2, trials: 24, remedies: 3 };
        let program = &self.compiled.program;
        let derived: BTreeSet<RelationId> = program.rules.iter().map(|rule| rule.head).collect();
        let declared = (0..program.relations.len() as u32).map(RelationId);
        let declared = declared.filter(|id| !program.relation(*id).name.starts_with('@'));
        let kept = |id: &RelationId| {
            let relation = program.relation(*id);
            let standard = self.compiled.sources.get(relation.span.source).name.starts_with('<');
            standard && KEPT.contains(&&*relation.name)
        };
        let allowed = declared.filter(|id| !derived.contains(id) && !kept(id)).collect();
        let mut found = how_to(&self.now.program, &mut self.now.trials(), &goal, &allowed, &bounds)?;
        // To take away several things only breaks more.
        found.found.retain(|edits| edits.len() == 1 || edits.iter().any(|edit| edit.insert));
        let explanation = self.shown(|shown| remedies(shown, "", &found));
        Ok(explanation.lines.into_iter().map(|line| line.text).collect())
    }

    fn whence(&self, relation: RelationId, row: &[u64]) -> Vec<Place> {
        let (program, sources) = (&self.now.program, &self.compiled.sources);
        self.now.evidence.places(program, sources, self.symbols, relation, row)
    }

    fn shown<T>(&self, show: impl FnOnce(&Shown<'_>) -> T) -> T {
        let whence = |relation: RelationId, row: &[u64], _: &[Origin]| self.whence(relation, row);
        let (program, sources, symbols) = (&self.now.program, &self.compiled.sources, self.symbols);
        show(&Shown { program, sources, symbols, whence: &whence })
    }
}

/// The absences that reasons cite.
fn absences(reasons: &[Reason], found: &mut Vec<(RelationId, Vec<Option<u64>>)>) {
    for reason in reasons {
        match reason {
            Reason::Absent { relation, pattern } => found.push((*relation, pattern.clone())),
            Reason::Fold(fold) => fold.members.iter().for_each(|member| absences(&member.reasons, found)),
            Reason::Tuple(_) | Reason::Holds => {}
        }
    }
}
