//! Calls over reqwest, as its documentation uses it, with what a measured client must not do turned
//! off: no proxy, no redirect, no retry.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;

use crate::base_url::BaseUrl;
use crate::call::Call;
use crate::exchange::{Exchange, Head};
use crate::failure::{Class, Failure};
use crate::limits::Limits;
use crate::message::{GENERATE, Generate, VERSION};
use crate::runtime::Tokio;
use crate::waiting::{ERROR_BYTES_MAX, Fault, Waiting};

/// Long enough for a server on another continent.
const CONNECT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: BaseUrl,
    limits: Limits,
}

impl Client {
    pub fn new(base: BaseUrl, limits: Limits) -> Result<Self, Failure> {
        let builder = reqwest::Client::builder().no_proxy().redirect(Policy::none()).connect_timeout(CONNECT);
        let http = builder.tcp_nodelay(true).build();
        let http = http.map_err(|error| Failure::new(Class::ServerUnreachable, causes(&error)))?;
        Ok(Self { http, base, limits })
    }

    /// The server's version; opens the connection that the first call then finds open.
    pub async fn version(&self) -> Result<String, Failure> {
        let waiting = Waiting::new(&self.limits);
        let request = self.http.get(format!("{}{VERSION}", self.base)).send();
        let answer = waiting.on::<Tokio, _>(request).await.map_err(|(class, message)| Failure::new(class, message))?;
        let answer = answer.map_err(|error| Failure::new(unreachable(&error), causes(&error)))?;
        let mut body = Vec::new();
        let mut answer = answer;
        while let Ok(Ok(Some(piece))) = waiting.on::<Tokio, _>(answer.chunk()).await {
            body.extend_from_slice(&piece[..piece.len().min(ERROR_BYTES_MAX - body.len())]);
        }
        crate::message::version(&body)
            .ok_or_else(|| Failure::new(Class::Protocol, format!("{} answers {VERSION} with no version", self.base)))
    }

    pub async fn generate(&self, request: &Generate<'_>) -> Result<Call, Failure> {
        let mut exchange = Exchange::begin(&self.limits);
        match self.carry(request, &mut exchange).await {
            Ok(None) => exchange.end(),
            Ok(Some((status, headers, body))) => Err(exchange.refused(&head(status, &headers), &body)),
            Err((class, message)) => Err(exchange.fail(class, message)),
        }
    }

    /// Nothing for a stream that was read to its end; the head and body of a refusal.
    async fn carry(
        &self,
        request: &Generate<'_>,
        exchange: &mut Exchange,
    ) -> Result<Option<(u16, HeaderMap, Vec<u8>)>, Fault> {
        let post = self.http.post(format!("{}{GENERATE}", self.base)).header(CONTENT_TYPE, "application/json");
        let post = post.header(ACCEPT_ENCODING, "identity").body(request.to_bytes());
        exchange.sent();
        let mut waiting = Waiting::new(&self.limits);
        let mut answer =
            waiting.on::<Tokio, _>(post.send()).await?.map_err(|error| (unreachable(&error), causes(&error)))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let is_stream = exchange.head(&head(status, &headers))?;
        let mut refusal = Vec::new();
        loop {
            let piece = match waiting.on::<Tokio, _>(answer.chunk()).await {
                Ok(piece) => piece.map_err(|error| (Class::StreamTruncated, causes(&error)))?,
                Err(_) if !is_stream => None,
                Err(fault) => return Err(fault),
            };
            let Some(piece) = piece else { break };
            waiting.begun();
            if is_stream {
                exchange.piece(&piece)?;
            } else {
                refusal.extend_from_slice(&piece);
                if refusal.len() > ERROR_BYTES_MAX {
                    break;
                }
            }
        }
        Ok((!is_stream).then_some((status, headers, refusal)))
    }
}

fn head(status: u16, headers: &HeaderMap) -> Head<'_> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    Head { status, content_encoding: text(CONTENT_ENCODING), location: text(LOCATION), retry_after: text(RETRY_AFTER) }
}

/// Before any head arrived: not there at all, or there and gone.
fn unreachable(error: &reqwest::Error) -> Class {
    if error.is_connect() { Class::ServerUnreachable } else { Class::StreamTruncated }
}

/// reqwest's own message names only the outermost cause.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
