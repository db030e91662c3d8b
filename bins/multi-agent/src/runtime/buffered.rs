//! A socket of the `futures` traits as hyper wants it, read through a buffer of a set size.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

pub struct Buffered<S, const READ_BYTES: usize> {
    stream: S,
    buffer: Box<[u8]>,
}

impl<S, const READ_BYTES: usize> Buffered<S, READ_BYTES> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, buffer: vec![0; READ_BYTES].into_boxed_slice() }
    }
}

impl<S: AsyncRead + Unpin, const READ_BYTES: usize> Read for Buffered<S, READ_BYTES> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut to: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, buffer } = &mut *self;
        let room = to.remaining().min(buffer.len());
        let count = ready!(Pin::new(stream).poll_read(context, &mut buffer[..room]))?;
        to.put_slice(&buffer[..count]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, const READ_BYTES: usize> Write for Buffered<S, READ_BYTES> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}
