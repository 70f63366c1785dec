//! What there is of SQLite in a build without it: a message.

use super::input::Read;
use super::{Request, options::Options};
use crate::Error;
use crate::batch::Sink;
use runtime::{Rows, Symbols};
use std::path::Path;

const ABSENT: &str = "this build has no SQLite: build it with the feature `sqlite`";

pub(super) fn read(_: &Request, options: &Options, _: &Path, _: &Symbols, _: &mut dyn Sink) -> Result<Read, Error> {
    Err(options.error(ABSENT))
}

pub(super) fn write(_: &Request, options: &Options, _: &Path, _: &Rows, _: &Symbols) -> Result<(), Error> {
    Err(options.error(ABSENT))
}
