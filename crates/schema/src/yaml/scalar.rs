//! Plain scalars by the YAML 1.2.2 core schema (10.3.2): so `NO`, `on` and `1:30` are text.

use serde_json::{Number, Value};

/// The value of an unquoted scalar, or why it is none.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(text, digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(text, digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(format!("`{text}` is not a finite number"));
    }
    if is_integer(unsigned) {
        return integer(text)
            .map(Value::Number)
            .ok_or_else(|| format!("`{text}` has too many digits for a whole number"));
    }
    if is_float(unsigned) {
        return float(text).map(Value::Number).ok_or_else(|| format!("`{text}` is too large for a number"));
    }
    Ok(Value::String(text.to_owned()))
}

fn radix(text: &str, digits: &str, base: u32) -> Result<Value, String> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Ok(Value::String(text.to_owned()));
    }
    u64::from_str_radix(digits, base)
        .map(|number| Value::Number(number.into()))
        .map_err(|_| format!("`{text}` has too many digits for a whole number"))
}

fn is_integer(unsigned: &str) -> bool {
    !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whole numbers are at most 64 bits wide; rounding one to a float would change it silently.
fn integer(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<u64>().map(Number::from).or_else(|_| text.parse::<i64>().map(Number::from)).ok()
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_one = digits(whole)
        && digits(fraction.unwrap_or_default())
        && (!whole.is_empty() || fraction.is_some_and(|f| !f.is_empty()));
    let exponent_is_one =
        exponent.is_none_or(|exponent| is_integer(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)));
    mantissa_is_one && exponent_is_one
}

fn float(text: &str) -> Option<Number> {
    text.parse::<f64>().ok().and_then(Number::from_f64)
}
