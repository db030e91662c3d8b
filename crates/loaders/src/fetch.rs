//! Fetching by http and https. What arrives is used only if its checksum is the one that was
//! given, so a server cannot put other data in the place of the right ones; the rules below keep it
//! from doing other harm.
//!
//! A redirect is followed, five times at most: never from https to http, and never from the wide
//! net to an address of this machine or its network (security case 6). Nothing is sent but the
//! request: no credentials, no cookies. An answer that is compressed on the way is not unpacked.

use std::error::Error;
use std::io::{ErrorKind, Read};
use std::net::{IpAddr, Ipv6Addr, ToSocketAddrs};
use std::path::Path;

use datasets::external::{check_length, shown_url};
use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Url, tls};
use schema::fault::Fault;

use crate::transfer::{Limits, Obtained, Sink};

const REDIRECTS_MAX: usize = 5;

pub(crate) fn fetch(url: &str, to: &Path, limits: &Limits) -> Result<Obtained, Fault> {
    let place = shown_url(url);
    let url = Url::parse(url).map_err(|error| Fault::new(&place, format!("is no URL: {error}")))?;
    let client = client(is_near(&url), limits).map_err(|error| failed(&place, error))?;
    let response = follow(&client, url, &place)?;
    let status = response.status();
    if !status.is_success() {
        return Err(
            Fault::new(&place, format!("the server answers {status}")).hint("does the address still hold the file?")
        );
    }
    let announced = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(length) = announced {
        check_length(length, limits.bytes_max, &place)?;
    }
    receive(response, to, &place, limits)
}

fn client(near: bool, limits: &Limits) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(concat!("ferrobench/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .min_tls_version(tls::Version::TLS_1_2)
        .connect_timeout(limits.wait)
        .timeout(limits.wait);
    // A proxy of the company's knows nothing of this machine.
    if near { builder.no_proxy() } else { builder }.build()
}

fn follow(client: &Client, first: Url, place: &str) -> Result<Response, Fault> {
    let near = is_near(&first);
    let mut url = first;
    for _ in 0..=REDIRECTS_MAX {
        let response = client.get(url.clone()).send().map_err(|error| failed(place, error))?;
        if !response.status().is_redirection() {
            return Ok(response);
        }
        let next = response.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
        let next = next.ok_or_else(|| Fault::new(place, "the server redirects to nowhere"))?;
        let shown = shown_url(next.as_str());
        let refused = |why: &str| {
            let fault = Fault::new(place, format!("the server redirects to {shown}, {why}"));
            Err(fault.hint("fetch the file by hand and give its path"))
        };
        match (url.scheme(), next.scheme()) {
            (_, "https") | ("http", "http") => {}
            ("https", "http") => return refused("which is not encrypted"),
            _ => return refused("which is neither http nor https"),
        }
        if is_near(&next) && !near {
            return refused("an address of this machine or its network");
        }
        url = next;
    }
    Err(Fault::new(place, format!("the server redirects more than {REDIRECTS_MAX} times")))
}

fn receive(mut response: Response, to: &Path, place: &str, limits: &Limits) -> Result<Obtained, Fault> {
    let from = shown_url(response.url().as_str());
    let mut sink = Sink::create(to, place, limits)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = match response.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(place, error)),
        };
        if read == 0 {
            return sink.finish(Some(from));
        }
        sink.put(&piece[..read])?;
        sink.check_pace()?;
    }
}

/// The innermost cause: the layers around it only say that a request failed, and name the URL.
fn failed(place: &str, error: impl Error + 'static) -> Fault {
    let timed_out = causes(&error).any(|cause| cause.to_string().contains("timed out"));
    let cause = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    let what =
        if timed_out { "the server does not answer in time".to_owned() } else { format!("cannot be fetched: {cause}") };
    Fault::new(place, what)
        .hint("is the address right, and the network there? else fetch the file by hand and give its path")
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source())
}

/// Whether the host is this machine, or one that only this network reaches.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    if let Ok(address) = host.parse() {
        return is_near_address(address);
    }
    // A name that is not found here is a proxy's to find.
    let found = (host, url.port_or_known_default().unwrap_or(443)).to_socket_addrs();
    host == "localhost" || found.is_ok_and(|mut found| found.any(|address| is_near_address(address.ip())))
}

fn is_near_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [first, second, ..] = four.octets();
            let shared = first == 100 && (64..128).contains(&second);
            four.is_loopback()
                || four.is_private()
                || four.is_link_local()
                || shared
                || first == 0
                || four.is_multicast()
        }
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or_else(|| is_near_v6(six), |four| is_near_address(four.into())),
    }
}

/// Loopback, unspecified, link-local `fe80::/10`, unique local `fc00::/7`, multicast.
fn is_near_v6(six: Ipv6Addr) -> bool {
    let first = six.segments()[0];
    six.is_loopback()
        || six.is_unspecified()
        || six.is_multicast()
        || first & 0xffc0 == 0xfe80
        || first & 0xfe00 == 0xfc00
}

#[cfg(test)]
pub(crate) mod tests;
