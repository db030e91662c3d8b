//! `certificate.json`: what phase 3 found out about one implementation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::Id;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub schema_version: String,
    pub implementation: Id,
    pub task: Id,
    /// sha256 over everything that the certificate rests on; it is reused while that is the same.
    pub key: String,
    pub conforms: bool,
    pub checks: Vec<Check>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: Id,
    /// What is demanded, in words.
    pub demands: String,
    pub passed: bool,
    /// What was seen instead; empty when passed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}
