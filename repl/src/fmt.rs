//! `strata fmt`: rule files in the house's layout.
//!
//! A file is written as a whole or not at all, and only if it changes. One with errors is left as it is; the others are
//! laid out all the same.

use crate::cli;
use crate::failure::{Failure, Outcome, unless_gone};
use crate::output::{Output, Style};
use crate::rule_files;
use compiler::layout::format;
use compiler::span::Sources;
use similar::{ChangeTag, TextDiff};
use std::io::{Read, Write};
use std::path::Path;

/// Runs the command.
pub fn run(arguments: &cli::Fmt, input: &mut dyn Read, output: &mut Output) -> Outcome {
    if arguments.paths.iter().any(|path| path == Path::new("-")) {
        return standard_input(arguments, input, output);
    }
    let files = rule_files::find(&arguments.paths)?;
    let (mut changed, mut failed) = (0, false);
    for path in &files {
        let name = ingest::file_name::text(path);
        let laid_out = std::fs::read(path)
            .map_err(|error| Failure::User(format!("cannot read {name}: {error}")))
            .and_then(|bytes| lay_out(&name, &bytes));
        match laid_out {
            Err(failure) => {
                unless_gone(output.note(&failure.render(output.err_style)))?;
                failed = true;
            }
            Ok((before, after)) if before != after => {
                changed += 1;
                if arguments.check {
                    unless_gone(show(&name, &before, &after, output))?;
                } else {
                    replace(path, &after)?;
                }
            }
            Ok(_) => {}
        }
    }
    let would = if arguments.check { "would change" } else { "changed" };
    unless_gone(output.note(&format!("{changed} of {} files {would}", files.len())))?;
    if failed || (arguments.check && changed > 0) { Err(Failure::Told) } else { Ok(()) }
}

/// From standard input to standard output.
fn standard_input(arguments: &cli::Fmt, input: &mut dyn Read, output: &mut Output) -> Outcome {
    if arguments.paths.len() > 1 {
        return Err(Failure::User("`-` stands for standard input and is the only path then".into()));
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|error| Failure::Ours(format!("cannot read the input: {error}")))?;
    let (before, after) = lay_out("<stdin>", &bytes)?;
    if !arguments.check {
        output.out.write_all(after.as_bytes())?;
    } else if before != after {
        unless_gone(show("<stdin>", &before, &after, output))?;
        return Err(Failure::Told);
    }
    Ok(())
}

/// A text and its layout.
fn lay_out(name: &str, bytes: &[u8]) -> Outcome<(String, String)> {
    let text = compiler::decode(name, bytes).map_err(|(wrong, sources)| Failure::Rules(vec![wrong], sources))?;
    match format(&text) {
        Ok(after) => Ok((text, after)),
        Err(diagnostics) => {
            let mut sources = Sources::default();
            sources.add(name, text);
            Err(Failure::Rules(diagnostics, sources))
        }
    }
}

/// Shows what would change, as `diff -u` does.
fn show(name: &str, before: &str, after: &str, output: &mut Output) -> Outcome {
    let style = output.out_style;
    output.data(&style.bold(&format!("--- {name}\n+++ {name} (laid out)")))?;
    for hunk in TextDiff::from_lines(before, after).unified_diff().iter_hunks() {
        output.data(&style.dim(&hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            output.data(&line(change.tag(), change.value(), style))?;
        }
    }
    Ok(())
}

fn line(tag: ChangeTag, text: &str, style: Style) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    match tag {
        ChangeTag::Equal => format!(" {text}"),
        ChangeTag::Delete => style.red(&format!("-{text}")),
        ChangeTag::Insert => style.green(&format!("+{text}")),
    }
}

/// Writes a file as a whole, with the permissions that it has: the text goes into a new file, which takes its place.
fn replace(path: &Path, text: &str) -> Outcome {
    let failed = |error: std::io::Error| Failure::Ours(format!("cannot write {}: {error}", path.display()));
    // What is written is the file itself, not a link to it.
    let path = path.canonicalize().map_err(failed)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().set_permissions(std::fs::metadata(&path).map_err(failed)?.permissions()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}
