//! The Cargo workspace as cargo itself reads it: which packages an implementation is built from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use schema::fault::Fault;
use schema::id::Id;
use serde::Deserialize;

use super::{Sources, is_rust_source};
use crate::names::task_folder;

/// What every build of the workspace depends on.
const SHARED: [&str; 5] = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml", ".cargo/config"];

pub(crate) struct Workspace {
    root: PathBuf,
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    /// None, `build` or `dev`.
    kind: Option<String>,
    optional: bool,
    /// Only dependencies inside the workspace have one.
    path: Option<PathBuf>,
}

impl Workspace {
    /// `--no-deps` reads the manifests alone: it needs neither lock nor network.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .current_dir(root)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| Fault::new("", format!("cargo cannot be started: {error}")).hint("run scripts/setup"))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            let line = told.lines().find(|line| line.starts_with("error")).unwrap_or("cargo metadata failed");
            bail!(Fault::new("Cargo.toml", line.trim_start_matches("error: ")));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).context("reading what cargo metadata says")?;
        let packages = metadata.packages.into_iter().map(|package| (package.name.clone(), package)).collect();
        Ok(Self { root: root.to_path_buf(), packages })
    }

    /// The package in `bins/<task>`.
    pub(crate) fn package_of(&self, task: &Id) -> Result<&str, Fault> {
        self.package_in(task).map(|package| package.name.as_str())
    }

    fn package_in(&self, task: &Id) -> Result<&Package, Fault> {
        let manifest = task_folder(&self.root, task).join("Cargo.toml");
        let here = self.root.join(&manifest);
        self.packages.values().find(|package| package.manifest_path == here).ok_or_else(|| {
            Fault::new(manifest.display().to_string(), "is no package of the workspace")
                .hint("a folder with a Rust implementation needs a Cargo.toml")
        })
    }

    /// Its own file, its package's library, and the workspace's crates behind its own feature.
    pub(crate) fn of_implementation(&self, task: &Id, id: &Id) -> Result<Sources<'_>> {
        let package = self.package_in(task)?;
        let mut sources = self.shared()?;
        let folder = task_folder(&self.root, task);
        let programs = folder.join("src/bin");
        let own = [programs.join(format!("{id}.rs")), programs.join(id.as_str())];
        sources.folder(&folder, &|path| {
            let foreign = path.parent() == Some(&programs) && !own.iter().any(|own| own == path);
            is_rust_source(path) && !foreign
        })?;
        for used in self.used_by(package, Some(id)) {
            self.add(used, &mut sources)?;
        }
        Ok(sources)
    }

    /// A program that is no implementation: its package, and the workspace's crates that this needs.
    pub(crate) fn of_program(&self, name: &str) -> Result<Sources<'_>> {
        let package = self.packages.get(name).with_context(|| format!("the workspace has no package {name}"))?;
        let mut sources = self.shared()?;
        for used in [package].into_iter().chain(self.used_by(package, None)) {
            self.add(used, &mut sources)?;
        }
        Ok(sources)
    }

    fn shared(&self) -> Result<Sources<'_>> {
        let mut sources = Sources::new(&self.root);
        for file in SHARED {
            sources.file_if_there(file)?;
        }
        Ok(sources)
    }

    fn add(&self, package: &Package, sources: &mut Sources<'_>) -> Result<()> {
        let folder = package.manifest_path.parent().unwrap_or(&self.root);
        let folder = folder.strip_prefix(&self.root).with_context(|| format!("{} lies outside", package.name))?;
        Ok(sources.folder(folder, &is_rust_source)?)
    }

    /// The workspace's crates that `package` needs with this feature, whatever they need too.
    fn used_by(&self, package: &Package, feature: Option<&Id>) -> Vec<&Package> {
        let enabled: BTreeSet<&str> = feature
            .and_then(|feature| package.features.get(feature.as_str()))
            .into_iter()
            .flatten()
            .map(|part| part.strip_prefix("dep:").unwrap_or(part))
            .map(|part| part.split(['/', '?']).next().unwrap_or(part))
            .collect();
        let first = package.dependencies.iter().filter(|dependency| {
            !dependency.optional || enabled.contains(dependency.rename.as_ref().unwrap_or(&dependency.name).as_str())
        });
        let mut open: Vec<&Dependency> = first.collect();
        let mut used = BTreeMap::new();
        while let Some(dependency) = open.pop() {
            if dependency.path.is_none() || dependency.kind.as_deref() == Some("dev") {
                continue;
            }
            let Some(found) = self.packages.get(&dependency.name) else { continue };
            if used.insert(found.name.as_str(), found).is_none() {
                open.extend(&found.dependencies);
            }
        }
        used.into_values().collect()
    }
}
