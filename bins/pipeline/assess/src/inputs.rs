//! config/assessment.yaml, checked again: phase 1 may have seen another.

use std::path::Path;

use schema::assessment::AssessmentInputs;
use schema::assessment_check;
use schema::fault::Faults;
use schema::yaml;

pub(crate) fn read(path: &Path) -> Result<AssessmentInputs, Faults> {
    let inputs = yaml::read_as(path, &path.display().to_string())?;
    assessment_check::check(&inputs).into_result()?;
    Ok(inputs.value)
}
