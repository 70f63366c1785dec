//! A study as text: what was asked, what the answer is, and what would change it.

use super::Study;
use super::fold::{GAP, Histogram, QUICK};
use super::scenario::{Found, SCENARIOS};
use crate::failure::Outcome;
use crate::output::Output;
use crate::table::Table;

/// Kinds of legs, and what to call them.
pub(crate) const KINDS: [(&str, &str); 3] =
    [("esb_esb", "ESB – ESB"), ("esb_application", "ESB – application"), ("other", "other")];

/// What reasons mean.
pub(crate) const REASONS: [(&str, &str); 5] = [
    ("balancing", "another replica is beside the asker, in its VLAN"),
    ("balancing+vlan", "another replica is beside the asker, in another VLAN"),
    ("vlan", "they are beside each other, in different VLANs"),
    ("placement", "no replica is beside the asker"),
    ("path", "they are beside each other, in one VLAN"),
];

/// Bytes as people read them; exact below 10,000.
pub(crate) fn bytes(n: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        (value, unit) = (value / 1000.0, unit + 1);
    }
    if unit == 0 { format!("{n} B") } else { format!("{value:.2} {}", units[unit]) }
}

/// A share in percent.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.2} %", part as f64 * 100.0 / whole as f64) }
}

fn heading(output: &mut Output, text: &str) -> Outcome {
    let style = output.out_style;
    Ok(output.data(&format!("\n{}", style.bold(&format!("── {text} ──"))))?)
}

fn table<const N: usize>(output: &mut Output, header: [&str; N], rows: Vec<[String; N]>) -> Outcome {
    Ok(output.data(&Table::text(header, rows).draw(output.out_style, None))?)
}

impl Study {
    /// Prints all figures.
    pub(crate) fn print(&self, output: &mut Output) -> Outcome {
        self.contents(output)?;
        self.times(output)?;
        self.measures(output)?;
        self.why(output)?;
        self.counterfactuals(output)
    }

    /// Prints what a newcomer asks: how much, why, and what would change it.
    pub(crate) fn ask(&self, output: &mut Output) -> Outcome {
        self.contents(output)?;
        self.measures(output)?;
        self.why(output)?;
        self.counterfactuals(output)
    }

    /// What the data centre and its trace hold.
    fn contents(&self, output: &mut Output) -> Outcome {
        heading(output, "what is there?")?;
        let folded = &self.folded;
        let relations = &self.base().relations;
        let size = |name: &str| relations.get(name).copied().unwrap_or(0).to_string();
        let rows = vec![
            ["machines".to_owned(), size("runs_on")],
            ["pairs of machines that talk".to_owned(), size("distance")],
            ["records".to_owned(), folded.records.to_string()],
            ["sessions".to_owned(), folded.sessions.to_string()],
            ["trees of transactions".to_owned(), folded.trees.to_string()],
            ["transactions".to_owned(), folded.transactions.to_string()],
            ["transactions above one another".to_owned(), folded.deepest.to_string()],
        ];
        table(output, ["what", "how many"], rows)?;
        if !folded.dirty.is_empty() {
            output.data("\nThe log is dirty; this was counted, and the rest used:")?;
            let rows = folded.dirty.iter().map(|(kind, n)| [kind.clone(), n.to_string()]).collect();
            table(output, ["what", "how often"], rows)?;
        }
        Ok(())
    }

    /// Figure 1.
    fn times(&self, output: &mut Output) -> Outcome {
        heading(output, "how long do transactions take, and how long are trees silent? (Figure 1)")?;
        let row = |share: f64, roots: &Histogram, gaps: &Histogram| {
            let at = |histogram: &Histogram| {
                let shares = histogram.shares();
                let end = shares.iter().find(|(_, below)| *below >= share).or(shares.last());
                end.map_or("–".to_owned(), |(end, _)| format!("< {}", duration(*end)))
            };
            [format!("{} %", share * 100.0), at(roots), at(gaps)]
        };
        let (roots, gaps) = (&self.folded.root_times, &self.folded.gaps);
        let rows = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999].map(|share| row(share, roots, gaps)).to_vec();
        table(output, ["share", "root transactions", "longest silence of a tree"], rows)?;
        let quick = roots.until(QUICK);
        output.data(&format!(
            "\n{} of root transactions take less than {}; {} of trees are silent for more than {}.",
            percent(quick, roots.count()),
            duration(QUICK),
            percent(gaps.count() - gaps.until(GAP), gaps.count()),
            duration(GAP)
        ))?;
        Ok(())
    }

    /// The three measures.
    fn measures(&self, output: &mut Output) -> Outcome {
        heading(output, "how much is said? three measures that must not be mixed")?;
        let base = self.base();
        let (legs, _) = base.all();
        let links: u64 = base.link_bytes.values().sum();
        let rows = vec![
            ["message bytes".to_owned(), "each message once".to_owned(), bytes(self.folded.message_bytes)],
            ["leg bytes".to_owned(), "each leg between two processes".to_owned(), bytes(legs)],
            ["link bytes".to_owned(), "each leg on each link that it crosses".to_owned(), bytes(links)],
        ];
        table(output, ["measure", "counts", "total"], rows)?;
        let rows = KINDS.iter().map(|(kind, name)| {
            let (all, crossing) = base.of(kind);
            let on_links = base.link_bytes.get(*kind).copied().unwrap_or(0);
            [(*name).to_owned(), bytes(all), bytes(crossing), percent(crossing, all), bytes(on_links)]
        });
        let header = ["between", "leg bytes", "through distribution", "share", "link bytes"];
        output.data("")?;
        table(output, header, rows.collect())
    }

    /// Figure 4.
    fn why(&self, output: &mut Output) -> Outcome {
        heading(output, "why does traffic cross the distribution layer? (Figure 4)")?;
        let base = self.base();
        let mut rows = Vec::new();
        for (kind, name) in KINDS {
            let (_, crossing) = base.of(kind);
            for (why, meaning) in REASONS {
                let load = base.reasons.get(kind).and_then(|reasons| reasons.get(why));
                if let Some(load) = load {
                    let share = percent(load.bytes, crossing);
                    rows.push([name.to_owned(), why.to_owned(), bytes(load.bytes), share, meaning.to_owned()]);
                }
            }
        }
        table(output, ["between", "reason", "leg bytes", "share", "meaning"], rows)?;
        output.data(
            "\nThe reason is the smallest change that would have kept a leg below; every leg that crosses has one.",
        )?;
        Ok(())
    }

    /// Figures 5 and 6.
    fn counterfactuals(&self, output: &mut Output) -> Outcome {
        heading(output, "what would change it? (Figures 5 and 6)")?;
        let base = self.base();
        let mut rows = Vec::new();
        for ((_, found), scenario) in self.scenarios.iter().zip(&SCENARIOS) {
            for (kind, name) in &KINDS[..2] {
                let (all, crossing) = found.of(kind);
                let (_, before) = base.of(kind);
                let kept = before.saturating_sub(crossing);
                let change = if kept == 0 { String::new() } else { format!("−{}", percent(kept, before)) };
                let share = percent(crossing, all);
                rows.push([scenario.text.to_owned(), (*name).to_owned(), bytes(crossing), share, change]);
            }
        }
        table(output, ["if", "between", "through distribution", "of its leg bytes", "change"], rows)?;
        output.data(&format!("\n{}", self.in_words()))?;
        Ok(())
    }

    /// What follows, in words.
    pub(crate) fn in_words(&self) -> String {
        let base = self.base();
        let of = |name: &str, kind: &str| {
            let found: Option<&Found> = self.scenarios.iter().find(|(n, _)| *n == name).map(|(_, found)| found);
            found.map_or((0, 0), |found| found.of(kind))
        };
        let (_, between) = base.of("esb_esb");
        let localised = between.saturating_sub(of("nearby_esb", "esb_esb").1);
        let (all, crossing) = base.of("esb_application");
        let (_, flat) = of("flat", "esb_application");
        let (_, both) = of("flat_nearby", "esb_application");
        format!(
            "Of {} between processes of the ESB through the distribution layer, choosing the nearest keeps {} ({}) below.\n\
             Of {} between the ESB and applications, {} ({}) crosses; in one VLAN still {}, and if the nearest is chosen,\n\
             too, {} ({}).",
            bytes(between),
            bytes(localised),
            percent(localised, between),
            bytes(all),
            bytes(crossing),
            percent(crossing, all),
            bytes(flat),
            bytes(both),
            percent(both, all)
        )
    }
}

/// Microseconds as people read them.
pub(crate) fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.3} ms", micros as f64 / 1e3),
        _ => format!("{:.3} s", micros as f64 / 1e6),
    }
}
