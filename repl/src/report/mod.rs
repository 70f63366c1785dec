//! `strata report`: the paper's figures for a data centre, as one page that needs no network and no server, and as
//! pictures.
//!
//! `svg` draws what is drawn once; what is large or answers to the reader (the layers, the heatmaps) is drawn by
//! `script.js` from data that stands in the page (`data`). The charts are few and plain, so the page carries a script of
//! its own instead of a charting library that would be a hundred times its size.

mod data;
mod page;
pub(crate) mod svg;
mod violations;

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::study::{Source, Study};
use clap::Args;
use std::path::{Path, PathBuf};

/// The arguments of `strata report`.
#[derive(Debug, Args)]
#[command(after_help = "\
The page works from a file and holds all it needs: the layers of the data centre with search and the path between two
machines, how long transactions take, why traffic crosses the distribution layer, what does before and after the reference
counterfactuals, and what of the model is violated.

Examples:
  strata report dc -o dc.html
  strata report dc -o dc.html --svg figures/             and the figures as pictures")]
pub struct Arguments {
    /// The snapshot
    pub snapshot: PathBuf,
    /// The page
    #[arg(short = 'o', long = "output", value_name = "FILE.html")]
    pub output: PathBuf,
    /// Directory for the figures as SVG files
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let source = Source::Snapshot(arguments.snapshot.clone());
    let mut study = Study::of(&source, usize::from(arguments.jobs), output)?;
    write(&mut study, &source, &arguments.output)?;
    output.note(&format!("the report is in {}", arguments.output.display()))?;
    if let Some(directory) = &arguments.svg {
        std::fs::create_dir_all(directory).map_err(|e| unwritable(directory, &e))?;
        for (name, picture) in pictures(&study) {
            save(&directory.join(format!("{name}.svg")), &svg::alone(&picture))?;
        }
        output.note(&format!("the figures are in {}", directory.display()))?;
    }
    Ok(())
}

/// Writes the page of a study.
pub(crate) fn write(study: &mut Study, source: &Source, path: &Path) -> Outcome {
    let violations = violations::of(source)?;
    let data = data::of(study)?;
    save(path, &page::of(study, &data, &violations))
}

/// The figures by name.
pub(crate) fn pictures(study: &Study) -> Vec<(String, String)> {
    let mut pictures = vec![
        ("figure-1-times".to_owned(), svg::times(&study.folded)),
        ("figure-4-reasons".to_owned(), svg::reasons(study.base())),
    ];
    for (figure, kind) in [("figure-5", "esb_esb"), ("figure-6", "esb_application")] {
        for (name, found) in &study.scenarios {
            pictures.push((format!("{figure}-{name}"), svg::heat(found, kind)));
        }
    }
    pictures
}

fn save(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| unwritable(path, &e))
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::Ours(format!("cannot write {}: {cause}", path.display()))
}
