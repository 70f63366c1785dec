//! `strata lsp`, through the binary and over its protocol.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any answer takes on a busy machine: that there is one is tested, not when.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client that talks to a server of its own.
struct Client {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    requests: i64,
    directory: TempDir,
    /// Messages that came while another was waited for.
    kept: Vec<Value>,
}

impl Client {
    /// A client and a server that have not been introduced; these files are in the directory.
    fn fresh(files: &[(&str, &str)]) -> Client {
        let directory = tempfile::tempdir().expect("a scratch directory");
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).expect("a scratch file is written");
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_strata"));
        command.args(["lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().expect("strata starts");
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().expect("it is piped"));
        let (send, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = receive(&mut output) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        Client { server, input, messages, requests: 0, directory, kept: Vec::new() }
    }

    /// A client whose server works in its directory.
    fn new(files: &[(&str, &str)]) -> Client {
        let mut client = Client::fresh(files);
        let root = client.uri("");
        let capabilities = json!({
            "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
        });
        let folders = json!([{ "uri": root, "name": "test" }]);
        let hello = json!({ "processId": null, "capabilities": capabilities, "workspaceFolders": folders });
        let hello = client.ask("initialize", hello);
        assert_eq!(hello["capabilities"]["textDocumentSync"]["change"], 2);
        client.tell("initialized", json!({}));
        client
    }

    fn uri(&self, name: &str) -> String {
        let path = self.directory.path().canonicalize().expect("it is there");
        format!("file://{}", path.join(name).display())
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The first message for which `wanted` holds; the others are kept.
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.kept.iter().position(&wanted) {
            return self.kept.remove(place);
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
            if wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    fn request(&mut self, method: &str, params: Value) -> i64 {
        self.requests += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params }));
        self.requests
    }

    fn response(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.wait(|message| message["id"] == id)
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let mut response = self.response(method, params);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].take()
    }

    fn refused(&mut self, method: &str, params: Value) -> (i64, String) {
        let response = self.response(method, params);
        let error = &response["error"];
        (error["code"].as_i64().expect("an error"), error["message"].as_str().expect("a message").to_owned())
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "strata", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The codes and first lines of what is found in a version of a text.
    fn found(&mut self, uri: &str, version: i64) -> Vec<String> {
        let message = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        });
        let found = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
        found.iter().map(|d| format!("{}: {}", place(&d["range"]), d["code"].as_str().unwrap_or_default())).collect()
    }

    /// Says goodbye; the exit code.
    fn leave(&mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.wait().expect("it ends").code()
    }
}

/// A server whose test has failed must not stay.
impl Drop for Client {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn receive(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        output.read_line(&mut line).ok().filter(|length| *length > 0)?;
        match line.trim().strip_prefix("Content-Length: ") {
            Some(stated) => length = stated.parse().ok()?,
            None if line.trim().is_empty() => break,
            None => {}
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// `line:start-end`, from 0 as in the protocol.
fn place(range: &Value) -> String {
    format!("{}:{}-{}", range["start"]["line"], range["start"]["character"], range["end"]["character"])
}

fn places(locations: &Value) -> Vec<String> {
    let file = |uri: &Value| Path::new(uri.as_str().unwrap_or_default()).file_name().map(|n| n.to_owned());
    let name = |uri: &Value| file(uri).unwrap_or_default().to_string_lossy().into_owned();
    let locations = locations.as_array().cloned().unwrap_or_default();
    locations.iter().map(|l| format!("{} {}", name(&l["uri"]), place(&l["range"]))).collect()
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

fn with(mut params: Value, more: Value) -> Value {
    for (key, value) in more.as_object().cloned().unwrap_or_default() {
        params[key] = value;
    }
    params
}

const NETWORK: &str = "\
.type Host <: symbol
/// A cable from one to the other.
.decl link(from: Host, to: Host)
.decl path(from: Host, to: Host)
path(a, b) :- link(a, b).
path(a, c) :- path(a, b), link(b, c).
.output path
";

#[test]
fn a_session_begins_and_ends_as_the_protocol_wants_it() {
    let mut client = Client::fresh(&[]);
    let early = client.refused("textDocument/hover", at("file:///a.dl", 0, 0));
    assert_eq!(early.0, -32002);
    client.ask("initialize", json!({ "processId": null, "capabilities": {} }));
    client.tell("initialized", json!({}));
    assert_eq!(client.refused("initialize", json!({ "processId": null, "capabilities": {} })).0, -32600);
    client.ask("shutdown", Value::Null);
    assert_eq!(client.refused("textDocument/hover", at("file:///a.dl", 0, 0)).0, -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_client_that_leaves_without_a_word_is_a_failure() {
    let mut client = Client::new(&[]);
    client.tell("exit", Value::Null);
    assert_eq!(client.server.wait().expect("it ends").code(), Some(1));
    let mut client = Client::new(&[]);
    client.input = None;
    assert_eq!(client.server.wait().expect("it ends").code(), Some(1));
}

#[test]
fn findings_follow_the_text_as_it_is_edited() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, NETWORK);
    assert_eq!(client.found(&uri, 1), [""; 0]);
    // `link(a, b)` becomes `lnik(a, b)`, in two edits of one message; the second counts on the first.
    let edit = |line, start, end, text| {
        let range = json!({ "start": { "line": line, "character": start }, "end": { "line": line, "character": end } });
        json!({ "range": range, "text": text })
    };
    client.change(&uri, 2, json!([edit(4, 15, 17, ""), edit(4, 15, 15, "ni")]));
    assert_eq!(client.found(&uri, 2), ["4:14-18: unknown-relation"]);
    client.change(&uri, 3, json!([edit(4, 14, 18, "link")]));
    assert_eq!(client.found(&uri, 3), [""; 0]);
    // The whole text at once.
    client.change(&uri, 4, json!([{ "text": ".decl a(x: number)\na(x).\n" }]));
    assert_eq!(client.found(&uri, 4), ["1:2-3: unbound-variable"]);
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    let gone = client.wait(|m| m["params"]["uri"] == uri && m["params"]["version"].is_null());
    assert_eq!(gone["params"]["diagnostics"], json!([]));
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn columns_count_units_of_utf_16() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    let text =
        ".decl a(x: symbol, y: symbol)\r\n/* 𝄞é */ a(\"𝄞\", z).\r\n.decl b(x: symbol)\r\nb(x) :- /*𝄞*/ a(x, _).\r\n";
    client.open(&uri, text);
    assert_eq!(client.found(&uri, 1), ["1:18-19: unbound-variable"]);
    let hover = client.ask("textDocument/hover", at(&uri, 3, 15));
    assert_eq!(place(&hover["range"]), "3:15-16");
    // Behind the two units of the clef, within a line that ends in two characters.
    let range = json!({ "start": { "line": 1, "character": 15 }, "end": { "line": 1, "character": 19 } });
    client.change(&uri, 2, json!([{ "range": range, "text": "\", \"w\"" }]));
    assert_eq!(client.found(&uri, 2), [""; 0]);
}

#[test]
fn hovering_tells_declaration_type_and_documentation() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, NETWORK);
    let mut hover = |line, character| {
        let hover = client.ask("textDocument/hover", at(&uri, line, character));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let relation = hover(4, 15);
    assert!(relation.contains(".decl link(from: Host, to: Host)") && relation.contains("A cable"), "{relation}");
    assert!(hover(4, 19).contains("a: Host"));
    assert!(hover(2, 17).contains(".type Host <: symbol"));
    assert_eq!(hover(4, 11), "");
}

/// A file that includes another, of which one is open and changed and the other on the disk.
const USER: &str = ".include \"net.dl\"\n.decl far(h: Host)\nfar(x) :- path(_, x).\n.output far\n";

#[test]
fn names_lead_to_their_declaration_across_files() {
    let mut client = Client::new(&[("net.dl", NETWORK), ("user.dl", USER)]);
    let uri = client.uri("user.dl");
    client.open(&uri, USER);
    assert_eq!(client.found(&uri, 1), [""; 0]);
    let mut definition = |line, character| {
        let found = client.ask("textDocument/definition", at(&uri, line, character));
        places(&json!([found]))
    };
    assert_eq!(definition(2, 11), ["net.dl 3:6-10"]);
    assert_eq!(definition(1, 14), ["net.dl 0:6-10"]);
    assert_eq!(definition(0, 12), ["net.dl 0:0-0"]);
    assert_eq!(definition(2, 18), ["user.dl 2:4-5"]);
}

#[test]
fn references_are_found_in_the_files_that_include_this_one() {
    let mut client = Client::new(&[("net.dl", NETWORK), ("user.dl", USER)]);
    let uri = client.uri("net.dl");
    client.open(&uri, NETWORK);
    let context = |declaration: bool| json!({ "context": { "includeDeclaration": declaration } });
    let all = client.ask("textDocument/references", with(at(&uri, 6, 9), context(true)));
    let everywhere =
        ["net.dl 3:6-10", "net.dl 4:0-4", "net.dl 5:0-4", "net.dl 5:14-18", "net.dl 6:8-12", "user.dl 2:10-14"];
    assert_eq!(places(&all), everywhere);
    let used = client.ask("textDocument/references", with(at(&uri, 6, 9), context(false)));
    assert_eq!(places(&used), everywhere[1..]);
    let here = client.ask("textDocument/documentHighlight", at(&uri, 6, 9));
    assert_eq!(here.as_array().map(Vec::len), Some(5));
}

#[test]
fn a_name_is_changed_wherever_it_stands() {
    let mut client = Client::new(&[("net.dl", NETWORK), ("user.dl", USER)]);
    let uri = client.uri("user.dl");
    client.open(&uri, USER);
    let prepared = client.ask("textDocument/prepareRename", at(&uri, 2, 11));
    assert_eq!((place(&prepared["range"]).as_str(), prepared["placeholder"].as_str()), ("2:10-14", Some("path")));
    let edit = client.ask("textDocument/rename", with(at(&uri, 2, 11), json!({ "newName": "route" })));
    let changes = edit["documentChanges"].as_array().expect("edits").clone();
    let counted: Vec<(bool, usize)> = changes
        .iter()
        .map(|change| (change["textDocument"]["version"] == 1, change["edits"].as_array().map_or(0, Vec::len)))
        .collect();
    assert_eq!(counted, [(false, 5), (true, 1)]);
    assert_eq!(changes[1]["edits"][0]["newText"], "route");
    for (name, reason) in [("link", "already"), ("sum", "word of the language"), ("a b", "not a name")] {
        let (code, message) = client.refused("textDocument/rename", with(at(&uri, 2, 11), json!({ "newName": name })));
        assert!(code == -32803 && message.contains(reason), "{name}: {message}");
    }
}

#[test]
fn buffers_come_before_files() {
    let mut client = Client::new(&[("net.dl", "not rules"), ("user.dl", USER)]);
    let (net, user) = (client.uri("net.dl"), client.uri("user.dl"));
    client.open(&user, USER);
    assert!(!client.found(&user, 1).is_empty());
    client.open(&net, NETWORK);
    assert_eq!(client.found(&net, 1), [""; 0]);
    assert_eq!(client.found(&user, 1), [""; 0]);
}

#[test]
fn a_text_that_is_no_file_is_served_too() {
    let mut client = Client::new(&[]);
    client.open("untitled:Untitled-1", ".include \"model.dl\"\n.decl a(x: number)\na(y).\n");
    assert_eq!(client.found("untitled:Untitled-1", 1), ["2:2-3: unbound-variable"]);
    // What it includes is inside the binary, and can be shown.
    let found = client.ask("textDocument/definition", at("untitled:Untitled-1", 0, 12));
    assert_eq!(found["uri"], "strata:/model.dl");
    let text = client.ask("workspace/textDocumentContent", json!({ "uri": "strata:/model.dl" }));
    assert!(text["text"].as_str().is_some_and(|text| text.contains(".decl device")));
}

#[test]
fn what_could_stand_at_the_cursor_is_offered() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, &format!("{NETWORK}path(x, y) :- li"));
    let found = client.ask("textDocument/completion", at(&uri, 7, 16));
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["textEdit"]["newText"], "link(${1:from}, ${2:to})");
    assert_eq!(place(&found[0]["textEdit"]["range"]), "7:14-16");
    let range = json!({ "start": { "line": 7, "character": 14 }, "end": { "line": 7, "character": 16 } });
    client.change(&uri, 2, json!([{ "range": range, "text": "link(x, " }]));
    let found = client.ask("textDocument/completion", at(&uri, 7, 22));
    let labels: Vec<_> = found.as_array().into_iter().flatten().map(|item| item["label"].as_str()).collect();
    assert_eq!(labels[..2], [Some("x"), Some("y")]);
    let help = client.ask("textDocument/signatureHelp", at(&uri, 7, 22));
    assert_eq!(help["signatures"][0]["label"], "link(from: Host, to: Host)");
    assert_eq!(help["activeParameter"], 1);
}

#[test]
fn a_file_and_a_workspace_have_an_outline() {
    let mut client = Client::new(&[("net.dl", NETWORK), ("user.dl", USER)]);
    let uri = client.uri("net.dl");
    client.open(&uri, NETWORK);
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    let names: Vec<_> = symbols.as_array().into_iter().flatten().map(|symbol| symbol["name"].as_str()).collect();
    assert_eq!(names, [Some("Host"), Some("link"), Some("path")]);
    assert_eq!(symbols[1]["children"][0]["name"], "from");
    let found = client.ask("workspace/symbol", json!({ "query": "fa" }));
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert!(found[0]["location"]["uri"].as_str().is_some_and(|uri| uri.ends_with("user.dl")));
}

#[test]
fn names_are_coloured_by_what_they_mean() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, ".decl a(x: number)\na(1).\n");
    let tokens = client.ask("textDocument/semanticTokens/full", json!({ "textDocument": { "uri": uri } }));
    // `a` declared, the column `x` declared, `number` built in; on the next line `a` again.
    let expected = [[0, 6, 1, 0, 1], [0, 2, 1, 2, 1], [0, 3, 6, 1, 2], [1, 0, 1, 0, 0]];
    assert_eq!(tokens["data"], json!(expected.concat()));
}

#[test]
fn a_text_is_laid_out_if_it_can_be_read() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    let options = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 4, "insertSpaces": true } });
    client.open(&uri, ".decl  a( x:number )\n// é\na( 1 ).");
    let edits = client.ask("textDocument/formatting", options.clone());
    assert_eq!(edits[0]["newText"], ".decl a(x: number)\n// é\na(1).\n");
    assert_eq!(edits[0]["range"]["end"], json!({ "line": 2, "character": 7 }));
    client.change(&uri, 2, json!([{ "text": ".decl a(x: number)\na(1).\n" }]));
    assert_eq!(client.ask("textDocument/formatting", options.clone()), json!([]));
    client.change(&uri, 3, json!([{ "text": ".decl a(x: number)\na(1.\n" }]));
    let (code, message) = client.refused("textDocument/formatting", options);
    assert!(code == -32803 && message.starts_with("line 2 cannot be read"), "{message}");
}

#[test]
fn what_diagnostics_suggest_can_be_done() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, &NETWORK.replacen("link(a, b).", "lnik(a, b).", 1));
    let range = json!({ "start": { "line": 4, "character": 15 }, "end": { "line": 4, "character": 15 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    let actions = client.ask("textDocument/codeAction", params);
    assert_eq!(actions.as_array().map(Vec::len), Some(1));
    assert_eq!(actions[0]["title"], "Change `lnik` to `link`");
    let edit = &actions[0]["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!((place(&edit["range"]).as_str(), edit["newText"].as_str()), ("4:14-18", Some("link")));
}

#[test]
fn what_is_ill_formed_is_answered_and_does_not_stop_the_server() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.raw(b"Content-Length: 7\r\n\r\n{\"a\": x");
    assert_eq!(client.wait(|message| message["id"].is_null())["error"]["code"], -32700);
    client.raw(b"Content-Length: none\r\n\r\n");
    assert_eq!(client.wait(|message| message["id"].is_null())["error"]["code"], -32700);
    client.raw(b"nothing that anybody knows\r\n\r\n\xff\xfe");
    client.send(&json!([1, 2]));
    client.send(&json!({ "jsonrpc": "2.0", "id": 77, "method": 5 }));
    assert_eq!(client.wait(|message| message["id"] == 77)["error"]["code"], -32600);
    assert_eq!(client.refused("textDocument/no_such", json!({})).0, -32601);
    assert_eq!(client.refused("textDocument/hover", json!({ "position": "here" })).0, -32602);
    client.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    client.tell("no/such", json!({}));
    client.change(&uri, 9, json!([{ "text": "never opened" }]));
    // A position past the end, in a text that is open and in one that is not.
    client.open(&uri, NETWORK);
    assert_eq!(client.ask("textDocument/hover", at(&uri, 99, 99)), Value::Null);
    assert_eq!(client.ask("textDocument/hover", at("file:///no/such.dl", 0, 0)), Value::Null);
    assert_eq!(client.found(&uri, 1), [""; 0]);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_request_that_is_taken_back_in_time_is_not_answered() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    client.open(&uri, NETWORK);
    // All in one write, so that the last message is there before the first is dealt with.
    let frame = |message: Value| format!("Content-Length: {}\r\n\r\n{message}", message.to_string().len());
    let hover = |id| json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": at(&uri, 4, 15) });
    let cancel = json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 501 } });
    let slow = json!({ "jsonrpc": "2.0", "id": 500, "method": "workspace/symbol", "params": { "query": "" } });
    let bytes = frame(slow) + &frame(hover(501)) + &frame(cancel) + &frame(hover(502));
    client.raw(bytes.as_bytes());
    assert!(client.wait(|message| message["id"] == 502)["result"].is_object());
    let taken = client.wait(|message| message["id"] == 501);
    // The reader may have been overtaken, and then the answer was there first.
    assert!(taken["error"]["code"] == -32800 || taken["result"].is_object(), "{taken}");
}

/// Rules that depend on each other, as many as asked for.
fn rules(count: usize) -> String {
    let mut text = String::from(".decl r0(a: number, b: number)\n.input r0\n");
    for rule in 1..=count {
        let (head, body) = (rule.div_ceil(4), rule.div_ceil(4) - 1);
        if rule % 4 == 1 {
            text += &format!("/// Number {head}.\n.decl r{head}(a: number, b: number)\n");
        }
        text += &match rule % 4 {
            0 => format!("r{head}(x, z) :- r{head}(x, y), r{body}(y, z), !r0(x, z).\n"),
            1 => format!("r{head}(x, y) :- r{body}(x, y), x < y + {rule}.\n"),
            2 => format!("r{head}(x, y) :- r{body}(x, y), (r0(y, w), w > 3 ; r{body}(y, w), w != x), w != y.\n"),
            _ => format!("r{head}(x, n) :- r{body}(x, _), n = count : {{ r0(x, _) }}.\n"),
        };
    }
    text
}

#[test]
fn a_thousand_rules_are_served() {
    let mut client = Client::new(&[]);
    let uri = client.uri("a.dl");
    let text = rules(1_000);
    client.open(&uri, &text);
    assert_eq!(client.found(&uri, 1), [""; 0]);
    let last = text.lines().count() as u32;
    let mut times = Vec::new();
    for version in 2..12 {
        let range = json!({ "start": { "line": last, "character": 0 }, "end": { "line": last, "character": 0 } });
        let start = std::time::Instant::now();
        client.change(&uri, version, json!([{ "range": range, "text": "r1(x, x) :- r0(x, _).\n" }]));
        assert_eq!(client.found(&uri, version), [""; 0]);
        times.push(start.elapsed());
    }
    times.sort();
    let start = std::time::Instant::now();
    let hover = client.ask("textDocument/hover", at(&uri, last, 13));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains(".decl r0")));
    println!("findings after an edit: {:?} median; hovering: {:?}", times[times.len() / 2], start.elapsed());
}
