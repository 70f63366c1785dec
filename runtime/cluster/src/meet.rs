//! Finding each other: listening, calling, waiting, and what to say when somebody does not come.

use crate::hello::{Hello, Purpose, read_reply, reply};
use crate::line::Line;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::allocator::{AllocatorBuilder, ProcessBuilder};
use timely::communication::initialize::Hooks;

/// How long one attempt to call may take, and how long a caller may take to say hello.
const ATTEMPT: Duration = Duration::from_secs(5);

/// How long to wait before the next attempt.
const PAUSE: Duration = Duration::from_millis(50);

/// A process among others.
#[derive(Clone, Debug)]
pub struct Place {
    /// Every process's address, as `host:port`.
    pub hosts: Vec<String>,
    /// Which of them this one is.
    pub process: usize,
    /// How many workers each process has.
    pub workers: usize,
    /// How long to wait for the others.
    pub patience: Duration,
}

impl Place {
    /// The place of a process, if it is one; otherwise says what to mend.
    pub fn new(hosts: Vec<String>, process: usize, workers: usize) -> Result<Place, String> {
        let mut seen = BTreeSet::new();
        for host in &hosts {
            let port = host.rsplit_once(':').filter(|(name, _)| !name.is_empty()).map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(1..))) {
                return Err(format!(
                    "`{host}` is no address of a process: expected `host:port`, as in `10.0.0.1:7001`"
                ));
            }
            if !seen.insert(host) {
                return Err(format!("`{host}` is there twice: each process needs an address of its own"));
            }
        }
        if process >= hosts.len() {
            let last = hosts.len().saturating_sub(1);
            return Err(format!(
                "there is no process {process}: with {} hosts there are processes 0 to {last}",
                hosts.len()
            ));
        }
        Ok(Place { hosts, process, workers: workers.max(1), patience: Duration::from_secs(60) })
    }

    fn address(&self) -> &str {
        &self.hosts[self.process]
    }
}

/// All connections of one process.
#[derive(Debug)]
pub struct Meeting {
    place: Place,
    data: Vec<Option<TcpStream>>,
    /// By process and worker: on process 0 those of all others, on the others their own.
    pub commands: BTreeMap<(usize, usize), Line>,
    /// By process, likewise.
    pub names: BTreeMap<usize, Line>,
}

impl Meeting {
    /// What timely needs to start this process's workers.
    pub fn allocators(&mut self) -> Result<(Vec<AllocatorBuilder>, Box<dyn Any + Send>), String> {
        let (hooks, workers) = (Hooks::default(), self.place.workers);
        let within = ProcessBuilder::new_typed_vector(workers, hooks.refill.clone(), hooks.spill.clone());
        let data = std::mem::take(&mut self.data);
        let (builders, guard) = initialize_networking_from_sockets(within, data, self.place.process, workers, hooks)
            .map_err(|e| format!("cannot use the connections between the processes: {e}"))?;
        Ok((builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard)))
    }
}

/// Meets the other processes. An error says which one did not come, or does not fit, and what to do.
pub fn meet(place: &Place) -> Result<Meeting, String> {
    let deadline = Instant::now() + place.patience;
    let listener = listen(place)?;
    let data = place.hosts.iter().map(|_| None).collect();
    let mut meeting = Meeting { place: place.clone(), data, commands: BTreeMap::new(), names: BTreeMap::new() };
    for other in 0..place.process {
        meeting.keep(other, Purpose::Data, call(place, other, Purpose::Data, deadline)?);
    }
    if place.process > 0 {
        let lines = (0..place.workers).map(Purpose::Commands).chain([Purpose::Names]);
        for purpose in lines {
            meeting.keep(place.process, purpose, call(place, 0, purpose, deadline)?);
        }
    }
    await_callers(place, &listener, deadline, &mut meeting)?;
    Ok(meeting)
}

impl Meeting {
    fn keep(&mut self, process: usize, purpose: Purpose, stream: TcpStream) {
        match purpose {
            Purpose::Data => self.data[process] = Some(stream),
            Purpose::Commands(worker) => {
                self.commands.insert((process, worker), Line(stream));
            }
            Purpose::Names => {
                self.names.insert(process, Line(stream));
            }
        }
    }
}

fn listen(place: &Place) -> Result<TcpListener, String> {
    let (address, process) = (place.address(), place.process);
    let listener = TcpListener::bind(address).and_then(|l| l.set_nonblocking(true).map(|()| l));
    listener.map_err(|error| {
        let what = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there: end it, or give this process another port in `--hosts`"
            }
            ErrorKind::AddrNotAvailable => "this machine does not have that address: is `--process` right?",
            ErrorKind::PermissionDenied => "this user may not listen there: take a port above 1023",
            _ => "mend the address in `--hosts`",
        };
        format!("process {process} cannot listen at {address} ({error}): {what}")
    })
}

/// Calls another process until it answers.
fn call(place: &Place, other: usize, purpose: Purpose, deadline: Instant) -> Result<TcpStream, String> {
    let address = &place.hosts[other];
    loop {
        let attempt = attempt(place, address, purpose, deadline);
        match attempt {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(refusal)) => return Err(format!("process {other} at {address} refuses: {refusal}")),
            Err(error) if Instant::now() >= deadline => {
                return Err(format!(
                    "process {other} at {address} did not answer within {} s ({error}): start it with `--process {other}` \
                     and the same `--hosts` and `--workers`, or mend its address",
                    place.patience.as_secs()
                ));
            }
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// One attempt: a connection, a refusal, or nothing yet.
fn attempt(
    place: &Place,
    address: &str,
    purpose: Purpose,
    deadline: Instant,
) -> std::io::Result<Result<TcpStream, String>> {
    let to = address.to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&to, ATTEMPT)?;
    stream.set_nodelay(true)?;
    Hello::of(place, purpose).write(&mut stream)?;
    // The other process may be waiting for a third one before it answers.
    let left = deadline.saturating_duration_since(Instant::now());
    stream.set_read_timeout(Some(left.max(PAUSE)))?;
    let refusal = read_reply(&mut stream)?;
    stream.set_read_timeout(None)?;
    Ok(refusal.map_or(Ok(stream), Err))
}

/// Answers the calls of all processes after this one.
fn await_callers(
    place: &Place,
    listener: &TcpListener,
    deadline: Instant,
    meeting: &mut Meeting,
) -> Result<(), String> {
    let mut awaited: BTreeSet<(usize, Purpose)> =
        (place.process + 1..place.hosts.len()).map(|other| (other, Purpose::Data)).collect();
    if place.process == 0 {
        for other in 1..place.hosts.len() {
            awaited.extend((0..place.workers).map(|worker| (other, Purpose::Commands(worker))));
            awaited.insert((other, Purpose::Names));
        }
    }
    while let Some((first, _)) = awaited.first().copied() {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(_) if Instant::now() < deadline => {
                thread::sleep(PAUSE / 5);
                continue;
            }
            Err(_) => {
                let (address, patience) = (&place.hosts[first], place.patience.as_secs());
                return Err(format!(
                    "process {first} at {address} did not come within {patience} s: start it with `--process {first}` and \
                     the same `--hosts` and `--workers`"
                ));
            }
        };
        // Whoever calls and says nothing sensible is not for us.
        let Ok(Some(hello)) = hear(&mut stream) else { continue };
        let twice =
            || format!("two processes say that they are process {}: give each its own `--process`", hello.process);
        let known = awaited.contains(&(hello.process, hello.purpose));
        if let Some(misfit) = hello.misfit(place).or_else(|| (!known).then(twice)) {
            // It is told if it still listens; this process stops in any case.
            let _ = reply(&mut stream, Some(&misfit));
            return Err(misfit);
        }
        if reply(&mut stream, None).is_ok() {
            awaited.remove(&(hello.process, hello.purpose));
            meeting.keep(hello.process, hello.purpose, stream);
        }
    }
    Ok(())
}

fn hear(stream: &mut TcpStream) -> std::io::Result<Option<Hello>> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ATTEMPT))?;
    let hello = Hello::read(stream)?;
    stream.set_read_timeout(None)?;
    Ok(hello)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places of so many processes, at ports that were free a moment ago.
    fn places(processes: usize) -> Vec<Place> {
        let listeners: Vec<TcpListener> =
            (0..processes).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
        let hosts: Vec<String> = listeners.iter().map(|l| l.local_addr().expect("an address").to_string()).collect();
        let place = |process| Place {
            patience: Duration::from_secs(20),
            ..Place::new(hosts.clone(), process, 2).expect("a place")
        };
        (0..processes).map(place).collect()
    }

    fn meet_all(places: Vec<Place>) -> Vec<Result<Meeting, String>> {
        let threads: Vec<_> = places.into_iter().map(|place| thread::spawn(move || meet(&place))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    }

    #[test]
    fn three_processes_find_each_other() {
        let met: Vec<Meeting> = meet_all(places(3)).into_iter().map(|m| m.expect("they meet")).collect();
        for (process, meeting) in met.iter().enumerate() {
            let connected: Vec<bool> = meeting.data.iter().map(Option::is_some).collect();
            assert_eq!(connected, (0..3).map(|other| other != process).collect::<Vec<_>>());
        }
        assert_eq!(met[0].commands.keys().copied().collect::<Vec<_>>(), [(1, 0), (1, 1), (2, 0), (2, 1)]);
        assert_eq!(met[2].commands.keys().copied().collect::<Vec<_>>(), [(2, 0), (2, 1)]);
        assert_eq!((met[0].names.len(), met[1].names.len()), (2, 1));
    }

    #[test]
    fn processes_that_do_not_fit_are_told_so() {
        let mut wrong = places(2);
        wrong[1].workers = 3;
        for met in meet_all(wrong) {
            let message = met.expect_err("they do not fit");
            assert!(message.contains("process 1 has 3 workers and process 0 has 2 workers"), "{message}");
        }
    }

    #[test]
    fn whoever_does_not_come_is_named() {
        for (process, other) in [(0, 1), (1, 0)] {
            let mut place = places(2).swap_remove(process);
            place.patience = Duration::from_millis(200);
            let message = meet(&place).expect_err("nobody is there");
            assert!(message.contains(&format!("start it with `--process {other}`")), "{message}");
        }
    }

    #[test]
    fn a_port_in_use_is_said_to_be() {
        let place = places(2).swap_remove(0);
        let _taken = TcpListener::bind(place.address()).expect("a free port");
        let message = meet(&place).expect_err("the port is taken");
        assert!(message.contains("another program listens there"), "{message}");
    }

    #[test]
    fn a_stranger_is_let_go() {
        let both = places(2);
        let address = both[0].address().to_string();
        let first = thread::spawn({
            let place = both[0].clone();
            move || meet(&place)
        });
        let stranger = loop {
            match TcpStream::connect(&address) {
                Ok(stream) => break stream,
                Err(_) => thread::sleep(PAUSE),
            }
        };
        std::io::Write::write_all(&mut &stranger, b"GET / HTTP/1.1\r\n\r\n").expect("to send");
        assert!(meet(&both[1]).is_ok());
        assert!(first.join().expect("no panic").is_ok());
    }

    #[test]
    fn wrong_lists_of_hosts_are_refused() {
        let place = |hosts: &[&str]| Place::new(hosts.iter().map(|h| h.to_string()).collect(), 0, 1);
        assert!(place(&["a:1", "b:2"]).is_ok());
        assert!(place(&["[::1]:1", "[::1]:2"]).is_ok());
        for wrong in [&["a"][..], &["a:x"], &[":5"], &["a:0"], &["a:70000"], &["a:1", "a:1"], &[]] {
            assert!(place(wrong).is_err(), "{wrong:?}");
        }
    }
}
