//! The script of a scripted server: which tokens it answers, when, and what goes wrong.

use std::path::Path;
use std::time::Duration;

use schema::fault::Fault as Wrong;
use schema::files;
use serde::Deserialize;

/// One file: what every answer has in common, and the answers in the order of the requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    #[serde(default = "default_model")]
    pub(crate) model: String,
    /// How long loading takes, where the model is not in memory.
    #[serde(default)]
    pub(crate) load_ms: f64,
    /// Nobody listens at the address of the ready line.
    #[serde(default)]
    pub(crate) refuse: bool,
    /// The n-th request gets the n-th answer, later ones the last.
    #[serde(default)]
    pub(crate) answers: Vec<Answer>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    /// From the end of loading to the first token.
    #[serde(default)]
    pub(crate) first_token_ms: f64,
    /// From one token to the next.
    #[serde(default)]
    pub(crate) gap_ms: f64,
    #[serde(default)]
    pub(crate) tokens: Vec<String>,
    /// That many tokens `t0 `, `t1 `, …, where none are listed.
    #[serde(default)]
    pub(crate) count: usize,
    #[serde(default)]
    pub(crate) fault: Option<Fault>,
}

/// What goes wrong with an answer. `after` counts the tokens that still come as they should.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Fault {
    /// Another status instead of an answer.
    Status {
        status: u16,
        retry_after_s: Option<u32>,
        message: Option<String>,
    },
    Redirect {
        location: String,
    },
    /// The connection ends inside a token's line.
    Cut {
        after: usize,
    },
    /// As `cut`, by a reset.
    Reset {
        after: usize,
    },
    /// The connection ends between the two bytes of one character.
    HalfCharacter {
        after: usize,
    },
    /// One line that is no JSON; the rest follows.
    Malformed {
        after: usize,
    },
    /// An error object in mid-stream, and the end.
    Error {
        after: usize,
        message: String,
    },
    /// A line that does not end.
    EndlessLine {
        after: usize,
        bytes: u64,
    },
    /// Nothing more comes, and the connection stays.
    Stall {
        after: usize,
    },
    /// A clean end without the closing statistics.
    NoFinal,
    TwoFinals,
    TokenAfterFinal,
    /// The closing count is off by so many.
    WrongCount {
        by: i64,
    },
    /// The closing durations are so many times too long.
    LongDurations {
        factor: u32,
    },
    /// One byte at a time.
    Drip {
        byte_ms: f64,
    },
    /// The whole answer compressed, asked for or not.
    Gzip,
    /// So many zeros, compressed, in the place of the first token.
    GzipBomb {
        bytes: u64,
    },
}

pub(crate) fn default_model() -> String {
    "scripted".to_owned()
}

/// No set delay is longer: a mistyped unit is told at once.
const DELAY_MS_MAX: f64 = 3_600_000.0;
const TOKENS_MAX: usize = 1 << 20;

impl Script {
    pub(crate) fn read(path: &Path) -> Result<Self, Wrong> {
        let place = path.display().to_string();
        let bytes = files::read_at_most(path, files::DOCUMENT_BYTES_MAX)?;
        let script: Self = serde_json::from_slice(&bytes).map_err(|error| {
            Wrong::new(place.clone(), format!("no script: {error}")).hint("docs/llm-server.md shows one whole")
        })?;
        script.check().map_err(|what| Wrong::new(place, what))?;
        Ok(script)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        delay("load_ms", self.load_ms)?;
        for (index, answer) in self.answers.iter().enumerate() {
            answer.check().map_err(|what| format!("answers[{index}]: {what}"))?;
        }
        Ok(())
    }

    pub(crate) fn load(&self) -> Duration {
        milliseconds(self.load_ms)
    }
}

impl Answer {
    fn check(&self) -> Result<(), String> {
        delay("first_token_ms", self.first_token_ms)?;
        delay("gap_ms", self.gap_ms)?;
        if self.count > TOKENS_MAX {
            return Err(format!("count: {} is more than {TOKENS_MAX}", self.count));
        }
        if self.count > 0 && !self.tokens.is_empty() {
            return Err("tokens and count exclude each other".to_owned());
        }
        match self.fault {
            Some(Fault::Drip { byte_ms }) => delay("fault.byte_ms", byte_ms),
            Some(Fault::Status { status, .. }) if !(300..=599).contains(&status) => {
                Err(format!("fault.status: {status} is none of 300 to 599"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn token(&self, index: usize) -> Option<String> {
        if index < self.count { Some(format!("t{index} ")) } else { self.tokens.get(index).cloned() }
    }

    pub(crate) fn first_token(&self) -> Duration {
        milliseconds(self.first_token_ms)
    }

    pub(crate) fn gap(&self) -> Duration {
        milliseconds(self.gap_ms)
    }
}

fn delay(name: &str, value: f64) -> Result<(), String> {
    if (0.0..=DELAY_MS_MAX).contains(&value) {
        Ok(())
    } else {
        Err(format!("{name}: {value} is none of 0 to {DELAY_MS_MAX} ms"))
    }
}

pub(crate) fn milliseconds(value: f64) -> Duration {
    Duration::from_secs_f64(value / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Script, String> {
        let script: Script = serde_json::from_str(text).map_err(|error| error.to_string())?;
        script.check().map(|()| script)
    }

    #[test]
    fn a_script_is_read_whole() {
        let script = read(
            r#"{"load_ms": 5, "answers": [{"tokens": ["a", " b"], "gap_ms": 0.2},
                {"count": 3, "fault": {"kind": "cut", "after": 1}}]}"#,
        )
        .expect("a script");
        assert_eq!((script.model.as_str(), script.load()), ("scripted", Duration::from_millis(5)));
        assert_eq!(script.answers[0].token(1).as_deref(), Some(" b"));
        assert_eq!(script.answers[1].token(2).as_deref(), Some("t2 "));
        assert_eq!(script.answers[1].token(3), None);
        assert_eq!(script.answers[1].fault, Some(Fault::Cut { after: 1 }));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let fault = |text| read(text).expect_err("a fault");
        assert!(fault(r#"{"answers": [{"gap_ms": -1}]}"#).contains("answers[0]: gap_ms: -1"));
        assert!(fault(r#"{"answers": [{"count": 1, "tokens": ["a"]}]}"#).contains("exclude"));
        assert!(fault(r#"{"answers": [{"fault": {"kind": "cut", "afer": 1}}]}"#).contains("afer"));
        assert!(fault(r#"{"answers": [{"fault": {"kind": "status", "status": 200}}]}"#).contains("300 to 599"));
    }
}
