//! Who may ask: programs on this machine. A page of some site, whose name was made to mean this
//! machine (DNS rebinding) or which posts across origins, may not.

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderValue, ORIGIN};

const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// One `Host` header with an allowed name, and no `Origin` but a local one.
pub(crate) fn is_allowed(headers: &HeaderMap, also: &[String]) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let local = |authority: &str| {
        let name = without_port(authority);
        LOCAL.contains(&name) || also.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
    };
    let origin_is_local = |origin: &HeaderValue| {
        let text = origin.to_str().unwrap_or_default();
        text.split_once("://").is_some_and(|(_, authority)| local(authority))
    };
    host.to_str().is_ok_and(local) && headers.get_all(ORIGIN).iter().all(origin_is_local)
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value)))
            .collect();
        is_allowed(&headers, &["box.test".to_owned()])
    }

    #[test]
    fn only_this_machine_by_its_own_names() {
        for host in ["localhost", "localhost:1", "127.0.0.1:11434", "[::1]:80", "box.test:9", "BOX.test"] {
            assert!(allowed(&[("host", host)]), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "", "evil:localhost"] {
            assert!(!allowed(&[("host", host)]), "{host}");
        }
        assert!(!allowed(&[]));
    }

    #[test]
    fn pages_of_other_sites_are_turned_away() {
        let with = |origin| allowed(&[("host", "localhost"), ("origin", origin)]);
        assert!(with("http://localhost:3000"));
        assert!(!with("https://evil.example"));
        assert!(!with("null"));
        let mut twice = HeaderMap::new();
        twice.append(HOST, HeaderValue::from_static("localhost"));
        twice.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(!is_allowed(&twice, &[]));
    }
}
