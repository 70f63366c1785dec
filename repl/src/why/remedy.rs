//! Remedies, as text: edits that can be typed.

use super::shown::Shown;
use super::{Explanation, Line, Mark};
use runtime::explain::{Edit, Remedies};
use serde_json::json;

/// What reaches a goal: one line for each set of edits, as one would type it.
pub fn remedies(shown: &Shown<'_>, wanted: &str, remedies: &Remedies) -> Explanation {
    let mut explanation = Explanation::default();
    let edit =
        |edit: &Edit| format!("{}{}.", if edit.insert { '+' } else { '-' }, shown.tuple(edit.relation, &edit.row));
    let mut sets: Vec<String> =
        remedies.found.iter().map(|edits| edits.iter().map(edit).collect::<Vec<_>>().join(" ")).collect();
    sets.sort();
    for text in &sets {
        explanation.lines.push(Line { depth: 0, mark: Mark::None, text: text.clone(), place: String::new() });
    }
    let tried = crate::model::counted(remedies.tried, "set");
    explanation.notes.push(match (sets.len(), remedies.stopped) {
        (0, false) => format!("nothing that was tried ({tried} of edits) does that"),
        (0, true) => format!("{tried} of edits were tried, and none does that; name the relations that may be edited"),
        (_, _) => format!("each was tried in a fork: {wanted}; no smaller set was found among {tried}"),
    });
    explanation.json = json!({ "wanted": wanted, "remedies": sets, "tried": remedies.tried });
    explanation
}
