//! Which comparisons are headline claims, and the correction for there being many: Holm over the
//! claims, Benjamini and Hochberg over the rest of the cells' tables.

use schema::analysis::Role;
use schema::block::ArmFacts;
use schema::config::{Claim, ClaimSide};
use schema::id::Variant;
use stats::{Absence, multiple};

use crate::compare::Draft;

type Correction = fn(&[f64]) -> Result<Vec<f64>, Absence>;

/// The adjusted p of each draft, in their order; none where a draft carries no claim.
pub(crate) fn adjust(drafts: &[Draft<'_>], claims: &[Claim]) -> Vec<Option<f64>> {
    let raw: Vec<Option<f64>> = drafts.iter().map(Draft::p_to_correct).collect();
    // An implementation against itself is no claim: its own p is what calibrates.
    let mut adjusted: Vec<Option<f64>> =
        drafts.iter().zip(&raw).map(|(draft, p)| p.filter(|_| draft.role == Role::Calibration)).collect();
    let headline: Vec<bool> = drafts.iter().map(|draft| is_headline(draft, claims)).collect();
    for (wanted, correction) in [(true, multiple::holm as Correction), (false, multiple::benjamini_hochberg)] {
        let family: Vec<(usize, f64)> = (0..drafts.len())
            .filter(|place| drafts[*place].role != Role::Calibration && headline[*place] == wanted)
            .filter_map(|place| Some((place, raw[place]?)))
            .collect();
        let p: Vec<f64> = family.iter().map(|(_, p)| *p).collect();
        for ((place, _), p) in family.iter().zip(correction(&p).unwrap_or_default()) {
            adjusted[*place] = Some(p);
        }
    }
    adjusted
}

/// Library against library on the mode's own metrics, and whatever the study claims by name.
fn is_headline(draft: &Draft<'_>, claims: &[Claim]) -> bool {
    let cell = &draft.finished.block.cell;
    let by_rule = draft.role == Role::Library && draft.metric.headline.contains(&cell.mode);
    let (left, right) = (draft.left.facts, draft.right.facts);
    by_rule
        || claims.iter().any(|claim| {
            let about = claim.task == cell.task && claim.metric.as_str() == draft.metric.id;
            let meets = |one, other| is_meant(&claim.better, one) && is_meant(&claim.than, other);
            about && (meets(left, right) || meets(right, left))
        })
}

fn is_meant(side: &ClaimSide, arm: &ArmFacts) -> bool {
    match side {
        ClaimSide::Arm(named) => *named == arm.arm,
        ClaimSide::Best { language, class } => {
            arm.arm.variant == Variant::Plain
                && arm.language == *language
                && class.is_none_or(|class| class == arm.class)
        }
    }
}
