//! The versions of the crates that this program was built from.

/// Name and version of every locked package, sorted by name as Cargo.lock is.
const LOCKED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/locked_versions.rs"));

/// The locked version of a crate; of several the newest, which stands last.
pub(crate) fn of(package: &str) -> Option<&'static str> {
    LOCKED.iter().rev().find(|(name, _)| *name == package).map(|(_, version)| *version)
}

#[cfg(test)]
mod tests {
    #[test]
    fn locked_versions_are_found_by_name() {
        assert!(super::of("serde").is_some_and(|version| version.starts_with("1.")));
        assert_eq!(super::of("no_such_crate"), None);
    }
}
