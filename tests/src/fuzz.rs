//! Inputs that nobody meant: seeds, bent.
//!
//! A seed is a text that is right. It is cut, doubled, spliced with another one, sprinkled with words of the language and
//! with bytes that no text holds. What is under test must give an answer, whatever comes; it must not panic.
//!
//! `STRATA_FUZZ_SECONDS` says for how long, `STRATA_SEED` where to start.

use crate::cases::quietly;
use std::path::Path;
use std::time::{Duration, Instant};

/// Bends a handful of seeds, on and on.
pub struct Fuzz {
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
    state: u64,
}

impl Fuzz {
    /// From seeds, which must not be empty, and words worth inserting.
    pub fn new(seeds: Vec<Vec<u8>>, words: &'static [&'static str]) -> Fuzz {
        assert!(!seeds.is_empty(), "there is a seed");
        Fuzz { seeds, words, state: variable("STRATA_SEED", 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Runs the test on one bent input after the other until the time is over. Returns how many there were.
    ///
    /// Panics with the smallest failing input that a quick search finds.
    pub fn run(&mut self, test: impl Fn(&[u8])) -> u64 {
        self.run_share(1, test)
    }

    /// The same for a part of the time.
    pub fn run_share(&mut self, part: u32, test: impl Fn(&[u8])) -> u64 {
        let until = Instant::now() + Duration::from_secs(variable("STRATA_FUZZ_SECONDS", 2)) / part.max(1);
        let answers = |input: &[u8]| {
            test(input);
            Ok(())
        };
        let fails = |input: &[u8]| quietly(|| answers(input)).is_err();
        let mut count = 0;
        for seed in self.seeds.clone() {
            assert!(!fails(&seed), "a seed fails:\n{}", String::from_utf8_lossy(&seed));
        }
        while Instant::now() < until {
            let input = self.input();
            count += 1;
            if fails(&input) {
                let least = shrink(input, &fails);
                let why = quietly(|| answers(&least));
                panic!(
                    "after {count} inputs, this one fails:\n{}\n{least:?}\n{why:?}",
                    String::from_utf8_lossy(&least)
                );
            }
        }
        count
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let seed = self.below(self.seeds.len());
        let mut input = self.seeds[seed].clone();
        // A stretch of a long seed is as good as the whole, and quicker.
        if input.len() > 4000 {
            let from = self.below(input.len() - 3000);
            input = input[from..from + 3000].to_vec();
        }
        for _ in 0..1 + self.below(6) {
            self.bend(&mut input);
        }
        input
    }

    fn bend(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.stretch(input.len());
        match self.below(9) {
            0 => {
                input.drain(from..to);
            }
            1 => {
                let copy = input[from..to].to_vec();
                input.splice(from..from, copy);
            }
            2 => {
                let word = self.words[self.below(self.words.len())];
                input.splice(from..from, word.bytes());
            }
            3 => {
                let word = self.words[self.below(self.words.len())];
                input.splice(from..to, word.bytes());
            }
            4 => {
                let byte = self.below(256) as u8;
                input.insert(from, byte);
            }
            5 => {
                if let Some(byte) = input.get_mut(from) {
                    *byte ^= 1 << (self.state >> 20 & 7);
                }
            }
            6 => input.truncate(from),
            7 => {
                let seed = self.below(self.seeds.len());
                let other = self.seeds[seed].clone();
                let (a, b) = self.stretch(other.len());
                input.splice(from..to, other[a..b].iter().copied());
            }
            _ => {
                let word = self.words[self.below(self.words.len())];
                let times = 1 << self.below(12);
                input.splice(from..from, word.repeat(times).into_bytes());
            }
        }
    }

    /// A stretch, most often a short one.
    fn stretch(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        let longest = if self.below(4) == 0 { length - from } else { (length - from).min(12) };
        (from, from + self.below(longest + 1))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % bound.max(1)
    }
}

/// The input without as much as can be left out.
fn shrink(mut input: Vec<u8>, fails: &dyn Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut size = input.len().next_power_of_two() / 2;
    while size > 0 {
        let mut from = 0;
        while from < input.len() {
            let mut less = input.clone();
            less.drain(from..(from + size).min(input.len()));
            if fails(&less) { input = less } else { from += size }
        }
        size /= 2;
    }
    input
}

/// The files below a directory of the project that have one of the extensions.
pub fn seeds(directory: &str, extensions: &[&str]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(directory)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let mut entries: Vec<_> = std::fs::read_dir(&path).into_iter().flatten().filter_map(Result::ok).collect();
            entries.sort_by_key(|e| e.file_name());
            open.extend(entries.into_iter().map(|e| e.path()));
        } else if path.extension().is_some_and(|e| extensions.iter().any(|x| e == *x)) {
            found.extend(std::fs::read(&path));
        }
    }
    found
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
