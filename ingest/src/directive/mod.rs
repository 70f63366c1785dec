//! `.input`, `.output` and `.printsize` of rule files, as Soufflé does them.
//!
//! | parameter | of | meaning, default |
//! |---|---|---|
//! | `IO` | both | `file`; `jsonfile`, `sqlite`; `stdin` and `json` for input; `stdout`, `json` and `stdoutprintsize` for output |
//! | `filename` | both | `R.facts`, `R.json`, `R.sqlite` in the fact directory; `R.csv`, `R.json`, `R.sqlite` in the output directory |
//! | `dbname`, `db` | both | the same, of `sqlite` |
//! | `name` | both | what the relation is called there: in the default file name, in the frame on standard output, in the database |
//! | `delimiter` | both | a tab; a comma with `rfc4180` |
//! | `rfc4180` | both | `true`: fields may be quoted, symbols are |
//! | `headers` | both | `true`: the first line names the columns, and is passed over on input |
//! | `attributeNames` | output | that line, instead of the names of the columns with delimiters in between |
//! | `columns` | input | `2:0`: the fields, from 0, that hold the first column, the second and so on |
//! | `format` | output | of JSON: `list`, an array a tuple; or `object`. Input may be either |
//! | `fact-dir`, `output-dir` | | a directory instead of the command line's |
//! | `compress` | output | write gzip; input recognises it |
//!
//! A rule file that names its input wants all of it: a missing file, a line with too few fields, a value of another type
//! or text that is not UTF-8 is an error, with its place. A line may have more fields than there are columns, as in
//! Soufflé; whoever asks for the input is told. Output is sorted, so that two runs give the same bytes.

mod input;
mod json;
mod options;
mod output;
#[cfg_attr(not(feature = "sqlite"), path = "no_sqlite.rs")]
mod sqlite;
mod text;

pub use input::{Read, Reading, read};
pub use output::{Output, print_size};

use compiler::program::Column;
use std::collections::BTreeMap;

/// What a directive is about.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The relation.
    pub relation: &'a str,
    /// Its columns.
    pub columns: &'a [Column],
    /// What is written behind its name.
    pub parameters: &'a BTreeMap<String, String>,
}
