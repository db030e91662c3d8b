//! YAML for people's configuration, through one function: limits first, then every fault with its
//! line. The YAML 1.2 core schema, without what makes configuration surprising or hostile
//! (security case 13): no anchors, aliases or tags, no duplicate keys, one document; `NO` is text.

use std::path::Path;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::document::{schema_of, validator};
use crate::explain::escaped;
use crate::fault::{Fault, Faults};
use crate::files;
pub use lines::Lines;

mod lines;
mod scalar;

pub const BYTES_MAX: u64 = 1 << 20;
pub const DEPTH_MAX: usize = 32;

/// A document with the lines that it was read from, so that later checks can name them too.
#[derive(Clone, Debug)]
pub struct Located<T> {
    pub value: T,
    pub lines: Lines,
}

/// Reads a YAML file into `T`: at most 1 MiB and 32 levels, no aliases, no duplicate or unknown keys.
pub fn read<T: DeserializeOwned + JsonSchema>(path: &Path) -> Result<T, Faults> {
    read_as(path, &path.display().to_string()).map(|located| located.value)
}

/// As [`read`], with the name that faults give the file, and its lines.
pub fn read_as<T: DeserializeOwned + JsonSchema>(path: &Path, name: &str) -> Result<Located<T>, Faults> {
    let bytes = files::read_at_most(path, BYTES_MAX).map_err(|mut fault| {
        name.clone_into(&mut fault.place);
        fault
    })?;
    parse(&bytes, name)
}

/// As [`read_as`], from bytes.
pub fn parse<T: DeserializeOwned + JsonSchema>(bytes: &[u8], name: &str) -> Result<Located<T>, Faults> {
    let (located, faults) = survey(bytes, name);
    faults.into_result()?;
    located.ok_or_else(|| Fault::new(name, "cannot be read").into())
}

/// Every fault of a document, and, where its faults leave one, the value: so that what is wrong
/// with its names can be told together with what is wrong with its form.
pub fn survey<T: DeserializeOwned + JsonSchema>(bytes: &[u8], name: &str) -> (Option<Located<T>>, Faults) {
    let (mut value, lines, mut found) = match tree(bytes, name) {
        Ok(tree) => tree,
        Err(fault) => return (None, fault.into()),
    };
    for finding in validator(&schema_of::<T>()).findings(&value) {
        if finding.names_key {
            remove(&mut value, &finding.pointer);
        }
        found.push((lines.line(&finding.pointer), finding.at(&|pointer| lines.place(pointer))));
    }
    let value = match serde_json::from_value(value) {
        Ok(value) => Some(value),
        Err(_) if !found.is_empty() => None,
        Err(error) => {
            found.push((1, Fault::new(name, error.to_string())));
            None
        }
    };
    found.sort_by_key(|(line, _)| *line);
    (value.map(|value| Located { value, lines }), Faults(found.into_iter().map(|(_, fault)| fault).collect()))
}

/// Takes an unknown key away, so that the rest can be read.
fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(object)) = value.pointer_mut(parent) {
        object.remove(&key.replace("~1", "/").replace("~0", "~"));
    }
}

type FaultsByLine = Vec<(usize, Fault)>;

/// The value, its lines, and the faults that leave a value to go on with. Broken syntax and
/// broken limits leave none.
fn tree(bytes: &[u8], name: &str) -> Result<(Value, Lines, FaultsByLine), Fault> {
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Fault::new(name, format!("larger than {BYTES_MAX} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        Fault::new(format!("{name}:{line}"), "not UTF-8 text")
    })?;
    let mut builder = Builder::new(name);
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Fault::new(format!("{name}:{}", error.marker().line()), error.info()))?;
        builder.take(event, span)?;
    }
    Ok((builder.root.unwrap_or(Value::Null), builder.lines, builder.faults))
}

/// A mapping or sequence that is still open.
enum Open {
    Map { object: Map<String, Value>, key: Option<String> },
    List(Vec<Value>),
}

struct Builder {
    open: Vec<Open>,
    /// The pointer of each open container.
    path: Vec<String>,
    root: Option<Value>,
    lines: Lines,
    faults: FaultsByLine,
}

impl Builder {
    fn new(name: &str) -> Self {
        Self { open: Vec::new(), path: Vec::new(), root: None, lines: Lines::new(name), faults: Vec::new() }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let line = span.start.line();
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(self.at(line, "a second document; one file holds one"));
            }
            Event::Alias(_) => {
                self.complain(line, "an alias (`*name`) is not allowed; write the value out");
                self.scalar(line, Value::Null)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.no_anchor_or_tag(line, anchor, tag.is_some());
                self.scalar_text(line, &text, style)?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.no_anchor_or_tag(line, anchor, tag.is_some());
                self.begin(line, Open::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.no_anchor_or_tag(line, anchor, tag.is_some());
                self.begin(line, Open::Map { object: Map::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(line)?,
            _ => {}
        }
        Ok(())
    }

    fn at(&self, line: usize, what: impl Into<String>) -> Fault {
        Fault::new(format!("{}:{line}", self.lines.name()), what)
    }

    fn complain(&mut self, line: usize, what: impl Into<String>) {
        let fault = self.at(line, what);
        self.faults.push((line, fault));
    }

    fn no_anchor_or_tag(&mut self, line: usize, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.complain(line, "an anchor (`&name`) is not allowed");
        }
        if tagged {
            self.complain(line, "a tag (`!name`) is not allowed");
        }
    }

    /// Whether the next value is a key of the innermost mapping.
    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { key: None, .. }))
    }

    fn scalar_text(&mut self, line: usize, text: &str, style: ScalarStyle) -> Result<(), Fault> {
        if self.awaits_key() {
            self.key(line, text);
            return Ok(());
        }
        let value = match style {
            ScalarStyle::Plain => scalar::plain(text).unwrap_or_else(|what| {
                self.complain(line, what);
                Value::Null
            }),
            _ => Value::String(text.to_owned()),
        };
        self.scalar(line, value)
    }

    fn scalar(&mut self, line: usize, value: Value) -> Result<(), Fault> {
        if self.awaits_key() {
            return Err(self.at(line, "a key has to be a plain word"));
        }
        let pointer = self.pointer();
        self.lines.note(pointer, line);
        self.place(value);
        Ok(())
    }

    fn key(&mut self, line: usize, text: &str) {
        let pointer = self.child(text);
        let Some(Open::Map { object, key }) = self.open.last_mut() else { return };
        *key = Some(text.to_owned());
        if object.contains_key(text) {
            let first = self.lines.line(&pointer);
            self.complain(line, format!("duplicate key `{text}`, first in line {first}"));
        } else {
            self.lines.note(pointer, line);
        }
    }

    fn begin(&mut self, line: usize, container: Open) -> Result<(), Fault> {
        if self.awaits_key() {
            return Err(self.at(line, "a key has to be a plain word, not a list or keys with values"));
        }
        if self.open.len() == DEPTH_MAX {
            return Err(self.at(line, format!("nested deeper than {DEPTH_MAX} levels")));
        }
        let pointer = self.pointer();
        self.lines.note(pointer.clone(), line);
        self.path.push(pointer);
        self.open.push(container);
        Ok(())
    }

    fn end(&mut self, line: usize) -> Result<(), Fault> {
        self.path.pop();
        let value = match self.open.pop() {
            Some(Open::Map { object, .. }) => Value::Object(object),
            Some(Open::List(list)) => Value::Array(list),
            None => return Err(self.at(line, "a bracket too many")),
        };
        self.place(value);
        Ok(())
    }

    /// Puts a finished value where it belongs. Of a duplicate key the first value stays.
    fn place(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Map { object, key }) => {
                if let Some(key) = key.take() {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }

    /// Where the next value will lie.
    fn pointer(&self) -> String {
        match self.open.last() {
            None => String::new(),
            Some(Open::List(list)) => self.child(&list.len().to_string()),
            Some(Open::Map { key, .. }) => self.child(key.as_deref().unwrap_or_default()),
        }
    }

    fn child(&self, name: &str) -> String {
        format!("{}/{}", self.path.last().map_or("", String::as_str), escaped(name))
    }
}

#[cfg(test)]
mod tests;
