//! Violations that are known and accepted for a while: a pattern, a date until which, and a reason.
//!
//! ```text
//! // One rack is rebuilt.
//! duplicate_ip("h1", _, _) until 2026-12-31 because h1 is being replaced by h2
//! one_way_cable("leaf03", _) because the tap hides one direction
//! ```

use crate::failure::{Failure, Outcome};
use crate::fragment::{fragment, lookup};
use compiler::program::{Program, RelationId};
use runtime::Symbols;
use std::cell::Cell;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is accepted.
#[derive(Debug, Default)]
pub(super) struct Suppressions {
    entries: Vec<Entry>,
    /// Those that have expired, in words.
    pub(super) expired: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    relation: RelationId,
    pattern: Vec<Option<u64>>,
    reason: String,
    /// Where it stands, and what it accepts, in words.
    words: String,
    used: Cell<bool>,
}

impl Suppressions {
    /// Reads a file, one suppression a line; those whose date has passed are set aside.
    pub(super) fn read(file: &Path, program: &Program, symbols: &Symbols, today: &str) -> Outcome<Suppressions> {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|e| Failure::User(format!("cannot read {name}: {e}")))?;
        let mut suppressions = Suppressions::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with("//") || line.starts_with('#') {
                continue;
            }
            let wrong = |what: String| Failure::User(format!("{name}:{}: {what}", at + 1));
            let (tuple, until, reason) = parts(line).map_err(|what| wrong(what.to_owned()))?;
            if let Some(date) = until.filter(|date| **date < *today) {
                let line = at + 1;
                suppressions.expired.push(format!("{name}:{line}: the suppression of {tuple} has expired on {date}"));
                continue;
            }
            let relation = tuple.split('(').next().unwrap_or(tuple).trim();
            let invariant = program.invariants.iter().find(|i| *program.relation(i.relation).name == *relation);
            let invariant = invariant.ok_or_else(|| {
                let known = program.invariants.iter().map(|i| &*program.relation(i.relation).name);
                wrong(format!("there is no invariant `{relation}`{}", crate::near::did_you_mean(relation, known)))
            })?;
            let pattern = pattern(program, symbols, tuple)
                .ok_or_else(|| wrong(format!("`{tuple}` is no tuple of `{relation}`; write `_` for any value")))?;
            let (reason, words) = (reason.to_owned(), format!("{name}:{}: {tuple}", at + 1));
            let used = Cell::new(false);
            suppressions.entries.push(Entry { relation: invariant.relation, pattern, reason, words, used });
        }
        Ok(suppressions)
    }

    /// Why a violation is accepted.
    pub(super) fn reason(&self, relation: RelationId, row: &[u64]) -> Option<&str> {
        let agrees =
            |pattern: &[Option<u64>]| pattern.iter().zip(row).all(|(want, word)| want.is_none_or(|w| w == *word));
        let entry = self.entries.iter().find(|entry| entry.relation == relation && agrees(&entry.pattern))?;
        entry.used.set(true);
        Some(&entry.reason)
    }

    /// Those that no violation needed, in words: what was accepted has been mended, and may be forgotten.
    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.entries.iter().filter(|entry| !entry.used.get());
        unused.map(|entry| format!("{} accepts nothing that is violated, and can go", entry.words))
    }
}

/// Tuple, date and reason.
fn parts(line: &str) -> Result<(&str, Option<&str>, &str), &'static str> {
    const FORM: &str = "expected `RELATION(VALUES) [until YYYY-MM-DD] because REASON`";
    let (head, reason) = line.split_once(" because ").ok_or(FORM)?;
    if reason.trim().is_empty() {
        return Err(FORM);
    }
    let (tuple, until) = match head.rsplit_once(" until ") {
        None => (head, None),
        Some((tuple, date)) if is_date(date.trim()) => (tuple, Some(date.trim())),
        Some(_) => return Err(FORM),
    };
    Ok((tuple.trim(), until, reason.trim()))
}

/// Whether a text is a date, `YYYY-MM-DD`.
pub(crate) fn is_date(text: &str) -> bool {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2)
        && ("01"..="12").contains(&month) && ("01"..="31").contains(&day))
}

fn pattern(program: &Program, symbols: &Symbols, tuple: &str) -> Option<Vec<Option<u64>>> {
    let fragment = fragment(program, "<suppression>", &format!("?- {tuple}."))?;
    let lookup = lookup(&fragment.program, *fragment.program.queries.first()?)?;
    Some(lookup.pattern.iter().map(|value| value.as_ref().map(|value| symbols.constant(value))).collect())
}

/// Today's date in UTC.
pub(super) fn today() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    civil(days as i64)
}

/// The date so many days after 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(
            (civil(0), civil(59), civil(11_016)),
            ("1970-01-01".into(), "1970-03-01".into(), "2000-02-29".into())
        );
        assert_eq!(civil(20_782), "2026-11-25");
    }

    #[test]
    fn a_suppression_has_a_reason_and_may_have_a_date() {
        assert_eq!(parts("a(1, _) until 2026-12-31 because so"), Ok(("a(1, _)", Some("2026-12-31"), "so")));
        assert_eq!(parts("a(1) because it is until then"), Ok(("a(1)", None, "it is until then")));
        assert!(parts("a(1)").is_err() && parts("a(1) until tomorrow because so").is_err());
        assert!(!is_date("2026-13-01") && is_date("2026-02-29"));
    }
}
