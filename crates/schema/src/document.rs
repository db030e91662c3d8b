//! Reading and writing the documents: JSON, checked against the schema of its type, so that a
//! fault is told with file and field, and every fault of a document at once.

use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::SCHEMA_VERSION;
use crate::explain::{Finding, explain};
use crate::fault::{Fault, Faults};
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
        check_version(&value, &place)?;
        faults_of(&validator, &value, &|_| place.clone()).into_result()?;
        documents.push(serde_json::from_value(value).map_err(|error| Fault::new(place, error.to_string()))?);
    }
    Ok(documents)
}

/// As [`read_lines`], for the many lines of a type whose schema demands no more than the type itself:
/// each is parsed once, and what `keep` makes of it is kept. A file with a line that does not parse is
/// read again by its schema, which says what is wrong with it.
pub fn read_many<T: DeserializeOwned + JsonSchema, U>(
    path: &Path,
    version_of: fn(&T) -> &str,
    mut keep: impl FnMut(T) -> U,
) -> Result<Vec<U>, Faults> {
    let bytes = files::read_at_most(path, 1 << 32)?;
    let mut kept = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice::<T>(line) {
            Ok(document) if major(version_of(&document)) == major(SCHEMA_VERSION) => kept.push(keep(document)),
            _ => return Ok(read_lines(path)?.into_iter().map(keep).collect()),
        }
    }
    Ok(kept)
}

/// Checks `value` against the schema of `T` and makes a `T` of it. `place_of` turns a JSON pointer
/// into what a person can find: a file with a line.
pub fn from_value<T: DeserializeOwned + JsonSchema>(
    value: Value,
    place_of: &dyn Fn(&str) -> String,
) -> Result<T, Faults> {
    check_version(&value, &place_of("/schema_version"))?;
    faults_of(&validator(&schema_of::<T>()), &value, place_of).into_result()?;
    serde_json::from_value(value).map_err(|error| Fault::new(place_of(""), error.to_string()).into())
}

/// A document of another major version is refused by that name, before its keys are called unknown.
/// A record carries its version in `identity`.
fn check_version(value: &Value, place: &str) -> Result<(), Fault> {
    let version = value.get("schema_version").or_else(|| value.pointer("/identity/schema_version"));
    match version.and_then(Value::as_str) {
        Some(version) if major(version) != major(SCHEMA_VERSION) => {
            Err(Fault::new(place, format!("schema version {version}; this program reads {SCHEMA_VERSION}"))
                .hint("use the version of Ferrobench that wrote it, or measure again"))
        }
        _ => Ok(()),
    }
}

fn major(version: &str) -> Option<&str> {
    version.split('.').next()
}

pub fn schema_of<T: JsonSchema>() -> Value {
    schema_for!(T).to_value()
}

/// A schema of this crate's own types, compiled.
pub fn validator(schema: &Value) -> Validator {
    Validator::new(schema.clone()).expect("the schemas are generated from types and tested")
}

/// Every fault of `value`, in the order in which the schema finds them.
pub fn faults_of(validator: &Validator, value: &Value, place_of: &dyn Fn(&str) -> String) -> Faults {
    validator.faults_of(value, place_of)
}

/// A compiled schema beside its text, from which faults name what is allowed.
pub struct Validator {
    schema: Value,
    compiled: jsonschema::Validator,
}

impl Validator {
    /// `schema` may be anyone's: one that is no JSON Schema is a fault.
    pub fn new(mut schema: Value) -> Result<Self, Fault> {
        bound_whole_numbers(&mut schema);
        let compiled = jsonschema::validator_for(&schema)
            .map_err(|error| Fault::new("", format!("not a JSON Schema: {error}")))?;
        Ok(Self { schema, compiled })
    }

    /// What is wrong with `value`, each complaint once.
    pub fn findings(&self, value: &Value) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for finding in self.compiled.iter_errors(value).flat_map(|error| explain(&error, &self.schema)) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings
    }

    pub fn faults_of(&self, value: &Value, place_of: &dyn Fn(&str) -> String) -> Faults {
        Faults(self.findings(value).into_iter().map(|finding| finding.at(place_of)).collect())
    }
}

impl Finding {
    /// The complaint as a fault: `place_of` names the file and, where known, the line.
    pub fn at(self, place_of: &dyn Fn(&str) -> String) -> Fault {
        let place = place_of(&self.pointer);
        let field = self.pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
        let subject = if field.is_empty() || self.names_key { String::new() } else { format!("`{field}`: ") };
        Fault { place, what: format!("{subject}{}", self.what), hint: self.hint }
    }
}

/// schemars writes a whole number's width as a format, which JSON Schema does not check: without
/// a bound, 5000000000 for a u32 would fail later, with no line.
fn bound_whole_numbers(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let bound = match object.get("format").and_then(Value::as_str) {
                Some("uint8") => Some(u64::from(u8::MAX)),
                Some("uint16") => Some(u64::from(u16::MAX)),
                Some("uint32") => Some(u64::from(u32::MAX)),
                Some("uint64" | "uint") => Some(u64::MAX),
                Some("int32") => i32::MAX.try_into().ok(),
                _ => None,
            };
            if let Some(bound) = bound {
                object.entry("maximum").or_insert_with(|| bound.into());
            }
            object.values_mut().for_each(bound_whole_numbers);
        }
        Value::Array(list) => list.iter_mut().for_each(bound_whole_numbers),
        _ => {}
    }
}

fn unwritable(path: &Path, error: &serde_json::Error) -> Fault {
    Fault::new(path.display().to_string(), format!("cannot write the document: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    #[test]
    fn another_major_version_is_refused_by_name_and_a_later_minor_one_is_read() {
        let manifest = |version: &str, extra: &str| {
            let text = format!(r#"{{"schema_version": "{version}", "kind": "block", "id": "b", "files": []{extra}}}"#);
            parse::<Manifest>(text.as_bytes(), "manifest.json")
        };
        assert!(manifest("1.9", "").is_ok());
        for (version, extra) in [("0.9", ""), ("2.0", r#", "of_later": 1"#)] {
            let told = manifest(version, extra).expect_err("refused").to_string();
            let first = format!("error: manifest.json: schema version {version}; this program reads {SCHEMA_VERSION}");
            assert_eq!(told.lines().next(), Some(first.as_str()), "{told}");
            assert_eq!(told.lines().count(), 2, "{told}");
        }
    }
}
