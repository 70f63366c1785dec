//! `strata doc`: pages about the relations of rule files, to be read without a server and without a network.
//!
//! A page a relation: what its `///` comments say, its columns, the rules that derive it, what it reads, what reads it,
//! and the tests that show it. Around them an index with the graph of who reads whom, and the files themselves, line by
//! line.

mod book;
mod graph;
mod html;
mod page;

use crate::cli;
use crate::compile::compile;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::rule_files;
use crate::texts::{Texts, Typed};
use book::Book;
use compiler::planner::Statistics;

/// Runs the command. All files are taken as one program.
pub fn run(arguments: &cli::Doc, output: &mut Output) -> Outcome {
    // Included and not loaded one by one: a file that another one includes is there once.
    let include = |path: std::path::PathBuf| format!(".include {:?}\n", ingest::file_name::text(&path));
    let text = rule_files::find(&arguments.paths)?.into_iter().map(include).collect();
    let mut texts = Texts::new(book::ENTRY);
    texts.add(&[Typed { text, line: 0, column: 0 }]);
    let compiled = compile(&texts, None, &Statistics::new())?;
    let book = Book::new(&compiled);
    let pages = page::all(&book);
    let unwritable = |path: &std::path::Path, error: std::io::Error| {
        Failure::Ours(format!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(&arguments.output).map_err(|error| unwritable(&arguments.output, error))?;
    for (name, text) in &pages {
        let path = arguments.output.join(name);
        std::fs::write(&path, text).map_err(|error| unwritable(&path, error))?;
    }
    let index = arguments.output.join("index.html");
    output.note(&format!("{} relations on {} pages; start at {}", book.entries.len(), pages.len(), index.display()))?;
    Ok(())
}
