//! From a name to where it is declared and used, and to another name.

use super::position::Lines;
use super::server::{Answer, Client, refuse};
use super::uri;
use super::workspace::Workspace;
use compiler::index::{self, Role, SymbolId, includes};
use compiler::span::Span;
use lsp_types::*;
use std::collections::{BTreeMap, BTreeSet};

/// Where the name at a position is declared; of an included path, the file.
pub(super) fn definition(
    workspace: &mut Workspace,
    params: GotoDefinitionParams,
) -> Answer<Option<GotoDefinitionResponse>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
    let name = uri::name(&text_document.uri);
    let Some(view) = workspace.view(&name) else { return Ok(None) };
    let offset = view.offset(position);
    let over = |span: Span| span.start <= offset && offset <= span.end;
    if let Some(inclusion) = includes(view.source, view.text()).into_iter().find(|inclusion| over(inclusion.span)) {
        let file = workspace.included(&inclusion.path, &name).and_then(|file| workspace.uri(&file));
        let location = file.map(|uri| Location { uri, range: Range::default() });
        return Ok(location.map(GotoDefinitionResponse::Scalar));
    }
    let declared = view.at(position).and_then(|found| view.index().symbol(found.symbol).declared);
    let location = declared.and_then(|span| workspace.location(view.sources(), span));
    Ok(location.map(GotoDefinitionResponse::Scalar))
}

/// Where the name at a position is used, in all programs that know it.
pub(super) fn references(workspace: &mut Workspace, params: ReferenceParams) -> Answer<Option<Vec<Location>>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position;
    let mut places = Places::default();
    places.collect(workspace, &uri::name(&text_document.uri), position, &|_, _| Ok(()))?;
    let wanted = |role: &Role| params.context.include_declaration || *role != Role::Declares;
    let mut locations = Vec::new();
    for (name, Text { text, spans }) in places.texts {
        let Some(uri) = workspace.uri(&name) else { continue };
        let lines = Lines::new(&text);
        let here = spans.iter().filter(|(_, role)| wanted(role));
        locations.extend(here.map(|(span, _)| Location { uri: uri.clone(), range: lines.range(*span) }));
    }
    Ok(Some(locations))
}

/// Where the name at a position stands in the same file.
pub(super) fn highlights(
    workspace: &mut Workspace,
    params: DocumentHighlightParams,
) -> Answer<Option<Vec<DocumentHighlight>>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
    let Some(view) = workspace.view(&uri::name(&text_document.uri)) else { return Ok(None) };
    let Some(found) = view.at(position) else { return Ok(None) };
    let lines = Lines::new(view.text());
    let here = view.index().occurrences(found.symbol).filter(|occurrence| occurrence.span.source == view.source);
    let highlight = |occurrence: &index::Occurrence| DocumentHighlight {
        range: lines.range(occurrence.span),
        kind: Some(match occurrence.role {
            Role::Declares | Role::Defines => DocumentHighlightKind::WRITE,
            Role::Uses => DocumentHighlightKind::READ,
        }),
    };
    Ok(Some(here.map(highlight).collect()))
}

/// Whether the name at a position can be changed, and what it is now.
pub(super) fn prepare_rename(
    workspace: &mut Workspace,
    params: TextDocumentPositionParams,
) -> Answer<Option<PrepareRenameResponse>> {
    let Some(view) = workspace.view(&uri::name(&params.text_document.uri)) else { return Ok(None) };
    let Some(found) = view.at(params.position) else { return Ok(None) };
    let symbol = view.index().symbol(found.symbol);
    let Some((file, _)) = view.declared(found.symbol) else {
        return refuse(index::Unnamable::BuiltIn(symbol.name.to_string()));
    };
    writable(&file)?;
    Ok(Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: Lines::new(view.text()).range(found.span),
        placeholder: symbol.name.to_string(),
    }))
}

/// Changes a name wherever it stands, in all programs that know it.
pub(super) fn rename(
    workspace: &mut Workspace,
    client: &Client,
    params: RenameParams,
) -> Answer<Option<WorkspaceEdit>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position;
    let mut places = Places::default();
    let free = |index: &index::Index, symbol| index::rename(index, symbol, &params.new_name).or_else(refuse);
    places.collect(workspace, &uri::name(&text_document.uri), position, &free)?;
    if places.texts.is_empty() {
        return refuse("there is no name here");
    }
    let mut edits = Vec::new();
    for (name, Text { text, spans }) in places.texts {
        writable(&name)?;
        let Some(uri) = workspace.uri(&name) else { return refuse(format!("`{name}` cannot be written")) };
        let lines = Lines::new(&text);
        let edit = |span: &Span| TextEdit { range: lines.range(*span), new_text: params.new_name.clone() };
        let version = workspace.buffer(&name).map(|buffer| buffer.version);
        edits.push((uri, version, spans.keys().map(edit).collect()));
    }
    Ok(Some(workspace_edit(client, edits)))
}

/// The standard rule files are part of the binary.
fn writable(name: &str) -> Answer<()> {
    if name.starts_with('<') { refuse(format!("`{name}` is part of Strata and keeps its names")) } else { Ok(()) }
}

/// Edits of texts, in the form that the client knows.
pub(super) fn workspace_edit(client: &Client, edits: Vec<(Uri, Option<i32>, Vec<TextEdit>)>) -> WorkspaceEdit {
    if !client.versioned_edits {
        #[expect(clippy::mutable_key_type, reason = "the protocol's type; a URI does not change")]
        let changes = edits.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
        return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
    }
    let edits = edits.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(edits.collect())), ..WorkspaceEdit::default() }
}

/// The places of one symbol, by the name of the text.
#[derive(Default)]
struct Places {
    texts: BTreeMap<String, Text>,
}

struct Text {
    text: String,
    /// In order; the numbers of sources, which differ between programs, are left out.
    spans: BTreeMap<Span, Role>,
}

impl Places {
    /// Collects the places of the name at a position: first in the programs of its text, then in those of the text that
    /// declares it. Each program is asked for its consent.
    fn collect(
        &mut self,
        workspace: &mut Workspace,
        name: &str,
        position: Position,
        consent: &dyn Fn(&index::Index, SymbolId) -> Answer<()>,
    ) -> Answer<()> {
        let mut declared = BTreeSet::new();
        for view in workspace.views(name, true) {
            let Some(found) = view.at(position) else { continue };
            consent(view.index(), found.symbol)?;
            self.add(&view.analysis, found.symbol);
            declared.extend(view.declared(found.symbol));
        }
        for (file, span) in declared {
            for view in workspace.views(&file, true) {
                let Some(found) = view.index().at(view.source, span.start) else { continue };
                consent(view.index(), found.symbol)?;
                self.add(&view.analysis, found.symbol);
            }
        }
        Ok(())
    }

    fn add(&mut self, analysis: &compiler::Analysis, symbol: SymbolId) {
        for occurrence in analysis.index.occurrences(symbol) {
            let source = analysis.compilation.sources.get(occurrence.span.source);
            let text = self.texts.entry(source.name.to_string());
            let text = text.or_insert_with(|| Text { text: source.text.to_string(), spans: BTreeMap::new() });
            text.spans.insert(Span { source: 0, ..occurrence.span }, occurrence.role);
        }
    }
}
