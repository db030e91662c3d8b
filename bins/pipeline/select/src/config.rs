//! The configuration files of a study, each read with its lines.

use std::path::{Path, PathBuf};

use schema::assessment::AssessmentInputs;
use schema::config::{Benchmarks, Frameworks, Hardware, Study};
use schema::fault::{Fault, Faults};
use schema::files::read_at_most;
use schema::yaml::{self, BYTES_MAX, Located};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::names;

/// What could be read; a file that could not has its faults told.
pub(crate) struct Config {
    pub(crate) benchmarks: Option<Located<Benchmarks>>,
    pub(crate) frameworks: Option<Located<Frameworks>>,
    pub(crate) hardware: Option<Located<Hardware>>,
    pub(crate) study: Option<Located<Study>>,
    /// For phase 6; read now, so that what is wrong is told before anything is measured.
    pub(crate) assessment: Option<Located<AssessmentInputs>>,
}

pub(crate) fn read(root: &Path, study: &str, faults: &mut Faults) -> Config {
    let path = study_path(root, study, faults);
    let config = Config {
        benchmarks: read_one(root, Path::new("config/benchmarks.yaml"), faults),
        frameworks: read_one(root, Path::new("config/frameworks.yaml"), faults),
        hardware: read_one(root, Path::new("config/hardware.yaml"), faults),
        assessment: read_one(root, Path::new("config/assessment.yaml"), faults),
        study: path.as_ref().and_then(|path| read_one(root, path, faults)),
    };
    if let (Some(path), Some(read)) = (&path, &config.study) {
        check_own_name(path, read, faults);
    }
    config
}

/// A study of config/studies by its name, or a file by its path.
fn study_path(root: &Path, study: &str, faults: &mut Faults) -> Option<PathBuf> {
    let is_path = study.contains('/') || Path::new(study).extension().is_some();
    let path = if is_path { PathBuf::from(study) } else { PathBuf::from(format!("config/studies/{study}.yaml")) };
    if root.join(&path).is_file() {
        return Some(path);
    }
    faults.push(if is_path {
        Fault::new("--study", format!("there is no file `{study}`"))
    } else {
        let known = study_names(root);
        names::unknown("--study".to_owned(), "study", study, known.iter().map(String::as_str))
    });
    None
}

fn study_names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("config/studies")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Two studies of one id would publish into one folder.
fn check_own_name(path: &Path, study: &Located<Study>, faults: &mut Faults) {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if path.starts_with("config/studies") && stem != study.value.study.as_str() {
        let what = format!("`study`: `{}` in the file of study `{stem}`; results would mix", study.value.study);
        faults.push(Fault::new(study.lines.place("/study"), what).hint(format!("write `study: {stem}`")));
    }
}

fn read_one<T: DeserializeOwned + JsonSchema>(root: &Path, path: &Path, faults: &mut Faults) -> Option<Located<T>> {
    let name = path.display().to_string();
    let bytes = match read_at_most(&root.join(path), BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(fault) => {
            faults.push(Fault { place: name, ..fault });
            return None;
        }
    };
    let (located, found) = yaml::survey(&bytes, &name);
    faults.0.extend(found.0);
    located
}
