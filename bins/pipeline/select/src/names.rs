//! Unknown and repeated names, told alike everywhere.

use schema::fault::{Fault, nearest};

/// `unknown task `regresion`; known: regression, svm`, with the nearest guess.
pub(crate) fn unknown<'k>(place: String, kind: &str, given: &str, known: impl IntoIterator<Item = &'k str>) -> Fault {
    let known: Vec<&str> = known.into_iter().collect();
    let listed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let fault = Fault::new(place, format!("unknown {kind} `{given}`; known: {listed}"));
    match nearest(given, known) {
        Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
        None => fault,
    }
}

/// The positions of entries that an earlier entry equals.
pub(crate) fn repeated<T: PartialEq>(entries: &[T]) -> Vec<usize> {
    (0..entries.len()).filter(|&index| entries[..index].contains(&entries[index])).collect()
}
