//! Against real sockets: each server says exactly what its test gives it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use schema::digest;

use super::*;

pub(crate) const QUICK: Limits = Limits {
    bytes_max: 1 << 20,
    wait: Duration::from_millis(500),
    total: Duration::from_secs(5),
    bytes_a_second_min: 1000,
};

/// Answers every request by `answer`, which is given the path and writes what it likes.
fn server(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("connected");
            let mut lines = BufReader::new(stream.try_clone().expect("cloned")).lines();
            let request = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            answer(request.split(' ').nth(1).unwrap_or_default(), &mut stream);
        }
    });
    format!("http://{address}")
}

pub(crate) fn says(text: impl AsRef<[u8]> + Send + 'static) -> String {
    // A client that has heard enough closes first; that is no failure of the server's.
    server(move |_, stream| drop(stream.write_all(text.as_ref())))
}

pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn try_fetch(url: &str) -> Result<(Obtained, Vec<u8>), Fault> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let to = folder.path().join("fetched");
    let obtained = fetch(url, &to, &QUICK)?;
    Ok((obtained, std::fs::read(to).expect("kept")))
}

fn fault(url: &str) -> String {
    try_fetch(url).expect_err("refused").to_string()
}

#[test]
fn a_file_arrives_with_its_checksum_and_without_the_query() {
    let url = format!("{}/my.csv?raw=true", says(ok("a,y\n1,2\n")));
    let (obtained, bytes) = try_fetch(&url).expect("fetched");
    assert_eq!(bytes, b"a,y\n1,2\n");
    assert_eq!((obtained.bytes, obtained.sha256), (8, digest::of_bytes(&bytes)));
    assert_eq!(obtained.url.as_deref(), Some(url.trim_end_matches("?raw=true")));
}

#[test]
fn a_body_in_chunks_and_one_that_ends_with_the_connection_arrive() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,y\n\r\n4\r\n1,2\n\r\n0\r\n\r\n";
    assert_eq!(try_fetch(&says(chunks)).expect("fetched").1, b"a,y\n1,2\n");
    assert_eq!(try_fetch(&says("HTTP/1.0 200 OK\r\n\r\na,y\n1,2\n")).expect("fetched").1, b"a,y\n1,2\n");
}

#[test]
fn redirects_are_followed_to_the_end_and_recorded() {
    let base = server(|path, stream| {
        let answer = match path {
            "/a" => "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            _ => ok("done"),
        };
        drop(stream.write_all(answer.as_bytes()));
    });
    let (obtained, bytes) = try_fetch(&format!("{base}/a")).expect("fetched");
    assert_eq!((bytes.as_slice(), obtained.url), (b"done".as_slice(), Some(format!("{base}/b"))));
}

#[test]
fn redirects_in_a_circle_to_nowhere_and_to_other_schemes_end() {
    let to = |place: &str| {
        says(format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    };
    assert!(fault(&to("/again")).contains("redirects more than 5 times"));
    assert!(fault(&says("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")).contains("redirects to nowhere"));
    assert!(fault(&to("file:///etc/passwd")).contains("neither http nor https"));
}

#[test]
fn addresses_of_this_machine_and_its_network_are_known() {
    for near in [
        "127.0.0.1",
        "[::1]",
        "localhost",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "[fe80::1]",
        "[::ffff:10.0.0.1]",
        "100.64.0.1",
    ] {
        assert!(is_near(&Url::parse(&format!("http://{near}/")).expect("a URL")), "{near}");
    }
    for far in ["93.184.216.34", "[2606:2800:220:1::1]", "172.32.0.1"] {
        assert!(!is_near(&Url::parse(&format!("http://{far}/")).expect("a URL")), "{far}");
    }
}

#[test]
fn a_server_that_lies_about_the_length_is_caught() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this";
    let text = fault(&says(short));
    assert!(text.contains("cannot be fetched"), "{text}");
    // More than was announced is not read: the checksum then tells.
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nthis and more";
    assert_eq!(try_fetch(&says(long)).expect("fetched").1, b"this");
    let text = fault(&says("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx"));
    assert!(text.contains("has 99999999999 bytes where at most 1048576 are read"), "{text}");
    assert!(fault(&says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).contains("is empty"));
}

#[test]
fn an_endless_answer_ends_at_the_limit() {
    let url = server(|_, stream| {
        let piece = vec![b'x'; 1 << 16];
        let mut going = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").is_ok();
        while going {
            going = stream.write_all(&piece).is_ok();
        }
    });
    let text = fault(&url);
    assert!(text.contains("goes on after 1048576 bytes"), "{text}");
}

#[test]
fn silence_and_trickling_end_in_time() {
    let begin = Instant::now();
    let silent = server(|_, _| thread::sleep(Duration::from_secs(20)));
    assert!(fault(&silent).contains("does not answer in time"));
    let trickling = server(|_, stream| {
        let mut going = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").is_ok();
        while going {
            thread::sleep(Duration::from_millis(20));
            going = stream.write_all(b"x").is_ok();
        }
    });
    let text = fault(&trickling);
    assert!(text.contains("which is too slow"), "{text}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn refusals_are_told_without_the_urls_query() {
    let text = fault(&format!("{}/x?k=canary", says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")));
    assert!(text.contains("the server answers 404 Not Found") && !text.contains("canary"), "{text}");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let text = fault(&format!("http://{closed}/x?k=canary"));
    assert!(text.contains("cannot be fetched") && !text.contains("canary"), "{text}");
    assert!(fault(&says("no HTTP at all\r\n\r\n")).contains("cannot be fetched"));
}

#[test]
fn what_is_compressed_on_the_way_is_not_unpacked() {
    let bomb =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x1f\x8b\x08";
    assert_eq!(try_fetch(&says(bomb)).expect("fetched").1, b"\x1f\x8b\x08");
}
