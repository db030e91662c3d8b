//! Phase 3's verdict on the plan: what does not conform is left out of every block, loudly; the
//! rest of each block stays byte for byte as it was planned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use schema::block::Block;
use schema::certificate::Certificate;
use schema::document;
use schema::fault::{Faults, visible};
use schema::id::Id;
use schema::plan::Plan;
use schema::selection::LeftOut;

use crate::summary;

#[derive(clap::Args)]
pub struct Admit {
    /// The plan as it was expanded.
    #[arg(long)]
    plan: PathBuf,
    /// The folder of its blocks.
    #[arg(long)]
    blocks: PathBuf,
    /// The folder of the certificates, `<implementation>.json`.
    #[arg(long)]
    certificates: PathBuf,
    /// The folder for what is written.
    #[arg(long)]
    out: PathBuf,
}

pub fn admit(root: &Path, arguments: &Admit) -> Result<()> {
    let mut plan: Plan = document::read(&arguments.plan)?;
    let mut blocks = read_blocks(&arguments.blocks, &plan)?;
    let certificates = read_certificates(&arguments.certificates)?;

    let planned: BTreeSet<Id> = blocks.iter().flat_map(implementations).collect();
    let refused: BTreeMap<Id, String> =
        planned.into_iter().filter_map(|id| refusal(certificates.get(&id)).map(|reason| (id, reason))).collect();
    for (implementation, reason) in &refused {
        eprintln!("warning: {implementation} is left out: {}", visible(reason));
        plan.left_out.push(LeftOut { what: implementation.to_string(), phase: 3, reason: reason.clone() });
    }
    blocks.retain_mut(|block| {
        block.arms.retain(|arm| !refused.contains_key(&arm.facts.implementation));
        for round in &mut block.rounds {
            round.retain(|run| !refused.contains_key(&run.arm.implementation));
        }
        if block.arms.is_empty() {
            let reason = "none of its implementations conforms".to_owned();
            plan.left_out.push(LeftOut { what: block.cell.label.clone(), phase: 3, reason });
        }
        !block.arms.is_empty()
    });
    summary::write(root, &arguments.out, plan, &blocks)?;
    Ok(())
}

/// In the order of the plan.
fn read_blocks(folder: &Path, plan: &Plan) -> Result<Vec<Block>, Faults> {
    plan.blocks.iter().map(|block| document::read(&folder.join(format!("{}.json", block.block_id)))).collect()
}

fn read_certificates(folder: &Path) -> Result<BTreeMap<Id, Certificate>, Faults> {
    let mut found = Vec::new();
    for path in summary::json_files(folder)? {
        let certificate: Certificate = document::read(&path)?;
        found.push((certificate.implementation.clone(), certificate));
    }
    Ok(summary::by_id(found, folder)?)
}

fn implementations(block: &Block) -> impl Iterator<Item = Id> {
    block.arms.iter().map(|arm| arm.facts.implementation.clone())
}

/// Why an implementation is not admitted; `None` when it is.
fn refusal(certificate: Option<&Certificate>) -> Option<String> {
    let Some(certificate) = certificate else { return Some("it has no certificate".to_owned()) };
    if certificate.conforms {
        return None;
    }
    let failed = certificate.checks.iter().filter(|check| !check.passed);
    let reasons: Vec<String> = failed.map(|check| format!("{}: {}", check.demands, check.found)).collect();
    Some(format!("it does not conform: {}", reasons.join("; ")))
}
