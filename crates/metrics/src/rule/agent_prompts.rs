//! `agent_prompts`: two agents did the same work when they sent the model the same bytes. The second
//! prompt holds the model's own answer to the first, so it is made again here from the template.

use schema::evaluation::ParityVerdict;
use serde::Deserialize;

use super::{Comparison, Tolerance};
use crate::output::Output;

/// The file that the agents of every language fill in.
const TEMPLATES: &str = include_str!("../../../../bins/ollama-agent/prompts.json");

#[derive(Deserialize)]
struct Templates {
    report: Vec<String>,
    canned_analysis: Vec<String>,
}

/// A line of the output `exchanges`.
#[derive(Deserialize, PartialEq)]
struct Exchange {
    iteration: u32,
    call: String,
    prompt: String,
    answer: String,
}

pub(super) fn compare(left: &Output, right: &Output, _: Tolerance) -> Comparison {
    if left.identical(right) {
        return Comparison::identical();
    }
    match (exchanges(left), exchanges(right)) {
        (Ok(left), Ok(right)) => judge(&left, &right),
        (Err(why), _) => Comparison::different(format!("left: {why}")),
        (_, Err(why)) => Comparison::different(format!("right: {why}")),
    }
}

fn exchanges(output: &Output) -> Result<Vec<Exchange>, String> {
    let Output::Lines(bytes) = output else { return Err("no JSON Lines".to_owned()) };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|error| error.to_string())).collect()
}

fn judge(left: &[Exchange], right: &[Exchange]) -> Comparison {
    for (side, exchanges) in [("left", left), ("right", right)] {
        if let Some(wrong) = not_from_the_template(exchanges) {
            return Comparison::different(format!(
                "{side}: iteration {}: the report prompt is not the template with its analysis",
                wrong.iteration
            ));
        }
    }
    if left.len() != right.len() {
        return Comparison::different(format!("{} and {} calls", left.len(), right.len()));
    }
    for (left, right) in left.iter().zip(right) {
        if (left.iteration, &left.call) != (right.iteration, &right.call) {
            return Comparison::different("not the same calls in the same order");
        }
        if left.call == "analysis" && left.prompt != right.prompt {
            return Comparison::different(format!("iteration {}: other analysis prompts", left.iteration));
        }
    }
    if left == right {
        return Comparison::identical();
    }
    Comparison {
        verdict: ParityVerdict::WithinTolerance,
        largest_absolute: None,
        largest_relative: None,
        reason: Some("the prompts differ by the model's own answers alone".to_owned()),
    }
}

/// The first report whose prompt is neither made of the analysis before it nor of the canned one.
fn not_from_the_template(exchanges: &[Exchange]) -> Option<&Exchange> {
    let templates: Templates = serde_json::from_str(TEMPLATES).ok()?;
    let filled = |analysis: &str| templates.report.join("\n").replacen("{{analysis}}", analysis, 1);
    let canned = filled(&templates.canned_analysis.join("\n"));
    let mut analysis = "";
    exchanges.iter().find(|exchange| match exchange.call.as_str() {
        "analysis" => {
            analysis = &exchange.answer;
            false
        }
        _ => exchange.prompt != canned && exchange.prompt != filled(analysis),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn side(analysis_prompt: &str, analysis: &str, reported: &str) -> Output {
        let templates: Templates = serde_json::from_str(TEMPLATES).expect("the shipped file");
        let prompt = templates.report.join("\n").replacen("{{analysis}}", reported, 1);
        let lines = [
            json!({"iteration": 0, "call": "analysis", "prompt": analysis_prompt, "answer": analysis, "eval_count": 3}),
            json!({"iteration": 0, "call": "report", "prompt": prompt, "answer": "done", "eval_count": 1}),
        ];
        Output::Lines(lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect())
    }

    fn verdict(left: &Output, right: &Output) -> ParityVerdict {
        compare(left, right, Tolerance::default()).verdict
    }

    #[test]
    fn the_same_prompts_are_the_same_work_whatever_the_model_answers() {
        let one = side("P", "A {{analysis}}", "A {{analysis}}");
        assert_eq!(verdict(&one, &one), ParityVerdict::Identical);
        assert_eq!(verdict(&one, &side("P", "B", "B")), ParityVerdict::WithinTolerance);
    }

    #[test]
    fn other_prompts_are_other_work() {
        let one = side("P", "A", "A");
        assert_eq!(verdict(&one, &side("Q", "A", "A")), ParityVerdict::Different);
        let invented = compare(&one, &side("P", "A", "something else"), Tolerance::default());
        assert_eq!(invented.verdict, ParityVerdict::Different);
        assert!(invented.reason.is_some_and(|reason| reason.starts_with("right: iteration 0: the report prompt")));
        assert_eq!(verdict(&one, &Output::Lines(b"{}\n".to_vec())), ParityVerdict::Different);
        assert_eq!(verdict(&one, &Output::Lines(Vec::new())), ParityVerdict::Different);
    }

    #[test]
    fn the_canned_analysis_is_a_template_too() {
        let templates: Templates = serde_json::from_str(TEMPLATES).expect("the shipped file");
        let canned = templates.canned_analysis.join("\n");
        assert_eq!(verdict(&side("P", "A", &canned), &side("P", "B", &canned)), ParityVerdict::WithinTolerance);
    }
}
