//! Symbols in a process that does not give out their numbers: a copy that grows from the beginning of the table.

use super::index::{Index, hash};
use super::{Symbols, Terms};
use std::fmt::Debug;
use std::sync::Arc;

/// Where numbers are given out. What is known here is always the beginning of what is known there.
pub(crate) trait Home: Send + Sync + Debug {
    /// Texts from number `known` on, in order; at least one if there are any. All `wanted` texts have numbers by then.
    fn texts(&self, known: usize, wanted: &[&str]) -> Vec<String>;
    /// The words of whole terms from place `known` on; at least one term if there are any. `wanted` is one of all terms by
    /// then.
    fn words(&self, known: u64, wanted: Option<&[u64]>) -> Vec<u64>;
}

impl Symbols {
    /// A copy of a table elsewhere, which fills as numbers and texts are met.
    pub(crate) fn away_from(home: Arc<dyn Home>) -> Symbols {
        let terms = Arc::new(Terms::away_from(home.clone()));
        Symbols { terms, home: Some(home), ..Symbols::default() }
    }

    /// Texts from a number on, of about so many bytes or a text more.
    pub(crate) fn texts_since(&self, number: usize, most: usize) -> Vec<String> {
        let (mut texts, mut bytes) = (Vec::new(), 0);
        for number in number..self.len() {
            if bytes >= most {
                break;
            }
            let text = self.text(number as u64);
            bytes += text.len() + size_of::<usize>();
            texts.push(text.to_string());
        }
        texts
    }

    /// Words of terms from a place on.
    pub(crate) fn words_since(&self, place: u64, most: usize) -> Vec<u64> {
        self.terms.since(place, most)
    }

    /// Asks home until all these texts are known here.
    pub(super) fn learn(&self, index: &mut Index, home: &Arc<dyn Home>, wanted: &[&str]) {
        loop {
            let known = |text: &&str| index.find(hash(text), |n| self.text_here(n.into()) == Some(*text)).is_ok();
            let unknown: Vec<&str> = wanted.iter().copied().filter(|text| !known(text)).collect();
            if unknown.is_empty() {
                return;
            }
            self.append(index, &home.texts(self.table.places.len(), &unknown));
        }
    }

    /// The text behind a number that is not known here yet; empty if it was never given out.
    pub(super) fn text_from_home(&self, number: u64) -> &str {
        let Some(home) = &self.home else { return "" };
        let mut index = self.table.index.write().unwrap_or_else(|e| e.into_inner());
        while self.text_here(number).is_none() {
            let new = home.texts(self.table.places.len(), &[]);
            if new.is_empty() {
                return "";
            }
            self.append(&mut index, &new);
        }
        self.text_here(number).unwrap_or("")
    }

    fn append(&self, index: &mut Index, new: &[String]) {
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        self.number(index, &new, &mut Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another table, asked directly; a few at a time.
    #[derive(Debug)]
    struct Next(Symbols);

    impl Home for Next {
        fn texts(&self, known: usize, wanted: &[&str]) -> Vec<String> {
            self.0.intern_all(wanted);
            self.0.texts_since(known, 20)
        }
        fn words(&self, known: u64, wanted: Option<&[u64]>) -> Vec<u64> {
            if let Some(words) = wanted {
                self.0.pack(words);
            }
            self.0.words_since(known, 4)
        }
    }

    #[test]
    fn a_copy_gives_the_numbers_of_its_home() {
        let home = Symbols::default();
        let (one, two) = (0, 1);
        let copies = [one, two].map(|_| Symbols::away_from(Arc::new(Next(home.clone()))));
        home.intern_all(&["a", "b", "c", "d", "e", "f"]);
        assert_eq!((copies[one].text(3), copies[one].text(99)), ("d", ""));
        assert_eq!(copies[one].intern("new"), 6);
        assert_eq!((copies[two].intern("f"), copies[two].intern("new"), home.intern("new")), (5, 6, 6));
        assert_eq!(copies[two].intern_all(&["x", "a", "x"]), [7, 0, 7]);
        assert_eq!((home.text(7), copies[one].text(7)), ("x", "x"));
    }

    #[test]
    fn a_copy_gives_the_terms_of_its_home() {
        let home = Symbols::default();
        let copies = [0, 1].map(|_| Symbols::away_from(Arc::new(Next(home.clone()))));
        let terms: Vec<u64> = (0..50).map(|i| home.pack(&[i, i + 1])).collect();
        assert_eq!(copies[0].fields(terms[40]), [40, 41]);
        assert_eq!(copies[0].pack(&[7, 8]), terms[7]);
        let list = copies[1].pack(&[9, copies[1].pack(&[])]);
        assert_eq!((home.pack(&[9, home.pack(&[])]), copies[0].fields(list)[0]), (list, 9));
        assert_eq!(copies[0].fields(0), [] as [u64; 0]);
    }
}
