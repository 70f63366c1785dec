//! The life of a server: what a client may ask when, and who answers.

use super::workspace::{Buffer, Workspace, directories};
use super::{mend, navigate, show, transport, uri};
use lsp_server::{ErrorCode, Message, Notification, Request};
use lsp_types::notification::{self as told, Notification as _};
use lsp_types::request::{self as asked, Request as _};
use lsp_types::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a request has no result.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

/// What a request comes to.
pub(super) type Answer<T> = Result<T, Refusal>;

/// A request that cannot be done, with a sentence for the user.
pub(super) fn refuse<T>(message: impl ToString) -> Answer<T> {
    Err(Refusal { code: ErrorCode::RequestFailed, message: message.to_string() })
}

/// Where in its life a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fresh,
    Running,
    ShutDown,
}

/// A server.
#[derive(Debug)]
pub(super) struct Server {
    stage: Stage,
    workspace: Workspace,
    client: Client,
    /// Texts that the client was told findings about.
    marked: BTreeSet<String>,
    /// Whether a text has changed since findings were told.
    stale: bool,
}

/// What the client can do.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Completions with places to fill in.
    pub(super) snippets: bool,
    /// Edits of texts with their version.
    pub(super) versioned_edits: bool,
}

impl Server {
    pub(super) fn new() -> Self {
        Server {
            stage: Stage::Fresh,
            workspace: Workspace::default(),
            client: Client::default(),
            marked: BTreeSet::new(),
            stale: false,
        }
    }

    /// Whether findings are to be told when the client pauses.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Whether the client said that it would leave.
    pub(super) fn is_shut_down(&self) -> bool {
        self.stage == Stage::ShutDown
    }

    /// What a message is answered with.
    pub(super) fn handle(&mut self, message: Value) -> Vec<Value> {
        let id = message.get("id").filter(|id| id.is_number() || id.is_string()).cloned();
        match serde_json::from_value(message) {
            Ok(Message::Request(request)) => {
                let answer = self.guarded(|server| server.request(request));
                vec![match answer {
                    Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
                    Err(Refusal { code, message }) => transport::error(id, code, &message),
                }]
            }
            Ok(Message::Notification(notification)) => {
                let method = notification.method.clone();
                match self.guarded(|server| server.notification(notification)) {
                    Ok(()) => Vec::new(),
                    Err(refusal) => vec![log(&format!("{method}: {}", refusal.message))],
                }
            }
            // We ask nothing.
            Ok(Message::Response(_)) => Vec::new(),
            Err(_) => {
                let message = "this is no request, notification or response";
                vec![transport::error(id, ErrorCode::InvalidRequest, message)]
            }
        }
    }

    /// A mistake of ours costs one answer, not the session.
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Server) -> Answer<T>) -> Answer<T> {
        catch_unwind(AssertUnwindSafe(|| act(self))).unwrap_or_else(|_| {
            let message = "a mistake in Strata; please report it".to_owned();
            Err(Refusal { code: ErrorCode::InternalError, message })
        })
    }

    fn request(&mut self, request: Request) -> Answer<Value> {
        let Request { method, params, .. } = request;
        match (self.stage, &*method) {
            (Stage::Fresh, asked::Initialize::METHOD) => self.initialize(read(params)?),
            (Stage::Fresh, _) => {
                let message = "`initialize` comes first".to_owned();
                Err(Refusal { code: ErrorCode::ServerNotInitialized, message })
            }
            (Stage::ShutDown, _) | (_, asked::Initialize::METHOD) => {
                let message = format!("`{method}` has no place here");
                Err(Refusal { code: ErrorCode::InvalidRequest, message })
            }
            (Stage::Running, asked::Shutdown::METHOD) => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Running, method) => self.answer(method, params),
        }
    }

    fn answer(&mut self, method: &str, params: Value) -> Answer<Value> {
        let Server { workspace, client, .. } = self;
        match method {
            asked::HoverRequest::METHOD => on::<asked::HoverRequest>(params, |p| show::hover(workspace, p)),
            asked::Completion::METHOD => on::<asked::Completion>(params, |p| show::completion(workspace, client, p)),
            asked::SignatureHelpRequest::METHOD => {
                on::<asked::SignatureHelpRequest>(params, |p| show::signature(workspace, p))
            }
            asked::DocumentSymbolRequest::METHOD => {
                on::<asked::DocumentSymbolRequest>(params, |p| show::document_symbols(workspace, p))
            }
            asked::WorkspaceSymbolRequest::METHOD => {
                on::<asked::WorkspaceSymbolRequest>(params, |p| show::workspace_symbols(workspace, p))
            }
            asked::SemanticTokensFullRequest::METHOD => {
                on::<asked::SemanticTokensFullRequest>(params, |p| show::tokens(workspace, p))
            }
            asked::GotoDefinition::METHOD => {
                on::<asked::GotoDefinition>(params, |p| navigate::definition(workspace, p))
            }
            asked::References::METHOD => on::<asked::References>(params, |p| navigate::references(workspace, p)),
            asked::DocumentHighlightRequest::METHOD => {
                on::<asked::DocumentHighlightRequest>(params, |p| navigate::highlights(workspace, p))
            }
            asked::PrepareRenameRequest::METHOD => {
                on::<asked::PrepareRenameRequest>(params, |p| navigate::prepare_rename(workspace, p))
            }
            asked::Rename::METHOD => on::<asked::Rename>(params, |p| navigate::rename(workspace, client, p)),
            asked::Formatting::METHOD => on::<asked::Formatting>(params, |p| mend::format(workspace, p)),
            asked::CodeActionRequest::METHOD => {
                on::<asked::CodeActionRequest>(params, |p| mend::code_actions(workspace, client, p))
            }
            // Of version 3.18 of the protocol, and not in `lsp-types` yet: the text behind a URI of ours.
            "workspace/textDocumentContent" => library_text(&read::<TextDocumentIdentifier>(params)?.uri),
            method => {
                Err(Refusal { code: ErrorCode::MethodNotFound, message: format!("there is no method `{method}`") })
            }
        }
    }

    fn initialize(&mut self, params: InitializeParams) -> Answer<Value> {
        self.stage = Stage::Running;
        let workspace = params.capabilities.workspace.unwrap_or_default();
        let document = params.capabilities.text_document.unwrap_or_default();
        let item = document.completion.and_then(|completion| completion.completion_item).unwrap_or_default();
        self.client.snippets = item.snippet_support.unwrap_or(false);
        self.client.versioned_edits = workspace.workspace_edit.and_then(|edit| edit.document_changes).unwrap_or(false);
        let folders = params.workspace_folders.unwrap_or_default().into_iter().map(|folder| folder.uri);
        #[expect(deprecated, reason = "older clients name one directory, and in this way")]
        let root = params.root_uri;
        let mut folders = directories(folders);
        if folders.is_empty() {
            folders = directories(root.into_iter());
        }
        folders.iter().for_each(|folder| self.workspace.scan(folder));
        Ok(json!({
            "capabilities": capabilities(),
            "serverInfo": { "name": "strata", "version": env!("CARGO_PKG_VERSION") },
        }))
    }

    fn notification(&mut self, notification: Notification) -> Answer<()> {
        let Notification { method, params } = notification;
        if self.stage != Stage::Running {
            return Ok(());
        }
        match &*method {
            told::DidOpenTextDocument::METHOD => {
                let TextDocumentItem { uri, version, text, .. } =
                    read::<DidOpenTextDocumentParams>(params)?.text_document;
                self.workspace.open(uri::name(&uri), Buffer { uri, version, text });
            }
            told::DidChangeTextDocument::METHOD => {
                let DidChangeTextDocumentParams { text_document, content_changes } = read(params)?;
                let name = uri::name(&text_document.uri);
                if !self.workspace.edit(&name, text_document.version, content_changes) {
                    return refuse(format!("`{name}` is not open"));
                }
            }
            told::DidCloseTextDocument::METHOD => {
                let params: DidCloseTextDocumentParams = read(params)?;
                self.workspace.close(&uri::name(&params.text_document.uri));
            }
            told::DidSaveTextDocument::METHOD => {}
            told::DidChangeWatchedFiles::METHOD => {
                let params: DidChangeWatchedFilesParams = read(params)?;
                params.changes.iter().for_each(|change| self.workspace.reread(&uri::name(&change.uri)));
            }
            told::DidChangeWorkspaceFolders::METHOD => {
                let params: DidChangeWorkspaceFoldersParams = read(params)?;
                let added = directories(params.event.added.into_iter().map(|folder| folder.uri));
                added.iter().for_each(|folder| self.workspace.scan(folder));
            }
            // What a server does not know, it may ignore.
            _ => return Ok(()),
        }
        self.stale = true;
        Ok(())
    }

    /// What is to be told of the texts that are open, and of those that they include.
    pub(super) fn findings(&mut self) -> Vec<Value> {
        self.stale = false;
        let found = catch_unwind(AssertUnwindSafe(|| mend::findings(&mut self.workspace, &mut self.marked)));
        let publish = |params| notify(told::PublishDiagnostics::METHOD, params);
        match found {
            Ok(found) => found.into_iter().map(publish).collect(),
            Err(_) => vec![log("a mistake in Strata; please report it")],
        }
    }
}

/// Answers one kind of request.
fn on<R: asked::Request>(params: Value, answer: impl FnOnce(R::Params) -> Answer<R::Result>) -> Answer<Value> {
    let result = answer(read(params)?)?;
    serde_json::to_value(result).map_err(|error| Refusal { code: ErrorCode::InternalError, message: error.to_string() })
}

fn read<P: DeserializeOwned>(params: Value) -> Answer<P> {
    serde_json::from_value(params)
        .map_err(|error| Refusal { code: ErrorCode::InvalidParams, message: error.to_string() })
}

fn notify(method: &str, params: impl serde::Serialize) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

fn log(message: &str) -> Value {
    notify(told::LogMessage::METHOD, json!({ "type": MessageType::WARNING, "message": message }))
}

/// The text of a standard rule file.
fn library_text(uri: &Uri) -> Answer<Value> {
    match crate::compile::library(std::path::Path::new(&uri::name(uri))) {
        Some(text) => Ok(json!({ "text": text })),
        None => refuse(format!("there is no text `{}`", uri.as_str())),
    }
}

fn capabilities() -> Value {
    json!({
        "positionEncoding": "utf-16",
        "textDocumentSync": { "openClose": true, "change": 2, "save": false },
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": [".", ":", "(", "="] },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "codeActionProvider": { "codeActionKinds": ["quickfix"] },
        "documentFormattingProvider": true,
        "renameProvider": { "prepareProvider": true },
        "semanticTokensProvider": { "legend": show::legend(), "full": true },
        "workspace": {
            "workspaceFolders": { "supported": true, "changeNotifications": true },
            "textDocumentContent": { "schemes": [uri::LIBRARY] },
        },
    })
}
