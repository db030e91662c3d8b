//! Which line each value of a document began in.

use std::collections::HashMap;

#[derive(Clone, Debug, Default)]
pub struct Lines {
    name: String,
    /// JSON pointer → line, counted from 1.
    by_pointer: HashMap<String, usize>,
}

impl Lines {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), by_pointer: HashMap::new() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first note of a pointer stays: a value's line is that of its key.
    pub(super) fn note(&mut self, pointer: String, line: usize) {
        self.by_pointer.entry(pointer).or_insert(line);
    }

    /// The line of `pointer`, or of the nearest thing around it (a missing key has no line).
    pub fn line(&self, pointer: &str) -> usize {
        let mut rest = pointer;
        loop {
            if let Some(line) = self.by_pointer.get(rest) {
                return *line;
            }
            match rest.rsplit_once('/') {
                Some((parent, _)) => rest = parent,
                None => return 1,
            }
        }
    }

    /// `file:line` for a fault.
    pub fn place(&self, pointer: &str) -> String {
        format!("{}:{}", self.name, self.line(pointer))
    }
}
