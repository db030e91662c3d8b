//! The options as Nextflow passes them: every parameter in one JSON object, numbers as numbers or
//! text, `--no_wait` perhaps also as `noWait`. The names come from the type alone.

use std::path::Path;

use schema::document::{Validator, schema_of};
use schema::duration;
use schema::fault::{Fault, Faults, nearest};
use schema::files::read_at_most;
use schema::run_options::RunOptions;
use serde_json::{Map, Value};

const BYTES_MAX: u64 = 1 << 20;

/// The parameters of `nextflow run`, as one JSON object.
pub fn read_object(path: &Path) -> Result<Map<String, Value>, Fault> {
    let bytes = read_at_most(path, BYTES_MAX)?;
    let not_options = |what: String| Fault::new(path.display().to_string(), what);
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| not_options(format!("not JSON: {error}")))?;
    let Value::Object(given) = value else { return Err(not_options("expected one JSON object of options".to_owned())) };
    Ok(given)
}

/// The options, with the default in place of each faulty one so that the rest can be checked too.
pub(crate) fn check(given: Map<String, Value>, faults: &mut Faults) -> Result<RunOptions, Fault> {
    let schema = schema_of::<RunOptions>();
    let mut options = known(given, &schema, faults);
    for finding in Validator::new(schema)?.findings(&Value::Object(options.clone())) {
        let name = finding.pointer.trim_start_matches('/').to_owned();
        options.remove(&name);
        faults.push(Fault { place: format!("--{name}"), what: finding.what, hint: finding.hint });
    }
    let options: RunOptions =
        serde_json::from_value(Value::Object(options)).map_err(|error| Fault::new("", error.to_string()))?;
    check_build(&options, faults);
    if let Some(Err(fault)) = options.budget.as_deref().map(duration::parse) {
        faults.push(Fault { place: "--budget".to_owned(), ..fault });
    }
    Ok(options)
}

/// The given options under their own names and in their own types; nulls are options not given.
fn known(given: Map<String, Value>, schema: &Value, faults: &mut Faults) -> Map<String, Value> {
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let mut options = Map::new();
    for (key, value) in given {
        let name = option_name(&key);
        let Some(property) = properties.get(&name) else {
            faults.push(unknown(&key, &name, properties));
            continue;
        };
        if value.is_null() {
            continue;
        }
        if value == "" || (value == true && !takes(property, "boolean")) {
            faults.push(Fault::new(format!("--{name}"), "needs a value"));
            continue;
        }
        let value = in_type(property, value);
        match options.get(&name) {
            Some(other) if *other != value => {
                faults.push(Fault::new(format!("--{name}"), format!("given twice: {other} and {value}")));
            }
            _ => {
                options.insert(name, value);
            }
        }
    }
    options
}

fn unknown(key: &str, name: &str, properties: &Map<String, Value>) -> Fault {
    let fault = Fault::new("", format!("unknown parameter --{key}"));
    if let Some(meant) = nearest(name, properties.keys().map(String::as_str)) {
        return fault.hint(format!("did you mean --{meant}?"));
    }
    let all: Vec<String> = properties.keys().map(|name| format!("--{name}")).collect();
    fault.hint(format!("the parameters are {}", all.join(", ")))
}

/// `noWait` and `no-wait` are `no_wait`.
pub fn option_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    let mut after_lower = false;
    for character in key.chars() {
        if character.is_ascii_uppercase() && after_lower {
            name.push('_');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        name.push(if character == '-' { '_' } else { character.to_ascii_lowercase() });
    }
    name
}

fn takes(property: &Value, name: &str) -> bool {
    match &property["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// A command line has no types: `10` may come as text, and a study may be called `10`.
fn in_type(property: &Value, value: Value) -> Value {
    match &value {
        Value::Number(number) if takes(property, "string") => Value::String(number.to_string()),
        Value::String(text) if takes(property, "integer") => {
            let number = text.parse::<u64>().map(Value::from).or_else(|_| text.parse::<i64>().map(Value::from));
            number.unwrap_or(value)
        }
        Value::String(text) if takes(property, "boolean") => text.parse::<bool>().map_or(value, Value::from),
        _ => value,
    }
}

const BUILD_PROFILES: [&str; 3] = ["release", "dist", "ci"];

fn check_build(options: &RunOptions, faults: &mut Faults) {
    if !BUILD_PROFILES.contains(&options.build_profile.as_str()) {
        let place = "--build_profile".to_owned();
        faults.push(crate::names::unknown(place, "build profile", &options.build_profile, BUILD_PROFILES));
    }
    if let Some(target_cpu) = &options.target_cpu {
        check_target_cpu("--target_cpu".to_owned(), target_cpu, faults);
    }
}

/// The name reaches the compiler's flags, which are split at spaces: only a plain word is let through.
pub(crate) fn check_target_cpu(place: String, target_cpu: &str, faults: &mut Faults) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !target_cpu.starts_with(|first: char| first.is_ascii_alphanumeric()) || !target_cpu.bytes().all(plain) {
        let fault = Fault::new(place, format!("`{target_cpu}` is no processor's name"));
        faults.push(fault.hint("native, x86-64-v3, or another name of `rustc --print target-cpus`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_they_are_spelt() {
        for spelling in ["no_wait", "noWait", "no-wait", "NoWait"] {
            assert_eq!(option_name(spelling), "no_wait", "{spelling}");
        }
    }

    #[test]
    fn a_processor_is_one_word() {
        for (name, faulty) in
            [("native", 0), ("x86-64-v3", 0), ("native -C link-arg=x", 1), ("-v", 1), ("", 1), ("a\u{1f}b", 1)]
        {
            let mut faults = Faults::default();
            check_target_cpu(String::new(), name, &mut faults);
            assert_eq!(faults.0.len(), faulty, "{name}");
        }
    }
}
