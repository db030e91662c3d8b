//! A metric over the folds of one run.

use schema::evaluation::MetricValue;

/// The mean, or the first reason why there is none: a mean of some folds would be another figure.
pub(crate) fn mean(folds: &[MetricValue]) -> MetricValue {
    let (mut mean, count) = (folds[0].clone(), folds.len());
    match folds.iter().enumerate().find(|(_, fold)| fold.value.is_none()) {
        Some((_, missing)) if count == 1 => missing.clone(),
        Some((index, missing)) => {
            let reason = missing.reason.as_deref().unwrap_or("no reason");
            MetricValue { value: None, reason: Some(format!("fold {index}: {reason}")), ..mean }
        }
        None => {
            mean.value = Some(average(&values(folds)));
            mean
        }
    }
}

/// With n − 1; none of one fold, or where a fold has no value.
pub(crate) fn sd(folds: &[MetricValue]) -> Option<f64> {
    let values = values(folds);
    if values.len() < 2 || values.len() < folds.len() {
        return None;
    }
    let mean = average(&values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

fn values(folds: &[MetricValue]) -> Vec<f64> {
    folds.iter().filter_map(|fold| fold.value).collect()
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use schema::evaluation::Better;

    use super::*;

    fn folds(values: &[Option<f64>]) -> Vec<MetricValue> {
        let fold = |value: &Option<f64>| {
            let reason = value.is_none().then(|| "undefined".to_owned());
            MetricValue { value: *value, reason, unit: "1".to_owned(), better: Better::Higher }
        };
        values.iter().map(fold).collect()
    }

    #[test]
    fn mean_and_deviation_are_the_textbooks() {
        let five = folds(&[2.0, 4.0, 4.0, 4.0, 6.0].map(Some));
        assert_eq!(mean(&five).value, Some(4.0));
        assert_eq!(sd(&five), Some(2.0_f64.sqrt()));
        assert_eq!((mean(&five[..1]).value, sd(&five[..1])), (Some(2.0), None));
    }

    #[test]
    fn a_fold_without_a_value_leaves_none_and_says_which() {
        let found = mean(&folds(&[Some(1.0), None]));
        assert_eq!((found.value, found.reason.as_deref()), (None, Some("fold 1: undefined")));
        assert_eq!(sd(&folds(&[Some(1.0), None, Some(2.0)])), None);
        assert_eq!(mean(&folds(&[None])).reason.as_deref(), Some("undefined"));
    }
}
