//! What follows if something fails: the worst elements of a sweep, and the headroom between tiers.
//!
//! Rows come from a file that `strata sweep` wrote, or from a sweep made for the report. Cost: one evaluation of the rules
//! about failures, and of what each failure changes where the sweep is made.

use crate::failure::Outcome;
use crate::output::Output;
use crate::sweep::ranking::ranked;
use crate::sweep::tally::{self, Tally};
use crate::sweep::{Arguments, Model};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many of the worst failures are shown.
const SHOWN: usize = 25;

/// Where the rows of a sweep come from.
pub(super) enum Rows {
    /// `strata sweep -o` wrote them.
    File(PathBuf),
    /// Each element of this kind or role fails.
    Each(String),
}

/// What is known of failures; nothing without a sweep.
#[derive(Default, Serialize)]
pub(super) struct Failures {
    pub(super) sweep: Option<Swept>,
    pub(super) headroom: Option<Vec<Room>>,
}

/// The worst of a sweep.
#[derive(Serialize)]
pub(super) struct Swept {
    pub(super) worst: Vec<Tally>,
    /// How many failures have consequences, and how many were tried.
    pub(super) matter: usize,
    pub(super) of: usize,
}

/// The links between two tiers: how much of the one that is used most is used, in percent.
#[derive(Serialize)]
pub(super) struct Room {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) percent: u64,
    /// The same after the failure that is worst for it.
    pub(super) worst_percent: u64,
    /// What has failed then; nothing if no failure makes it worse.
    pub(super) without: String,
}

/// The failures of a snapshot.
///
/// # Errors
/// If the file cannot be read or holds other rows, if no element is of that kind, or the snapshot cannot be read.
pub(super) fn of(snapshot: &Path, rows: Option<&Rows>, jobs: u16, output: &mut Output) -> Outcome<Failures> {
    let Some(rows) = rows else { return Ok(Failures::default()) };
    let (each, known) = match rows {
        Rows::File(path) => ("element", Some(tally::read(path)?)),
        Rows::Each(each) => (each.as_str(), None),
    };
    let arguments = Arguments::each(snapshot.to_owned(), each, jobs);
    let mut intact = Model::of(&arguments, output)?;
    let rows = match known {
        Some(rows) => rows,
        None => intact.each(each, arguments.batch)?,
    };
    let worst = ranked(&rows);
    let room = |room: crate::sweep::ranking::Room| Room {
        from: room.between.0,
        to: room.between.1,
        percent: room.percent,
        worst_percent: room.worst.map_or(room.percent, |row| row.worst_percent),
        without: room.worst.map_or(String::new(), |row| row.element.clone()),
    };
    Ok(Failures {
        headroom: Some(intact.rooms(&rows).into_iter().map(room).collect()),
        sweep: Some(Swept {
            matter: worst.len(),
            of: rows.len(),
            worst: worst.into_iter().take(SHOWN).cloned().collect(),
        }),
    })
}
