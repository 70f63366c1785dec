//! `.input`

use super::options::Options;
use crate::batch::{Batch, Sink};
use crate::format::delimited::Records;
use crate::format::lines::Lines;
use crate::format::rows::Decoder;
use crate::{Error, error::Place};
use compiler::program::Column;
use runtime::{Origin, Symbols};
use std::collections::BTreeMap;
use std::path::Path;

const KNOWN: &[&str] = &["IO", "filename", "delimiter", "rfc4180", "headers", "columns", "fact-dir", "compress"];

/// Reads the facts that an `.input` directive names; the number of facts, repeated ones too.
pub fn read(
    relation: &str,
    columns: &[Column],
    parameters: &BTreeMap<String, String>,
    fact_directory: &Path,
    symbols: &Symbols,
    sink: &mut dyn Sink,
) -> Result<usize, Error> {
    let options = Options::new(".input", relation, parameters, KNOWN)?;
    let lines = match options.text("IO").unwrap_or("file") {
        "file" => {
            let directory = options.text("fact-dir").map_or(fact_directory, Path::new);
            let name = options.text("filename").map_or_else(|| format!("{relation}.facts"), str::to_owned);
            Lines::open(&directory.join(name))?
        }
        "stdin" => Lines::new(Path::new("<stdin>"), Box::new(std::io::stdin())),
        other => return Err(options.error(format!("IO={other:?} is not supported: use \"file\" or \"stdin\""))),
    };
    let mut records = Records::new(lines, options.format()?);
    let mut decoder = Decoder::in_order(columns, symbols);
    if let Some(fields) = options.text("columns") {
        let fields: Option<Vec<usize>> = fields.split(':').map(|f| f.parse().ok()).collect();
        // Soufflé reads the mapping as a set of fields, in ascending order.
        let mut fields = fields.unwrap_or_default();
        fields.sort_unstable();
        fields.dedup();
        if fields.len() != columns.len() {
            let message = format!("expected columns=\"…\" with {} numbers joined by colons", columns.len());
            return Err(options.error(message));
        }
        decoder.fields = fields;
        decoder.width = None;
    }
    let path = records.path().to_owned();
    let source = sink.source(&path.display().to_string());
    let mut batch = Batch::new(relation, columns.len(), sink);
    let mut row = Vec::with_capacity(columns.len());
    let mut in_header = options.flag("headers")?;
    while let Some(record) = records.next()? {
        if std::mem::take(&mut in_header) {
            continue;
        }
        let fault = match record {
            Ok(record) => match decoder.decode(&record, &mut row) {
                Ok(()) => {
                    let record = u32::try_from(record.line()).unwrap_or(u32::MAX);
                    batch.push(&row, Origin { source, record })?;
                    continue;
                }
                Err(fault) => fault,
            },
            Err(fault) => fault,
        };
        let Place { line, column } = fault.place;
        return Err(Error::at(&path, Place { line, column }, fault.message()));
    }
    batch.finish()
}
