//! The score of a framework: the weighted mean of its criteria, each from config/frameworks.yaml
//! with what it rests on. It leaves nothing out unless the study has a `min_score`.

use schema::config::{Framework, Frameworks};
use schema::id::Id;
use schema::selection::{FrameworkScore, ScorePart};

/// The frameworks of these implementations, the best score first; those without one last.
pub(crate) fn scores(frameworks: &Frameworks, implementations: &[Id]) -> Vec<FrameworkScore> {
    let mut scores: Vec<FrameworkScore> = frameworks
        .frameworks
        .iter()
        .map(|(id, framework)| score(id, framework, frameworks, implementations))
        .filter(|score| !score.implementations.is_empty())
        .collect();
    let value = |score: &FrameworkScore| score.score.unwrap_or(-1.0);
    scores.sort_by(|one, two| value(two).total_cmp(&value(one)).then_with(|| one.framework.cmp(&two.framework)));
    scores
}

fn score(id: &Id, framework: &Framework, all: &Frameworks, implementations: &[Id]) -> FrameworkScore {
    let part = |(criterion, stated): (&Id, &schema::config::Criterion)| {
        let given = framework.scores.get(criterion);
        ScorePart {
            criterion: criterion.clone(),
            question: stated.question.clone(),
            weight: stated.weight,
            value: given.map(|score| score.value),
            because: given.map_or_else(|| "not scored".to_owned(), |score| score.because.clone()),
            source: given.map(|score| score.source.clone()).unwrap_or_default(),
            date: given.map(|score| score.date.clone()).unwrap_or_default(),
        }
    };
    let parts: Vec<ScorePart> = all.criteria.iter().map(part).collect();
    FrameworkScore {
        framework: id.clone(),
        name: framework.name.clone(),
        language: framework.language,
        licence: framework.licence.clone(),
        package: framework.package.clone(),
        implementations: implementations.iter().filter(|id| framework.implementations.contains(id)).cloned().collect(),
        score: mean(&parts),
        parts,
    }
}

/// Parts without a value are left out of the mean.
fn mean(parts: &[ScorePart]) -> Option<f64> {
    let scored = || parts.iter().filter_map(|part| Some((part.weight, part.value?)));
    let weights: f64 = scored().map(|(weight, _)| weight).sum();
    (weights > 0.0).then(|| scored().map(|(weight, value)| weight * value).sum::<f64>() / weights)
}

/// The score of an implementation's framework, and its parts in one line.
pub(crate) fn of(scores: &[FrameworkScore], implementation: &Id) -> (Option<f64>, String) {
    let Some(found) = scores.iter().find(|score| score.implementations.contains(implementation)) else {
        return (None, "config/frameworks.yaml knows nothing of its framework".to_owned());
    };
    let reason = |part: &ScorePart| match part.value {
        Some(value) => format!("{} {value} ({})", part.criterion, part.because),
        None => format!("{} not scored", part.criterion),
    };
    let reasons: Vec<String> = found.parts.iter().map(reason).collect();
    (found.score, format!("{}: {}", found.name, reasons.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_weighted_mean_of_what_is_scored() {
        let text = r"
criteria:
  a: {question: A?, weight: 0.6}
  b: {question: B?, weight: 0.2}
  c: {question: C?, weight: 0.2}
frameworks:
  x:
    name: X
    language: rust
    licence: MIT
    package: x
    implementations: [t_x]
    scores:
      a: {value: 5, because: it is, source: s, date: 2026-01-01}
      b: {value: 1, because: it is not, source: s, date: 2026-01-01}
  y: {name: Y, language: rust, licence: MIT, package: y, implementations: [t_y], scores: {}}
  z: {name: Z, language: rust, licence: MIT, package: z, implementations: [t_z], scores: {}}
";
        let frameworks: Frameworks = schema::yaml::parse(text.as_bytes(), "f").expect("valid").value;
        let ids = ["t_y", "t_x"].map(|name| Id::new(name).expect("an id"));
        let scores = scores(&frameworks, &ids);
        let names: Vec<&str> = scores.iter().map(|score| score.framework.as_str()).collect();
        assert_eq!(names, ["x", "y"], "by score, and only those that have an implementation here");
        let (value, because) = of(&scores, &ids[1]);
        // (0.6 × 5 + 0.2 × 1) / 0.8
        assert!((value.expect("a score") - 4.0).abs() < 1e-12);
        assert_eq!(because, "X: a 5 (it is); b 1 (it is not); c not scored");
        assert_eq!(scores[0].parts[1].source, "s");
        assert_eq!(of(&scores, &ids[0]).0, None);
        assert_eq!(of(&scores, &Id::new("t_q").expect("an id")).0, None);
    }
}
