//! A damaged copy of a finished block is made again from the store.

use std::fs;

use crate::bench::{Bench, text};

fn mend(bench: &Bench) -> std::process::Output {
    bench.command().arg("--mend").output().expect("started")
}

fn measured() -> Bench {
    let bench = Bench::new(&["good"], 1);
    assert!(bench.run().status.success());
    bench
}

#[test]
fn a_whole_copy_is_left_alone_and_a_damaged_one_is_healed() {
    let bench = measured();
    let records = bench.root().join("out/b1/records.jsonl");
    let before = fs::metadata(&records).expect("there").modified().expect("a time");
    assert!(mend(&bench).status.success());
    assert_eq!(fs::metadata(&records).expect("there").modified().expect("a time"), before);
    let whole = fs::read(&records).expect("read");
    fs::write(&records, &whole[..whole.len() / 2]).expect("truncated");
    let output = mend(&bench);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("records.jsonl") && said.contains("made again from the block store"), "{said}");
    assert_eq!(fs::read(&records).expect("read"), whole);
}

#[test]
fn what_the_store_has_no_more_is_removed_and_named() {
    let bench = measured();
    fs::remove_dir_all(bench.state("blocks")).expect("removed");
    assert!(mend(&bench).status.success(), "a whole copy needs no store");
    fs::remove_file(bench.root().join("out/b1/block.json")).expect("removed");
    let output = mend(&bench);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("out/b1: was damaged") && said.contains("hint: start again"), "{said}");
    assert!(!bench.root().join("out/b1").exists());
}
