//! A browser that a test uses as its reader would: with a mouse and a keyboard.
//!
//! It is Chromium without a window, told what to do in the DevTools protocol through two pipes (`3` and `4`, which the
//! shell makes of standard input and output), so that nothing but a browser is needed. What the page complains about on
//! its console is kept.

use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The browser, if one is installed.
pub(crate) fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path).flat_map(|d| names.map(|name| d.join(name))).find(|file| file.is_file())
}

/// How long an answer may take before the browser counts as lost.
const PATIENCE: Duration = Duration::from_secs(180);

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Json>,
    events: VecDeque<Json>,
    session: Option<String>,
    calls: u64,
    /// Errors and warnings of the page.
    pub(crate) complaints: Vec<String>,
}

impl Browser {
    /// Starts it. Its profile goes below the directory.
    pub(crate) fn start(program: &Path, scratch: &Path) -> Browser {
        let profile = format!("--user-data-dir={}", scratch.join("profile").display());
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >&2"])
            .arg(program)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"])
            .args([&profile, "about:blank"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        let commands = child.stdin.take().expect("it is a pipe");
        let answers = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let (to, messages) = channel();
        std::thread::spawn(move || {
            for message in answers.split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                if to.send(message).is_err() {
                    break;
                }
            }
        });
        let (events, complaints) = (VecDeque::new(), Vec::new());
        let mut browser = Browser { child, commands, messages, events, session: None, calls: 0, complaints };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attached);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Asks for something, and waits until it is done.
    pub(crate) fn call(&mut self, method: &str, parameters: Json) -> Json {
        self.calls += 1;
        let mut command = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).expect("the browser listens");
        loop {
            let message = self.receive(method);
            if message["id"] == self.calls {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }

    fn receive(&mut self, awaited: &str) -> Json {
        let message =
            self.messages.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("the browser is lost at {awaited}: {e}"));
        let of = &message["params"];
        let said = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => Some(of["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") if of["type"] == "error" || of["type"] == "warning" => {
                Some(of["args"].to_string())
            }
            Some("Log.entryAdded") if of["entry"]["level"] != "info" => Some(of["entry"].to_string()),
            _ => None,
        };
        self.complaints.extend(said);
        message
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&mut self, page: &Path) {
        self.events.clear();
        self.call("Page.navigate", json!({ "url": format!("file://{}", page.display()) }));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.receive("the page");
            self.events.push_back(event);
        }
    }

    /// The value of an expression of JavaScript in the page, awaited where it is a promise.
    pub(crate) fn ask(&mut self, expression: &str) -> Json {
        let question = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", question);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression holds.
    pub(crate) fn wait(&mut self, expression: &str) {
        let holds = format!(
            "new Promise((good, bad) => {{ let left = 600; const look = () => ({expression}) ? good(true) : \
             left-- ? setTimeout(look, 50) : good(false); look(); }})"
        );
        assert_eq!(self.ask(&holds), true, "this never came true: {expression}");
    }

    /// Where a place of a chart or an element is in the window, after scrolling there. `offset` is an expression for what
    /// is to be added to the element's left upper corner; without one, its middle is meant.
    pub(crate) fn place(&mut self, element: &str, offset: Option<&str>) -> (f64, f64) {
        let offset = offset.unwrap_or("[box.width / 2, box.height / 2]");
        let at = self.ask(&format!(
            "(() => {{ const element = {element}; element.scrollIntoView({{ block: 'center', behavior: 'instant' }}); \
             const box = element.getBoundingClientRect(); const [x, y] = {offset}; return [box.left + x, box.top + y]; }})()"
        ));
        let of = |place: usize| at[place].as_f64().unwrap_or_else(|| panic!("{element} is nowhere: {at}"));
        (of(0), of(1))
    }

    /// A mouse event there, with more parameters.
    pub(crate) fn mouse(&mut self, kind: &str, (x, y): (f64, f64), more: Json) {
        let mut event = json!({ "type": kind, "x": x, "y": y });
        if let (Some(event), Json::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Moves the mouse there and clicks.
    pub(crate) fn click(&mut self, at: (f64, f64)) {
        self.mouse("mouseMoved", at, json!({}));
        for kind in ["mousePressed", "mouseReleased"] {
            self.mouse(kind, at, json!({ "button": "left", "clickCount": 1 }));
        }
    }

    /// Types a text.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key by its name and number.
    pub(crate) fn press(&mut self, key: &str, code: u32, text: &str) {
        let down = json!({ "type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text });
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "code": key }));
    }

    /// Makes the window so large.
    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Chooses `light` or `dark`.
    pub(crate) fn scheme(&mut self, name: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": name }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Keeps what is seen, where `STRATA_SCREENSHOTS` names a directory: the whole page.
    pub(crate) fn photograph(&mut self, name: &str) {
        let Some(directory) = std::env::var_os("STRATA_SCREENSHOTS").map(PathBuf::from) else { return };
        let shot = self.call("Page.captureScreenshot", json!({ "captureBeyondViewport": true, "format": "png" }));
        keep(&directory.join(format!("{name}.png")), &shot["data"]);
    }

    /// The page as it is printed; kept as well.
    pub(crate) fn print(&mut self, name: &str) -> Vec<u8> {
        let printed = self.call("Page.printToPDF", json!({ "printBackground": true }));
        if let Some(directory) = std::env::var_os("STRATA_SCREENSHOTS").map(PathBuf::from) {
            keep(&directory.join(format!("{name}.pdf")), &printed["data"]);
        }
        decoded(&printed["data"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(path: &Path, data: &Json) {
    std::fs::write(path, decoded(data)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// What is in base 64.
fn decoded(data: &Json) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let text = data.as_str().unwrap_or_default().trim_end_matches('=').as_bytes();
    let group = |letters: &[u8]| {
        let bits = letters.iter().zip([18, 12, 6, 0]).map(|(c, shift)| value(*c) << shift).sum::<u32>();
        [16, 8, 0].into_iter().take(letters.len() * 3 / 4).map(move |shift| (bits >> shift) as u8).collect::<Vec<_>>()
    };
    text.chunks(4).flat_map(group).collect()
}
