//! The tables of what everything rests on: implementations, what was left out, study and machine.

use schema::analysis::CellAnalysis;
use schema::id::ArmId;
use schema::selection::LeftOut;

use super::or_none;
use crate::Study;
use crate::number;
use crate::table::{Cell, Table, number as numeric, text};
use crate::words;

pub fn implementations(study: &Study<'_>) -> Table {
    let columns = vec![
        text("implementation"),
        text("class"),
        text("framework"),
        text("build"),
        text("kernels"),
        numeric("build time"),
        numeric("executable"),
        numeric("Python packages"),
        numeric("dependencies"),
        numeric("lines"),
        numeric("lines of own kernels"),
        text("conforms"),
        text("chosen because"),
    ];
    let mut table = Table::new("Implementations: versions as they reported them, build facts of this machine", columns);
    for (id, implementation) in study.implementations {
        let describe = implementation.describe.as_ref();
        let facts = &implementation.facts;
        let of = |shown: Option<String>| or_none(shown.unwrap_or_default());
        let bytes = |value: Option<u64>| {
            let value = value.map(|bytes| bytes as f64);
            Cell::number(of(value.map(|bytes| number::quantity("bytes", bytes))), value)
        };
        let from_nothing = if facts.build_from_nothing == Some(true) { " from nothing" } else { "" };
        let chosen = study.selection.chosen.iter().find(|chosen| chosen.implementation == *id);
        let time = facts.build_ms.map(|ms| ms as f64 * 1e6);
        let count = |value: Option<u32>| Cell::number(of(value.map(|v| v.to_string())), value.map(f64::from));
        table.rows.push(vec![
            Cell::text(id.as_str()),
            Cell::text(of(describe.map(|d| words::class(d.class).to_owned()))),
            Cell::text(of(describe.map(|d| format!("{} {}", d.framework, d.framework_version)))),
            Cell::text(match &implementation.problem {
                Some(problem) => format!("not available: {problem}"),
                None => of(describe.map(|d| format!("{}, {}", d.build.profile, d.build.target_cpu))),
            }),
            Cell::text(of(describe.map(|d| d.build.kernels.join(", ")))),
            Cell::number(of(time.map(|t| format!("{}{from_nothing}", number::quantity("ns", t)))), time),
            bytes(facts.executable_bytes),
            bytes(facts.environment_bytes),
            count(facts.dependencies),
            count(facts.lines_of_code),
            count(facts.kernel_lines_of_code),
            Cell::text(conforms(study, id)),
            Cell::text(of(chosen.map(|chosen| chosen.because.clone()))),
        ]);
    }
    table
}

fn conforms(study: &Study<'_>, id: &schema::id::Id) -> String {
    let Some(certificate) = study.certificates.get(id) else { return "no certificate".to_owned() };
    let failed: Vec<String> = certificate
        .checks
        .iter()
        .filter(|check| !check.passed)
        .map(|check| format!("{}: {}", check.demands, check.found))
        .collect();
    if certificate.conforms {
        format!("✓ {} checks", certificate.checks.len())
    } else {
        format!("✗ {}", failed.join("; "))
    }
}

/// What selection, plan and analysis left out, each once.
pub fn left_out(study: &Study<'_>) -> Table {
    let mut all: Vec<&LeftOut> =
        study.selection.left_out.iter().chain(&study.plan.left_out).chain(&study.analysis.left_out).collect();
    all.sort();
    all.dedup();
    let mut table = Table::new("Left out", vec![text("what"), numeric("phase"), text("reason")]);
    for left_out in all {
        table.rows.push(vec![
            Cell::text(&left_out.what),
            Cell::count(u32::from(left_out.phase)),
            Cell::text(&left_out.reason),
        ]);
    }
    table
}

pub fn provenance(study: &Study<'_>) -> Table {
    let fingerprint = &study.analysis.fingerprint;
    let selection = study.selection;
    let yes_no = |value: Option<bool>| value.map_or("not known", |yes| if yes { "on" } else { "off" }).to_owned();
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
    let gpus = if fingerprint.gpus.is_empty() { "none".to_owned() } else { fingerprint.gpus.join(", ") };
    let rows = [
        ("study", selection.study.study.to_string()),
        ("study digest", selection.study_digest.clone()),
        ("seed", selection.options.seed.unwrap_or(selection.study.seed).to_string()),
        ("rounds", selection.options.repetitions.unwrap_or(selection.study.rounds).to_string()),
        (
            "margins",
            format!(
                "{}× for time, {}× for memory, fixed before the data",
                selection.study.margins.time, selection.study.margins.memory
            ),
        ),
        ("build profile", study.analysis.build_profile.clone()),
        ("processor", fingerprint.cpu_model.clone()),
        ("microcode", known(&fingerprint.microcode)),
        ("cores given", fingerprint.cores.to_string()),
        ("hyper-threading", yes_no(fingerprint.smt)),
        ("memory", format!("{} GiB", fingerprint.memory_gib)),
        ("kernel", fingerprint.kernel.clone()),
        ("governor", known(&fingerprint.governor)),
        ("turbo", yes_no(fingerprint.turbo)),
        ("hypervisor", fingerprint.hypervisor.clone().unwrap_or_else(|| "none seen".to_owned())),
        ("GPU", gpus),
        ("container", fingerprint.container_image.clone().unwrap_or_else(|| "none".to_owned())),
    ];
    let mut table = Table::new("Study and machine", vec![text("fact"), text("value")]);
    table.rows = rows.into_iter().map(|(fact, value)| vec![Cell::text(fact), Cell::text(value)]).collect();
    table
}

/// The command that measures one cell again, from its block file in the store.
pub fn again(study: &Study<'_>, cell: &CellAnalysis) -> Option<String> {
    let block = study.plan.blocks.iter().find(|block| block.block_id == cell.block_id)?;
    // The key is a digest; anything else is not put into a line that a person will paste.
    let digest = block.key.len() == 64 && block.key.bytes().all(|byte| byte.is_ascii_hexdigit());
    digest.then(|| {
        format!(
            "cargo run --profile tools -p measure -- --block .ferrobench/blocks/{}/block.json --out again --fresh",
            block.key
        )
    })
}

/// A run's id in the records, as `plan` names it.
pub fn run_id(cell: &CellAnalysis, arm: &ArmId, round: u32) -> String {
    format!("{}-r{round:03}-{}", cell.cell.cell_id, arm.to_string().replace('@', "-"))
}

/// The command that asks the same of the user's own table, for tasks that can take one.
pub fn own_data(study: &Study<'_>, cell: &CellAnalysis) -> Option<String> {
    let options = serde_json::to_value(&study.selection.options).ok()?;
    let task = &cell.cell.task;
    let spec = study.selection.tasks.iter().find(|selected| selected.spec.task == *task)?;
    let takes_tables = options.get("dataset").is_some() && spec.spec.domain.as_str() == "classical";
    takes_tables.then(|| format!("nextflow run main.nf --tasks {task} --dataset my.csv --target y"))
}
