//! What is to be published: each file with its size and digest, taken from verified inputs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use schema::analysis::{Analysis, Assessment};
use schema::digest;
use schema::document;
use schema::fault::{Fault, Faults};
use schema::files::cannot;
use schema::id::Id;
use schema::manifest::{MANIFEST, Manifest, ManifestFile, ManifestKind, RECORDS};
use schema::plan::Plan;
use schema::publication::Plots;
use schema::selection::Selection;

use crate::Arguments;

/// One file: where it comes from, and what the manifest will say of it.
pub(crate) struct Item {
    pub(crate) source: PathBuf,
    pub(crate) file: ManifestFile,
}

pub(crate) struct Content {
    pub(crate) study: Id,
    pub(crate) analysis: Analysis,
    pub(crate) assessment: Assessment,
    pub(crate) files: Vec<Item>,
}

/// What `analyze` writes; the tables are absent where nothing was measured.
const ANALYSIS: [&str; 5] = ["analysis.json", "runs.parquet", "comparisons.parquet", "runs.csv", "comparisons.csv"];

/// What `assess` writes where its inputs are given or its forms are asked for.
const MADE_WHERE_ASKED: &[&str] =
    &["alerts.yml", "deployment.md", "technical-report.md", "methods.md", "tables.tex", "figures.pdf", "CITATION.cff"];

impl Content {
    pub(crate) fn gather(arguments: &Arguments) -> Result<Self> {
        let analysis: Analysis = document::read(&arguments.analysis.join(ANALYSIS[0]))?;
        let assessment: Assessment = document::read(&arguments.report.join("assessment.json"))?;
        let selection: Selection = document::read(&arguments.selection)?;
        let plan: Plan = document::read(&arguments.plan)?;
        let plots: Plots = document::read(&arguments.plots.join("plots.json"))?;
        let study = analysis.study.clone();
        one_study(
            &study,
            &[
                (&arguments.selection, &selection.study.study),
                (&arguments.plan, &plan.study),
                (&arguments.plots, &plots.study),
                (&arguments.report, &assessment.study),
            ],
        )?;
        let mut files = Vec::new();
        for name in ["report.html", "report.md", "assessment.json"] {
            files.push(item(name.to_owned(), arguments.report.join(name))?);
        }
        for name in MADE_WHERE_ASKED {
            let source = arguments.report.join(name);
            if source.is_file() {
                files.push(item((*name).to_owned(), source)?);
            }
        }
        for name in ANALYSIS {
            let source = arguments.analysis.join(name);
            if source.is_file() {
                files.push(item(format!("analysis/{name}"), source)?);
            }
        }
        files.push(item("plots/plots.json".to_owned(), arguments.plots.join("plots.json"))?);
        for plot in &plots.plots {
            files.push(drawing(&arguments.plots, &plot.file)?);
        }
        for block in &plan.blocks {
            files.extend(records(&arguments.blocks.join(block.block_id.as_str()), &block.block_id)?);
        }
        files.extend(documents("implementations", &arguments.implementations)?);
        files.extend(documents("certificates", &arguments.certificates)?);
        files.push(item("plan.json".to_owned(), arguments.plan.clone())?);
        files.push(item("selection.json".to_owned(), arguments.selection.clone())?);
        files.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Ok(Self { study, analysis, assessment, files })
    }
}

/// Inputs of two studies are never mixed into one folder; every stray one is named.
fn one_study(study: &Id, inputs: &[(&PathBuf, &Id)]) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for (path, found) in inputs.iter().filter(|(_, found)| *found != study) {
        faults
            .push(Fault::new(path.display().to_string(), format!("is of study `{found}`, the analysis of `{study}`")));
    }
    faults.into_result()
}

fn item(path: String, source: PathBuf) -> Result<Item, Fault> {
    let metadata = std::fs::metadata(&source).map_err(|error| cannot("read", &source, &error))?;
    if !metadata.is_file() {
        return Err(Fault::new(source.display().to_string(), "not a file"));
    }
    let sha256 = digest::of_file(&source)?;
    Ok(Item { source, file: ManifestFile { path, bytes: metadata.len(), sha256 } })
}

/// Every JSON document of a folder, under the folder's published name.
fn documents(name: &str, folder: &Path) -> Result<Vec<Item>, Fault> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))? {
        let path = entry.map_err(|error| cannot("read", folder, &error))?.path();
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        // A hidden file has no extension.
        if path.extension().is_some_and(|extension| extension == "json") {
            found.push(item(format!("{name}/{file}"), path.clone())?);
        }
    }
    Ok(found)
}

fn drawing(folder: &Path, name: &str) -> Result<Item, Fault> {
    if name.contains('/') || name.starts_with('.') || name.is_empty() {
        return Err(Fault::new(folder.display().to_string(), format!("`{name}` is no plain file name")));
    }
    item(format!("plots/{name}"), folder.join(name))
}

/// A finished block's records, checked against its manifest; none where the block is not finished.
fn records(folder: &Path, block: &Id) -> Result<Option<Item>> {
    let manifest_path = folder.join(MANIFEST);
    if !manifest_path.is_file() {
        return Ok(None);
    }
    let manifest: Manifest = document::read(&manifest_path)?;
    let place = manifest_path.display().to_string();
    if manifest.kind != ManifestKind::Block || manifest.id != *block {
        return Err(Fault::new(place, format!("is not the manifest of block `{block}`")).into());
    }
    let Some(named) = manifest.files.iter().find(|file| file.path == RECORDS) else {
        return Err(Fault::new(place, format!("does not name {RECORDS}")).into());
    };
    let item = item(format!("records/{block}/{RECORDS}"), folder.join(RECORDS))?;
    if (item.file.bytes, &item.file.sha256) != (named.bytes, &named.sha256) {
        let what = format!(
            "is not what the block's manifest names: {} bytes, sha256 {}; expected {} bytes, sha256 {}",
            item.file.bytes, item.file.sha256, named.bytes, named.sha256
        );
        let fault = Fault::new(item.source.display().to_string(), what);
        return Err(fault.hint("start again with -resume: the block is taken from the store anew").into());
    }
    Ok(Some(item))
}
