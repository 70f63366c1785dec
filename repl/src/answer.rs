//! Answers: all rows of a question, shown a page at a time.
//!
//! An answer may have many millions of rows, of which a person sees fifty. So rows stay words until they are shown, and
//! a page takes one pass over them: the least rows that come after the page before. Only those are ever text.

use crate::failure::{Failure, Outcome};
use crate::near::did_you_mean;
use crate::table::{Table, compare_rows, compare_values};
use compiler::program::Column;
use runtime::{Interrupt, Rows, Symbols, Value};
use std::cmp::Ordering;

/// How many rows are looked at between two looks at whether to stop.
const STRIDE: usize = 1 << 14;

/// The rows of a question, and how far they have been shown.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What each column is called and holds.
    pub columns: Vec<Column>,
    /// The rows, in no order.
    pub rows: Rows,
    symbols: Symbols,
    /// By which columns it is sorted before all others, and whether from the greatest on.
    order: Vec<(usize, bool)>,
    /// The last row that was shown.
    last: Option<Vec<Value>>,
    shown: usize,
}

impl Answer {
    /// An answer of which nothing has been shown.
    pub fn new(columns: Vec<Column>, rows: Rows, symbols: Symbols) -> Answer {
        Answer { columns, rows, symbols, order: Vec::new(), last: None, shown: 0 }
    }

    /// How many rows have not been shown.
    pub fn left(&self) -> usize {
        self.rows.len() - self.shown
    }

    /// The values of a row.
    pub fn values(&self, row: &[u64]) -> Vec<Value> {
        row.iter().zip(&self.columns).map(|(word, column)| Value::of(*word, &column.ty, &self.symbols)).collect()
    }

    /// The table of symbols in which its words stand.
    pub fn symbols(&self) -> &Symbols {
        &self.symbols
    }

    /// Sorts by these columns, by name or by number from 1; one with `-` in front from the greatest value on. Starts
    /// again with the first page.
    pub fn sort(&mut self, columns: &[String]) -> Outcome {
        let place = |word: &String| {
            let (name, descending) = word.strip_prefix('-').map_or((&**word, false), |name| (name, true));
            let names = || self.columns.iter().map(|c| &*c.name);
            let number = || name.parse::<usize>().ok().filter(|n| (1..=self.columns.len()).contains(n)).map(|n| n - 1);
            let found = names().position(|known| known == name).or_else(number);
            let unknown = || {
                let near = did_you_mean(name, names());
                let known = names().collect::<Vec<_>>().join(", ");
                Failure::User(format!("the answer has no column `{name}`{near}; it has {known}"))
            };
            found.map(|found| (found, descending)).ok_or_else(unknown)
        };
        self.order = columns.iter().map(place).collect::<Outcome<_>>()?;
        (self.last, self.shown) = (None, 0);
        Ok(())
    }

    /// The next rows in order, at most so many. Cost: a pass over all rows, and the sorting of those that are shown.
    pub fn page(&mut self, limit: Option<usize>, interrupt: &Interrupt) -> Outcome<Table> {
        let most = limit.unwrap_or(usize::MAX).min(self.rows.len());
        let (mut best, mut worst): (Vec<Vec<Value>>, Option<Vec<Value>>) = (Vec::new(), None);
        for (at, row) in self.rows.iter().enumerate() {
            if at % STRIDE == 0 && interrupt.is_raised() {
                return Err(runtime::Error::Interrupted.into());
            }
            let values = self.values(row);
            let after = self.last.as_ref().is_none_or(|last| self.compare(&values, last).is_gt());
            let before = worst.as_ref().is_none_or(|worst| self.compare(&values, worst).is_lt());
            if !after || !before || most == 0 {
                continue;
            }
            best.push(values);
            if best.len() >= most.saturating_mul(2) {
                best.select_nth_unstable_by(most - 1, |a, b| self.compare(a, b));
                best.truncate(most);
                worst = best.last().cloned();
            }
        }
        best.sort_unstable_by(|a, b| self.compare(a, b));
        best.truncate(most);
        self.shown += best.len();
        self.last = best.last().cloned().or(self.last.take());
        let columns = self.columns.iter().map(|c| (c.name.to_string(), c.ty.primitive)).collect();
        Ok(Table { columns, rows: best })
    }

    fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        let by = |(column, descending): &(usize, bool)| match compare_values(&a[*column], &b[*column]) {
            order if *descending => order.reverse(),
            order => order,
        };
        self.order.iter().map(by).find(|o| o.is_ne()).unwrap_or_else(|| compare_rows(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::value::{Primitive, Type};

    fn answer() -> Answer {
        let column = |name: &str| Column { name: name.into(), ty: Type::plain(Primitive::Unsigned) };
        let words = vec![1, 30, 2, 10, 3, 20, 4, 10, 5, 40];
        Answer::new(vec![column("n"), column("size")], Rows::from_words(2, 5, words), Symbols::default())
    }

    fn first(table: &Table) -> Vec<String> {
        table.rows.iter().map(|row| row[0].to_string()).collect()
    }

    #[test]
    fn pages_follow_each_other_and_nothing_is_shown_twice() {
        let (mut answer, never) = (answer(), Interrupt::default());
        assert_eq!(first(&answer.page(Some(2), &never).unwrap()), ["1", "2"]);
        assert_eq!(first(&answer.page(Some(2), &never).unwrap()), ["3", "4"]);
        assert_eq!((first(&answer.page(Some(2), &never).unwrap()), answer.left()), (vec!["5".to_string()], 0));
        assert!(answer.page(Some(2), &never).unwrap().rows.is_empty());
    }

    #[test]
    fn an_answer_is_sorted_by_name_or_number_and_from_the_greatest_on() {
        let (mut answer, never) = (answer(), Interrupt::default());
        answer.sort(&["-size".into()]).unwrap();
        assert_eq!(first(&answer.page(Some(3), &never).unwrap()), ["5", "1", "3"]);
        answer.sort(&["2".into(), "-1".into()]).unwrap();
        assert_eq!(first(&answer.page(None, &never).unwrap()), ["4", "2", "3", "1", "5"]);
        let Err(Failure::User(told)) = answer.sort(&["sise".into()]) else { panic!("there is no such column") };
        assert!(told.contains("did you mean `size`?"), "{told}");
    }

    #[test]
    fn an_interrupt_stops_a_page() {
        let stop = Interrupt::default();
        stop.raise();
        assert!(answer().page(None, &stop).is_err());
    }
}
