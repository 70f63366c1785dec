//! Blanks between two words of a line.

use super::words::Word;

/// Where words stand: what the same signs mean depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// A fact, a rule, or a query.
    Clause,
    /// `expect …` in a test.
    Expectation,
    /// `.decl`, `.type`, `.functor`: a colon stands behind a name.
    Declaration,
    /// `.comp`, `.init`, `.override`: angle brackets enclose parameters.
    Component,
    /// `.input` and its like: `key=value`.
    Parameters,
    /// `.plan`
    Plan,
}

impl Setting {
    /// That of an item by its first word; whether it stands in a test.
    pub(super) fn of(first: &Word<'_>, in_test: bool) -> Setting {
        match first.text {
            "expect" if in_test => Setting::Expectation,
            ".decl" | ".type" | ".functor" | ".number_type" | ".symbol_type" | ".lattice" => Setting::Declaration,
            ".comp" | ".init" | ".override" => Setting::Component,
            ".input" | ".output" | ".printsize" | ".limitsize" | ".stream" | ".suppose" => Setting::Parameters,
            ".plan" => Setting::Plan,
            _ => Setting::Clause,
        }
    }
}

/// Whether a blank stands before the word at `index` of an item, if it shares a line with the word before it.
pub(super) fn blank(setting: Setting, item: &[Word<'_>], index: usize) -> bool {
    let (Some(left), Some(right)) = (index.checked_sub(1).and_then(|i| item.get(i)), item.get(index)) else {
        return false;
    };
    match right.text {
        "," | "." | ")" | "]" => return false,
        "}" if left.text == "{" => return false,
        "(" if setting == Setting::Expectation && index == 1 => return true,
        "(" if calls(left) => return false,
        ":" if setting == Setting::Declaration || setting == Setting::Plan => return false,
        "<" | ">" if setting == Setting::Component => return false,
        "=" if setting == Setting::Parameters => return false,
        _ => {}
    }
    match left.text {
        "(" | "[" | "!" | "@" => false,
        "$" => !right.is_name(),
        ":" => setting != Setting::Plan,
        "<" if setting == Setting::Component => false,
        "=" if setting == Setting::Parameters => false,
        "-" | "+" => binary(item, index - 1),
        _ => true,
    }
}

/// Whether an opening parenthesis behind this word holds its arguments.
fn calls(word: &Word<'_>) -> bool {
    let folds = ["min", "max", "as", "count", "sum", "mean"];
    word.is_name() && word.text != "choice-domain" || folds.contains(&word.text)
}

/// Whether the sign at this place stands between two operands.
fn binary(item: &[Word<'_>], index: usize) -> bool {
    let Some(left) = index.checked_sub(1).and_then(|i| item.get(i)) else { return false };
    match left.text {
        ")" | "]" | "}" | "_" | "$" | "nil" | "true" | "false" => true,
        text => text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '_' | '?')) && !is_operator(text),
    }
}

/// Operators that are words.
fn is_operator(text: &str) -> bool {
    let words = ["band", "bor", "bxor", "bnot", "bshl", "bshr", "bshru", "land", "lor", "lxor", "lnot"];
    words.contains(&text) || matches!(text, "min" | "max" | "sum" | "mean" | "count" | "?-")
}
