//! Explanations for people: what the shell says to `.why`, `.whynot` and `.howto`, and what `strata check` says of a
//! violation.
//!
//! An [`Explanation`] is a tree of lines, the rules that it used with their places, and the same for machines.

mod ask;
mod proof;
mod remedy;
mod shown;
mod tree;

pub use proof::{absence, proof};
pub use remedy::remedies;
pub use shown::{Place, Shown, Whence};
pub use tree::{Line, Mark};

use crate::output::Style;

/// Why a tuple holds, or does not, or what would change that.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// The tree.
    pub lines: Vec<Line>,
    /// The rules that it used: where they stand, and their text.
    pub rules: Vec<(Place, String)>,
    /// What else is worth saying.
    pub notes: Vec<String>,
    /// All of it, for machines.
    pub json: serde_json::Value,
}

impl Explanation {
    /// Draws the tree, at most so many lines of it, and below it the rules.
    pub fn draw(&self, style: Style, limit: Option<usize>) -> String {
        let mut text = tree::draw(&self.lines, style, limit);
        if !self.rules.is_empty() {
            text.push('\n');
        }
        for (place, rule) in &self.rules {
            text.push_str(&format!("\n{}  {rule}", style.dim(&place.to_string())));
        }
        text
    }

    /// How many lines a drawing with this limit leaves out.
    pub fn hidden(&self, limit: Option<usize>) -> usize {
        self.lines.len().saturating_sub(limit.unwrap_or(usize::MAX))
    }
}
