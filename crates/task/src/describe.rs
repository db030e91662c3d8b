//! `--describe`: what this program says of itself.

use schema::PROTOCOL;
use schema::id::Id;
use schema::implementation::{BuildFacts, Describe, Language};
use schema::params::{Device, Mode};

use crate::{Program, versions};

/// `prepare build` sets these for the build; a build by hand is told as such.
const PROFILE: Option<&str> = option_env!("FERROBENCH_BUILD_PROFILE");
const TARGET_CPU: Option<&str> = option_env!("FERROBENCH_TARGET_CPU");

/// What the compiler was allowed to use everywhere; a kernel that looks at run time may use more.
const REGISTERS: &str = if cfg!(target_feature = "avx512f") {
    "avx512f"
} else if cfg!(target_feature = "avx2") {
    "avx2"
} else {
    "baseline"
};

pub(crate) fn describe(program: &Program) -> String {
    let id = |text: &str| Id::new(text).expect("an implementation's own names are ids");
    let document = Describe {
        protocol: PROTOCOL.to_owned(),
        implementation: id(program.implementation),
        class: program.class,
        task: (program.task)().task,
        framework: program.framework.to_owned(),
        framework_version: versions::of(program.framework).unwrap_or("unknown").to_owned(),
        language: Language::Rust,
        algorithms: program.algorithms.iter().map(|name| id(name)).collect(),
        devices: vec![Device::Cpu],
        modes: vec![Mode::Cold, Mode::Warm],
        requires: Vec::new(),
        build: BuildFacts {
            profile: PROFILE.unwrap_or("by_hand").to_owned(),
            target_cpu: TARGET_CPU.unwrap_or("unknown").to_owned(),
            features: words(&(program.features)()),
            kernels: words(&[program.kernels, &[REGISTERS]].concat()),
        },
        threads_env: words(program.threads_env),
    };
    serde_json::to_string_pretty(&document).expect("the document has string keys only")
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
