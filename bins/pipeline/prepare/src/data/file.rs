//! Datasets that are read from a person's file: for the pipeline by a request, or by hand.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use datasets::table::{self, Dataset, FileForm, Table, Target};
use datasets::{external, manifest};
use loaders::{Ask, Limits, Loaded, Obtained};
use schema::data::{Source, SourceFile};
use schema::fault::{Fault, Faults, visible};
use schema::files::create_folder;
use schema::id::Id;
use schema::run_options::RunOptions;
use schema::selection::DatasetRequest;
use schema::{SCHEMA_VERSION, digest};
use serde_json::{Map, Value};

/// The table and where it comes from. `scratch` is made and removed.
pub(super) fn read(
    root: &Path,
    request: &DatasetRequest,
    dataset: &Dataset,
    form: FileForm,
    parameters: &Map<String, Value>,
    scratch: &Path,
) -> Result<(Table, Source), Faults> {
    super::remove(scratch)?;
    create_folder(scratch)?;
    let made = in_scratch(root, request, form, &ask(parameters, dataset.target), &scratch.join("data"));
    super::remove(scratch)?;
    made
}

fn in_scratch(
    root: &Path,
    request: &DatasetRequest,
    form: FileForm,
    ask: &Ask,
    copy: &Path,
) -> Result<(Table, Source), Faults> {
    let dataset = &request.dataset;
    let file =
        request.file.as_ref().ok_or_else(|| Fault::new(format!("dataset `{dataset}`"), "its file is not named"))?;
    let bytes_max = request.bytes_max.unwrap_or_else(|| RunOptions::default().dataset_bytes_max);
    let obtained = loaders::obtain(file, root, copy, &Limits::of_bytes(bytes_max))?;
    // The name is the dataset's part, and stays the same wherever the file lies.
    let named = table::resolve(&request.choice)?;
    let name = named.get("file").and_then(Value::as_str).map_or_else(|| external::file_name(file), visible);
    let place = file.path.clone().unwrap_or_else(|| name.clone());
    let loaded = loaders::load(form, copy, &place, ask)?;
    Ok(described(loaded, name, obtained))
}

fn ask(parameters: &Map<String, Value>, target: Target) -> Ask {
    let words = |key: &str| parameters.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    Ask {
        target: parameters.get("target").and_then(Value::as_str).map(str::to_owned),
        drop_columns: words("drop_columns").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        classes: target == Target::Classes,
    }
}

fn described(loaded: Loaded, name: String, obtained: Obtained) -> (Table, Source) {
    let Obtained { bytes, sha256, url } = obtained;
    let Loaded { table, format, target, features, classes, transformations, notes } = loaded;
    let format = format.to_owned();
    let source = Source {
        origin: format!("{name} ({format}, {bytes} bytes, sha256 {sha256})"),
        notes,
        file: Some(SourceFile { name, format, bytes, sha256, url, target, features, classes }),
        transformations,
        ..Source::default()
    };
    (table, source)
}

/// What a person says of a file of theirs.
#[derive(clap::Args)]
pub(crate) struct ByHand {
    /// A CSV, Parquet or npy file, or URL#sha256=DIGEST.
    #[arg(long)]
    dataset: String,
    /// The column that is predicted: its name, or in an npy file its number from 0.
    #[arg(long)]
    target: String,
    /// What the target holds: numbers or classes; told by its values where absent, at a URL numbers.
    #[arg(long = "target_is", value_parser = ["numbers", "classes"])]
    target_is: Option<String>,
    /// Columns that are not used, separated by commas.
    #[arg(long = "drop_columns", value_delimiter = ',')]
    drop_columns: Vec<String>,
    /// A file larger than this is not read.
    #[arg(long = "dataset_bytes_max", default_value_t = RunOptions::default().dataset_bytes_max)]
    dataset_bytes_max: u64,
    /// Splits the rows; as a study's seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Makes the dataset and prints what it is.
pub(crate) fn by_hand(root: &Path, given: &ByHand) -> Result<()> {
    let here = std::env::current_dir()?;
    let said = external::own(&given.dataset, Some(&given.target), given.drop_columns.iter().map(String::as_str));
    let target = target(&here, given, &said)?;
    let name = Id::new(table::own(target).name)?;
    let (choice, file) = external::complete(&here, &name, &said, given.dataset_bytes_max, "--dataset")?;
    let request = DatasetRequest {
        schema_version: SCHEMA_VERSION.to_owned(),
        dataset: table::dataset_id(&choice)?,
        choice,
        seed: given.seed,
        // This program made it: another one makes it again.
        source_digest: digest::of_file(&std::env::current_exe()?)?,
        file: Some(absolute(&here, file)),
        bytes_max: Some(given.dataset_bytes_max),
    };
    let folder = super::prepared(root, &request)?;
    print(&request, &folder)
}

fn target(here: &Path, given: &ByHand, said: &Map<String, Value>) -> Result<Target, Faults> {
    if let Some(kind) = &given.target_is {
        return Ok(if kind == "classes" { Target::Classes } else { Target::Number });
    }
    let mut file = external::parse(&given.dataset);
    external::find(here, &mut file, given.dataset_bytes_max, "--dataset")?;
    let Some(path) = file.path else { return Ok(Target::Number) };
    Ok(loaders::survey(&here.join(&path), &path, &ask(said, Target::Classes))?.suggests)
}

fn absolute(here: &Path, mut file: schema::config::DatasetFile) -> schema::config::DatasetFile {
    file.path = file.path.map(|path| here.join(path).display().to_string());
    file
}

fn print(request: &DatasetRequest, folder: &Path) -> Result<()> {
    let manifest = manifest::load(folder)?;
    let dataset = &request.dataset;
    let mut lines = vec![
        format!("dataset: {dataset}"),
        format!("folder: {}", visible(&folder.display().to_string())),
        format!("from: {}", manifest.source.origin),
        format!("rows: {}, features: {}", manifest.rows, manifest.columns),
    ];
    lines.extend(manifest.source.transformations.iter().map(|done| format!("done to it: {}", visible(done))));
    lines.extend(manifest.source.notes.iter().map(|note| format!("note: {note}")));
    let program = if manifest.choice.name().as_str() == table::own(Target::Classes).name {
        "svm_kernels"
    } else {
        "regression_faer"
    };
    lines.push(format!("run a task on it: {program} --dataset {dataset}"));
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
