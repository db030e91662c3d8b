//! What a good refusal looks like: exit code 2, a line that says what is wrong, nothing left behind.

use crate::subject::Ran;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Hint {
    Wanted,
    Free,
}

pub(crate) fn refused(ran: &Ran, hint: Hint) -> Result<(), String> {
    if ran.ended.code() != Some(2) {
        return Err(format!("exit code 2 was due; {}", ran.ended.in_words()));
    }
    told(&ran.ended.stderr, hint)?;
    if !ran.ended.stdout.is_empty() {
        return Err("wrote to stdout".to_owned());
    }
    match ran.left().first() {
        Some(name) => Err(format!("left `{name}` behind")),
        None => Ok(()),
    }
}

/// `error: …` lines, `hint: …` lines, and nothing else: no stack trace.
pub(crate) fn told(stderr: &str, hint: Hint) -> Result<(), String> {
    let is_error = |line: &str| line.starts_with("error: ");
    let is_hint = |line: &str| line.starts_with("hint: ");
    if !stderr.lines().any(is_error) {
        return Err("no line `error: …` on stderr".to_owned());
    }
    if let Some(line) = stderr.lines().find(|line| !is_error(line) && !is_hint(line)) {
        return Err(format!("stderr has more than `error: …` and `hint: …`: {line}"));
    }
    if hint == Hint::Wanted && !stderr.lines().any(is_hint) {
        return Err("no line `hint: …` on stderr".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_is_wrong_and_no_trace_goes_with_it() {
        assert_eq!(told("error: a\nhint: b\n", Hint::Wanted), Ok(()));
        assert_eq!(told("error: a\n", Hint::Free), Ok(()));
        assert_eq!(told("error: a\n", Hint::Wanted), Err("no line `hint: …` on stderr".to_owned()));
        assert_eq!(told("", Hint::Free), Err("no line `error: …` on stderr".to_owned()));
        assert!(told("Traceback (most recent call last):\nerror: a\n", Hint::Free).is_err());
    }
}
