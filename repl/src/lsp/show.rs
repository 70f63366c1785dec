//! What is shown of a text: what a name is, what could stand at the cursor, what there is in a file.

use super::position::Lines;
use super::server::{Answer, Client};
use super::uri;
use super::workspace::Workspace;
use compiler::index::{self, CompletionKind, Role, Symbol, SymbolKind as Kind};
use compiler::span::Span;
use lsp_types::*;
use std::collections::BTreeMap;

/// What the name at a position is.
pub(super) fn hover(workspace: &mut Workspace, params: HoverParams) -> Answer<Option<Hover>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
    let Some(view) = workspace.view(&uri::name(&text_document.uri)) else { return Ok(None) };
    let Some(found) = view.at(position) else { return Ok(None) };
    let value = index::hover(view.index(), found.symbol);
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Ok(Some(Hover { contents, range: Some(Lines::new(view.text()).range(found.span)) }))
}

/// What could stand at a position.
pub(super) fn completion(
    workspace: &mut Workspace,
    client: &Client,
    params: CompletionParams,
) -> Answer<Option<CompletionResponse>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position;
    let Some(view) = workspace.view(&uri::name(&text_document.uri)) else { return Ok(None) };
    let found = index::complete(view.text(), view.source, view.offset(position), view.index());
    let lines = Lines::new(view.text());
    let item = |completion: index::Completion| {
        let range = Range { start: lines.position(completion.start as usize), end: position };
        let plain = if client.snippets { None } else { Some(completion.label.clone()) };
        CompletionItem {
            kind: Some(kind(completion.kind)),
            detail: (!completion.detail.is_empty()).then_some(completion.detail),
            documentation: (!completion.doc.is_empty()).then(|| markdown(completion.doc)),
            insert_text_format: Some(if client.snippets {
                InsertTextFormat::SNIPPET
            } else {
                InsertTextFormat::PLAIN_TEXT
            }),
            // Variables of the clause first, words of the language last.
            sort_text: Some(format!("{}{}", completion.kind as u8, completion.label)),
            filter_text: Some(completion.label.clone()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                range,
                new_text: plain.unwrap_or(completion.snippet),
            })),
            label: completion.label,
            ..CompletionItem::default()
        }
    };
    Ok(Some(CompletionResponse::Array(found.into_iter().map(item).collect())))
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Variable => CompletionItemKind::VARIABLE,
        CompletionKind::Column => CompletionItemKind::FIELD,
        CompletionKind::Relation => CompletionItemKind::FUNCTION,
        CompletionKind::Functor => CompletionItemKind::METHOD,
        CompletionKind::Type => CompletionItemKind::CLASS,
        CompletionKind::Component => CompletionItemKind::MODULE,
        CompletionKind::Directive | CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        CompletionKind::Parameter => CompletionItemKind::PROPERTY,
        CompletionKind::Value => CompletionItemKind::VALUE,
    }
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
}

/// The call around a position.
pub(super) fn signature(workspace: &mut Workspace, params: SignatureHelpParams) -> Answer<Option<SignatureHelp>> {
    let TextDocumentPositionParams { text_document, position } = params.text_document_position_params;
    let Some(view) = workspace.view(&uri::name(&text_document.uri)) else { return Ok(None) };
    let call = index::signature(view.text(), view.source, view.offset(position), view.index());
    Ok(call.map(|call| {
        let active = u32::try_from(call.active).ok();
        let parameter = |label| ParameterInformation { label: ParameterLabel::Simple(label), documentation: None };
        let signature = SignatureInformation {
            label: call.label,
            documentation: (!call.doc.is_empty()).then(|| markdown(call.doc)),
            parameters: Some(call.parameters.into_iter().map(parameter).collect()),
            active_parameter: active,
        };
        SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active }
    }))
}

/// What a file declares.
pub(super) fn document_symbols(
    workspace: &mut Workspace,
    params: DocumentSymbolParams,
) -> Answer<Option<DocumentSymbolResponse>> {
    let Some(view) = workspace.view(&uri::name(&params.text_document.uri)) else { return Ok(None) };
    let lines = Lines::new(view.text());
    let own = |(_, symbol): &(_, &Symbol)| symbol.declared.is_some_and(|span| span.source == view.source);
    let mut symbols = Vec::new();
    let mut parts: BTreeMap<_, Vec<DocumentSymbol>> = BTreeMap::new();
    for (_, symbol) in view.index().symbols().filter(own) {
        let (Some(within), Some(span)) = (symbol.within, symbol.declared) else { continue };
        let kind = if symbol.kind == Kind::Column { SymbolKind::FIELD } else { SymbolKind::ENUM_MEMBER };
        parts.entry(within).or_default().push(document_symbol(symbol, kind, span, span, Vec::new(), &lines));
    }
    for (id, symbol) in view.index().symbols().filter(own).filter(|(_, symbol)| symbol.within.is_none()) {
        let (Some(kind), Some(declared), Some(item)) = (shown(symbol), symbol.declared, symbol.item) else { continue };
        let parts = parts.remove(&id).unwrap_or_default();
        symbols.push(document_symbol(symbol, kind, declared, item, parts, &lines));
    }
    symbols.sort_by_key(|symbol| symbol.selection_range.start);
    Ok(Some(DocumentSymbolResponse::Nested(symbols)))
}

/// How what is declared is shown in an outline; what belongs to a clause is not.
fn shown(symbol: &Symbol) -> Option<SymbolKind> {
    match symbol.kind {
        Kind::Relation => Some(SymbolKind::FUNCTION),
        Kind::Type => Some(SymbolKind::CLASS),
        Kind::Branch => Some(SymbolKind::ENUM_MEMBER),
        Kind::Component => Some(SymbolKind::MODULE),
        Kind::Instance => Some(SymbolKind::OBJECT),
        Kind::Column | Kind::Variable | Kind::Functor => None,
    }
}

fn document_symbol(
    symbol: &Symbol,
    kind: SymbolKind,
    declared: Span,
    item: Span,
    children: Vec<DocumentSymbol>,
    lines: &Lines<'_>,
) -> DocumentSymbol {
    #[expect(deprecated, reason = "the field must be given")]
    DocumentSymbol {
        name: symbol.name.to_string(),
        detail: Some(symbol.declaration.clone()),
        kind,
        tags: None,
        deprecated: None,
        range: lines.range(item.to(declared)),
        selection_range: lines.range(declared),
        children: (!children.is_empty()).then_some(children),
    }
}

/// What the rule files of the workspace declare, by a part of its name.
pub(super) fn workspace_symbols(
    workspace: &mut Workspace,
    params: WorkspaceSymbolParams,
) -> Answer<Option<WorkspaceSymbolResponse>> {
    let wanted = params.query.to_lowercase();
    let mut found: Vec<WorkspaceSymbol> = Vec::new();
    for root in workspace.all_programs() {
        let analysis = workspace.analysis(&root);
        for (_, symbol) in analysis.index.symbols() {
            let (Some(kind), Some(declared)) = (shown(symbol), symbol.declared) else { continue };
            if !is_within(&wanted, &symbol.name.to_lowercase()) {
                continue;
            }
            let Some(location) = workspace.location(&analysis.compilation.sources, declared) else { continue };
            let known = |other: &WorkspaceSymbol| other.location == OneOf::Left(location.clone());
            if !found.iter().any(known) {
                found.push(WorkspaceSymbol {
                    name: symbol.name.to_string(),
                    kind,
                    tags: None,
                    container_name: None,
                    location: OneOf::Left(location),
                    data: None,
                });
            }
        }
    }
    Ok(Some(WorkspaceSymbolResponse::Nested(found)))
}

/// Whether the letters of `wanted` stand in `name` in their order.
fn is_within(wanted: &str, name: &str) -> bool {
    let mut letters = name.chars();
    wanted.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

/// The kinds of names that are coloured by what they mean.
pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::FUNCTION,
            SemanticTokenType::TYPE,
            SemanticTokenType::PROPERTY,
            SemanticTokenType::VARIABLE,
            SemanticTokenType::METHOD,
            SemanticTokenType::ENUM_MEMBER,
            SemanticTokenType::NAMESPACE,
        ],
        token_modifiers: vec![SemanticTokenModifier::DECLARATION, SemanticTokenModifier::DEFAULT_LIBRARY],
    }
}

/// All names of a file, by what they mean.
pub(super) fn tokens(workspace: &mut Workspace, params: SemanticTokensParams) -> Answer<Option<SemanticTokensResult>> {
    let Some(view) = workspace.view(&uri::name(&params.text_document.uri)) else { return Ok(None) };
    let lines = Lines::new(view.text());
    let mut data: Vec<SemanticToken> = Vec::new();
    let mut last = Position::default();
    let mut end = 0;
    for name in view.index().names(view.source) {
        // One name may stand for several things; the first one colours it.
        if name.span.start < end {
            continue;
        }
        end = name.span.end;
        let symbol = view.index().symbol(name.symbol);
        let range = lines.range(name.span);
        let same = range.start.line == last.line;
        data.push(SemanticToken {
            delta_line: range.start.line - last.line,
            delta_start: range.start.character - if same { last.character } else { 0 },
            length: range.end.character.saturating_sub(range.start.character),
            token_type: match symbol.kind {
                Kind::Relation => 0,
                Kind::Type => 1,
                Kind::Column => 2,
                Kind::Variable => 3,
                Kind::Functor => 4,
                Kind::Branch => 5,
                Kind::Component | Kind::Instance => 6,
            },
            token_modifiers_bitset: u32::from(name.role == Role::Declares && symbol.kind != Kind::Variable)
                | u32::from(symbol.declared.is_none()) << 1,
        });
        last = range.start;
    }
    Ok(Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data })))
}
