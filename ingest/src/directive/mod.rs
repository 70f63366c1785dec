//! `.input`, `.output` and `.printsize` of rule files, as Soufflé does them.
//!
//! | parameter | of | meaning, default |
//! |---|---|---|
//! | `IO` | both | `file`; `stdin` for input; `stdout` and `stdoutprintsize` for output |
//! | `filename` | both | `R.facts` in the fact directory, `R.csv` in the output directory |
//! | `delimiter` | both | a tab; a comma with `rfc4180` |
//! | `rfc4180` | both | `"true"`: fields may be quoted |
//! | `headers` | both | `"true"`: the first line names the columns, and is passed over on input |
//! | `columns` | input | `"0:2"`: the fields that hold the columns, from 0; there may be more of them |
//! | `fact-dir`, `output-dir` | | a directory instead of the command line's |
//! | `compress` | output | write gzip; input recognises it |
//!
//! A rule file that names its input wants all of it: a missing file, a line with too few or too many fields, a value of
//! another type or text that is not UTF-8 is an error, with its place. What is not supported (`jsonfile`, `sqlite`, an
//! unknown parameter) is rejected, not ignored. Output is sorted, so that two runs give the same bytes.

mod input;
mod options;
mod output;

pub use input::read;
pub use output::{print_size, write};
