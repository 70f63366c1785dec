//! `strata lsp`: a language server for rule files, over standard input and output.
//!
//! `compiler::index` knows what names mean; here that is put in the protocol's terms. `transport` reads and writes
//! messages, `position` and `uri` translate places, `workspace` holds buffers and analyses, `server` decides who answers:
//! `show`, `navigate` or `mend`.
//!
//! One thread reads, one answers. An answer is about the text as it was when the request came; findings are told when the
//! client pauses, so that typing is not slowed down by them. A request that is cancelled while it waits is not answered.

mod mend;
mod navigate;
mod position;
mod server;
mod show;
mod transport;
mod uri;
mod workspace;

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use lsp_server::ErrorCode;
use serde_json::Value;
use server::Server;
use std::collections::VecDeque;
use std::io::{self, BufReader};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use transport::{Incoming, Reader};

/// How long the client must pause before findings are told.
const PAUSE: Duration = Duration::from_millis(5);

/// Serves until the client leaves: well if it said so before, as the protocol wants it.
pub fn run(output: &mut Output) -> Outcome {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut reader = Reader::new(BufReader::new(io::stdin()));
        // The end of the input ends the thread, and with it the channel.
        while let Ok(Some(incoming)) = reader.read() {
            if send.send(incoming).is_err() {
                break;
            }
        }
    });
    serve(&receive, &mut |message| Ok(transport::write(&mut output.out, message)?))
}

fn serve(receive: &Receiver<Incoming>, send: &mut dyn FnMut(&Value) -> Outcome) -> Outcome {
    let mut server = Server::new();
    let mut waiting = VecDeque::new();
    loop {
        waiting.extend(receive.try_iter());
        let Some(incoming) = waiting.pop_front() else {
            let pause = if server.is_stale() { PAUSE } else { Duration::from_secs(3_600) };
            match receive.recv_timeout(pause) {
                Ok(incoming) => waiting.push_back(incoming),
                Err(RecvTimeoutError::Timeout) if server.is_stale() => {
                    server.findings().iter().try_for_each(&mut *send)?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Told),
            }
            continue;
        };
        let message = match incoming {
            Incoming::Malformed(reason) => {
                send(&transport::error(None, ErrorCode::ParseError, &reason))?;
                continue;
            }
            Incoming::Json(message) => message,
        };
        if message.get("method").is_some_and(|method| method == "exit") {
            return if server.is_shut_down() { Ok(()) } else { Err(Failure::Told) };
        }
        if is_cancelled(&message, &waiting) {
            let id = message.get("id").cloned();
            send(&transport::error(id, ErrorCode::RequestCanceled, "cancelled"))?;
            continue;
        }
        server.handle(message).iter().try_for_each(&mut *send)?;
    }
}

/// Whether a request is taken back by one of the messages behind it.
fn is_cancelled(message: &Value, waiting: &VecDeque<Incoming>) -> bool {
    let Some(id) = message.get("id").filter(|_| message.get("method").is_some()) else { return false };
    waiting.iter().any(|incoming| match incoming {
        Incoming::Json(later) => later["method"] == "$/cancelRequest" && later["params"]["id"] == *id,
        Incoming::Malformed(_) => false,
    })
}
