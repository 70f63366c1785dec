//! Writing a relation as a Parquet file.

use super::ROWS;
use crate::Error;
use crate::format::term;
use compiler::program::Column;
use compiler::value::{Form, Primitive, Type};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result as Done;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use runtime::Symbols;
use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes the rows of one relation to `R.parquet`, in the order in which they come. Numbers and floats are what they are,
/// a `Time` is a timestamp, all else is text in its canonical form, with the symbols of a record in quotes, so that [`crate::Snapshot::read`] gives the same rows.
pub struct Writer {
    file: Group,
    types: Vec<Type>,
}

impl Writer {
    /// Begins a file.
    pub fn create(path: &Path, columns: &[Column]) -> Result<Writer, Error> {
        Ok(Writer { file: Group::create(path, columns)?, types: columns.iter().map(|c| c.ty.clone()).collect() })
    }

    /// Writes a row: a word for each column, as it stands in a table of symbols.
    pub fn push(&mut self, row: &[u64], symbols: &Symbols) -> Result<(), Error> {
        for ((word, ty), values) in row.iter().zip(&self.types).zip(&mut self.file.columns) {
            match values {
                Values::Integers(values) => values.push(*word as i64),
                Values::Floats(values) => values.push(f64::from_bits(*word)),
                Values::Texts(values) if ty.primitive == Primitive::Symbol => values.push(text(symbols.text(*word))),
                Values::Texts(values) => values.push(text(&term::text(*word, ty, symbols, true))),
            }
        }
        self.file.row()
    }

    /// Ends the file; without this it cannot be read.
    pub fn finish(self) -> Result<(), Error> {
        self.file.finish()
    }
}

/// A text of a file. Copies of it share what it holds.
fn text(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

/// Rows that are gathered, by column, until there are enough of them.
struct Group {
    path: PathBuf,
    file: SerializedFileWriter<File>,
    /// The values of the rows that are not written yet; each row adds one to each.
    columns: Vec<Values>,
    rows: usize,
}

/// Values of one column.
enum Values {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// How many rows are gathered before they are written.
const GROUP: usize = 4 * ROWS;

impl Group {
    fn create(path: &Path, columns: &[Column]) -> Result<Group, Error> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let create = || -> Done<SerializedFileWriter<File>> {
            let schema = Arc::new(parse_message_type(&schema(columns))?);
            SerializedFileWriter::new(File::create(path)?, schema, Arc::new(properties))
        };
        let file = create().map_err(|e| Error::io(path, e))?;
        let values = |column: &Column| match column.ty.primitive {
            Primitive::Number | Primitive::Unsigned => Values::Integers(Vec::new()),
            Primitive::Float => Values::Floats(Vec::new()),
            Primitive::Symbol | Primitive::Record => Values::Texts(Vec::new()),
        };
        Ok(Group { path: path.to_owned(), file, columns: columns.iter().map(values).collect(), rows: 0 })
    }

    /// Counts a row, whose values have been added.
    fn row(&mut self) -> Result<(), Error> {
        self.rows += 1;
        if self.rows == GROUP { self.write() } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), Error> {
        self.write()?;
        self.file.close().map(drop).map_err(|e| Error::io(&self.path, e))
    }

    fn write(&mut self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let (file, columns) = (&mut self.file, &mut self.columns);
        let write = || -> Done<()> {
            let mut group = file.next_row_group()?;
            for values in columns {
                let Some(mut column) = group.next_column()? else { break };
                match values {
                    Values::Integers(values) => {
                        column.typed::<Int64Type>().write_batch(values, None, None)?;
                        values.clear();
                    }
                    Values::Floats(values) => {
                        column.typed::<DoubleType>().write_batch(values, None, None)?;
                        values.clear();
                    }
                    Values::Texts(values) => {
                        column.typed::<ByteArrayType>().write_batch(values, None, None)?;
                        values.clear();
                    }
                }
                column.close()?;
            }
            group.close().map(drop)
        };
        let written = write();
        self.rows = 0;
        written.map_err(|e| Error::io(&self.path, e))
    }
}

/// The columns in the words of the format.
fn schema(columns: &[Column]) -> String {
    let mut text = "message facts {\n".to_owned();
    for column in columns {
        let (physical, logical) = match (column.ty.primitive, column.ty.form) {
            (Primitive::Number, Form::Time) => ("INT64", " (TIMESTAMP(MICROS,true))"),
            (Primitive::Number, _) => ("INT64", ""),
            (Primitive::Unsigned, _) => ("INT64", " (INTEGER(64,false))"),
            (Primitive::Float, _) => ("DOUBLE", ""),
            (Primitive::Symbol | Primitive::Record, _) => ("BYTE_ARRAY", " (STRING)"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  REQUIRED {physical} {}{logical};", column.name);
    }
    text + "}\n"
}
