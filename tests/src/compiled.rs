//! Programs, compiled.

use crate::library::Library;
use compiler::diagnostic::Diagnostic;
use compiler::plan::Plan;
use compiler::planner::{Statistics, plan};
use compiler::program::{DirectiveKind, Program};
use compiler::render::render;
use compiler::value::Type;
use std::sync::Arc;

/// A program and its plan.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What the front end made of the text.
    pub program: Program,
    /// What the planner made of that.
    pub plan: Plan,
}

/// Compiles a text, which may include standard rules; the error is the rendered diagnostics.
pub fn compile(text: &str) -> Result<Compiled, String> {
    let compilation = compiler::compile(&[("case.dl", text)], &Library);
    let Some(program) = compilation.program else {
        let errors: Vec<Diagnostic> = compilation.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        return Err(render(&errors, &compilation.sources, false));
    };
    let plan = plan(&program, &Statistics::default());
    Ok(Compiled { program, plan })
}

/// The same, with what its scenarios edit.
pub fn compile_with_scenarios(text: &str) -> Result<Compiled, String> {
    let program = compile(text)?.program.with_scenarios();
    let plan = plan(&program, &Statistics::default());
    Ok(Compiled { program, plan })
}

impl Compiled {
    /// The relations that the program shows: its outputs and its queries, in order.
    pub fn outputs(&self) -> Vec<Arc<str>> {
        let directives = self.program.directives.iter().filter(|d| d.kind == DirectiveKind::Output);
        let ids = directives.map(|d| d.relation).chain(self.program.queries.iter().copied());
        ids.map(|id| self.program.relation(id).name.clone()).collect()
    }

    /// The types of a relation's columns.
    pub fn columns(&self, relation: &str) -> Option<Vec<Type>> {
        let relation = self.program.relation(self.program.find(relation)?);
        Some(relation.columns.iter().map(|c| c.ty.clone()).collect())
    }
}
