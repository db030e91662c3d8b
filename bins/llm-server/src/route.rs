//! From a request to its answer.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::mpsc;

use crate::answer::{self, Dialect, Reply};
use crate::backend::{Backend, Card, Started};
use crate::job::{End, Job, Prompt, Reason};
use crate::keep_alive::KeepAlive;
use crate::pump::Pump;
use crate::script::Fault;
use crate::stream::{Answer, Piece, Stream};
use crate::wire::{Form, Wire};
use crate::write_log::{Entry, WriteLog};
use crate::{host, ollama, openai};

pub(crate) struct Shared {
    pub(crate) backend: Backend,
    pub(crate) log: Arc<WriteLog>,
    pub(crate) hosts: Vec<String>,
    pub(crate) body_bytes_max: usize,
}

/// A request's body has to be there by then.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// Ollama's words.
const BUSY: &str = "server busy, please try again.  maximum pending requests exceeded";
/// Pieces that may wait for a client that reads slowly.
const PIECES_WAITING: usize = 1024;
/// The number of a generation, as the log of writes has it.
const REQUEST_NUMBER: HeaderName = HeaderName::from_static("x-request-number");

/// Why there is no generation; told in the words of the request's interface.
struct Refused {
    status: StatusCode,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    fn missing(model: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("model '{model}' not found"))
    }
}

pub(crate) async fn answer(shared: Arc<Shared>, reset: Arc<AtomicBool>, request: Request<Incoming>) -> Reply {
    if !host::is_allowed(request.headers(), &shared.hosts) {
        return answer::text(StatusCode::FORBIDDEN, "this server answers programs on its own machine only");
    }
    let dialect = if request.uri().path().starts_with("/v1/") { Dialect::OpenAi } else { Dialect::Ollama };
    let routed = route(&shared, reset, request).await;
    routed.unwrap_or_else(|refused| answer::error(dialect, refused.status, &refused.message))
}

async fn route(shared: &Shared, reset: Arc<AtomicBool>, request: Request<Incoming>) -> Result<Reply, Refused> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let reads = method == Method::GET || method == Method::HEAD;
    let posts = method == Method::POST;
    Ok(match path.as_str() {
        "/" if reads => answer::text(StatusCode::OK, "Ollama is running"),
        "/health" if reads => answer::document(&json!({ "status": "ok" })),
        "/api/version" if reads => answer::document(&json!({ "version": env!("CARGO_PKG_VERSION") })),
        "/api/tags" if reads => answer::document(&ollama::tags(&shared.backend)),
        "/api/ps" if reads => answer::document(&ollama::ps(&shared.backend)),
        "/v1/models" if reads => answer::document(&openai::models(&shared.backend)),
        "/api/show" if posts => show(shared, request).await?,
        "/api/generate" | "/api/chat" | "/v1/chat/completions" | "/v1/completions" if posts => {
            let entry = shared.log.begin(&path);
            generate(shared, reset, request, entry).await?
        }
        _ => match path.strip_prefix("/v1/models/").filter(|_| reads) {
            Some(name) => answer::document(&openai::model(card(shared, name)?)),
            None => answer::text(StatusCode::NOT_FOUND, "404 page not found"),
        },
    })
}

fn card<'a>(shared: &'a Shared, model: &str) -> Result<&'a Card, Refused> {
    shared.backend.card(model).ok_or_else(|| Refused::missing(model))
}

async fn show(shared: &Shared, request: Request<Incoming>) -> Result<Reply, Refused> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default, alias = "name")]
        model: String,
    }
    let named: Named = parse(&read(shared, request).await?)?;
    Ok(answer::document(&ollama::show(card(shared, &named.model)?)))
}

async fn read(shared: &Shared, request: Request<Incoming>) -> Result<Vec<u8>, Refused> {
    let limit = shared.body_bytes_max;
    match tokio::time::timeout(BODY_TIME_MAX, Limited::new(request.into_body(), limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes().to_vec()),
        Ok(Err(cause)) if cause.is::<LengthLimitError>() => {
            Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the request is larger than {limit} bytes")))
        }
        Ok(Err(cause)) => Err(Refused::bad(cause.to_string())),
        Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time")),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    if body.is_empty() {
        return Err(Refused::bad("missing request body"));
    }
    serde_json::from_slice(body).map_err(|error| Refused::bad(error.to_string()))
}

async fn generate(
    shared: &Shared,
    reset: Arc<AtomicBool>,
    request: Request<Incoming>,
    entry: Entry,
) -> Result<Reply, Refused> {
    let path = request.uri().path().to_owned();
    let body = read(shared, request).await?;
    let (wire, job) = understand(&path, &body, entry.request())?;
    let Some(card) = shared.backend.card(&wire.model) else { return Err(missing(&wire)) };
    if job.prompt == Prompt::Nothing && job.keep_alive.is_some_and(KeepAlive::is_none) {
        shared.backend.unload(card);
        return Ok(at_once(&wire, Reason::Unload));
    }
    let wire = Wire { stream: wire.stream && job.prompt != Prompt::Nothing, ..wire };
    match shared.backend.start(card, job) {
        Some(started) => begin(wire, started, reset, entry).await,
        None => Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, BUSY)),
    }
}

/// The request in its interface's form.
fn understand(path: &str, body: &[u8], number: u64) -> Result<(Wire, Job), Refused> {
    let begin = Instant::now();
    let (form, model, stream, job) = match path {
        "/api/generate" => {
            let request: ollama::GenerateRequest = parse(body)?;
            let (model, stream) = (request.model.clone(), request.common.stream.unwrap_or(true));
            (Form::Generate, model, stream, request.into_job())
        }
        "/api/chat" => {
            let request: ollama::ChatRequest = parse(body)?;
            let (model, stream) = (request.model.clone(), request.common.stream.unwrap_or(true));
            (Form::Chat, model, stream, request.into_job())
        }
        "/v1/chat/completions" => {
            let request: openai::ChatRequest = parse(body)?;
            let (model, stream) = (request.model.clone(), request.common.stream.unwrap_or(false));
            let form = Form::OpenAiChat { id: format!("chatcmpl-{number}"), usage: request.common.wants_usage() };
            (form, model, stream, request.into_job())
        }
        _ => {
            let request: openai::TextRequest = parse(body)?;
            let (model, stream) = (request.model.clone(), request.common.stream.unwrap_or(false));
            let form = Form::OpenAiText { id: format!("cmpl-{number}"), usage: request.common.wants_usage() };
            (form, model, stream, request.into_job())
        }
    };
    Ok((Wire { form, model, begin, stream }, job.map_err(Refused::bad)?))
}

/// Ollama's two wordings.
fn missing(wire: &Wire) -> Refused {
    match wire.form {
        Form::Generate | Form::OpenAiText { .. } => Refused::missing(&wire.model),
        Form::Chat | Form::OpenAiChat { .. } => {
            let message = format!("model {:?} not found, try pulling it first", wire.model);
            Refused::new(StatusCode::NOT_FOUND, message)
        }
    }
}

fn at_once(wire: &Wire, reason: Reason) -> Reply {
    let wire = Wire { stream: false, ..wire.clone() };
    answer::bytes(StatusCode::OK, wire.content_type(), wire.whole("", &End { reason, ..End::default() }))
}

/// As with Ollama the headers leave with the first piece, so that an early failure has its status.
async fn begin(wire: Wire, started: Started, reset: Arc<AtomicBool>, entry: Entry) -> Result<Reply, Refused> {
    if let Some(reply) = started.fault.as_ref().and_then(|fault| instead(fault, &wire)) {
        return Ok(reply);
    }
    let compressed = started.fault.as_ref().is_some_and(Fault::is_compressed);
    let (sender, mut pieces) = mpsc::channel(PIECES_WAITING);
    let content_type = wire.content_type();
    tokio::spawn(Pump::new(wire, started.fault, started.spin, sender).run(started.events));
    let first = match pieces.recv().await {
        Some(Piece::Failed(message)) => return Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, message)),
        first => first.into_iter().collect(),
    };
    let number = entry.request();
    let mut reply = Response::new(Answer::Stream(Box::new(Stream { first, rest: pieces, entry, reset })));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(REQUEST_NUMBER, HeaderValue::from(number));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(reply)
}

fn instead(fault: &Fault, wire: &Wire) -> Option<Reply> {
    match fault {
        Fault::Status { status, retry_after_s, message } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let message = message.as_deref().unwrap_or("scripted failure");
            let mut reply = answer::error(wire.dialect(), status, message);
            if let Some(seconds) = retry_after_s {
                reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(reply)
        }
        Fault::Redirect { location } => {
            let mut reply = answer::text(StatusCode::TEMPORARY_REDIRECT, "");
            let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
            reply.headers_mut().insert(LOCATION, location);
            Some(reply)
        }
        _ => None,
    }
}
