//! A server of bytes and times: whatever a test wants a client to meet.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
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

/// Does the steps for every request, then closes the connection; `keep` leaves it open for more.
pub(crate) fn serve(steps: Vec<Step>, keep: bool) -> BaseUrl {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let steps = steps.clone();
            thread::spawn(move || answer(stream, &steps, keep));
        }
    });
    base
}

fn answer(mut stream: TcpStream, steps: &[Step], keep: bool) {
    stream.set_nodelay(true).expect("a socket");
    while read_request(&mut stream).is_some() {
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
                    nix::sys::socket::setsockopt(&stream, nix::sys::socket::sockopt::Linger, &linger).expect("a socket");
                    return;
                }
            }
        }
        if !keep {
            return;
        }
    }
}

/// Up to the end of the body that Content-Length announces.
fn read_request(stream: &mut TcpStream) -> Option<()> {
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
            return Some(());
        }
    }
}

pub(crate) fn say(text: impl Into<Vec<u8>>) -> Step {
    Step::Say(text.into())
}

pub(crate) const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

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
