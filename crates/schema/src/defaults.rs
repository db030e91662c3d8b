//! Hyperparameters: what a user gave, checked against the algorithm's schema in `task.json`, with
//! the schema's defaults for the rest. A task has no defaults of its own, so every language gets
//! the same numbers.

use serde_json::{Map, Value, json};

use crate::document::Validator;
use crate::fault::{Fault, Faults};

/// `given` completed from `parameters_schema` (`Algorithm::parameters`), or every fault of it.
/// Faults carry no place: only the caller knows the file and line.
pub fn fill(parameters_schema: &Map<String, Value>, given: &Map<String, Value>) -> Result<Map<String, Value>, Faults> {
    let empty = Map::new();
    let properties = parameters_schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let mut filled: Map<String, Value> = properties
        .iter()
        .filter_map(|(key, property)| property.get("default").map(|default| (key.clone(), default.clone())))
        .collect();
    for (key, value) in given {
        filled.insert(key.clone(), value.clone());
    }
    for (key, value) in &mut filled {
        if let Some(property) = properties.get(key) {
            in_written_form(property, value);
        }
    }
    let validator = closed(parameters_schema)?;
    validator.faults_of(&Value::Object(filled.clone()), &|_| String::new()).into_result()?;
    Ok(filled)
}

/// The names that an algorithm takes, in order.
pub fn names(parameters_schema: &Map<String, Value>) -> Vec<&str> {
    let properties = parameters_schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str)).collect()
}

/// The schema with unknown keys refused, whether or not its writer thought of it.
fn closed(parameters_schema: &Map<String, Value>) -> Result<Validator, Fault> {
    let mut schema = parameters_schema.clone();
    schema.insert("additionalProperties".to_owned(), json!(false));
    Validator::new(Value::Object(schema))
}

/// `1` and `1.0` are one value of a number: written one way they make one cell, not two.
fn in_written_form(property: &Value, value: &mut Value) {
    let is = |name: &str| match property.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    };
    if is("number") && value.is_number() {
        if let Some(float) = value.as_f64() {
            *value = json!(float);
        }
    } else if is("integer") && value.is_f64() {
        // Beyond 2^53 a float is no longer one whole number; it is left for the validator.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        if let Some(float) = value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX) {
            *value = json!(float as i64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    fn ridge() -> Map<String, Value> {
        object(&json!({
            "type": "object",
            "properties": {
                "alpha": {"type": "number", "minimum": 0.0, "default": 1.0},
                "max_iter": {"type": "integer", "minimum": 1, "default": 1000},
                "solver": {"type": "string", "enum": ["auto", "qr"]}
            },
            "required": ["alpha", "solver"]
        }))
    }

    #[test]
    fn defaults_fill_what_was_not_given_and_numbers_have_one_form() {
        let filled = fill(&ridge(), &object(&json!({"alpha": 2, "solver": "qr"}))).expect("valid");
        assert_eq!(Value::Object(filled), json!({"alpha": 2.0, "max_iter": 1000, "solver": "qr"}));
        let same = fill(&ridge(), &object(&json!({"max_iter": 5.0, "solver": "qr"}))).expect("valid");
        assert_eq!(Value::Object(same).to_string(), r#"{"alpha":1.0,"max_iter":5,"solver":"qr"}"#);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = fill(&ridge(), &object(&json!({"alpha": -1, "solvr": "qr", "max_iter": "x"}))).expect_err("bad");
        let text = faults.to_string();
        for part in [
            "`alpha`: -1.0 is too small; allowed: 0.0 or more",
            "unknown key `solvr`; allowed: alpha, max_iter, solver\nhint: did you mean `solver`?",
            "`max_iter`: expected a whole number, given `x`",
            "missing key `solver`",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn a_schema_that_is_none_is_a_fault_not_a_panic() {
        assert!(fill(&object(&json!({"type": "no such type"})), &Map::new()).is_err());
    }
}
