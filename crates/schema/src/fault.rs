//! A fault as a person is told it: what is wrong, where, what is allowed, and what to try.

use std::fmt;

/// `error: <where>: <what>` and, where there is a remedy, `hint: <hint>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File, line, field, flag; empty where the message says it.
    pub place: String,
    pub what: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = visible(&self.place);
        let separator = if place.is_empty() { "" } else { ": " };
        write!(formatter, "error: {place}{separator}{}", visible(&self.what))?;
        if let Some(hint) = &self.hint {
            write!(formatter, "\nhint: {}", visible(hint))?;
        }
        Ok(())
    }
}

/// Every fault of an input at once. An empty list is no error: use [`Faults::into_result`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Fault {}
impl std::error::Error for Faults {}

/// More slips than these are another name, however long it is.
const SLIPS_MAX: usize = 3;

/// The known name nearest to a misspelt one, where one is near enough to be meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .filter(|(distance, name)| *distance <= (name.len().max(given.len()) / 3).clamp(1, SLIPS_MAX))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Text from outside as it may reach a terminal or log: control characters, escapes and
/// bidirectional overrides become visible, so one message stays one line (security case 3).
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let bidi = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if bidi || (character.is_control() && character != '\t') || matches!(character, '\u{2028}' | '\u{2029}') {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// How a program's `main` ends: faults are printed to stderr and exit with 2, any other error with 1.
pub fn exit_code(result: Result<(), Box<dyn std::error::Error + Send + Sync>>) -> std::process::ExitCode {
    let Err(error) = result else { return std::process::ExitCode::SUCCESS };
    if error.is::<Fault>() || error.is::<Faults>() {
        eprintln!("{error}");
        return std::process::ExitCode::from(2);
    }
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    eprintln!("error: {}", visible(&causes.join(": ")));
    std::process::ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_and_a_hint() {
        let fault = Fault::new("config/x.yaml:3", "unknown key `a\nb`").hint("did you mean `ab`?");
        assert_eq!(fault.to_string(), "error: config/x.yaml:3: unknown key `a\\u{a}b`\nhint: did you mean `ab`?");
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_near() {
        assert_eq!(nearest("regresion", ["regression", "svm"]), Some("regression"));
        assert_eq!(nearest("rdige", ["ridge", "lasso"]), Some("ridge"));
        assert_eq!(nearest("quicksort", ["regression", "svm"]), None);
        assert_eq!(nearest("regression_sklearn", ["regression_faer", "regression_linfa"]), None);
    }

    #[test]
    fn terminal_escapes_are_shown_not_obeyed() {
        assert_eq!(visible("\u{1b}[2J\u{202e}x"), "\\u{1b}[2J\\u{202e}x");
    }
}
