//! Listening on loopback, one task a connection, until the one who started it ends it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A prompt is text; more is a mistake.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// A listener that nobody has connected to yet.
pub struct Serving {
    listener: TcpListener,
}

/// Either what a handler says, or a few words of this program's own.
pub(crate) type Said<B> = Response<http_body_util::Either<B, Full<Bytes>>>;

impl Serving {
    /// Port 0 takes a free one.
    pub async fn listen(port: u16) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await? })
    }

    pub fn url(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// Connections that are open when `end` comes are closed.
    pub(crate) async fn run<H, F, B>(self, end: impl Future<Output = ()>, handle: H)
    where
        H: Fn(String, String, Bytes) -> F + Clone + Send + 'static,
        F: Future<Output = Said<B>> + Send + 'static,
        B: Body<Data = Bytes, Error = io::Error> + Send + 'static,
    {
        let mut connections = JoinSet::new();
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(connection(stream, handle.clone()));
                    }
                }
            }
        }
    }
}

async fn connection<H, F, B>(stream: TcpStream, handle: H)
where
    H: Fn(String, String, Bytes) -> F + Clone + Send + 'static,
    F: Future<Output = Said<B>> + Send + 'static,
    B: Body<Data = Bytes, Error = io::Error> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let handle = handle.clone();
        async move {
            let (head, body) = request.into_parts();
            let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            Ok::<_, Infallible>(match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
                Ok(body) => handle(head.method.to_string(), path, body.to_bytes()).await,
                Err(_) => own(413, "the request is cut off or too large"),
            })
        }
    });
    let _ = stream.set_nodelay(true);
    let server = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // What goes wrong with a connection is its client's to see.
    let _ = server.await;
}

/// An answer of this program, in Ollama's form.
pub(crate) fn own<B>(status: u16, error: &str) -> Said<B> {
    let body = serde_json::json!({ "error": error }).to_string();
    let mut said = Response::new(http_body_util::Either::Right(Full::from(body)));
    *said.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    said
}
