//! `.save`: an answer as a file, in the format that its name says.

use crate::answer::Answer;
use crate::failure::{Failure, Outcome};
use ingest::directive::{Output, Request};
use ingest::file_name;
use ingest::parquet::Writer;
use runtime::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The ends of file names, and what they mean as parameters of an `.output`. Lines of JSON and Parquet are written here.
const FORMATS: &[(&str, &[(&str, &str)])] = &[
    (".csv", &[("rfc4180", "true"), ("headers", "true")]),
    (".facts", &[]),
    (".json", &[("IO", "jsonfile"), ("format", "object")]),
    (".jsonl", &[]),
    (".parquet", &[]),
    (".sqlite", &[("IO", "sqlite")]),
];

/// Writes all rows of an answer. The file is there as a whole or as it was.
pub(crate) fn save(answer: &Answer, name: &str, path: &Path) -> Outcome<String> {
    let file = file_name::text(path);
    let Some((ending, parameters)) = FORMATS.iter().find(|(ending, _)| file.ends_with(ending)) else {
        let endings: Vec<&str> = FORMATS.iter().map(|(ending, _)| *ending).collect();
        return Err(Failure::User(format!("cannot tell the format of {file}; names end in {}", endings.join(", "))));
    };
    let wrong = |cause: String| Failure::User(format!("cannot write {file}: {cause}"));
    // A database may hold other tables, so it is written in place.
    let in_place = *ending == ".sqlite";
    let partial = if in_place { path.to_owned() } else { path.with_file_name(partial_name(path)) };
    let written = match *ending {
        ".jsonl" => lines(answer, &partial).map_err(|e| e.to_string()),
        ".parquet" => columnar(answer, &partial).map_err(cause),
        _ => {
            let mut all: BTreeMap<String, String> =
                parameters.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            let Some(name_of_file) = partial.file_name().and_then(|name| name.to_str()) else {
                return Err(wrong("the name of a database is text; choose one that is".to_owned()));
            };
            all.insert("filename".into(), name_of_file.to_owned());
            let request = Request { relation: name, columns: &answer.columns, parameters: &all };
            Output::new(request, Some(partial.parent().unwrap_or(Path::new(""))))
                .and_then(|output| output.write(&answer.rows, answer.symbols(), &mut io::sink()))
                .map_err(cause)
        }
    };
    let whole = written
        .and_then(|()| if in_place { Ok(()) } else { std::fs::rename(&partial, path).map_err(|e| e.to_string()) });
    if let Err(cause) = whole {
        if !in_place {
            // What was begun is of no use; that it cannot be removed says nothing new.
            let _ = std::fs::remove_file(&partial);
        }
        return Err(wrong(cause));
    }
    Ok(format!("{file}: {}", crate::model::counted(answer.rows.len(), "tuple")))
}

/// What went wrong, without the name under which the file was being written.
fn cause(error: ingest::Error) -> String {
    match error {
        ingest::Error::Io { cause, .. } => cause,
        error => error.to_string(),
    }
}

/// The name under which a file is written until it is whole.
fn partial_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.{}.partial", std::process::id())
}

/// One object a line.
fn lines(answer: &Answer, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for row in answer.rows.iter() {
        let fields = answer.columns.iter().zip(answer.values(row));
        let object: serde_json::Map<String, serde_json::Value> =
            fields.map(|(column, value)| (column.name.to_string(), json(&value))).collect();
        serde_json::to_writer(&mut out, &object)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// A column at a time. A file of that kind counts its rows by its columns.
fn columnar(answer: &Answer, path: &Path) -> Result<(), ingest::Error> {
    if answer.columns.is_empty() {
        return Err(ingest::Error::Request("the answer has no columns: ask for a variable".to_owned()));
    }
    let mut writer = Writer::create(path, &answer.columns)?;
    answer.rows.iter().try_for_each(|row| writer.push(row, answer.symbols()))?;
    writer.finish()
}

/// A value as JSON; what JSON has no number for is text.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(n) => (*n).into(),
        Value::Unsigned(n) => (*n).into(),
        Value::Float(x) if x.is_finite() => (*x).into(),
        Value::Float(_) | Value::Record(_) => value.to_string().into(),
        Value::Symbol(s) => (**s).into(),
    }
}
