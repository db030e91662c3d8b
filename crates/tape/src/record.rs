//! Recording: every request goes on to the backend over a connection of its own, and every piece of its
//! answer goes on to the client as it comes.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use llm::base_url::BaseUrl;
use llm::clock::now_ns;
use llm::runtime::{Runtime, Tokio};

use crate::file::{self, Exchange, Piece, Tape, Written};
use crate::serve::{Said, Serving, own};

/// Of an answer's head, what a client of the protocol may look at.
const HEADERS: [&str; 4] = ["content-type", "content-encoding", "location", "retry-after"];

/// A place for each request in the order of their coming, filled when its answer has ended.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<Vec<Option<Exchange>>>>);

impl Places {
    fn take_one(&self) -> usize {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.push(None);
        places.len() - 1
    }

    fn fill(&self, place: usize, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(exchange);
    }
}

/// Records until `end`. What the backend never began to answer is not on the tape.
pub async fn record(serving: Serving, backend: BaseUrl, end: impl Future<Output = ()>) -> Tape {
    let places = Places::default();
    let (to, kept) = (backend.clone(), places.clone());
    serving
        .run(end, move |method, path, body| {
            let (backend, places) = (to.clone(), kept.clone());
            async move { pass_on(&backend, places, method, path, body).await }
        })
        .await;
    let exchanges = std::mem::take(&mut *places.0.lock().unwrap_or_else(PoisonError::into_inner));
    Tape { backend: backend.to_string(), exchanges: exchanges.into_iter().flatten().collect() }
}

async fn pass_on(backend: &BaseUrl, places: Places, method: String, path: String, body: Bytes) -> Said<Recorded> {
    let place = places.take_one();
    let request = file::Request::of(&method, &path, &body);
    let received_ns = now_ns();
    let answer = match ask(backend, &method, &path, body).await {
        Ok(answer) => answer,
        Err(error) => return own(502, &format!("{backend}: {error}")),
    };
    let (head, upstream) = answer.into_parts();
    let head_ns = now_ns();
    let text = |name: &&str| Some(((*name).to_owned(), head.headers.get(*name)?.to_str().ok()?.to_owned()));
    let headers: Vec<(String, String)> = HEADERS.iter().filter_map(text).collect();
    let mut said = Response::builder().status(head.status);
    for (name, value) in &headers {
        said = said.header(name, value);
    }
    let response = file::Response {
        status: head.status.as_u16(),
        headers,
        head_ns: head_ns - received_ns,
        pieces: Vec::new(),
        end_ns: 0,
        whole: false,
    };
    let exchange = Some(Exchange { request, response });
    let recorded = Recorded { upstream, last_ns: head_ns, exchange, places, place };
    said.body(Either::Left(recorded)).unwrap_or_else(|_| own(502, "the backend's head is none"))
}

async fn ask(backend: &BaseUrl, method: &str, path: &str, body: Bytes) -> io::Result<Response<Incoming>> {
    let request = Request::builder().method(method).uri(path).header(HOST, backend.authority());
    let request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT_ENCODING, "identity");
    let request = request.body(Full::new(body)).map_err(io::Error::other)?;
    let stream = Tokio::connect(backend.host(), backend.port()).await?;
    let (mut sender, connection) = handshake(stream).await.map_err(io::Error::other)?;
    Tokio::spawn(async move { drop(connection.await) });
    sender.send_request(request).await.map_err(io::Error::other)
}

/// An answer on its way, kept as it passes.
struct Recorded {
    upstream: Incoming,
    last_ns: u64,
    /// Nothing once it has its place.
    exchange: Option<Exchange>,
    places: Places,
    place: usize,
}

impl Recorded {
    fn since_last(&mut self) -> u64 {
        let now = now_ns();
        std::mem::replace(&mut self.last_ns, now).abs_diff(now)
    }

    fn finish(&mut self, whole: bool) {
        let end_ns = self.since_last();
        if let Some(mut exchange) = self.exchange.take() {
            (exchange.response.end_ns, exchange.response.whole) = (end_ns, whole);
            self.places.fill(self.place, exchange);
        }
    }
}

impl Body for Recorded {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match ready!(Pin::new(&mut self.upstream).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers are no part of the body.
                    let Ok(data) = frame.into_data() else { continue };
                    let after_ns = self.since_last();
                    if let Some(exchange) = &mut self.exchange {
                        exchange.response.pieces.push(Piece { after_ns, bytes: Written::of(&data) });
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => {
                    self.finish(false);
                    return Poll::Ready(Some(Err(io::Error::other(error))));
                }
                None => {
                    self.finish(true);
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// A client that vanishes, or the end of recording, ends the answer too.
impl Drop for Recorded {
    fn drop(&mut self) {
        self.finish(false);
    }
}
