//! Parameters of `nextflow run main.nf`, as a person types them behind a command of `ferrobench`.

use schema::fault::Fault;
use serde_json::{Map, Value};

/// `--name value`, `--name=value`, and `--name` alone for a switch, as Nextflow reads them.
pub(crate) fn read(words: &[String]) -> Result<Map<String, Value>, Fault> {
    let mut given = Map::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) else {
            return Err(Fault::new("", format!("`{word}` is no parameter")).hint("write --NAME VALUE"));
        };
        let (name, value) = match name.split_once('=') {
            Some((name, value)) => (name, Value::from(value)),
            None => {
                (name, words.next_if(|next| !next.starts_with("--")).map_or(Value::Bool(true), |v| v.as_str().into()))
            }
        };
        if given.insert(name.to_owned(), value).is_some() {
            return Err(Fault::new(format!("--{name}"), "given twice"));
        }
    }
    Ok(given)
}

/// One word each, so that no value can be taken for a parameter; in the order of their names.
pub(crate) fn words(given: &Map<String, Value>) -> Vec<String> {
    let word = |(name, value): (&String, &Value)| match value {
        Value::Bool(true) => format!("--{name}"),
        Value::String(text) => format!("--{name}={text}"),
        other => format!("--{name}={other}"),
    };
    let mut words: Vec<String> = given.iter().map(word).collect();
    words.sort();
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn parameters_are_read_as_nextflow_reads_them() {
        let given = read(&split("--study smoke --no_wait --budget=25m --seed 7")).expect("read");
        let expected = json!({"study": "smoke", "no_wait": true, "budget": "25m", "seed": "7"});
        assert_eq!(Value::Object(given), expected);
        for (wrong, told) in [("smoke", "`smoke` is no parameter"), ("--seed 1 --seed 2", "given twice")] {
            assert!(read(&split(wrong)).expect_err(wrong).to_string().contains(told));
        }
    }

    #[test]
    fn what_was_read_is_written_so_that_it_is_read_again() {
        let given = read(&split("--no_wait --sbatch=--constraint=x --rounds 7")).expect("read");
        assert_eq!(words(&given), ["--no_wait", "--rounds=7", "--sbatch=--constraint=x"]);
        assert_eq!(read(&words(&given)).expect("read"), given);
    }
}
