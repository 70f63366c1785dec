//! Items of a text: where each declaration, directive and clause begins and ends, by its words alone, so that text which
//! the preprocessor has yet to complete can be laid out, too.

use super::words::Word;

/// An item: some words, or a block of items with the words before it.
pub(super) struct Item {
    /// Its first word.
    pub start: usize,
    /// One past its last word; for a block, one past its opening brace.
    pub end: usize,
    /// What stands in its braces, and the place of the closing one.
    pub block: Option<(Vec<Item>, usize)>,
}

/// The directives whose braces hold items.
const BLOCKS: [&str; 3] = [".comp", ".test", ".scenario"];

/// The items of a text, whose last word is its end.
pub(super) fn items(words: &[Word<'_>]) -> Vec<Item> {
    let mut open: Vec<Vec<Item>> = vec![Vec::new()];
    let mut at = 0;
    while at + 1 < words.len() {
        if words[at].is("}")
            && open.len() > 1
            && let Some(inner) = open.pop()
        {
            if let Some(outer) = open.last_mut().and_then(|items| items.last_mut()) {
                outer.block = Some((inner, at));
            }
            at += 1;
            continue;
        }
        let (end, block) = extent(words, at);
        if let Some(items) = open.last_mut() {
            items.push(Item { start: at, end, block: None });
        }
        if block {
            open.push(Vec::new());
        }
        at = end;
    }
    // Blocks that nothing closes end with the text.
    while open.len() > 1 {
        let inner = open.pop().unwrap_or_default();
        if let Some(outer) = open.last_mut() {
            outer.extend(inner);
        }
    }
    open.pop().unwrap_or_default()
}

/// Where the item that starts here ends, and whether a block of items follows.
fn extent(words: &[Word<'_>], start: usize) -> (usize, bool) {
    let last = words.len() - 1;
    let directive = words[start].is_directive();
    let block = BLOCKS.contains(&words[start].text);
    let mut depth = 0usize;
    for at in start..last {
        let word = &words[at];
        if at > start && (word.is_directive() || word.is("?-")) {
            return (at, false);
        }
        if depth == 0 && at > start && begins(words, start, at, directive) {
            return (at, false);
        }
        match word.text {
            "{" if block => return (at + 1, true),
            "(" | "[" | "{" => depth += 1,
            "}" if depth == 0 => return (at.max(start + 1), false),
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "." => return (at + 1, false),
            _ => {}
        }
    }
    (last, false)
}

/// Whether a clause begins here although no full stop stands before it: behind a directive, or where a macro ends.
fn begins(words: &[Word<'_>], start: usize, at: usize, directive: bool) -> bool {
    let (left, word) = (&words[at - 1], &words[at]);
    if !word.is_name() || word.text == "choice-domain" || at == start {
        return false;
    }
    if directive { words[at + 1].is("(") && at > start + 1 && !left.is(",") } else { left.is(")") && word.is_broken() }
}
