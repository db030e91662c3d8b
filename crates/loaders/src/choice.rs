//! Which columns of a file are used: the target, the features, and what was asked to be left out.

use schema::fault::{Fault, Faults, nearest};

/// What a person says of the columns.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub target: Option<String>,
    pub drop_columns: Vec<String>,
    /// Whether the target's values are names of classes.
    pub classes: bool,
}

/// Positions in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) target: usize,
    pub(crate) features: Vec<usize>,
    /// Whether a column that cannot be used may be left out by `--drop_columns`.
    pub(crate) may_drop: bool,
    pub(crate) classes: bool,
}

/// Takes its columns from a file that has these.
pub(crate) type Choose<'a> = dyn Fn(&[String]) -> Result<Wanted, Faults> + 'a;

/// More names than these help nobody.
const NAMES_TOLD: usize = 30;

impl Ask {
    /// Every fault of the names and of what was asked, at once.
    pub(crate) fn choose(&self, names: &[String], place: &str) -> Result<Wanted, Faults> {
        let mut faults = check_names(names, place);
        for name in self.drop_columns.iter().filter(|name| !names.contains(name)) {
            faults.push(unknown("--drop_columns", name, names, place));
        }
        let target = self.target(names, place).map_err(|fault| faults.push(fault)).ok();
        faults.into_result()?;
        let dropped = |name: &String| self.drop_columns.contains(name);
        let target = target.unwrap_or_default();
        let features: Vec<usize> = (0..names.len()).filter(|&at| at != target && !dropped(&names[at])).collect();
        if features.is_empty() {
            let what = format!("no column is left to predict `{}` from", names[target]);
            return Err(Fault::new(place, what).hint("a target and at least one other column are needed").into());
        }
        Ok(Wanted { target, features, may_drop: true, classes: self.classes })
    }

    /// The target alone, to see what it holds.
    pub(crate) fn look(&self, names: &[String], place: &str) -> Result<Wanted, Faults> {
        let wanted = self.choose(names, place)?;
        Ok(Wanted { features: Vec::new(), classes: true, ..wanted })
    }

    fn target(&self, names: &[String], place: &str) -> Result<usize, Fault> {
        let Some(target) = &self.target else {
            return Err(Fault::new(place, format!("which column is to be predicted? it has {}", listed(names)))
                .hint("name it: --target COLUMN"));
        };
        if self.drop_columns.contains(target) {
            return Err(Fault::new("--drop_columns", format!("`{target}` is the target and cannot be left out")));
        }
        names.iter().position(|name| name == target).ok_or_else(|| unknown("--target", target, names, place))
    }
}

/// The positions of a published dataset's columns, by name in whatever order; the last is the
/// target. Columns besides them are none of its, except the `ignored`.
pub(crate) fn documented(
    found: &[String],
    names: &[&str],
    ignored: &[&str],
    same: impl Fn(&str) -> String,
    place: &str,
) -> Result<Wanted, Faults> {
    let mut faults = check_names(found, place);
    let needed = |name: &&String| names.iter().chain(ignored).any(|known| same(known) == same(name));
    let strange: Vec<String> = found.iter().filter(|name| !needed(name)).cloned().collect();
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !found.iter().any(|found| same(found) == same(name)))
        .map(|name| (*name).to_owned())
        .collect();
    for (kind, list) in [("lacks", missing), ("has besides them", strange)] {
        if !list.is_empty() {
            let what = format!("of the documented columns ({}) the file {kind} {}", names.join(", "), listed(&list));
            faults.push(Fault::new(place, what));
        }
    }
    faults.into_result()?;
    let mut features: Vec<usize> =
        names.iter().filter_map(|name| found.iter().position(|found| same(found) == same(name))).collect();
    let target = features.pop().unwrap_or_default();
    Ok(Wanted { target, features, may_drop: false, classes: false })
}

fn check_names(names: &[String], place: &str) -> Faults {
    let mut faults = Faults::default();
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() {
            faults.push(
                Fault::new(place, format!("column {} has no name", at + 1))
                    .hint("name it; pandas writes such a column for the index: to_csv(…, index=False) leaves it out"),
            );
        } else if let Some(first) = names[..at].iter().position(|earlier| earlier == name) {
            let what = format!("columns {} and {} are both called `{name}`", first + 1, at + 1);
            faults.push(Fault::new(place, what).hint("rename one of them"));
        }
    }
    faults
}

fn unknown(option: &str, given: &str, names: &[String], place: &str) -> Fault {
    let fault = Fault::new(option, format!("`{given}` is no column of {place}; it has {}", listed(names)));
    match nearest(given, names.iter().map(String::as_str)) {
        Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
        None => fault,
    }
}

pub(crate) fn listed(names: &[String]) -> String {
    let told = names.iter().take(NAMES_TOLD).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn ask(target: &str, drop_columns: &[&str]) -> Ask {
        Ask { target: Some(target.to_owned()), drop_columns: names(drop_columns), classes: false }
    }

    #[test]
    fn features_keep_the_files_order_without_target_and_what_is_dropped() {
        let wanted = ask("y", &["id"]).choose(&names(&["b", "y", "id", "a"]), "f").expect("chosen");
        assert_eq!((wanted.target, wanted.features), (1, vec![0, 3]));
    }

    #[test]
    fn a_target_that_is_not_there_is_answered_with_the_nearest() {
        let text = ask("prise", &[]).choose(&names(&["rooms", "price"]), "f.csv").expect_err("refused").to_string();
        assert_eq!(
            text,
            "error: --target: `prise` is no column of f.csv; it has `rooms`, `price`\nhint: did you mean `price`?"
        );
        let none = Ask::default().choose(&names(&["rooms", "price"]), "f.csv").expect_err("refused").to_string();
        assert!(none.contains("which column is to be predicted?") && none.contains("--target COLUMN"), "{none}");
    }

    #[test]
    fn every_fault_of_names_and_wishes_is_told_at_once() {
        let found = ask("y", &["y", "idd"]).choose(&names(&["id", "", "id", "y"]), "f").expect_err("refused");
        let text = found.to_string();
        for part in
            ["column 2 has no name", "columns 1 and 3 are both called `id`", "`idd` is no column", "cannot be left out"]
        {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(
            ask("y", &[])
                .choose(&names(&["y"]), "f")
                .expect_err("one column")
                .to_string()
                .contains("no column is left")
        );
        assert!(ask("y", &["a"]).choose(&names(&["y", "a"]), "f").is_err());
    }
}
