//! Playing: the n-th request of a kind gets the n-th answer that was recorded for it, later ones the
//! last, with the same pieces after the same gaps. What is not on the tape is refused and counted.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Either;
use hyper::Response;
use hyper::body::{Body, Frame};
use llm::clock::now_ns;
use schema::digest;
use serde::Serialize;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::file::{Exchange, Request, Tape};
use crate::serve::{Said, Serving, own};

/// The last part of a wait is waited awake: the runtime's own clock ticks in milliseconds.
const AWAKE_NS: u64 = 2_000_000;

/// What the clients asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Heard {
    pub requests: usize,
    /// Of all requests, sorted: equal for clients that asked for the same equally often.
    pub sha256: String,
    /// Requests that are not on the tape.
    pub unknown: usize,
    /// Recorded exchanges that nobody asked for.
    pub unplayed: usize,
}

#[derive(Default)]
struct Track {
    exchanges: Vec<Arc<Exchange>>,
    played: usize,
}

#[derive(Default)]
struct Deck {
    tracks: BTreeMap<Request, Track>,
    heard: Vec<Request>,
    unknown: usize,
}

impl Deck {
    fn of(tape: Tape) -> Self {
        let mut deck = Self::default();
        for exchange in tape.exchanges {
            deck.tracks.entry(exchange.request.clone()).or_default().exchanges.push(Arc::new(exchange));
        }
        deck
    }

    fn answer(&mut self, request: Request) -> Option<Arc<Exchange>> {
        let found = self.tracks.get_mut(&request).map(|track| {
            let place = track.played.min(track.exchanges.len() - 1);
            track.played += 1;
            Arc::clone(&track.exchanges[place])
        });
        self.unknown += usize::from(found.is_none());
        self.heard.push(request);
        found
    }

    fn heard(&mut self) -> Heard {
        self.heard.sort();
        let unplayed = self.tracks.values().map(|track| track.exchanges.len().saturating_sub(track.played)).sum();
        Heard { requests: self.heard.len(), sha256: digest::of_document(&self.heard), unknown: self.unknown, unplayed }
    }
}

/// Plays until `end`.
pub async fn replay(serving: Serving, tape: Tape, end: impl Future<Output = ()>) -> Heard {
    let deck = Arc::new(Mutex::new(Deck::of(tape)));
    let shared = Arc::clone(&deck);
    serving
        .run(end, move |method, path, body| {
            let received_ns = now_ns();
            let request = Request::of(&method, &path, &body);
            let found = shared.lock().unwrap_or_else(PoisonError::into_inner).answer(request);
            async move {
                match found {
                    Some(exchange) => play(exchange, received_ns).await,
                    None => own(404, &format!("{method} {path} with this body is not on the tape")),
                }
            }
        })
        .await;
    deck.lock().unwrap_or_else(PoisonError::into_inner).heard()
}

async fn play(exchange: Arc<Exchange>, received_ns: u64) -> Said<Played> {
    let head_ns = received_ns + exchange.response.head_ns;
    sleep(Duration::from_nanos(head_ns.saturating_sub(now_ns() + AWAKE_NS))).await;
    while now_ns() < head_ns {
        tokio::task::yield_now().await;
    }
    let mut said = Response::builder().status(exchange.response.status);
    for (name, value) in &exchange.response.headers {
        said = said.header(name, value);
    }
    let played = Played { exchange, next: 0, last_ns: head_ns, sleep: Box::pin(sleep_until(Instant::now())) };
    said.body(Either::Left(played)).unwrap_or_else(|_| own(500, "the recorded head is none"))
}

struct Played {
    exchange: Arc<Exchange>,
    next: usize,
    /// When the piece before was due: lateness does not add up.
    last_ns: u64,
    sleep: Pin<Box<Sleep>>,
}

impl Played {
    fn poll_until(&mut self, due_ns: u64, context: &mut Context<'_>) -> Poll<()> {
        let left = due_ns.saturating_sub(now_ns());
        if left > AWAKE_NS {
            self.sleep.as_mut().reset(Instant::now() + Duration::from_nanos(left - AWAKE_NS));
            ready!(self.sleep.as_mut().poll(context));
        }
        if now_ns() < due_ns {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.last_ns = due_ns;
        Poll::Ready(())
    }
}

impl Body for Played {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let exchange = Arc::clone(&self.exchange);
        let response = &exchange.response;
        let Some(piece) = response.pieces.get(self.next) else {
            let due_ns = self.last_ns + response.end_ns;
            ready!(self.poll_until(due_ns, context));
            let broken = || Some(Err(io::Error::other("recorded so")));
            return Poll::Ready(if response.whole { None } else { broken() });
        };
        let due_ns = self.last_ns + piece.after_ns;
        ready!(self.poll_until(due_ns, context));
        self.next += 1;
        Poll::Ready(piece.bytes.to_bytes().map(|bytes| Ok(Frame::data(bytes))))
    }
}
