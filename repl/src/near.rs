//! Near names: what someone may have meant, at the end of a message.

use compiler::suggest::nearest;

/// ``; did you mean `link`?`` or nothing. A word that is the beginning of one name alone means that one.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let mut longer = candidates.iter().copied().filter(|c| word.len() >= 2 && c.starts_with(word));
    let begun = longer.next().filter(|_| longer.next().is_none());
    let near = begun.or_else(|| nearest(word, candidates.iter().copied()));
    near.map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let names = ["link", "path", "path_link", "relations"];
        assert_eq!(did_you_mean("lnik", names), "; did you mean `link`?");
        assert_eq!(did_you_mean("rel", names), "; did you mean `relations`?");
        assert_eq!(did_you_mean("tree", names), "");
    }
}
