//! `llm-server forge`: a model from a seed.

use std::io::Write;

use anyhow::Context;
use models::ModelError;
use serde_json::json;

use crate::command_line::ForgeOptions;

pub(crate) fn run(options: &ForgeOptions) -> anyhow::Result<()> {
    let forged = models::forge::forge(&options.shape, options.seed, &options.out).map_err(ModelError::into_fault)?;
    let line = json!({
        "shape": options.shape,
        "seed": options.seed,
        "parameters": forged.parameters,
        "sha256": forged.digest,
    });
    writeln!(std::io::stdout().lock(), "{line}").context("cannot write to stdout")
}
