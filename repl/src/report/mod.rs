//! `strata report`: the paper's figures for a data centre, and what follows from failures, as one page that needs no
//! network and no server, and as pictures.
//!
//! The figures are drawn by Apache ECharts, which stands in the page (`vendor/echarts`): `charts.js`, `heatmap.js` and
//! `layers.js` say what each figure is, `page.js` puts them into the page and lets its reader search, choose and look
//! nearer. Their data is what `topology` and `figures` take from a study, and what `failures`, `health` and `violations`
//! find besides; it stands in the page as JSON. `pictures` runs the same scripts without a browser.
//! Whatever is drawn is also a table (`tables`), for those who do not see it.

mod failures;
mod figures;
mod health;
mod page;
#[cfg(feature = "pictures")]
mod pictures;
mod tables;
mod topology;
mod violations;

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::study::{Source, Study};
use clap::Args;
use failures::{Failures, Rows};
use figures::Besides;
use health::Health;
use std::path::{Path, PathBuf};

/// The arguments of `strata report`.
#[derive(Debug, Args)]
#[command(after_help = "\
The page works from a file and holds all it needs: the layers of the data centre with search and the path between two
machines, how long transactions take, why traffic crosses the distribution layer, what does before and after the reference
counterfactuals, and what of the model is violated. With --sweep or --each: the worst single points of failure, and the
headroom between tiers. Where the operator has stated limits (`sla`, `threshold`) or monitoring has sampled something:
alarms, their causes, and suspects.

Examples:
  strata report dc -o dc.html
  strata report dc -o dc.html --each switch              each switch fails, to be told which is worst
  strata sweep dc -o failures.csv                        or all elements, which can be interrupted,
  strata report dc -o dc.html --sweep failures.csv       and their rows in the report
  strata report dc -o dc.html --png figures/             and the figures as pictures")]
pub struct Arguments {
    /// The snapshot
    pub snapshot: PathBuf,
    /// The page
    #[arg(short = 'o', long = "output", value_name = "FILE.html")]
    pub output: PathBuf,
    /// What `strata sweep SNAPSHOT -o FILE` wrote: the worst of it is shown
    #[arg(long, value_name = "FILE")]
    pub sweep: Option<PathBuf>,
    /// Let each of these fail now, as `strata sweep --each` does: `element`, `device`, `switch`, `cable`, a role
    #[arg(long, value_name = "KIND", conflicts_with = "sweep")]
    pub each: Option<String>,
    /// Directory for the figures as SVG files
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    /// Directory for the figures as PNG files
    #[arg(long, value_name = "DIR")]
    pub png: Option<PathBuf>,
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
}

impl Arguments {
    fn rows(&self) -> Option<Rows> {
        let file = self.sweep.clone().map(Rows::File);
        file.or_else(|| self.each.clone().map(Rows::Each))
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, output: &mut Output) -> Outcome {
    let source = Source::Snapshot(arguments.snapshot.clone());
    // What is wrong with the arguments is told before the long work.
    let failures = failures::of(&arguments.snapshot, arguments.rows().as_ref(), arguments.jobs, output)?;
    let mut study = Study::of(&source, usize::from(arguments.jobs), output)?;
    let health = health::of(&arguments.snapshot, arguments.jobs, output)?;
    let data = page(&mut study, &source, failures, health, &arguments.output)?;
    output.note(&format!("the report is in {}", arguments.output.display()))?;
    if arguments.svg.is_some() || arguments.png.is_some() {
        draw(data, arguments, output)?;
    }
    Ok(())
}

/// Writes the page of a study; without what follows from failures, and without alarms.
pub(crate) fn write(study: &mut Study, source: &Source, path: &Path) -> Outcome {
    page(study, source, Failures::default(), Health::default(), path)?;
    Ok(())
}

/// Writes the page and gives its data.
fn page(study: &mut Study, source: &Source, failures: Failures, health: Health, path: &Path) -> Outcome<String> {
    let violations = violations::of(source)?;
    let topology = topology::of(study)?;
    let figures = figures::of(study, Besides { violations, failures, health })?;
    save(path, page::of(study, &topology, &figures).as_bytes())?;
    Ok(page::data(&topology, &figures))
}

/// Writes the figures as pictures.
#[cfg(feature = "pictures")]
fn draw(data: String, arguments: &Arguments, output: &mut Output) -> Outcome {
    let drawn = pictures::draw(data)?;
    let raster = arguments.png.as_ref().map(|_| pictures::Raster::new());
    if raster.as_ref().is_some_and(|raster| !raster.has_words()) {
        output.note("no font is installed on this machine: PNG files have no words")?;
    }
    for directory in [&arguments.svg, &arguments.png].into_iter().flatten() {
        std::fs::create_dir_all(directory).map_err(|e| unwritable(directory, &e))?;
    }
    for (name, svg) in &drawn {
        if let Some(directory) = &arguments.svg {
            save(&directory.join(format!("{name}.svg")), svg.as_bytes())?;
        }
        if let (Some(directory), Some(raster)) = (&arguments.png, &raster) {
            save(&directory.join(format!("{name}.png")), &raster.png(svg)?)?;
        }
    }
    for directory in [&arguments.svg, &arguments.png].into_iter().flatten() {
        output.note(&format!("the figures are in {}", directory.display()))?;
    }
    Ok(())
}

/// Says that there are no pictures.
#[cfg(not(feature = "pictures"))]
fn draw(_: String, _: &Arguments, _: &mut Output) -> Outcome {
    Err(Failure::Ours("this binary is built without pictures: build it with the feature `pictures`".into()))
}

fn save(path: &Path, content: &[u8]) -> Outcome {
    std::fs::write(path, content).map_err(|e| unwritable(path, &e))
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::Ours(format!("cannot write {}: {cause}", path.display()))
}
