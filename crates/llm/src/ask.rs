//! A question about the server itself, outside everything that is measured: one blocking connection, one
//! answer, no runtime.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::base_url::BaseUrl;

/// A list of all models of a well-stocked server has far less.
const ANSWER_BYTES_MAX: usize = 4 << 20;

#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("{0}")]
    Network(#[from] io::Error),
    #[error("answers {path} with status {status}{}", said(.message))]
    Status { path: String, status: u16, message: String },
    #[error("answers {path} with no JSON")]
    NoJson { path: String },
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// The JSON of an answer with status 200, within `patience`.
pub fn ask(base: &BaseUrl, method: &str, path: &str, body: &[u8], patience: Duration) -> Result<Value, NoAnswer> {
    let (status, body) = exchange(base, method, path, body, Instant::now() + patience)?;
    let answer: Option<Value> = serde_json::from_slice(&body).ok();
    if status != 200 {
        let message = answer.as_ref().and_then(|answer| answer["error"].as_str()).unwrap_or_default();
        let message: String = message.chars().filter(|character| !character.is_control()).take(300).collect();
        return Err(NoAnswer::Status { path: path.to_owned(), status, message });
    }
    answer.ok_or_else(|| NoAnswer::NoJson { path: path.to_owned() })
}

/// HTTP/1.0, in which a body ends with the connection and comes in no other coding.
fn exchange(base: &BaseUrl, method: &str, path: &str, body: &[u8], deadline: Instant) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = connect(base, deadline)?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        base.authority(),
        body.len()
    );
    stream.set_write_timeout(Some(left(deadline)?))?;
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    let mut piece = [0; 16 << 10];
    while answer.len() < ANSWER_BYTES_MAX {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(late()),
            Err(error) => return Err(error),
        }
    }
    parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it does not speak HTTP"))
}

fn connect(base: &BaseUrl, deadline: Instant) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, format!("`{}` has no address", base.host()));
    for address in (base.host(), base.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or_else(late)
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(..end)?).ok()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What a server makes of one question, when it answers with these bytes.
    fn answered(bytes: &'static [u8]) -> Result<Value, NoAnswer> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("an address");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a question");
            let mut question = [0; 4096];
            let count = stream.read(&mut question).expect("read");
            stream.write_all(bytes).expect("written");
            String::from_utf8_lossy(&question[..count]).into_owned()
        });
        let answer = ask(&base, "GET", "/api/version", b"", Duration::from_secs(20));
        assert!(server.join().expect("ended").starts_with("GET /api/version HTTP/1.0\r\nHost: 127.0.0.1:"));
        answer
    }

    #[test]
    fn an_answer_is_its_json() {
        let answer = answered(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{\"version\": \"0.6.8\"}").expect("answered");
        assert_eq!(answer["version"], "0.6.8");
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let refusal = answered(b"HTTP/1.1 404 Not Found\r\n\r\n{\"error\": \"no \x1b[31mmodel\"}").expect_err("404");
        assert!(matches!(refusal, NoAnswer::NoJson { .. } | NoAnswer::Status { status: 404, .. }), "{refusal}");
        let refusal = answered(b"HTTP/1.1 500 Oh\r\n\r\n{\"error\": \"out of memory\"}").expect_err("500");
        assert_eq!(refusal.to_string(), "answers /api/version with status 500: out of memory");
        assert!(matches!(answered(b"HTTP/1.1 200 OK\r\n\r\n<html>"), Err(NoAnswer::NoJson { .. })));
        assert!(answered(b"SSH-2.0-x\r\n\r\n").expect_err("not HTTP").to_string().contains("does not speak HTTP"));
    }

    #[test]
    fn a_server_that_says_nothing_is_waited_for_no_longer_than_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("an address");
        let silent = ask(&base, "GET", "/", b"", Duration::from_millis(50)).expect_err("silence");
        assert_eq!(silent.to_string(), "no answer in time");
    }
}
