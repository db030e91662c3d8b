//! Where the server is: `http://host[:port]`, and nothing more.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    host: String,
    port: u16,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no address of a server: {why}; allowed: http://HOST[:PORT]")]
pub struct WrongUrl {
    given: String,
    why: &'static str,
}

impl BaseUrl {
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`, as the header `Host` has it.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}:{}", self.host, self.port)
    }
}

impl FromStr for BaseUrl {
    type Err = WrongUrl;

    fn from_str(text: &str) -> Result<Self, WrongUrl> {
        // A password in the address stays out of every message.
        let shown = text.rsplit_once('@').map_or(text, |(_, rest)| rest).to_owned();
        let wrong = |why| WrongUrl { given: shown.clone(), why };
        let rest = text.strip_prefix("http://").ok_or_else(|| {
            wrong(if text.starts_with("https://") {
                "TLS is not measured here"
            } else {
                "it does not begin with http://"
            })
        })?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('@') {
            return Err(wrong("it holds a user name"));
        }
        if authority.is_empty()
            || authority.contains(|character: char| "/?#".contains(character) || character.is_whitespace())
        {
            return Err(wrong("after the host there is at most a port"));
        }
        let bracketed = authority.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match authority[bracketed..].rfind(':') {
            Some(colon) => {
                let (host, port) = authority.split_at(bracketed + colon);
                (
                    host,
                    port[1..]
                        .parse()
                        .ok()
                        .filter(|port| *port > 0)
                        .ok_or_else(|| wrong("the port is no number from 1 to 65535"))?,
                )
            }
            None => (authority, 80),
        };
        if host.is_empty() || (bracketed == 0 && host.contains(':')) {
            return Err(wrong("the host is missing or not in brackets"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_read_and_written() {
        for (text, authority, host) in [
            ("http://127.0.0.1:11434", "127.0.0.1:11434", "127.0.0.1"),
            ("http://localhost/", "localhost:80", "localhost"),
            ("http://[::1]:8080", "[::1]:8080", "::1"),
        ] {
            let url: BaseUrl = text.parse().expect("an address");
            assert_eq!((url.authority().as_str(), url.host()), (authority, host));
            assert_eq!(url.to_string().parse(), Ok(url));
        }
    }

    #[test]
    fn anything_else_is_refused_and_no_password_is_shown() {
        for text in [
            "",
            "localhost:1",
            "https://x",
            "http://",
            "http://a b",
            "http://x:0",
            "http://x:99999",
            "http://x/api",
            "http://::1",
        ] {
            assert!(text.parse::<BaseUrl>().is_err(), "{text}");
        }
        let told = "http://me:secret@host:1".parse::<BaseUrl>().expect_err("refused").to_string();
        assert!(!told.contains("secret") && told.contains("user name"), "{told}");
    }
}
