//! A plan as a person reads it, before anything is measured.

use schema::duration;
use schema::fault::visible;
use schema::id::Id;
use schema::plan::{Plan, PlannedBlock};
use schema::selection::LeftOut;

/// More lines about what is left out would hide the rest.
const LEFT_OUT_LINES_MAX: usize = 20;

/// A reason may hold all of a certificate's complaints; the page shows them whole.
const REASON_CHARACTERS_MAX: usize = 160;

/// A row a task and one for all, how the time was estimated, and what is left out.
pub fn words(plan: &Plan) -> Vec<String> {
    let mut lines = vec![format!("plan of study {}: {}", plan.study, visible(&plan.title))];
    let tasks = tasks(plan);
    let width = tasks.iter().map(|task| task.as_str().len()).chain(["all".len()]).max().unwrap_or(0);
    let row = |name: &str, blocks: &[&PlannedBlock]| {
        let runs: u32 = blocks.iter().map(|block| runs(block)).sum();
        let time = duration::words(blocks.iter().map(|block| block.estimated_s).sum());
        let (cells, runs) = (counted(blocks.len(), "cell"), counted(runs as usize, "run"));
        format!("  {name:<width$}  {cells:>10}  {runs:>12}  about {time}")
    };
    for task in &tasks {
        let own: Vec<&PlannedBlock> = plan.blocks.iter().filter(|block| block.task == **task).collect();
        lines.push(row(task.as_str(), &own));
    }
    if tasks.len() != 1 {
        lines.push(row("all", &plan.blocks.iter().collect::<Vec<_>>()));
    }
    if plan.already_measured > 0 {
        let left = duration::words(plan.remaining_s.unwrap_or(plan.estimated_s));
        let measured = counted(plan.already_measured as usize, "cell");
        lines.push(format!("  {measured} already measured; about {left} to go"));
    }
    lines.push(format!("time from {}", plan.estimated_from));
    if let Some(budget_s) = plan.budget_s {
        lines.push(format!("budget {}", duration::words(f64::from(budget_s))));
    }
    lines.extend(left_out(plan));
    lines
}

fn tasks(plan: &Plan) -> Vec<&Id> {
    let mut tasks = Vec::new();
    for block in &plan.blocks {
        if !tasks.contains(&&block.task) {
            tasks.push(&block.task);
        }
    }
    tasks
}

fn runs(block: &PlannedBlock) -> u32 {
    block.rounds * u32::try_from(block.arms.len()).unwrap_or(0)
}

fn left_out(plan: &Plan) -> Vec<String> {
    if plan.left_out.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["left out:".to_owned()];
    let line = |left: &LeftOut| format!("  {}: {}", visible(&left.what), shortened(&visible(&left.reason)));
    lines.extend(plan.left_out.iter().take(LEFT_OUT_LINES_MAX).map(line));
    if plan.left_out.len() > LEFT_OUT_LINES_MAX {
        lines.push(format!("  and {} more, in plan.json", plan.left_out.len() - LEFT_OUT_LINES_MAX));
    }
    lines
}

fn shortened(reason: &str) -> String {
    match reason.char_indices().nth(REASON_CHARACTERS_MAX) {
        None => reason.to_owned(),
        Some((end, _)) => format!("{} … (plan.json has it whole)", reason[..end].trim_end()),
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let cut = shortened(&"é".repeat(200));
        assert_eq!(cut, format!("{} … (plan.json has it whole)", "é".repeat(160)));
    }
}
