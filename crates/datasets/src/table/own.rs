//! A person's own file, with a target of numbers or of classes. Its choice names content, never a
//! place: the same bytes under another folder are the same dataset.

use schema::digest;
use schema::fault::{Fault, Faults, visible};
use schema::id::Id;
use serde_json::{Map, Value, json};

use super::{Dataset, FileForm, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "own",
    summary: "a file of your own with a target of numbers: CSV, Parquet or npy, by --dataset and --target",
    parameters,
    in_id: &[],
    origin: Origin::File { form: FileForm::Own, give: "--dataset FILE --target COLUMN" },
    target: Target::Number,
    licence: LICENCE,
    notes: &[],
};

pub(super) const OF_CLASSES: Dataset = Dataset {
    name: "own_classes",
    summary: "a file of your own with a target of words or whole numbers, each of which is a class",
    target: Target::Classes,
    ..DATASET
};

const LICENCE: &str = "the user's own data; Ferrobench knows nothing of their licence";

fn parameters() -> Value {
    let text = |description: &str| json!({"type": ["string", "null"], "default": null, "description": description});
    json!({
        "type": "object",
        "properties": {
            "file": text("The file's path; in what phase 1 writes, its name alone."),
            "url": text("Where it is fetched from, instead of a path."),
            "sha256": text("The file's checksum; needed for a URL, else computed by phase 1."),
            "target": text("The column that is predicted: a name, or in an npy file a number from 0."),
            "drop_columns": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Columns that are not used."
            }
        },
        "additionalProperties": false
    })
}

/// As much of the file's name as an id has room for, beside the digest and the dataset's own name.
const STEM_MAX: usize = 40;

/// `own_<the file's stem>_<8 digits>`; the digits are of content, target and columns left out, and of
/// what the target is taken for.
pub(super) fn id(target: Target, parameters: &Map<String, Value>) -> Result<Id, Faults> {
    let name = file_name(parameters)?;
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let mut word: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .take(STEM_MAX)
        .collect();
    word = word.trim_matches('_').to_owned();
    let mut meant: Map<String, Value> = ["sha256", "target", "drop_columns"]
        .into_iter()
        .map(|key| (key.to_owned(), parameters.get(key).cloned().unwrap_or_default()))
        .collect();
    if target == Target::Classes {
        meant.insert("classes".to_owned(), true.into());
    }
    let short = &digest::of_document(&meant)[..8];
    let words = if word.is_empty() { format!("own_{short}") } else { format!("own_{word}_{short}") };
    Id::new(words).map_err(|error| Fault::new("dataset `own`", error.to_string()).into())
}

/// `my.csv (target=price, without id, city)`, `my.csv (target=species as classes)`.
pub(super) fn label(kind: Target, parameters: &Map<String, Value>) -> Result<String, Faults> {
    let mut shown = Vec::new();
    if let Some(target) = parameters["target"].as_str() {
        let of_classes = if kind == Target::Classes { " as classes" } else { "" };
        shown.push(format!("target={target}{of_classes}"));
    }
    let dropped: Vec<&str> =
        parameters["drop_columns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !dropped.is_empty() {
        shown.push(format!("without {}", dropped.join(", ")));
    }
    let name = file_name(parameters)?;
    Ok(visible(&if shown.is_empty() { name } else { format!("{name} ({})", shown.join(", ")) }))
}

fn file_name(parameters: &Map<String, Value>) -> Result<String, Faults> {
    let place = parameters["file"].as_str().map(str::to_owned);
    let place = place.or_else(|| parameters["url"].as_str().map(crate::external::shown_url));
    let place = place.ok_or_else(|| {
        Fault::new("dataset `own`", "names no file").hint("{name: own, file: PATH, target: COLUMN}, or --dataset PATH")
    })?;
    Ok(place.rsplit('/').next().unwrap_or_default().to_owned())
}
