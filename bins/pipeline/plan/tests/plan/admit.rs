//! `plan admit` as a process.

use std::fs;

use crate::made::{Checkout, arms, stderr};
use serde_json::json;

fn certify(checkout: &Checkout, implementation: &str, conforms: bool) {
    let check = json!({"id": "marks", "demands": "marks are in order", "passed": conforms, "found": "fit ends before it starts"});
    let certificate = json!({"schema_version": "1.0", "implementation": implementation, "task": "t", "key": "",
        "conforms": conforms, "checks": [check]});
    checkout.write(&format!("certificates/{implementation}.json"), &certificate);
}

fn checkout() -> Checkout {
    let cell = |algorithm: &str| json!({"task": "t", "algorithms": [algorithm], "datasets": ["diabetes"]});
    let only = |only: &str| json!({"task": "t", "algorithms": ["linear"], "datasets": ["synthetic_linear"], "implementations": [only]});
    let mut checkout = Checkout::new(&json!([cell("linear"), cell("ridge"), only("t_c")]));
    checkout.selection["study"]["aa"] = json!("every_block");
    checkout
}

#[test]
fn what_conforms_stays_byte_for_byte() {
    let checkout = checkout();
    let (before, _) = checkout.expanded("out");
    for name in ["t_a", "t_b", "t_c"] {
        certify(&checkout, name, true);
    }
    let output = checkout.admit();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
    let (after, _) = crate::made::read(&checkout.path("admitted"));
    assert_eq!(before.blocks.len(), 3);
    for block in &before.blocks {
        let bytes =
            |out: &str| fs::read(checkout.path(&format!("{out}/blocks/{}.json", block.block_id))).expect("read");
        assert_eq!(bytes("out"), bytes("admitted"));
    }
    assert_eq!(before.runs, after.runs);
}

#[test]
fn what_does_not_conform_leaves_every_block_loudly_and_an_empty_block_goes() {
    let checkout = checkout();
    let (before, _) = checkout.expanded("out");
    certify(&checkout, "t_a", false);
    certify(&checkout, "t_b", true);
    let output = checkout.admit();
    assert!(output.status.success());
    let text = stderr(&output);
    assert!(
        text.contains("warning: t_a is left out: it does not conform: marks are in order: fit ends before it starts"),
        "{text}"
    );
    assert!(text.contains("warning: t_c is left out: it has no certificate"), "{text}");

    let (after, blocks) = crate::made::read(&checkout.path("admitted"));
    assert_eq!((before.blocks.len(), after.blocks.len()), (3, 2));
    for block in &blocks {
        assert_eq!(arms(block), ["t_b"], "t_a@a2 went with t_a");
        assert!(block.rounds.iter().all(|round| round.len() == 1));
    }
    assert_eq!(after.runs, 8);
    assert!(after.estimated_s < before.estimated_s);
    let what: Vec<&str> = after.left_out.iter().filter(|left| left.phase == 3).map(|left| left.what.as_str()).collect();
    assert_eq!(what, ["linear on synthetic_linear (n=2000, d=20), 1 thread, warm", "t_a", "t_c"]);
}

#[test]
fn a_missing_block_file_is_bad_input() {
    let checkout = checkout();
    let (plan, _) = checkout.expanded("out");
    certify(&checkout, "t_a", true);
    let gone = format!("out/blocks/{}.json", plan.blocks[0].block_id);
    fs::remove_file(checkout.path(&gone)).expect("removed");
    let output = checkout.admit();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: ") && stderr(&output).contains("cannot read"), "{}", stderr(&output));
    assert!(!checkout.path("admitted/plan.json").exists());
}
