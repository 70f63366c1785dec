//! Reading a Parquet file as rows of words.

use super::ROWS;
use super::cell::{Cell, Unit};
use crate::Error;
use compiler::program::Column;
use compiler::value::{Form, Primitive};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::{ParquetError, Result as Parsed};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use runtime::Symbols;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// Why a row cannot be used; or what of the file, where that has no row (0).
pub(crate) struct Fault {
    /// What is wrong, the same for all rows of its kind.
    pub reason: String,
    /// What was found.
    pub found: String,
}

/// Takes a row by its number, or why it cannot be used.
type Take<'a> = &'a mut dyn FnMut(usize, Result<&[u64], Fault>) -> Result<(), Error>;

/// Gives each row with its number, from 1, or why it cannot be used. An error is for a file that cannot be read.
pub(crate) fn read(path: &Path, columns: &[Column], symbols: &Symbols, each: Take) -> Result<(), Error> {
    let file = File::open(path).map_err(|e| Error::io(path, e))?;
    let broken = |e: ParquetError| Error::content(path, format!("cannot be read as Parquet: {e}"));
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let Some(places) = places(reader.metadata().file_metadata().schema_descr(), columns, each)? else { return Ok(()) };
    let mut number = 0;
    let mut row = vec![0; columns.len()];
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(broken)?;
        let mut parts = Vec::new();
        for ((place, unit), column) in places.iter().zip(columns) {
            parts.push(Part::new(group.get_column_reader(*place).map_err(broken)?, *unit, column, symbols));
        }
        let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        while left > 0 {
            let rows = left.min(ROWS);
            left -= rows;
            parts.iter_mut().try_for_each(|part| part.fill(rows)).map_err(broken)?;
            for at in 0..rows {
                number += 1;
                row.iter_mut().zip(&parts).for_each(|(word, part)| *word = part.words[at]);
                match parts.iter_mut().find_map(|part| part.faults.remove(&at)) {
                    Some(fault) => each(number, Err(fault))?,
                    None => each(number, Ok(&row))?,
                }
            }
        }
    }
    Ok(())
}

/// For each column its place in the file, and what it counts; none if no row can be used.
fn places(schema: &SchemaDescriptor, columns: &[Column], each: Take) -> Result<Option<Vec<(usize, Unit)>>, Error> {
    let mut fault = |reason: &str, found: String| each(0, Err(Fault { reason: reason.to_owned(), found }));
    let fields = schema.root_schema().get_fields();
    for field in fields.iter().filter(|field| !columns.iter().any(|c| *c.name == *field.name())) {
        fault("unknown column", format!("{:?} is left out", field.name()))?;
    }
    let flat = |found: &ColumnDescriptor| found.path().parts().len() == 1 && found.max_rep_level() == 0;
    let (mut places, mut missing) = (Vec::new(), Vec::new());
    for column in columns {
        if !fields.iter().any(|field| field.name() == &*column.name) {
            missing.push(format!("`{}`", column.name));
            continue;
        }
        let leaf = schema.columns().iter().position(|found| flat(found) && found.name() == &*column.name);
        let unit = leaf.and_then(|place| Some((place, Unit::of(&schema.column(place))?)));
        match unit {
            Some(found) => places.push(found),
            None => missing.push(format!("`{}`, whose type is none of ours", column.name)),
        }
    }
    if !missing.is_empty() {
        fault("missing column", format!("{}; none of the file's rows can be used", missing.join(", ")))?;
        return Ok(None);
    }
    Ok(Some(places))
}

/// A stretch of one column.
struct Part<'a> {
    reader: ColumnReader,
    unit: Unit,
    column: &'a Column,
    symbols: &'a Symbols,
    words: Vec<u64>,
    faults: BTreeMap<usize, Fault>,
}

impl<'a> Part<'a> {
    fn new(reader: ColumnReader, unit: Unit, column: &'a Column, symbols: &'a Symbols) -> Self {
        Part { reader, unit, column, symbols, words: Vec::new(), faults: BTreeMap::new() }
    }

    /// Reads so many rows, which must be there.
    fn fill(&mut self, rows: usize) -> Parsed<()> {
        self.words.clear();
        self.faults.clear();
        let (unit, mut words, mut faults) = (self.unit, std::mem::take(&mut self.words), BTreeMap::new());
        let (column, symbols) = (self.column, self.symbols);
        let mut take = |cell: Cell| {
            let word = cell.word(&column.ty, symbols).unwrap_or_else(|expected| {
                let reason = format!("column `{}`: {expected}", column.name);
                faults.insert(words.len(), Fault { reason, found: cell.shown() });
                0
            });
            words.push(word);
        };
        match &mut self.reader {
            ColumnReader::BoolColumnReader(r) => values(r, rows, |x| Cell::Bool(*x), &mut take),
            ColumnReader::Int32ColumnReader(r) => values(r, rows, |x| unit.narrow(*x), &mut take),
            ColumnReader::Int64ColumnReader(r) => values(r, rows, |x| unit.wide(*x), &mut take),
            ColumnReader::Int96ColumnReader(r) => values(r, rows, |x| Cell::Integer(x.to_micros()), &mut take),
            ColumnReader::FloatColumnReader(r) => values(r, rows, |x| Cell::Float(f64::from(*x)), &mut take),
            ColumnReader::DoubleColumnReader(r) => values(r, rows, |x| Cell::Float(*x), &mut take),
            ColumnReader::ByteArrayColumnReader(r) => match (column.ty.primitive, column.ty.form) {
                (Primitive::Symbol, Form::Plain) => {
                    let (texts, at) = stretch(r, rows)?;
                    return self.intern(&texts, at, words);
                }
                _ => values(r, rows, |x| Cell::Bytes(x.data()), &mut take),
            },
            ColumnReader::FixedLenByteArrayColumnReader(r) => values(r, rows, |x| Cell::Bytes(x.data()), &mut take),
        }?;
        (self.words, self.faults) = (words, faults);
        Ok(())
    }

    /// Texts all at once: there are millions of them.
    fn intern(
        &mut self,
        texts: &[parquet::data_type::ByteArray],
        at: Vec<Option<usize>>,
        mut words: Vec<u64>,
    ) -> Parsed<()> {
        let utf8: Vec<Option<&str>> = texts.iter().map(|text| std::str::from_utf8(text.data()).ok()).collect();
        let known: Vec<&str> = utf8.iter().map(|text| text.unwrap_or_default()).collect();
        let known = self.symbols.intern_all(&known);
        let none = self.symbols.intern("");
        for (row, place) in at.into_iter().enumerate() {
            if let Some(place) = place.filter(|place| utf8[*place].is_none()) {
                let reason = format!("column `{}`: expected text in UTF-8", self.column.name);
                self.faults.insert(row, Fault { reason, found: Cell::Bytes(texts[place].data()).shown() });
            }
            words.push(place.map_or(none, |place| known[place]));
        }
        self.words = words;
        Ok(())
    }
}

/// Values, and for each row the place of its value among them.
type Stretch<V> = (Vec<V>, Vec<Option<usize>>);

/// The values of so many rows, and for each row the place of its value, or none.
fn stretch<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize) -> Parsed<Stretch<T::T>> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        match reader.read_records(rows - read, Some(&mut levels), None, &mut values)? {
            (0, ..) => return Err(ParquetError::EOF(format!("a column ends {} rows early", rows - read))),
            (records, ..) => read += records,
        }
    }
    let mut next = 0;
    let mut place = |there: bool| {
        next += usize::from(there);
        there.then(|| next - 1)
    };
    // A column that must be there has no levels.
    let places = match levels.is_empty() {
        true => (0..rows).map(|_| place(true)).collect(),
        false => levels.iter().map(|level| place(*level > 0)).collect(),
    };
    Ok((values, places))
}

fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    cell: impl for<'v> Fn(&'v T::T) -> Cell<'v>,
    take: &mut dyn FnMut(Cell),
) -> Parsed<()> {
    let (values, places) = stretch(reader, rows)?;
    places.iter().for_each(|place| take(place.map_or(Cell::Missing, |place| cell(&values[place]))));
    Ok(())
}
