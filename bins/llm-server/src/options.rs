//! The options of a generation, with Ollama's names and defaults.

use serde_json::{Map, Value};

/// Defaults as in Ollama v0.6.8.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// Tokens that the model sees, prompt and answer together.
    pub(crate) num_ctx: usize,
    /// Tokens of a prompt's beginning that stay when it is too long.
    pub(crate) num_keep: usize,
    /// Tokens to make at most; `None` until the model ends by itself or the context is full.
    pub(crate) num_predict: Option<usize>,
    /// `None`: another one each time.
    pub(crate) seed: Option<u64>,
    pub(crate) temperature: f32,
    /// Zero: all.
    pub(crate) top_k: usize,
    pub(crate) top_p: f32,
    pub(crate) min_p: f32,
    pub(crate) repeat_last_n: usize,
    pub(crate) repeat_penalty: f32,
    pub(crate) presence_penalty: f32,
    pub(crate) frequency_penalty: f32,
    pub(crate) stop: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            num_ctx: 4096,
            num_keep: 4,
            num_predict: None,
            seed: None,
            temperature: 0.8,
            top_k: 40,
            top_p: 0.9,
            min_p: 0.0,
            repeat_last_n: 64,
            repeat_penalty: 1.1,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            stop: Vec::new(),
        }
    }
}

/// Samplers that Ollama has and this server has not, with the value that switches each off there.
const ABSENT: &[(&str, f64)] = &[("typical_p", 1.0), ("mirostat", 0.0)];

impl Options {
    /// Unknown names are passed over, as Ollama does; a wrong type is told with Ollama's words.
    pub(crate) fn from_json(given: &Map<String, Value>) -> Result<Self, String> {
        let mut options = Self::default();
        for (name, value) in given {
            options.set(name, value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "num_ctx" => self.num_ctx = count(name, value)?.filter(|n| *n > 0).ok_or_else(|| too_small(name))?,
            "num_keep" => self.num_keep = count(name, value)?.unwrap_or(usize::MAX),
            // Zero too: the runner asks `num_predict > 0`.
            "num_predict" => self.num_predict = count(name, value)?.filter(|n| *n > 0),
            "seed" => self.seed = integer(name, value)?.try_into().ok(),
            "temperature" => self.temperature = number(name, value)?,
            "top_k" => self.top_k = count(name, value)?.unwrap_or(0),
            "top_p" => self.top_p = number(name, value)?,
            "min_p" => self.min_p = number(name, value)?,
            "repeat_last_n" => self.repeat_last_n = count(name, value)?.unwrap_or(usize::MAX),
            "repeat_penalty" => self.repeat_penalty = number(name, value)?,
            "presence_penalty" => self.presence_penalty = number(name, value)?,
            "frequency_penalty" => self.frequency_penalty = number(name, value)?,
            "stop" => self.stop = texts(name, value)?,
            _ => return refuse_absent(name, value),
        }
        Ok(())
    }
}

fn refuse_absent(name: &str, value: &Value) -> Result<(), String> {
    match ABSENT.iter().find(|(absent, _)| *absent == name) {
        Some((_, off)) if value.as_f64() != Some(*off) => {
            Err(format!("option \"{name}\" is not supported by this server (only {off}, which switches it off)"))
        }
        _ => Ok(()),
    }
}

fn integer(name: &str, value: &Value) -> Result<i64, String> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    value
        .as_i64()
        .or_else(|| value.as_f64().and_then(whole))
        .ok_or_else(|| format!("option \"{name}\" must be of type integer"))
}

/// Below zero is no limit.
fn count(name: &str, value: &Value) -> Result<Option<usize>, String> {
    Ok(usize::try_from(integer(name, value)?).ok())
}

fn number(name: &str, value: &Value) -> Result<f32, String> {
    value.as_f64().map(|number| number as f32).ok_or_else(|| format!("option \"{name}\" must be of type float32"))
}

/// A text or a list of texts; `OpenAI`'s form allows both.
pub(crate) fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("option \"{name}\" must be of type array of strings");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

fn too_small(name: &str) -> String {
    format!("option \"{name}\" must be at least 1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "`json!` gives values")]
    fn read(value: Value) -> Result<Options, String> {
        Options::from_json(value.as_object().expect("an object"))
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(read(json!({})), Ok(Options::default()));
        assert_eq!(read(json!({"num_gpu": 99, "typical_p": 1.0, "mirostat": 0})), Ok(Options::default()));
    }

    #[test]
    fn below_zero_is_no_limit() {
        let options = read(json!({"num_predict": -1, "seed": -1, "repeat_last_n": -1, "top_k": -1})).expect("options");
        assert_eq!((options.num_predict, options.seed), (None, None));
        assert_eq!((options.repeat_last_n, options.top_k), (usize::MAX, 0));
        assert_eq!(
            read(json!({"num_predict": 128.0, "seed": 7})).map(|o| (o.num_predict, o.seed)),
            Ok((Some(128), Some(7)))
        );
    }

    #[test]
    fn wrong_types_are_told_by_name() {
        let fault = |value| read(value).expect_err("a fault");
        assert_eq!(fault(json!({"num_ctx": "big"})), "option \"num_ctx\" must be of type integer");
        assert_eq!(fault(json!({"top_p": null})), "option \"top_p\" must be of type float32");
        assert_eq!(fault(json!({"stop": [1]})), "option \"stop\" must be of type array of strings");
        assert!(fault(json!({"num_ctx": 0})).contains("at least 1"));
        assert!(fault(json!({"mirostat": 2})).contains("not supported"));
    }
}
