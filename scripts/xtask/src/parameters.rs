//! Nextflow's parameters, from `RunOptions`: the params block in nextflow.config, its schema and
//! its page. The types' comments are the help.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use schema::document::schema_of;
use schema::run_options::RunOptions;
use serde_json::{Map, Value, json};

use crate::Generated;

const BEGIN: &str = "// generated from crates/schema/src/run_options.rs by `cargo xtask generate`\n";
const END: &str = "// end of the generated part\n";

/// One `--NAME VALUE`.
struct Parameter {
    name: String,
    /// A JSON Schema type: `string`, `integer`, `boolean`.
    kind: String,
    default: Value,
    help: String,
    /// `minimum`, `maximum` and `pattern`, where there are any.
    limits: Map<String, Value>,
}

pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<Generated>> {
    let parameters = parameters()?;
    let config = std::fs::read_to_string(root.join("nextflow.config")).context("cannot read nextflow.config")?;
    let mut schema = serde_json::to_string_pretty(&nextflow_schema(&parameters))?;
    schema.push('\n');
    let file = |path: &str, text| Generated { path: PathBuf::from(path), text };
    Ok(vec![
        file("nextflow.config", with_params_block(&config, &parameters)?),
        file("nextflow_schema.json", schema),
        file("docs/parameters.md", page(&parameters)),
    ])
}

fn parameters() -> anyhow::Result<Vec<Parameter>> {
    let schema = schema_of::<RunOptions>();
    let defaults = serde_json::to_value(RunOptions::default())?;
    let properties = schema["properties"].as_object().context("RunOptions has no properties")?;
    properties.iter().map(|(name, property)| parameter(name, property, &defaults[name])).collect()
}

fn parameter(name: &str, property: &Value, default: &Value) -> anyhow::Result<Parameter> {
    let kinds: Vec<&str> = match &property["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
        _ => Vec::new(),
    };
    ensure!(kinds.len() == 1, "`{name}` needs exactly one type besides null, has {kinds:?}");
    let help = property["description"].as_str().with_context(|| format!("`{name}` has no comment"))?;
    let limits = ["minimum", "maximum", "pattern"];
    let limits = limits.iter().filter_map(|limit| Some(((*limit).to_owned(), property.get(limit)?.clone())));
    Ok(Parameter {
        name: name.to_owned(),
        kind: kinds[0].to_owned(),
        default: default.clone(),
        help: help.split_whitespace().collect::<Vec<_>>().join(" "),
        limits: limits.collect(),
    })
}

fn with_params_block(config: &str, parameters: &[Parameter]) -> anyhow::Result<String> {
    let (before, rest) =
        config.split_once(BEGIN).context("nextflow.config lacks the line that begins the generated part")?;
    let (_, after) = rest.split_once(END).context("nextflow.config lacks the line that ends the generated part")?;
    let mut block = "params {\n".to_owned();
    for parameter in parameters {
        let literal = groovy_literal(&parameter.default);
        block.extend(["    ", &parameter.name, " = ", &literal, "\n"]);
    }
    block.push_str("}\n");
    Ok(format!("{before}{BEGIN}{block}{END}{after}"))
}

fn groovy_literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        other => other.to_string(),
    }
}

fn nextflow_schema(parameters: &[Parameter]) -> Value {
    let property = |parameter: &Parameter| {
        let mut property = parameter.limits.clone();
        property.insert("type".to_owned(), json!(parameter.kind));
        property.insert("description".to_owned(), json!(parameter.help));
        if !parameter.default.is_null() {
            property.insert("default".to_owned(), parameter.default.clone());
        }
        (parameter.name.clone(), Value::Object(property))
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ferrobench's parameters",
        "description": "What `nextflow run main.nf` takes; generated from crates/schema/src/run_options.rs",
        "type": "object",
        "properties": parameters.iter().map(property).collect::<Map<String, Value>>(),
    })
}

fn page(parameters: &[Parameter]) -> String {
    let mut page = "<!-- Generated from crates/schema/src/run_options.rs by `cargo xtask generate`. -->\n\
        # Parameters\n\n\
        `nextflow run main.nf --NAME VALUE`, and the same for `workflows/smoke.nf`, which fixes the study.\n\
        Every value is checked before anything is built; all faults are told at once.\n\n\
        | parameter | type | default | meaning |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for parameter in parameters {
        let default = match &parameter.default {
            Value::Null => String::new(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let range = range(parameter);
        let help = parameter.help.replace('|', "\\|");
        page.extend(["| `--", &parameter.name, "` | ", &parameter.kind, &range, " | ", &default, " | ", &help, " |\n"]);
    }
    page
}

fn range(parameter: &Parameter) -> String {
    match (parameter.limits.get("minimum"), parameter.limits.get("maximum")) {
        (Some(least), Some(most)) => format!(", {least} to {most}"),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(name: &str, default: Value) -> Parameter {
        Parameter {
            name: name.to_owned(),
            kind: "string".to_owned(),
            default,
            help: "a | b".to_owned(),
            limits: Map::new(),
        }
    }

    #[test]
    fn only_the_part_between_the_marks_is_replaced() {
        let config = format!("before\n{BEGIN}old\n{END}after\n");
        let parameters = [example("study", json!("it's")), example("tasks", Value::Null)];
        let written = with_params_block(&config, &parameters).expect("the marks are there");
        assert_eq!(
            written,
            format!("before\n{BEGIN}params {{\n    study = 'it\\'s'\n    tasks = null\n}}\n{END}after\n")
        );
        assert_eq!(with_params_block(&written, &parameters).expect("still there"), written);
        assert!(with_params_block("no marks", &parameters).is_err());
    }

    #[test]
    fn every_option_has_one_type_a_comment_and_a_place_in_all_three_files() {
        let parameters = parameters().expect("RunOptions can be shown");
        let repetitions = parameters.iter().find(|parameter| parameter.name == "repetitions").expect("an option");
        assert_eq!(range(repetitions), ", 1 to 1000");
        assert_eq!(nextflow_schema(&parameters)["properties"]["study"]["default"], "default");
        assert!(nextflow_schema(&parameters)["properties"]["seed"].get("default").is_none());
        assert_eq!(page(&parameters).matches("| `--").count(), parameters.len());
    }

    #[test]
    fn a_bar_in_the_help_stays_inside_its_cell() {
        assert!(page(&[example("x", Value::Null)]).contains("a \\| b"));
    }
}
