//! The score of a framework: the weighted mean of its criteria, each from config/frameworks.yaml
//! with what it rests on. It ranks nothing out: every implementation is run.

use schema::config::Frameworks;
use schema::id::Id;

/// Score in 0..5 and the reasons; criteria without a score are left out of the mean, and named.
pub(crate) fn score(frameworks: &Frameworks, implementation: &Id) -> (Option<f64>, String) {
    let owner = frameworks.frameworks.values().find(|framework| framework.implementations.contains(implementation));
    let Some(framework) = owner else {
        return (None, "config/frameworks.yaml knows nothing of its framework".to_owned());
    };
    let mut weights = 0.0;
    let mut total = 0.0;
    let mut reasons = Vec::new();
    for (id, criterion) in &frameworks.criteria {
        match framework.scores.get(id) {
            Some(score) => {
                weights += criterion.weight;
                total += criterion.weight * score.value;
                reasons.push(format!("{id} {} ({})", score.value, score.because));
            }
            None => reasons.push(format!("{id} not scored")),
        }
    }
    let score = (weights > 0.0).then(|| total / weights);
    (score, format!("{}: {}", framework.name, reasons.join("; ")))
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
";
        let frameworks: Frameworks = schema::yaml::parse(text.as_bytes(), "f").expect("valid").value;
        let (value, because) = score(&frameworks, &Id::new("t_x").expect("an id"));
        // (0.6 × 5 + 0.2 × 1) / 0.8
        assert!((value.expect("a score") - 4.0).abs() < 1e-12);
        assert_eq!(because, "X: a 5 (it is); b 1 (it is not); c not scored");
        assert_eq!(score(&frameworks, &Id::new("t_y").expect("an id")).0, None);
    }
}
