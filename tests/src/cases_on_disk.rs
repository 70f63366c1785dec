//! The golden cases as they lie on disk.

use crate::compiled::{Compiled, compile_with_scenarios};
use crate::evaluator::Evaluator;
use crate::golden::{Script, read_script, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A case: its name, its program, its script.
pub struct Case {
    /// `topic/name`.
    pub name: String,
    /// The program's file.
    pub path: PathBuf,
    /// The program's text.
    pub text: String,
    /// The program.
    pub compiled: Compiled,
    /// What one types.
    pub script: Script,
}

impl Case {
    /// The relations whose changes are expected.
    pub fn outputs(&self) -> Vec<Arc<str>> {
        self.compiled.outputs()
    }

    /// The expectation; empty if there is none yet.
    pub fn expected(&self) -> String {
        fs::read_to_string(self.path.with_extension("expected")).unwrap_or_default()
    }

    /// The complaint, if the evaluator says something else than what is expected.
    pub fn complaint(&self, mode: &str, evaluator: &mut dyn Evaluator) -> Option<String> {
        let (expected, found) = (self.expected(), run(&self.script, &self.outputs(), evaluator));
        (expected != found).then(|| format!("{} ({mode})\nexpected:\n{expected}found:\n{found}", self.name))
    }
}

/// All cases, by name.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut paths = Vec::new();
    for topic in fs::read_dir(&root).expect("there are golden cases") {
        let topic = topic.expect("the directory can be read").path();
        paths.extend(fs::read_dir(topic).expect("a topic is a directory").map(|e| e.expect("an entry").path()));
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "dl"));
    paths.sort();
    assert!(paths.len() >= 50, "the golden cases are there");
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for path in paths {
        match case(&root, path) {
            Ok(case) => cases.push(case),
            Err(complaint) => wrong.push(complaint),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    cases
}

fn case(root: &Path, path: PathBuf) -> Result<Case, String> {
    let name = path.strip_prefix(root).unwrap_or(&path).with_extension("").display().to_string();
    let text = fs::read_to_string(&path).map_err(|e| format!("{name}.dl: {e}"))?;
    let compiled = compile_with_scenarios(&text).map_err(|diagnostics| format!("{name}.dl\n{diagnostics}"))?;
    let script = fs::read_to_string(path.with_extension("script")).map_err(|e| format!("{name}.script: {e}"))?;
    let script = read_script(&script, &|relation| compiled.columns(relation))
        .map_err(|complaint| format!("{name}.script: {complaint}"))?;
    Ok(Case { name, path, text, compiled, script })
}
