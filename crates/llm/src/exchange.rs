//! The protocol, without a network: pieces of a response and times in, a call or a failure out.

use crate::call::{Call, ServerFigures};
use crate::clock::now_ns;
use crate::failure::{Class, Failure, shortened};
use crate::limits::Limits;
use crate::lines::{Lines, TooLong};
use crate::message::Line;

/// Two clocks differ, and a server may stop its own after it has written its last line.
const CLOCK_TOLERANCE_NS: u64 = 1_000_000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub struct Exchange {
    lines: Lines,
    reader: Reader,
    body_bytes_max: usize,
}

/// The head of a response, as far as it decides anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    pub status: u16,
    pub content_encoding: Option<&'a str>,
    pub location: Option<&'a str>,
    pub retry_after: Option<&'a str>,
}

/// What the lines come to. Apart from [`Lines`], so that a line is read where it lies.
struct Reader {
    call: Call,
    line: u32,
    done: bool,
}

type Fault = (Class, String);

impl Exchange {
    pub fn begin(limits: &Limits) -> Self {
        let mut call = Call::default();
        call.times.started_ns = now_ns();
        let reader = Reader { call, line: 0, done: false };
        Self { lines: Lines::new(limits.line_bytes), reader, body_bytes_max: limits.body_bytes }
    }

    /// The request is handed to the HTTP library now.
    pub fn sent(&mut self) {
        self.reader.call.times.sent_ns = now_ns();
    }

    /// Whether the body is to be read as a stream of tokens: otherwise it is an error's text, for [`Self::refused`].
    pub fn head(&mut self, head: &Head<'_>) -> Result<bool, Fault> {
        self.reader.call.times.headers_ns = now_ns();
        match head.status {
            200 => match head.content_encoding {
                None | Some("" | "identity") => Ok(true),
                Some(other) => Err((Class::Protocol, format!("content-encoding {other}, which was not asked for"))),
            },
            301 | 302 | 303 | 307 | 308 => {
                let to = shortened(head.location.unwrap_or("nowhere"));
                Err((Class::Redirected, format!("status {} to {to}; redirects are not followed", head.status)))
            }
            _ => Ok(false),
        }
    }

    /// The next piece of the body.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let received_ns = now_ns();
        let call = &mut self.reader.call;
        call.reads += 1;
        call.bytes += piece.len() as u64;
        if call.bytes > self.body_bytes_max as u64 {
            return Err((Class::ResponseTooLarge, format!("more than {} bytes", self.body_bytes_max)));
        }
        let reader = &mut self.reader;
        let read = self.lines.feed(piece, |line| reader.line(line));
        self.reader.call.times.parse_ns += now_ns() - received_ns;
        read.map_err(|LineFault(fault)| fault)
    }

    /// The body has ended as HTTP wants it.
    pub fn end(mut self) -> Result<Call, Failure> {
        self.reader.call.times.done_ns = now_ns();
        let rest = self.lines.rest().to_vec();
        // A last line may lack its end; one that is cut is no JSON.
        if !rest.is_empty()
            && let Err(LineFault((class, message))) = self.reader.line(&rest)
        {
            let class = if class == Class::Protocol { Class::StreamTruncated } else { class };
            return Err(self.fail(class, message));
        }
        if !self.reader.done {
            let tokens = self.reader.call.token_ns.len();
            return Err(self.fail(Class::StreamIncomplete, format!("ended after {tokens} tokens without `done: true`")));
        }
        match self.reader.contradiction() {
            Some((class, message)) => Err(self.fail(class, message)),
            None => Ok(self.reader.call),
        }
    }

    pub fn fail(self, class: Class, message: impl Into<String>) -> Failure {
        Failure { class, message: message.into(), partial: Box::new(self.reader.call) }
    }

    /// A status that is no 200, with the beginning of its body.
    pub fn refused(self, head: &Head<'_>, body: &[u8]) -> Failure {
        let said = said(body);
        let class = match head.status {
            404 if said.contains("model") => Class::ModelMissing,
            429 | 503 => Class::Overloaded,
            400.. => Class::ServerError,
            _ => Class::Protocol,
        };
        let retry = head.retry_after.map_or(String::new(), |after| format!(", retry after {}", shortened(after)));
        self.fail(class, format!("status {}{retry}: {}", head.status, shortened(&said)))
    }
}

/// `{"error": "…"}` or whatever text there is.
fn said(body: &[u8]) -> String {
    let told = serde_json::from_slice::<serde_json::Value>(body).ok();
    let error = told.as_ref().and_then(|told| told.get("error")).and_then(serde_json::Value::as_str);
    error.map_or_else(|| String::from_utf8_lossy(body).trim().to_owned(), str::to_owned)
}

struct LineFault(Fault);

impl From<TooLong> for LineFault {
    fn from(_: TooLong) -> Self {
        Self((Class::ResponseTooLarge, "a line longer than the limit".to_owned()))
    }
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), LineFault> {
        self.line += 1;
        let line = if self.line == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let number = self.line;
        let wrong = |what: &str| LineFault((Class::Protocol, format!("line {number}: {what}: {}", shown(line))));
        let parsed: Line<'_> = serde_json::from_slice(line).map_err(|_| wrong("no object of the protocol"))?;
        if self.done {
            return Err(LineFault((Class::Inconsistent, format!("line {number}: more after `done: true`"))));
        }
        if let Some(error) = parsed.error {
            return Err(LineFault((Class::ServerErrorMidstream, shortened(&error))));
        }
        let Some(done) = parsed.done else { return Err(wrong("without `done`")) };
        if let Some(text) = parsed.response.as_deref().filter(|text| !text.is_empty()) {
            self.call.answer.push_str(text);
            self.call.token_ns.push(now_ns());
        }
        if done {
            self.done = true;
            self.call.done_reason = parsed.done_reason.as_deref().map(str::to_owned);
            self.call.server = figures(&parsed)?;
        }
        Ok(())
    }

    /// What the last line says against what was seen.
    fn contradiction(&self) -> Option<Fault> {
        let Call { server, times, token_ns, .. } = &self.call;
        let pieces = token_ns.len() as u64;
        if let Some(count) = server.eval_count.filter(|count| *count < pieces) {
            return Some((Class::Inconsistent, format!("eval_count is {count} after {pieces} pieces of text")));
        }
        let passed = times.done_ns.saturating_sub(times.sent_ns) + CLOCK_TOLERANCE_NS;
        let claims = [
            ("total_duration", server.total_duration),
            ("load_duration", server.load_duration),
            ("prompt_eval_duration", server.prompt_eval_duration),
            ("eval_duration", server.eval_duration),
        ];
        let (name, claimed) =
            claims.into_iter().find_map(|(name, claim)| Some((name, claim.filter(|claim| *claim > passed)?)))?;
        Some((Class::ClockInconsistent, format!("{name} is {claimed} ns where {passed} ns have passed")))
    }
}

fn figures(line: &Line<'_>) -> Result<ServerFigures, LineFault> {
    let number = |name: &str, value: Option<i64>| match value {
        None | Some(0) => Ok(None),
        Some(value) => u64::try_from(value)
            .map(Some)
            .map_err(|_| LineFault((Class::ClockInconsistent, format!("{name} is {value}")))),
    };
    Ok(ServerFigures {
        total_duration: number("total_duration", line.total_duration)?,
        load_duration: number("load_duration", line.load_duration)?,
        prompt_eval_count: number("prompt_eval_count", line.prompt_eval_count)?,
        prompt_eval_duration: number("prompt_eval_duration", line.prompt_eval_duration)?,
        eval_count: number("eval_count", line.eval_count)?,
        eval_duration: number("eval_duration", line.eval_duration)?,
    })
}

fn shown(line: &[u8]) -> String {
    shortened(&String::from_utf8_lossy(line))
}

#[cfg(test)]
mod tests;
