//! A server of bytes and times: whatever a test wants a client to meet.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use llm::base_url::BaseUrl;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Say(Vec<u8>),
    Wait(Duration),
    /// The connection breaks with a reset, not an end.
    Reset,
}

/// The bodies of the requests that were posted, in the order of their coming.
pub(crate) type Bodies = Arc<Mutex<Vec<Vec<u8>>>>;

/// Does the steps for every POST, then closes the connection; `keep` leaves it open for more. Any
/// GET is answered with a version.
pub(crate) fn serve(steps: Vec<Step>, keep: bool) -> (BaseUrl, Bodies) {
    let bodies = Bodies::default();
    let log = Arc::clone(&bodies);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (steps, log) = (steps.clone(), Arc::clone(&log));
            thread::spawn(move || answer(stream, &steps, keep, &log));
        }
    });
    (base, bodies)
}

fn answer(mut stream: TcpStream, steps: &[Step], keep: bool, log: &Bodies) {
    stream.set_nodelay(true).expect("a socket");
    while let Some(body) = read_request(&mut stream) {
        let Some(body) = body else {
            if stream.write_all(VERSION).is_err() {
                return;
            }
            continue;
        };
        log.lock().expect("no test panics while it logs").push(body);
        for step in steps {
            match step {
                Step::Say(bytes) => {
                    if stream.write_all(bytes).is_err() {
                        return;
                    }
                }
                Step::Wait(time) => thread::sleep(*time),
                Step::Reset => {
                    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
                    nix::sys::socket::setsockopt(&stream, nix::sys::socket::sockopt::Linger, &linger)
                        .expect("a socket");
                    return;
                }
            }
        }
        if !keep {
            return;
        }
    }
}

/// Up to the end of the body that Content-Length announces; of a GET there is none.
#[allow(clippy::option_option, reason = "an end, a head that is no request, a request")]
fn read_request(stream: &mut TcpStream) -> Option<Option<Vec<u8>>> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&buffer[..count]);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().expect("a number"));
        if read.len() >= end + 4 + length {
            return Some((!head.starts_with("get ")).then(|| read.split_off(end + 4)));
        }
    }
}

pub(crate) fn say(text: impl Into<Vec<u8>>) -> Step {
    Step::Say(text.into())
}

pub(crate) const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

const VERSION: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"version\":\"0.0.0\"}";

/// One chunk of a chunked body.
pub(crate) fn chunk(text: &str) -> Step {
    say(format!("{:x}\r\n{text}\r\n", text.len()))
}

pub(crate) fn last_chunk() -> Step {
    say("0\r\n\r\n")
}

/// A status with a body of known length.
pub(crate) fn plain(status: &str, more: &str, body: &str) -> Step {
    say(format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len()))
}
