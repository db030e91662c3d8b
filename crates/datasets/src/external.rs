//! Files of datasets that Ferrobench neither makes nor carries: how a person names one, and what
//! it must be before a byte of it is read.

use std::fs::{self, File};
use std::path::Path;

use schema::config::{DatasetChoice, DatasetFile, DatasetWith};
use schema::digest;
use schema::fault::{Fault, Faults, visible};
use schema::files::cannot;
use schema::id::Id;
use serde_json::{Map, Value};

use crate::table;

/// `PATH` or `URL`, with `#sha256=DIGEST` behind it; a URL has to have it.
pub fn parse(text: &str) -> DatasetFile {
    let (place, sha256) = match text.rsplit_once("#sha256=") {
        Some((place, sha256)) => (place.to_owned(), Some(sha256.to_owned())),
        None => (text.to_owned(), None),
    };
    if is_url(&place) {
        DatasetFile { path: None, url: Some(place), sha256 }
    } else {
        DatasetFile { path: Some(place), url: None, sha256 }
    }
}

fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
    })
}

/// Every fault of what was said about a file; none of them shows a secret that a URL may hold.
pub fn check(file: &DatasetFile, place: &str) -> Result<(), Faults> {
    let mut faults = Faults::default();
    match (&file.path, &file.url) {
        (Some(_), None) => {}
        (None, Some(url)) => {
            faults.0.extend(check_url(url, place).err());
            if file.sha256.is_none() {
                faults.push(
                    Fault::new(place, format!("`{}` has no checksum; a URL needs one", shown_url(url))).hint(
                        "put #sha256=DIGEST behind it; `sha256sum FILE` prints the digest of a copy that you trust",
                    ),
                );
            }
        }
        _ => faults.push(Fault::new(place, "needs either a path or a URL")),
    }
    if let Some(sha256) = file.sha256.as_ref().filter(|sha256| !is_sha256(sha256)) {
        faults.push(Fault::new(place, format!("`{sha256}` is no sha256; it has 64 digits of 0-9 and a-f")));
    }
    faults.into_result()
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Words in the name of a query's key that mean a secret.
const SECRET_WORDS: [&str; 8] = ["token", "secret", "password", "passwd", "signature", "credential", "apikey", "auth"];

fn check_url(url: &str, place: &str) -> Result<(), Fault> {
    let by_hand = "fetch the file yourself and give its path";
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return Err(Fault::new(place, format!("`{scheme}` URLs are not fetched; allowed: https, http")).hint(by_hand));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        let what = "the URL holds a user name or password, which would be kept in results and logs";
        return Err(Fault::new(place, what).hint(by_hand));
    }
    if authority.is_empty() || url.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(Fault::new(place, format!("`{}` is no URL: https://HOST/PATH", shown_url(url))));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let keys = query.split('&').filter_map(|pair| pair.split('=').next()).map(str::to_ascii_lowercase);
    for key in keys {
        let plain = key.replace(['-', '_'], "");
        if matches!(plain.as_str(), "key" | "sig") || SECRET_WORDS.iter().any(|word| plain.contains(word)) {
            let what = format!("the URL's `{key}` looks like a secret, which would be kept in results and logs");
            return Err(Fault::new(place, what).hint(by_hand));
        }
    }
    Ok(())
}

/// A URL as it may be kept: without user, query and fragment.
pub fn shown_url(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => plain.to_owned(),
    }
}

/// The last part of a path or URL, for people.
pub fn file_name(file: &DatasetFile) -> String {
    let place = file.path.clone().or_else(|| file.url.as_deref().map(shown_url)).unwrap_or_default();
    visible(place.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

/// Opens a plain file with something in it and of at most `bytes_max`. What is not a plain file is
/// told before it is opened: opening a pipe would wait for its other end.
pub fn open(path: &Path, bytes_max: u64) -> Result<(File, u64), Fault> {
    let place = path.display().to_string();
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Fault::new(&place, "there is no such file"),
        std::io::ErrorKind::PermissionDenied => {
            Fault::new(&place, format!("cannot read: {error}")).hint("give yourself permission to read the file")
        }
        _ => cannot("read", path, &error),
    };
    let kind = fs::metadata(path).map_err(unreadable)?;
    if kind.is_dir() {
        return Err(Fault::new(&place, "is a folder; a data file is needed"));
    }
    if !kind.is_file() {
        return Err(
            Fault::new(&place, "is no plain file but a device, pipe or socket").hint("save the data to a file first")
        );
    }
    check_length(kind.len(), bytes_max, &place)?;
    let file = File::open(path).map_err(unreadable)?;
    Ok((file, kind.len()))
}

pub fn check_length(bytes: u64, bytes_max: u64, place: &str) -> Result<(), Fault> {
    if bytes == 0 {
        return Err(Fault::new(place, "is empty"));
    }
    if bytes > bytes_max {
        return Err(Fault::new(place, format!("has {bytes} bytes where at most {bytes_max} are read"))
            .hint(format!("take fewer rows, or allow more: --dataset_bytes_max {bytes}")));
    }
    Ok(())
}

/// The parameters of the dataset `own` as they were said.
pub fn own<'t>(file: &str, target: Option<&str>, drop_columns: impl Iterator<Item = &'t str>) -> Map<String, Value> {
    let file = parse(file);
    let text = |value: Option<String>| value.map_or(Value::Null, Value::String);
    let said = [
        ("file", text(file.path)),
        ("url", text(file.url)),
        ("sha256", text(file.sha256)),
        ("target", text(target.map(str::to_owned))),
        ("drop_columns", drop_columns.collect()),
    ];
    said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A choice that names the file by its content, and where the file is.
pub fn complete(
    root: &Path,
    name: &Id,
    parameters: &Map<String, Value>,
    bytes_max: u64,
    place: &str,
) -> Result<(DatasetChoice, DatasetFile), Faults> {
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut file = DatasetFile { path: text("file"), url: text("url"), sha256: text("sha256") };
    find(root, &mut file, bytes_max, place)?;
    let mut parameters = parameters.clone();
    parameters.insert("file".to_owned(), file_name(&file).into());
    parameters.insert("url".to_owned(), Value::Null);
    parameters.insert("sha256".to_owned(), file.sha256.clone().into());
    Ok((table::complete(&DatasetChoice::With(DatasetWith { name: name.clone(), parameters }))?, file))
}

/// That the file can be read, and its checksum where it was not given. A URL is fetched in phase 2.
pub fn find(root: &Path, file: &mut DatasetFile, bytes_max: u64, place: &str) -> Result<(), Faults> {
    check(file, place)?;
    let Some(path) = &file.path else { return Ok(()) };
    let placed = |fault: Fault| Fault { place: format!("{place}: {}", fault.place), ..fault };
    let path = root.join(path);
    open(&path, bytes_max).map_err(placed)?;
    let sha256 = digest::of_file(&path).map_err(placed)?;
    if let Some(expected) = file.sha256.as_ref().filter(|expected| **expected != sha256) {
        let what = format!("has sha256 {sha256} where {expected} is expected");
        let fault = Fault::new(format!("{place}: {}", path.display()), what);
        return Err(fault.hint("the file was changed, or the checksum is of another").into());
    }
    file.sha256 = Some(sha256);
    Ok(())
}

#[cfg(test)]
mod tests;
