//! From a backend's events to the pieces of a streamed answer, with the script's fault on the way.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use crate::clock::wait_until;
use crate::gzip::Gzip;
use crate::job::{End, Event, Events};
use crate::script::Fault;
use crate::stream::Piece;
use crate::tamper::{self, Action};
use crate::wire::Wire;

/// Lets what was written before a cut reach the socket.
const BEFORE_CUT: Duration = Duration::from_millis(20);
const FLOOD_PIECE: u64 = 1 << 14;

pub(crate) struct Pump {
    wire: Wire,
    fault: Option<Fault>,
    spin: Duration,
    gzip: Option<Gzip>,
    out: Sender<Piece>,
}

impl Pump {
    pub(crate) fn new(wire: Wire, fault: Option<Fault>, spin: Duration, out: Sender<Piece>) -> Self {
        let gzip = fault.as_ref().is_some_and(Fault::is_compressed).then(Gzip::default);
        Self { wire, fault, spin, gzip, out }
    }

    pub(crate) async fn run(mut self, mut events: Events) {
        if self.wire.stream {
            let _ = self.stream(&mut events).await;
        } else {
            let _ = self.whole(&mut events).await;
        }
    }

    async fn stream(&mut self, events: &mut Events) -> ControlFlow<()> {
        let mut tokens = 0;
        while let Some(event) = self.next(events).await {
            let fault = self.fault.as_ref();
            let actions = match event {
                Event::Piece(text) => tamper::token(fault, tokens, self.wire.piece(&text), &self.wire),
                Event::End(end) => tamper::end(fault, self.wire.end(&end), &self.wire),
                Event::Failed(message) if tokens == 0 => return self.give(Piece::Failed(message)).await,
                Event::Failed(message) => tamper::failed(&self.wire, &message),
            };
            tokens += 1;
            self.act(actions).await?;
        }
        ControlFlow::Continue(())
    }

    async fn whole(&mut self, events: &mut Events) -> ControlFlow<()> {
        let mut text = String::new();
        while let Some(event) = self.next(events).await {
            match event {
                Event::Piece(piece) => text.push_str(&piece),
                Event::End(end) => return self.act_whole(&text, &end).await,
                Event::Failed(message) => return self.give(Piece::Failed(message)).await,
            }
        }
        ControlFlow::Continue(())
    }

    async fn act_whole(&mut self, text: &str, end: &End) -> ControlFlow<()> {
        let bytes = self.wire.whole(text, end);
        self.act(tamper::whole(self.fault.as_ref(), bytes, &self.wire)).await
    }

    /// Nothing when the backend is done, or the client has gone.
    async fn next(&self, events: &mut Events) -> Option<Event> {
        tokio::select! {
            event = events.recv() => event,
            () = self.out.closed() => None,
        }
    }

    async fn act(&mut self, actions: Vec<Action>) -> ControlFlow<()> {
        for action in actions {
            match action {
                Action::Send { bytes, token } => self.send(bytes, token).await?,
                Action::Wait(time) => wait_until(Instant::now() + time, self.spin).await,
                Action::Flood(bytes) => self.flood(b'a', bytes).await?,
                Action::Zeros(bytes) => self.flood(0, bytes).await?,
                Action::Stall => self.out.closed().await,
                Action::Close => return self.close().await,
                Action::Cut { reset } => {
                    tokio::time::sleep(BEFORE_CUT).await;
                    return self.give(Piece::Cut { reset }).await;
                }
            }
        }
        ControlFlow::Continue(())
    }

    async fn flood(&mut self, byte: u8, mut left: u64) -> ControlFlow<()> {
        while left > 0 {
            let piece = left.min(FLOOD_PIECE);
            self.send(vec![byte; piece as usize], false).await?;
            left -= piece;
        }
        ControlFlow::Continue(())
    }

    async fn send(&mut self, mut bytes: Vec<u8>, token: bool) -> ControlFlow<()> {
        if let Some(gzip) = &mut self.gzip {
            bytes = gzip.line(&bytes);
        }
        self.give(Piece::Bytes { bytes: bytes.into(), token }).await
    }

    async fn close(&mut self) -> ControlFlow<()> {
        if let Some(gzip) = self.gzip.take() {
            self.give(Piece::Bytes { bytes: gzip.close().into(), token: false }).await?;
        }
        ControlFlow::Break(())
    }

    /// A client that reads slowly holds the generation up; one that has gone ends it.
    async fn give(&self, piece: Piece) -> ControlFlow<()> {
        match self.out.send(piece).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
