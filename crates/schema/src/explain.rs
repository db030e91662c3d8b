//! What a schema's complaint means, in words: which key or value, what is allowed, what was meant.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::fault::nearest;
use crate::id::ID_PATTERN;

/// One complaint about one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer of the value, or of the key, that is wrong.
    pub pointer: String,
    pub what: String,
    pub hint: Option<String>,
    /// `what` names the key itself, so a reader needs no field name before it.
    pub names_key: bool,
}

/// `schema` is the one that `error` comes from: its known keys are read there.
pub(crate) fn explain(error: &ValidationError<'_>, schema: &Value) -> Vec<Finding> {
    let pointer = error.instance_path().to_string();
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = known_keys(error, schema);
            unexpected.iter().map(|key| unknown_key(&pointer, key, &known)).collect()
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => alternatives(error, context, schema),
        Kind::PropertyNames { error: inner } => explain(inner, schema),
        _ => vec![simple(error, pointer)],
    }
}

fn unknown_key(pointer: &str, key: &str, known: &[&str]) -> Finding {
    let allowed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Finding {
        pointer: format!("{pointer}/{}", escaped(key)),
        what: format!("unknown key `{key}`; allowed: {allowed}"),
        hint: nearest(key, known.iter().copied()).map(|name| format!("did you mean `{name}`?")),
        names_key: true,
    }
}

/// A key as a JSON pointer spells it (RFC 6901).
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The keys that the object schema around the failed keyword lists.
fn known_keys<'s>(error: &ValidationError<'_>, schema: &'s Value) -> Vec<&'s str> {
    let path = error.schema_path().to_string();
    let object = path.rsplit_once('/').and_then(|(parent, _)| schema.pointer(parent));
    let properties = object.and_then(|object| object.get("properties")).and_then(Value::as_object);
    properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str)).collect()
}

/// A value that fits none of several shapes: the complaints of the shape that was meant, or, where
/// no shape has the value's type, what the shapes are.
fn alternatives(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    schema: &Value,
) -> Vec<Finding> {
    let here = error.instance_path().to_string();
    let possible: Vec<&Branch> = context.iter().filter(|branch| !of_another_type(branch, &here)).collect();
    if possible.is_empty() {
        let mut types: Vec<String> = context.iter().flatten().flat_map(expected_types).collect();
        types.dedup();
        let what = format!("expected {}, given {}", types.join(" or "), shown(error.instance()));
        return vec![Finding { pointer: here, what, hint: None, names_key: false }];
    }
    let words: Vec<&str> = possible.iter().flat_map(|branch| branch.iter()).flat_map(allowed_words).collect();
    let is_word = |e: &ValidationError<'_>| !allowed_words(e).is_empty() && e.instance_path().to_string() == here;
    if !words.is_empty() && possible.iter().all(|branch| branch.iter().all(is_word)) {
        return vec![not_allowed(here, error.instance(), &words)];
    }
    // The shape with the fewest complaints is what the writer had in mind.
    let meant = possible.iter().min_by_key(|branch| branch.len()).copied();
    meant.into_iter().flatten().flat_map(|inner| explain(inner, schema)).collect()
}

/// What one of the possible shapes complains of.
type Branch = Vec<ValidationError<'static>>;

/// Whether a shape is for values of another type altogether: a list where text is expected.
fn of_another_type(branch: &Branch, here: &str) -> bool {
    branch.iter().filter(|error| error.instance_path().to_string() == here).any(|error| match error.kind() {
        Kind::Type { .. } => true,
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            context.iter().all(|inner| of_another_type(inner, here))
        }
        _ => false,
    })
}

fn expected_types(error: &ValidationError<'static>) -> Vec<String> {
    match error.kind() {
        Kind::Type { kind } => vec![type_words(kind)],
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            context.iter().flatten().flat_map(expected_types).collect()
        }
        _ => Vec::new(),
    }
}

/// The texts that the value could have been; none where it could have been something else.
fn allowed_words<'e>(error: &'e ValidationError<'_>) -> Vec<&'e str> {
    match error.kind() {
        Kind::Enum { options } => options.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        Kind::Constant { expected_value } => expected_value.as_str().into_iter().collect(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            context.iter().flatten().flat_map(allowed_words).collect()
        }
        _ => Vec::new(),
    }
}

fn not_allowed(pointer: String, given: &Value, allowed: &[&str]) -> Finding {
    let meant = given.as_str().and_then(|text| nearest(text, allowed.iter().copied()));
    Finding {
        pointer,
        what: format!("{} is not allowed; allowed: {}", shown(given), allowed.join(", ")),
        hint: meant.map(|name| format!("did you mean `{name}`?")),
        names_key: false,
    }
}

fn simple(error: &ValidationError<'_>, pointer: String) -> Finding {
    let given = shown(error.instance());
    let what = match error.kind() {
        Kind::Enum { .. } | Kind::Constant { .. } if !allowed_words(error).is_empty() => {
            return not_allowed(pointer, error.instance(), &allowed_words(error));
        }
        Kind::Required { property } => format!("missing key `{}`", property.as_str().unwrap_or_default()),
        Kind::Type { kind } => format!("expected {}, given {given}", type_words(kind)),
        Kind::Minimum { limit } => format!("{given} is too small; allowed: {limit} or more"),
        Kind::Maximum { limit } => format!("{given} is too large; allowed: {limit} or less"),
        Kind::ExclusiveMinimum { limit } => format!("{given} is too small; allowed: more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("{given} is too large; allowed: less than {limit}"),
        Kind::MinItems { limit: 1 } => "the list is empty; at least one entry is needed".to_owned(),
        Kind::MinItems { limit } => format!("the list is too short; at least {limit} entries are needed"),
        Kind::MaxItems { limit } => format!("the list is too long; at most {limit} entries are allowed"),
        Kind::MinProperties { limit } => format!("too few keys; at least {limit} are needed"),
        Kind::Pattern { pattern } if pattern == ID_PATTERN => {
            format!("{given} is no id; allowed: a letter or digit, then up to 63 of a-z, 0-9 and _")
        }
        Kind::Pattern { pattern } if choice_of(pattern).is_some() => {
            return not_allowed(pointer, error.instance(), &choice_of(pattern).unwrap_or_default());
        }
        Kind::Pattern { pattern } => format!("{given} does not match {pattern}"),
        _ => error.to_string(),
    };
    Finding { pointer, what, hint: None, names_key: false }
}

/// The words of a pattern that is nothing but a choice of them: `^(cpu|cuda)$`.
fn choice_of(pattern: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = pattern.strip_prefix("^(")?.strip_suffix(")$")?.split('|').collect();
    words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then_some(words)
}

fn type_words(kind: &TypeKind) -> String {
    let word = |one: JsonType| match one {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "nothing (null)",
        JsonType::Number => "a number",
        JsonType::Object => "keys with values",
        JsonType::String => "text",
    };
    match kind {
        TypeKind::Single(one) => word(*one).to_owned(),
        TypeKind::Multiple(several) => several.iter().map(word).collect::<Vec<_>>().join(" or "),
    }
}

/// A value as a fault quotes it: whole where it is short, else what it is.
fn shown(value: &Value) -> String {
    const QUOTED_CHARACTERS_MAX: usize = 80;
    match value {
        Value::Object(object) => format!("{} keys with values", object.len()),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Null => "nothing (null)".to_owned(),
        Value::String(text) if text.chars().count() > QUOTED_CHARACTERS_MAX => {
            format!("`{}…`", text.chars().take(QUOTED_CHARACTERS_MAX).collect::<String>())
        }
        Value::String(text) => format!("`{text}`"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
