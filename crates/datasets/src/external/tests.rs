use std::os::unix::fs::symlink;
use std::process::Command;

use super::*;

const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn faults(text: &str) -> String {
    check(&parse(text), "--dataset").expect_err("refused").to_string()
}

#[test]
fn paths_and_urls_are_told_apart() {
    let url = parse(&format!("https://host/a/b.csv?raw=true#sha256={DIGEST}"));
    assert_eq!(url.url.as_deref(), Some("https://host/a/b.csv?raw=true"));
    assert_eq!(url.sha256.as_deref(), Some(DIGEST));
    check(&url, "").expect("a checksum and no secret");
    for path in ["my.csv", "/a b/c#d.csv", "a:/b.csv", "://x", "weird#sha25=1.csv"] {
        let file = parse(path);
        assert_eq!((file.path.as_deref(), file.url), (Some(path), None));
        check(&parse(path), "").expect("a path");
    }
}

#[test]
fn a_url_needs_a_checksum() {
    let text = faults("https://host/my.csv");
    assert!(text.contains("`https://host/my.csv` has no checksum") && text.contains("\nhint: "), "{text}");
    assert!(faults("https://host/my.csv#sha256=abc").contains("`abc` is no sha256"));
    assert!(faults("my.csv#sha256=ABC").contains("is no sha256"));
}

#[test]
fn other_schemes_and_what_is_no_url_are_refused() {
    for (url, said) in [
        ("ftp://host/x", "`ftp` URLs are not fetched"),
        ("file:///etc/passwd", "`file` URLs are not fetched"),
        ("https:///x", "is no URL"),
        ("https://ho st/x", "is no URL"),
    ] {
        let text = faults(&format!("{url}#sha256={DIGEST}"));
        assert!(text.contains(said), "{url}: {text}");
    }
}

#[test]
fn secrets_are_refused_and_never_shown() {
    for url in [
        "https://me:canary@host/x.csv",
        "https://canary@host/x.csv",
        "https://host/x.csv?X-Amz-Signature=canary",
        "https://host/x.csv?a=1&access_token=canary",
        "https://host/x.csv?api-key=canary",
        "https://host/x.csv?sig=canary",
    ] {
        for text in [faults(url), faults(&format!("{url}#sha256={DIGEST}"))] {
            assert!(text.contains("kept in results and logs") && !text.contains("canary"), "{url}: {text}");
        }
        assert!(!shown_url(url).contains("canary"), "{url}");
    }
}

#[test]
fn a_name_is_the_last_part_without_escapes() {
    assert_eq!(file_name(&parse("/a/b/my data.csv")), "my data.csv");
    assert_eq!(file_name(&parse("https://host/a/x.parquet?raw=1")), "x.parquet");
    assert_eq!(file_name(&parse("/a/b\u{1b}[2J.csv")), "b\\u{1b}[2J.csv");
}

#[test]
fn what_is_no_plain_readable_file_is_told_as_what_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let fault = |name: &str| open(&at(name), 10).expect_err(name).to_string();

    assert!(fault("missing.csv").contains("there is no such file"));
    fs::create_dir(at("folder")).expect("made");
    assert!(fault("folder").contains("is a folder"));
    assert!(Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo runs").success());
    assert!(fault("pipe").contains("is no plain file"));
    symlink(at("loop"), at("loop")).expect("linked");
    assert!(fault("loop").contains("cannot read"), "{}", fault("loop"));
    fs::write(at("empty"), "").expect("written");
    assert!(fault("empty").contains("is empty"));
    // Ten gigabytes that take no room: refused by their size, before a byte is read.
    let sparse = File::create(at("sparse")).expect("made");
    sparse.set_len(10_000_000_000).expect("a sparse file");
    let text = open(&at("sparse"), 1 << 30).expect_err("refused").to_string();
    assert!(text.contains("has 10000000000 bytes where at most 1073741824 are read"), "{text}");
    assert!(text.contains("--dataset_bytes_max 10000000000"), "{text}");
    symlink(at("good"), at("link")).expect("linked");
    fs::write(at("good"), "0123456789").expect("written");
    assert_eq!(open(&at("link"), 10).expect("a link to a plain file").1, 10);
}
