//! Reading and writing the documents: JSON, checked against the schema of its type, so that a
//! fault is told with file and field, and every fault of a document at once.

use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fault::{Fault, Faults, nearest};
use crate::files::{self, DOCUMENT_BYTES_MAX};

/// Pretty JSON with sorted keys, written whole.
pub fn write(path: &Path, document: &impl Serialize) -> Result<(), Fault> {
    let value = serde_json::to_value(document).map_err(|error| unwritable(path, &error))?;
    let mut text = serde_json::to_string_pretty(&value).map_err(|error| unwritable(path, &error))?;
    text.push('\n');
    files::write_whole(path, text.as_bytes())
}

/// Compact JSON with sorted keys: equal documents have equal bytes.
pub fn canonical(document: &impl Serialize) -> String {
    let value = serde_json::to_value(document).expect("the crate's documents have string keys and finite numbers");
    value.to_string()
}

/// JSON Lines, one compact document a line, written whole.
pub fn write_lines<'a, T: Serialize + 'a>(
    path: &Path,
    documents: impl IntoIterator<Item = &'a T>,
) -> Result<(), Fault> {
    let mut text = String::new();
    for document in documents {
        text.push_str(&canonical(document));
        text.push('\n');
    }
    files::write_whole(path, text.as_bytes())
}

pub fn read<T: DeserializeOwned + JsonSchema>(path: &Path) -> Result<T, Faults> {
    let bytes = files::read_at_most(path, DOCUMENT_BYTES_MAX)?;
    parse(&bytes, &path.display().to_string())
}

/// `place` names the document in faults: a path, or `path:line` of a JSON Lines file.
pub fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8], place: &str) -> Result<T, Faults> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| Fault::new(place, format!("not JSON: {error}")))?;
    from_value(value, &|_| place.to_owned())
}

pub fn read_lines<T: DeserializeOwned + JsonSchema>(path: &Path) -> Result<Vec<T>, Faults> {
    let bytes = files::read_at_most(path, 1 << 32)?;
    let validator = validator(&schema_of::<T>());
    let mut documents = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let place = format!("{}:{}", path.display(), index + 1);
        let value: Value =
            serde_json::from_slice(line).map_err(|error| Fault::new(&place, format!("not JSON: {error}")))?;
        faults_of(&validator, &value, &|_| place.clone()).into_result()?;
        documents.push(serde_json::from_value(value).map_err(|error| Fault::new(place, error.to_string()))?);
    }
    Ok(documents)
}

/// Checks `value` against the schema of `T` and makes a `T` of it. `place_of` turns a JSON pointer
/// into what a person can find: a file with a line.
pub fn from_value<T: DeserializeOwned + JsonSchema>(
    value: Value,
    place_of: &dyn Fn(&str) -> String,
) -> Result<T, Faults> {
    faults_of(&validator(&schema_of::<T>()), &value, place_of).into_result()?;
    serde_json::from_value(value).map_err(|error| Fault::new(place_of(""), error.to_string()).into())
}

pub fn schema_of<T: JsonSchema>() -> Value {
    schema_for!(T).to_value()
}

pub fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).expect("the schemas are generated from types and tested")
}

/// Every fault of `value`, in the order of the document.
pub fn faults_of(validator: &jsonschema::Validator, value: &Value, place_of: &dyn Fn(&str) -> String) -> Faults {
    let mut faults = Faults::default();
    for error in validator.iter_errors(value) {
        let pointer = error.instance_path().to_string();
        let field = pointer.trim_start_matches('/').replace('/', ".");
        let subject = if field.is_empty() { String::new() } else { format!("`{field}`: ") };
        for (what, hint) in explain(&error, value, validator) {
            let mut fault = Fault::new(place_of(&pointer), format!("{subject}{what}"));
            fault.hint = hint;
            if !faults.0.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}

fn explain(
    error: &jsonschema::ValidationError<'_>,
    _value: &Value,
    _validator: &jsonschema::Validator,
) -> Vec<(String, Option<String>)> {
    use jsonschema::error::ValidationErrorKind as Kind;
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|key| (format!("unknown key `{key}`"), None)).collect()
        }
        Kind::Required { property } => vec![(format!("missing key {property}"), None)],
        Kind::Enum { options } => {
            let allowed: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let given = error.instance().as_str().unwrap_or_default();
            let hint = nearest(given, allowed.iter().copied()).map(|name| format!("did you mean `{name}`?"));
            vec![(format!("{} is not allowed; allowed: {}", error.instance(), allowed.join(", ")), hint)]
        }
        _ => vec![(error.to_string(), None)],
    }
}

fn unwritable(path: &Path, error: &serde_json::Error) -> Fault {
    Fault::new(path.display().to_string(), format!("cannot write the document: {error}"))
}
