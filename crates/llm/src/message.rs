//! What is sent and what comes back. The request's bytes are the same in every language: keys in
//! this order, nothing that was not said.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub const GENERATE: &str = "/api/generate";
pub const VERSION: &str = "/api/version";

#[derive(Clone, Debug, Serialize)]
pub struct Generate<'a> {
    pub model: &'a str,
    pub prompt: &'a str,
    pub stream: bool,
    pub options: &'a Options,
}

impl Generate<'_> {
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers only")
    }
}

/// Ollama's options; what is absent is the server's own default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctx: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_gpu: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_predict: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
}

/// One line of the stream. Unknown keys are the server's business.
#[derive(Debug, Deserialize)]
pub(crate) struct Line<'a> {
    #[serde(borrow, default)]
    pub(crate) response: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) done: Option<bool>,
    #[serde(borrow, default)]
    pub(crate) error: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(crate) done_reason: Option<Cow<'a, str>>,
    #[serde(default)]
    pub(crate) total_duration: Option<i64>,
    #[serde(default)]
    pub(crate) load_duration: Option<i64>,
    #[serde(default)]
    pub(crate) prompt_eval_count: Option<i64>,
    #[serde(default)]
    pub(crate) prompt_eval_duration: Option<i64>,
    #[serde(default)]
    pub(crate) eval_count: Option<i64>,
    #[serde(default)]
    pub(crate) eval_duration: Option<i64>,
}

/// Of the body of an answer to [`VERSION`].
#[cfg(any(feature = "hyper", feature = "reqwest"))]
pub(crate) fn version(body: &[u8]) -> Option<String> {
    let told: serde_json::Value = serde_json::from_slice(body).ok()?;
    told.get("version")?.as_str().map(|version| version.chars().take(64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_request_are_fixed() {
        let options = Options { num_predict: Some(8), seed: Some(1), temperature: Some(0.8), ..Options::default() };
        let request = Generate { model: "m", prompt: "a \"b\"\n\u{1f}é\u{2028}", stream: true, options: &options };
        let expected = "{\"model\":\"m\",\"prompt\":\"a \\\"b\\\"\\n\\u001fé\u{2028}\",\"stream\":true,\
                        \"options\":{\"num_predict\":8,\"seed\":1,\"temperature\":0.8}}";
        assert_eq!(String::from_utf8(request.to_bytes()).expect("text"), expected);
    }
}
