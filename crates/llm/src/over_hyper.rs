//! Calls over hyper itself: one connection, opened by hand and used again, and no layer above it.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, LOCATION, RETRY_AFTER};
use hyper::{Method, Request, Response};

use crate::base_url::BaseUrl;
use crate::call::Call;
use crate::exchange::{Exchange, Head};
use crate::failure::{Class, Failure};
use crate::limits::Limits;
use crate::message::{GENERATE, Generate, VERSION};
use crate::runtime::{Runtime, Tokio};
use crate::waiting::{ERROR_BYTES_MAX, Fault, Waiting};

const CONNECT: Duration = Duration::from_secs(10);
/// A list of all models of a well-stocked server.
const ANSWER_BYTES_MAX: usize = 1 << 20;

pub type Client = ClientOn<Tokio>;

/// The same client on any runtime.
pub struct ClientOn<R> {
    sender: Option<SendRequest<Full<Bytes>>>,
    base: BaseUrl,
    limits: Limits,
    runtime: PhantomData<R>,
}

impl<R: Runtime> ClientOn<R> {
    pub fn new(base: BaseUrl, limits: Limits) -> Self {
        Self { sender: None, base, limits, runtime: PhantomData }
    }

    /// The server's version; opens the connection that the first call then finds open.
    pub async fn version(&mut self) -> Result<String, Failure> {
        let (_, body) = self.ask("GET", VERSION, Vec::new()).await?;
        crate::message::version(&body)
            .ok_or_else(|| Failure::new(Class::Protocol, format!("{} answers {VERSION} with no version", self.base)))
    }

    /// A question about the server itself: the status, and the body as far as [`ANSWER_BYTES_MAX`].
    pub async fn ask(&mut self, method: &str, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Failure> {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let waiting = Waiting::new(&self.limits);
        self.asked(self.request(method, path, body.into()), &waiting)
            .await
            .map_err(|(class, message)| Failure::new(class, message))
    }

    async fn asked(&mut self, request: Request<Full<Bytes>>, waiting: &Waiting) -> Result<(u16, Vec<u8>), Fault> {
        let mut answer = self.answer(request, waiting).await?;
        let mut body = Vec::new();
        while let Some(piece) = next::<R>(&mut answer, waiting).await?.filter(|_| body.len() < ANSWER_BYTES_MAX) {
            body.extend_from_slice(&piece);
        }
        Ok((answer.status().as_u16(), body))
    }

    pub async fn generate(&mut self, request: &Generate<'_>) -> Result<Call, Failure> {
        let mut exchange = Exchange::begin(&self.limits);
        match self.carry(request, &mut exchange).await {
            Ok(None) => exchange.end(),
            Ok(Some((status, headers, body))) => Err(exchange.refused(&head(status, &headers), &body)),
            Err((class, message)) => {
                // What is left of this response must not meet the next one.
                self.sender = None;
                Err(exchange.fail(class, message))
            }
        }
    }

    /// Nothing for a stream that was read to its end; the head and body of a refusal.
    async fn carry(
        &mut self,
        request: &Generate<'_>,
        exchange: &mut Exchange,
    ) -> Result<Option<(u16, HeaderMap, Vec<u8>)>, Fault> {
        let request = self.request(Method::POST, GENERATE, request.to_bytes().into());
        exchange.sent();
        let mut waiting = Waiting::new(&self.limits);
        let mut answer = self.answer(request, &waiting).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let is_stream = exchange.head(&head(status, &headers))?;
        let mut refusal = Vec::new();
        while let Some(piece) = next::<R>(&mut answer, &waiting).await? {
            waiting.begun();
            if is_stream {
                exchange.piece(&piece)?;
            } else {
                refusal.extend_from_slice(&piece);
                if refusal.len() > ERROR_BYTES_MAX {
                    self.sender = None;
                    break;
                }
            }
        }
        Ok((!is_stream).then_some((status, headers, refusal)))
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.base.authority())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .body(Full::new(body))
            .expect("the parts are valid")
    }

    async fn answer(&mut self, request: Request<Full<Bytes>>, waiting: &Waiting) -> Result<Response<Incoming>, Fault> {
        let sender = self.connected().await?;
        waiting
            .on::<R, _>(sender.send_request(request))
            .await?
            .map_err(|error| (Class::StreamTruncated, error.to_string()))
    }

    /// The open connection, or a new one where the server closed it meanwhile.
    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Fault> {
        let usable = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            self.sender = Some(connect::<R>(&self.base).await?);
        }
        Ok(self.sender.as_mut().expect("just made"))
    }
}

async fn connect<R: Runtime>(base: &BaseUrl) -> Result<SendRequest<Full<Bytes>>, Fault> {
    let unreachable = |why: String| (Class::ServerUnreachable, format!("{base}: {why}"));
    let stream = R::until(Instant::now() + CONNECT, R::connect(base.host(), base.port())).await;
    let stream = stream.ok_or_else(|| unreachable(format!("no connection in {} s", CONNECT.as_secs())))?;
    let stream = stream.map_err(|error| unreachable(error.to_string()))?;
    let (sender, connection) = handshake(stream).await.map_err(|error| unreachable(error.to_string()))?;
    // Ends with the connection; what goes wrong is told to the request that it carries.
    R::spawn(async move { drop(connection.await) });
    Ok(sender)
}

async fn next<R: Runtime>(answer: &mut Response<Incoming>, waiting: &Waiting) -> Result<Option<Bytes>, Fault> {
    loop {
        let Some(frame) = waiting.on::<R, _>(answer.frame()).await? else { return Ok(None) };
        let frame = frame.map_err(|error| (Class::StreamTruncated, error.to_string()))?;
        // Trailers are no part of the body.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

fn head(status: u16, headers: &HeaderMap) -> Head<'_> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    Head { status, content_encoding: text(CONTENT_ENCODING), location: text(LOCATION), retry_after: text(RETRY_AFTER) }
}
