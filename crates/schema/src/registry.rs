//! The table of all documents: what config/schema/ is generated from, and what the reference
//! pages list.

use serde_json::Value;

use crate::document::schema_of;
use crate::{
    analysis, assessment, block, certificate, config, data, evaluation, implementation, manifest, outcome, params,
    plan, publication, record, run_options, selection, task,
};

pub struct Document {
    /// The schema's file name without `.schema.json`.
    pub name: &'static str,
    pub about: &'static str,
    pub schema: fn() -> Value,
}

pub const DOCUMENTS: &[Document] = &[
    Document {
        name: "analysis",
        about: "what the records show, with one verdict a comparison",
        schema: schema_of::<analysis::Analysis>,
    },
    Document {
        name: "assessment",
        about: "the answers and the study's claims",
        schema: schema_of::<analysis::Assessment>,
    },
    Document {
        name: "assessment_inputs",
        about: "config/assessment.yaml",
        schema: schema_of::<assessment::AssessmentInputs>,
    },
    Document { name: "benchmarks", about: "config/benchmarks.yaml", schema: schema_of::<config::Benchmarks> },
    Document { name: "block", about: "one cell's runs, fully resolved", schema: schema_of::<block::Block> },
    Document {
        name: "build_request",
        about: "one implementation to build",
        schema: schema_of::<implementation::BuildRequest>,
    },
    Document {
        name: "certificate",
        about: "an implementation's conformance",
        schema: schema_of::<certificate::Certificate>,
    },
    Document { name: "data_manifest", about: "a prepared dataset", schema: schema_of::<data::DataManifest> },
    Document {
        name: "dataset_request",
        about: "one dataset to prepare",
        schema: schema_of::<selection::DatasetRequest>,
    },
    Document {
        name: "describe",
        about: "what an executable says of itself",
        schema: schema_of::<implementation::Describe>,
    },
    Document { name: "evaluation", about: "one run's quality metrics", schema: schema_of::<evaluation::Evaluation> },
    Document { name: "frameworks", about: "config/frameworks.yaml", schema: schema_of::<config::Frameworks> },
    Document { name: "hardware", about: "config/hardware.yaml", schema: schema_of::<config::Hardware> },
    Document {
        name: "implementation",
        about: "what was built, and how it is started",
        schema: schema_of::<implementation::Implementation>,
    },
    Document {
        name: "manifest",
        about: "the files of a finished block or study",
        schema: schema_of::<manifest::Manifest>,
    },
    Document { name: "outcome", about: "what a task says of its run", schema: schema_of::<outcome::Outcome> },
    Document { name: "params", about: "one run's order", schema: schema_of::<params::Params> },
    Document { name: "parity", about: "whether two arms did the same work", schema: schema_of::<evaluation::Parity> },
    Document { name: "plan", about: "what is to be run", schema: schema_of::<plan::Plan> },
    Document { name: "plots", about: "the plots of a study", schema: schema_of::<publication::Plots> },
    Document {
        name: "published",
        about: "what was published, and its first lines for the terminal",
        schema: schema_of::<publication::Published>,
    },
    Document { name: "record", about: "one run as measured from outside", schema: schema_of::<record::Record> },
    Document {
        name: "run_options",
        about: "the parameters of nextflow run",
        schema: schema_of::<run_options::RunOptions>,
    },
    Document { name: "selection", about: "what phase 1 decided", schema: schema_of::<selection::Selection> },
    Document {
        name: "service",
        about: "a program that runs beside the runs of a block",
        schema: schema_of::<block::Service>,
    },
    Document {
        name: "service_request",
        about: "one service to make ready",
        schema: schema_of::<selection::ServiceRequest>,
    },
    Document { name: "study", about: "config/studies/*.yaml", schema: schema_of::<config::Study> },
    Document { name: "task", about: "what a task is", schema: schema_of::<task::TaskSpec> },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_named_once_and_every_schema_compiles() {
        assert!(DOCUMENTS.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted, each name once");
        for document in DOCUMENTS {
            assert!(!document.about.is_empty());
            jsonschema::validator_for(&(document.schema)())
                .unwrap_or_else(|error| panic!("{}: {error}", document.name));
        }
    }
}
