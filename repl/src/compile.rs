//! From the texts of a session to a plan.

use crate::failure::{Failure, Outcome};
use crate::texts::Texts;
use compiler::diagnostic::Diagnostic;
use compiler::plan::Plan;
use compiler::planner::{Statistics, plan};
use compiler::program::Program;
use compiler::span::Sources;
use compiler::{Compilation, Files};
use ingest::file_name;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A program that means something.
#[derive(Debug)]
pub struct Compiled {
    /// The program.
    pub program: Program,
    /// How it is evaluated.
    pub plan: Plan,
    /// The texts that its spans point into.
    pub sources: Sources,
    /// What the compiler has to remark.
    pub warnings: Vec<Diagnostic>,
    /// The number of the extra text among the sources.
    pub extra: Option<u32>,
}

/// Compiles the texts of a session, and an extra one that is not to stay: a query, or facts to be edited. What is known
/// of the sizes of relations helps the planner.
pub fn compile(texts: &Texts, extra: Option<&str>, sizes: &Statistics) -> Outcome<Compiled> {
    compile_as(texts, extra, |program| plan(program, sizes))
}

/// Compiles the texts of a session for a model that is kept: its scenarios are planned, too.
pub fn compile_live(texts: &Texts, sizes: &Statistics) -> Outcome<Compiled> {
    compile_as(texts, None, |program| plan(&program.with_scenarios(), sizes))
}

fn compile_as(texts: &Texts, extra: Option<&str>, plan: impl FnOnce(&Program) -> Plan) -> Outcome<Compiled> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for path in texts.files() {
        let bytes =
            texts.read(path).map_err(|e| Failure::User(format!("cannot read {}: {e}", file_name::text(path))))?;
        let name = file_name::text(path);
        let text = compiler::decode(&name, &bytes).map_err(|(wrong, sources)| Failure::Rules(vec![wrong], sources))?;
        entries.push((name, text));
    }
    entries.push((texts.name().to_string(), texts.typed().to_string()));
    entries.extend(extra.map(|text| (texts.name().to_string(), text.to_string())));
    let entries: Vec<(&str, &str)> = entries.iter().map(|(name, text)| (&**name, &**text)).collect();
    let Compilation { program, diagnostics, sources } = compiler::compile_with(&entries, texts, texts.options());
    let Some(program) = program else { return Err(Failure::Rules(diagnostics, sources)) };
    // An extra text is a single statement: it includes nothing, and so it is the last source.
    let extra = extra.map(|_| sources.iter().count() as u32 - 1);
    Ok(Compiled { plan: plan(&program), program, sources, warnings: diagnostics, extra })
}

/// The program that declares the base relations of the model.
pub fn model() -> Outcome<Program> {
    let mut texts = Texts::new("<model>");
    texts.load(Path::new("<model.dl>"));
    Ok(compile(&texts, None, &Statistics::new())?.program)
}

/// The text of a standard rule file by its name, `<network/path_link.dl>`. They are inside the binary.
pub fn library(name: &Path) -> Option<&'static str> {
    rules::text(name.to_str()?.strip_prefix('<')?.strip_suffix('>')?)
}

impl Files for Texts {
    fn read(&self, path: &str, from: &str) -> Result<(String, String), String> {
        include(path, from, self.directories(), &|path| Texts::read(self, path))
    }
}

/// The name and the text of what a file includes: looked for beside that file, then in the directories, then among the
/// standard rules.
pub fn include(
    path: &str,
    from: &str,
    directories: &[PathBuf],
    read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<(String, String), String> {
    let standard = |path: &Path| {
        let name = format!("<{}>", plain(path).display());
        library(Path::new(&name)).map(|text| (name, text.to_owned()))
    };
    if library(Path::new(from)).is_some() {
        let beside = Path::new(&from[1..]).parent().unwrap_or(Path::new("")).join(path);
        let found = standard(&beside).or_else(|| standard(Path::new(path)));
        return found.ok_or_else(|| format!("there is no standard rule file `{path}`"));
    }
    let elsewhere = directories.iter().map(|directory| file_name::text(&plain(&directory.join(file_name::path(path)))));
    let mut missing = None;
    let found =
        std::iter::once(beside(path, from)).chain(elsewhere).find_map(|name| match read(&file_name::path(&name)) {
            Ok(bytes) => Some((name, bytes)),
            // What is said is why the first place did not have it.
            Err(error) => {
                missing.get_or_insert_with(|| error.to_string());
                None
            }
        });
    let Some((name, bytes)) = found else {
        return standard(Path::new(path)).ok_or_else(|| missing.unwrap_or_default());
    };
    let text = compiler::decode(&name, &bytes).map_err(|(wrong, _)| wrong.message)?;
    Ok((name, text))
}

/// The name of the file that a path means beside another one. Both may be on another machine, `scheme://host/path`.
pub fn beside(path: &str, from: &str) -> String {
    let (scheme, from) = from.split_at(from.find("://").map_or(0, |at| at + 3));
    let from = file_name::path(from);
    let beside = from.parent().unwrap_or(Path::new("")).join(file_name::path(path));
    format!("{scheme}{}", file_name::text(&plain(&beside)))
}

/// The path without detours, so that a file that is included by two ways is known to be one.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_are_taken_out_of_paths() {
        assert_eq!(plain(Path::new("rules/network/../model.dl")), Path::new("rules/model.dl"));
        assert_eq!(plain(Path::new("./a/./b.dl")), Path::new("a/b.dl"));
        assert_eq!(plain(Path::new("../../a.dl")), Path::new("../../a.dl"));
    }

    #[test]
    fn the_model_of_the_library_compiles() {
        assert!(model().expect("the library is well-formed").find("message").is_some());
    }

    #[test]
    fn standard_rules_are_included_by_name_and_include_each_other() {
        let texts = Texts::new("<prompt>");
        let (name, _) = Files::read(&texts, "trace/tree.dl", "<prompt>").expect("a standard rule file");
        assert_eq!(name, "<trace/tree.dl>");
        let (name, _) = Files::read(&texts, "leg.dl", &name).expect("a neighbour");
        assert_eq!(name, "<trace/leg.dl>");
        let (name, _) = Files::read(&texts, "../model.dl", &name).expect("the model");
        assert_eq!(name, "<model.dl>");
        assert!(Files::read(&texts, "no/such.dl", "<prompt>").is_err());
    }
}
