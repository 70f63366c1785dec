//! What is wrong with a text, and edits that mend it: findings, quick fixes, the layout.

use super::navigate::workspace_edit;
use super::position::Lines;
use super::server::{Answer, Client, refuse};
use super::uri;
use super::workspace::Workspace;
use compiler::Analysis;
use compiler::diagnostic::{self, Severity};
use lsp_types::*;
use std::collections::{BTreeMap, BTreeSet};

/// The findings of all texts that are open and of those that they include. A text that had some before and has none now,
/// or is of no concern any more, is told to have none.
pub(super) fn findings(workspace: &mut Workspace, marked: &mut BTreeSet<String>) -> Vec<PublishDiagnosticsParams> {
    let open: Vec<String> = workspace.buffers().cloned().collect();
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for name in &open {
        found.entry(name.clone()).or_default();
        for view in workspace.views(name, false) {
            let root = view.sources().get(0).name.clone();
            if seen.insert(root) {
                collect(workspace, &view.analysis, &mut found);
            }
        }
    }
    for name in marked.iter() {
        found.entry(name.clone()).or_default();
    }
    marked.clear();
    let mut told = Vec::new();
    for (name, diagnostics) in found {
        let Some(uri) = workspace.uri(&name) else { continue };
        let version = workspace.buffer(&name).map(|buffer| buffer.version);
        if !diagnostics.is_empty() {
            marked.insert(name);
        }
        told.push(PublishDiagnosticsParams { uri, diagnostics, version });
    }
    told
}

/// The findings of one program, by text.
fn collect(workspace: &Workspace, analysis: &Analysis, found: &mut BTreeMap<String, Vec<Diagnostic>>) {
    let sources = &analysis.compilation.sources;
    let mut lines: BTreeMap<u32, Lines<'_>> = BTreeMap::new();
    for diagnostic in &analysis.compilation.diagnostics {
        let source = sources.get(diagnostic.primary.span.source);
        let lines = lines.entry(diagnostic.primary.span.source).or_insert_with(|| Lines::new(&source.text));
        let shown = show(workspace, analysis, diagnostic, lines);
        let list = found.entry(source.name.to_string()).or_default();
        if !list.contains(&shown) {
            list.push(shown);
        }
    }
}

fn show(
    workspace: &Workspace,
    analysis: &Analysis,
    diagnostic: &diagnostic::Diagnostic,
    lines: &Lines<'_>,
) -> Diagnostic {
    let mut message = diagnostic.message.clone();
    if !diagnostic.primary.text.is_empty() {
        message += &format!("\n{}", diagnostic.primary.text);
    }
    if let Some(help) = &diagnostic.help {
        message += &format!("\nhelp: {help}");
    }
    let related = diagnostic.secondary.iter().filter_map(|label| {
        let location = workspace.location(&analysis.compilation.sources, label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: lines.range(diagnostic.primary.span),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(diagnostic.code.to_owned())),
        source: Some("strata".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

/// The edits that mend what is wrong within a range.
pub(super) fn code_actions(
    workspace: &mut Workspace,
    client: &Client,
    params: CodeActionParams,
) -> Answer<Option<CodeActionResponse>> {
    let only = params.context.only;
    if only.is_some_and(|only| !only.iter().any(|kind| ["", "quickfix"].contains(&kind.as_str()))) {
        return Ok(Some(Vec::new()));
    }
    let name = uri::name(&params.text_document.uri);
    let mut actions = Vec::new();
    for view in workspace.views(&name, false) {
        let lines = Lines::new(view.text());
        let (start, end) = (lines.offset(params.range.start) as u32, lines.offset(params.range.end) as u32);
        for diagnostic in &view.analysis.compilation.diagnostics {
            let place = diagnostic.primary.span;
            let Some(fix) = &diagnostic.fix else { continue };
            if place.source != view.source || fix.span.source != view.source || place.end < start || end < place.start {
                continue;
            }
            let edit = TextEdit { range: lines.range(fix.span), new_text: fix.text.clone() };
            let version = workspace.buffer(&name).map(|buffer| buffer.version);
            let action = CodeAction {
                title: title(&view.text()[fix.span.range()], &fix.text),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![show(workspace, &view.analysis, diagnostic, &lines)]),
                edit: Some(workspace_edit(client, vec![(params.text_document.uri.clone(), version, vec![edit])])),
                is_preferred: Some(true),
                ..CodeAction::default()
            };
            let action = CodeActionOrCommand::CodeAction(action);
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
    }
    Ok(Some(actions))
}

fn title(old: &str, new: &str) -> String {
    if old.is_empty() { format!("Insert `{new}`") } else { format!("Change `{old}` to `{new}`") }
}

/// A text in the house's layout; one that cannot be read is left as it is.
pub(super) fn format(workspace: &mut Workspace, params: DocumentFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
    let name = uri::name(&params.text_document.uri);
    let Some(buffer) = workspace.buffer(&name) else { return refuse(format!("`{name}` is not open")) };
    let lines = Lines::new(&buffer.text);
    let new_text = match compiler::layout::format(&buffer.text) {
        Ok(text) => text,
        Err(diagnostics) => {
            let wrong = diagnostics.iter().find(|diagnostic| diagnostic.is_error()).or(diagnostics.first());
            let line = wrong.map_or(0, |wrong| lines.position(wrong.primary.span.start as usize).line) + 1;
            let message = wrong.map_or("it is not well-formed", |wrong| &wrong.message);
            return refuse(format!("line {line} cannot be read: {message}"));
        }
    };
    if new_text == buffer.text {
        return Ok(Some(Vec::new()));
    }
    Ok(Some(vec![TextEdit { range: lines.whole(), new_text }]))
}
