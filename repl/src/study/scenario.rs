//! What is carried, and where, as things are and in the reference counterfactuals: the rules about networks and traffic,
//! evaluated on state and on what is left of the messages.

use super::fold::Folded;
use super::source::Source;
use crate::failure::{Failure, Outcome};
use crate::texts::Texts;
use compiler::plan::Plan;
use compiler::planner::{Statistics, plan};
use compiler::program::Program;
use fnv::FnvHashMap;
use ingest::{Rejected, Schema};
use runtime::{Answers, Once, Options, Symbols};
use std::collections::BTreeMap;

/// A counterfactual: its name, what it says, and the rules that make it so.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    rules: &'static str,
}

const FARMS: &str = "balancing(f, \"nearby\") :- esb_farm(f, _).\n";

/// As things are, and the reference counterfactuals.
pub(crate) const SCENARIOS: [Scenario; 4] = [
    Scenario { name: "base", text: "as things are", rules: "" },
    Scenario { name: "nearby_esb", text: "every ESB farm sends to the nearest of its processes", rules: FARMS },
    Scenario { name: "flat", text: "farms and applications in one VLAN", rules: FLAT },
    Scenario {
        name: "flat_nearby",
        text: "one VLAN, and farms and applications choose the nearest",
        rules: concat!(
            "vlan_override(m, 4095) :- esb_farm(_, p), process(p, m, _).\n",
            "vlan_override(m, 4095) :- app_server(_, p), process(p, m, _).\n",
            "balancing(f, \"nearby\") :- esb_farm(f, _).\n",
            "balancing(a, \"nearby\") :- app_server(a, _).\n",
        ),
    },
];
const FLAT: &str = "\
vlan_override(m, 4095) :- esb_farm(_, p), process(p, m, _).
vlan_override(m, 4095) :- app_server(_, p), process(p, m, _).
";

/// Legs and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

/// What a scenario comes to. Kinds of legs: `esb_esb`, `esb_application`, `other`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) legs: BTreeMap<String, Load>,
    pub(crate) crossing: BTreeMap<String, Load>,
    pub(crate) link_bytes: BTreeMap<String, u64>,
    /// Why legs cross, by kind and reason.
    pub(crate) reasons: BTreeMap<String, BTreeMap<String, Load>>,
    /// What visits which tier, and what traverses the distribution layer for which reason.
    pub(crate) tiers: BTreeMap<String, Load>,
    pub(crate) reason_loads: BTreeMap<String, Load>,
    /// Leg bytes that cross, by kind, source and destination.
    pub(crate) heat: BTreeMap<String, BTreeMap<(String, String), u64>>,
    /// The sizes of relations.
    pub(crate) relations: BTreeMap<&'static str, u64>,
    pub(crate) calls: BTreeMap<(String, String), (u64, u64)>,
}

/// The relations whose sizes are told.
const COUNTED: [&str; 9] =
    ["runs_on", "adjacent", "attached", "gateway", "distance", "path_link", "l3_hop", "unresolved", "carried"];

/// A program of ours, its plan, and what its base relations are.
pub(crate) fn program(text: &str, name: &str) -> Outcome<(Program, Plan, Schema)> {
    let texts = Texts::new("<study>");
    let compilation = compiler::compile_with(&[(name, text)], &texts, texts.options());
    let Some(program) = compilation.program else {
        return Err(Failure::Rules(compilation.diagnostics, compilation.sources));
    };
    let plan = plan(&program, &Statistics::new());
    let schema = Schema::from(&plan);
    Ok((program, plan, schema))
}

/// Evaluates a scenario. What is read of the answers besides [`Found`] is up to the caller.
pub(super) fn evaluate(
    scenario: &Scenario,
    source: &Source,
    folded: &Folded,
    options: &Options,
    rejected: &mut Rejected,
) -> Outcome<(Found, Answers, Symbols)> {
    let text = format!("{}{}", include_str!("figures.dl"), scenario.rules);
    let (_, plan, schema) = program(&text, "<figures.dl>")?;
    let symbols = Symbols::default();
    let mut once = Once::new(plan, symbols.clone(), options.clone());
    source.state(&mut once, &schema, rejected)?;
    folded.state(&mut once)?;
    let mut answers = once.evaluate();
    let found = found(&mut answers, &symbols)?;
    Ok((found, answers, symbols))
}

impl Folded {
    /// States what is left of the messages.
    fn state(&self, once: &mut Once) -> Outcome {
        let symbols = once.symbols().clone();
        let mut known: FnvHashMap<u64, u64> = FnvHashMap::default();
        // The word of a symbol there, its word here.
        let mut word = |there: u64| *known.entry(there).or_insert_with(|| symbols.intern(self.symbols.text(there)));
        let base = once.base("kept_traffic")?;
        for row in self.traffic.iter() {
            once.insert(base, &[word(row[0]), word(row[1]), word(row[2]), word(row[3]), row[4], row[5]])?;
        }
        let base = once.base("kept_asked")?;
        for row in self.asked.iter() {
            once.insert(base, &[word(row[0]), word(row[1]), word(row[2]), row[3], row[4]])?;
        }
        Ok(())
    }
}

fn found(answers: &mut Answers, symbols: &Symbols) -> Outcome<Found> {
    let text = |word: u64| symbols.text(word).to_owned();
    let mut found = Found::default();
    for row in answers.rows("figure_load_between")?.iter() {
        found.legs.insert(text(row[0]), Load { messages: row[1], bytes: row[2] });
    }
    for row in answers.rows("figure_load_crossing")?.iter() {
        found.crossing.insert(text(row[0]), Load { messages: row[1], bytes: row[2] });
    }
    for row in answers.rows("figure_link_bytes")?.iter() {
        found.link_bytes.insert(text(row[0]), row[1]);
    }
    for row in answers.rows("figure_why_crossing")?.iter() {
        let load = Load { messages: row[2], bytes: row[3] };
        found.reasons.entry(text(row[0])).or_default().insert(text(row[1]), load);
    }
    for row in answers.rows("tier_load")?.iter() {
        found.tiers.insert(text(row[0]), Load { messages: row[1], bytes: row[2] });
    }
    for row in answers.rows("reason_load")?.iter() {
        found.reason_loads.insert(text(row[0]), Load { messages: row[1], bytes: row[2] });
    }
    for row in answers.rows("figure_heat")?.iter() {
        found.heat.entry(text(row[0])).or_default().insert((text(row[1]), text(row[2])), row[3]);
    }
    for row in answers.rows("calls")?.iter() {
        found.calls.insert((text(row[0]), text(row[1])), (row[2], row[3]));
    }
    for relation in COUNTED {
        found.relations.insert(relation, answers.count(relation)? as u64);
    }
    Ok(found)
}

impl Found {
    /// Leg bytes of a kind, and those of them that cross the distribution layer.
    pub(crate) fn of(&self, kind: &str) -> (u64, u64) {
        let bytes = |loads: &BTreeMap<String, Load>| loads.get(kind).map_or(0, |load| load.bytes);
        (bytes(&self.legs), bytes(&self.crossing))
    }

    /// All of them.
    pub(crate) fn all(&self) -> (u64, u64) {
        let bytes = |loads: &BTreeMap<String, Load>| loads.values().map(|load| load.bytes).sum();
        (bytes(&self.legs), bytes(&self.crossing))
    }
}
