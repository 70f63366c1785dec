//! `.output` and `.printsize`

use super::options::Options;
use super::{Request, json, sqlite};
use crate::Error;
use crate::format::delimited::Format;
use crate::format::write::delimited;
use flate2::{Compression, write::GzEncoder};
use runtime::{Rows, Symbols};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// An `.output` directive that makes sense.
pub struct Output<'a> {
    request: Request<'a>,
    options: Options<'a>,
    target: Target,
}

/// Where tuples go, and in which form.
enum Target {
    Size,
    Framed(Format, Option<String>),
    File { path: PathBuf, compress: bool, format: Format, header: Option<String> },
    Json { path: Option<PathBuf>, objects: bool },
    Database(PathBuf),
}

impl<'a> Output<'a> {
    /// Looks what a directive wants: by default, a file of the directory. Without a directory everything goes to standard
    /// output, with the names of the columns.
    pub fn new(request: Request<'a>, directory: Option<&Path>) -> Result<Self, Error> {
        let options = Options::new(".output", &request);
        let kind = match directory {
            None => "stdout",
            Some(_) => options.text("IO").unwrap_or("file"),
        };
        let named = options.flag("headers")? || directory.is_none();
        let directory = options.text("output-dir").map(Path::new).or(directory).unwrap_or(Path::new("."));
        let file = |ending| options.file(&["filename"], ending, directory);
        let target = match kind {
            "stdoutprintsize" => Target::Size,
            "stdout" | "file" => {
                let format = options.format()?;
                let header = named.then(|| header(&request, &options, &format));
                let compress = options.text("compress").is_some_and(|text| text != "false");
                let path = file(if compress { ".csv.gz" } else { ".csv" });
                match kind {
                    "stdout" => Target::Framed(format, header),
                    _ => Target::File { path, compress, format, header },
                }
            }
            "json" => Target::Json { path: None, objects: objects(&options)? },
            "jsonfile" => Target::Json { path: Some(file(".json")), objects: objects(&options)? },
            "sqlite" => Target::Database(options.file(&["filename", "dbname", "db"], ".sqlite", directory)),
            other => {
                let known = ["file", "stdout", "stdoutprintsize", "jsonfile", "json", "sqlite"];
                return Err(options.unknown_kind(other, &known));
            }
        };
        Ok(Output { request, options, target })
    }

    /// Writes the tuples of the relation.
    pub fn write(&self, rows: &Rows, symbols: &Symbols, stdout: &mut dyn Write) -> Result<(), Error> {
        let columns = self.request.columns;
        let standard = |e| Error::io(Path::new("<stdout>"), e);
        match &self.target {
            Target::Size => print_size(self.options.name(), rows.len(), stdout),
            Target::Framed(format, header) => {
                let mut framed = || -> io::Result<()> {
                    writeln!(stdout, "---------------\n{}", self.options.name())?;
                    header.iter().try_for_each(|header| writeln!(stdout, "{header}"))?;
                    writeln!(stdout, "===============")?;
                    delimited(stdout, columns, rows, symbols, format)?;
                    writeln!(stdout, "===============")
                };
                framed().map_err(standard)
            }
            Target::File { path, compress, format, header } => save(path, *compress, |out| {
                header.iter().try_for_each(|header| writeln!(out, "{header}"))?;
                delimited(out, columns, rows, symbols, format)
            }),
            Target::Database(path) => sqlite::write(&self.request, &self.options, path, rows, symbols),
            Target::Json { path: None, objects } => {
                json::write(stdout, columns, rows, symbols, *objects).map_err(standard)
            }
            Target::Json { path: Some(path), objects } => {
                save(path, false, |out| json::write(out, columns, rows, symbols, *objects))
            }
        }
    }
}

/// Prints what `.printsize` asks for: the name and the number of tuples.
pub fn print_size(relation: &str, count: usize, stdout: &mut dyn Write) -> Result<(), Error> {
    writeln!(stdout, "{relation}\t{count}").map_err(|e| Error::io(Path::new("<stdout>"), e))
}

/// The line that names the columns.
fn header(request: &Request, options: &Options, format: &Format) -> String {
    let names = || request.columns.iter().map(|column| &*column.name).collect::<Vec<_>>();
    let joined = || names().join(&String::from_utf8_lossy(&format.delimiter));
    options.text("attributeNames").map_or_else(joined, str::to_owned)
}

/// Whether JSON has an object a tuple.
fn objects(options: &Options) -> Result<bool, Error> {
    match options.text("format").unwrap_or("list") {
        "list" => Ok(false),
        "object" => Ok(true),
        other => Err(options.error(format!("expected format=list or format=object, found {other:?}"))),
    }
}

/// Writes a file.
fn save(path: &Path, compress: bool, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let save = || -> io::Result<()> {
        let mut out = io::BufWriter::new(File::create(path)?);
        if compress {
            let mut encoder = GzEncoder::new(&mut out, Compression::default());
            write(&mut encoder)?;
            encoder.finish()?;
        } else {
            write(&mut out)?;
        }
        out.flush()
    };
    save().map_err(|e| Error::io(path, e))
}
