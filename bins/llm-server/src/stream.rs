//! The body of an answer: whole at once, or piece by piece as the backend makes it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc::Receiver;

use crate::write_log::{Ended, Entry};

pub(crate) enum Answer {
    Whole(Option<Bytes>),
    Stream(Box<Stream>),
}

pub(crate) enum Piece {
    Bytes {
        bytes: Bytes,
        token: bool,
    },
    /// The connection ends here, inside the answer.
    Cut {
        reset: bool,
    },
    /// The backend failed before there was anything to send.
    Failed(String),
}

pub(crate) struct Stream {
    pub(crate) first: VecDeque<Piece>,
    pub(crate) rest: Receiver<Piece>,
    pub(crate) entry: Entry,
    /// Tells the connection to end by a reset.
    pub(crate) reset: Arc<AtomicBool>,
}

/// An answer that was cut on purpose: hyper drops the connection at it.
#[derive(Debug, thiserror::Error)]
#[error("cut by the script")]
pub(crate) struct CutShort;

impl Body for Answer {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream) => stream.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match self {
            Self::Whole(bytes) => hyper::body::SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(_) => hyper::body::SizeHint::default(),
        }
    }
}

impl Stream {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        let piece = match self.first.pop_front() {
            Some(piece) => Some(piece),
            None => ready!(self.rest.poll_recv(context)),
        };
        Poll::Ready(match piece {
            Some(Piece::Bytes { bytes, token }) => {
                if token {
                    // The HTTP layer writes a piece as soon as it has it: this is the time of writing.
                    self.entry.token_written();
                }
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::Cut { reset }) => {
                self.reset.store(reset, Ordering::Relaxed);
                self.entry.ended(Ended::Cut);
                Some(Err(CutShort))
            }
            Some(Piece::Failed(_)) | None => {
                self.entry.ended(Ended::Whole);
                None
            }
        })
    }
}
