//! Plain files of a tar archive compressed by gzip, into memory: nothing is unpacked to a disk, so
//! no name in it can lead anywhere (security case 8).

use std::collections::BTreeMap;
use std::io::{self, Read};

use flate2::read::GzDecoder;
use schema::fault::Fault;

const BLOCK: usize = 512;
/// Of a published dataset of 2 MB more than enough; a bomb ends here.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// The contents of the files with these names, in whatever folder of the archive they are.
pub(crate) fn files(source: impl Read, wanted: &[&str], place: &str) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let mut unpacked = GzDecoder::new(source).take(UNPACKED_BYTES_MAX);
    let mut found = BTreeMap::new();
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        // Not `read_exact`: it tells the archive's end and a stream that is cut off alike.
        Read::by_ref(&mut unpacked)
            .take(BLOCK as u64)
            .read_to_end(&mut block)
            .map_err(|error| unreadable(&error, unpacked.limit(), place))?;
        if block.is_empty() && unpacked.limit() > 0 {
            break;
        }
        let Ok(block) = <[u8; BLOCK]>::try_from(block) else {
            return Err(unreadable(&io::ErrorKind::UnexpectedEof.into(), unpacked.limit(), place));
        };
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let entry = Entry::parse(&block).ok_or_else(|| Fault::new(place, "holds no tar archive, or a damaged one"))?;
        let padded = entry.bytes.next_multiple_of(BLOCK as u64);
        let mut content = Vec::new();
        Read::by_ref(&mut unpacked)
            .take(padded)
            .read_to_end(&mut content)
            .map_err(|error| unreadable(&error, unpacked.limit(), place))?;
        if (content.len() as u64) < padded {
            let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
            return Err(unreadable(&cut, unpacked.limit(), place));
        }
        content.truncate(entry.bytes as usize);
        let name = entry.name.rsplit('/').next().unwrap_or_default();
        if entry.plain && wanted.contains(&name) && found.insert(name.to_owned(), content).is_some() {
            return Err(Fault::new(place, format!("holds two files called {name}")));
        }
    }
    Ok(found)
}

fn unreadable(error: &io::Error, room_left: u64, place: &str) -> Fault {
    if room_left == 0 {
        return Fault::new(place, format!("unpacks to more than {UNPACKED_BYTES_MAX} bytes"));
    }
    Fault::new(place, format!("cannot be unpacked: {error}")).hint("the file is damaged; fetch it again")
}

struct Entry {
    name: String,
    bytes: u64,
    /// A file as such: no link, folder or device.
    plain: bool,
}

impl Entry {
    /// POSIX ustar: <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06>
    fn parse(block: &[u8; BLOCK]) -> Option<Self> {
        let text = |from: usize, length: usize| {
            let field = &block[from..from + length];
            String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap_or_default()).trim().to_owned()
        };
        let octal = |from, length| u64::from_str_radix(&text(from, length), 8).ok();
        // The sum of all bytes, those of the sum itself taken as blanks.
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) })
            .sum();
        (octal(148, 8)? == sum).then_some(())?;
        let bytes = octal(124, 12).filter(|bytes| *bytes <= UNPACKED_BYTES_MAX)?;
        Some(Self { name: text(0, 100), bytes, plain: matches!(block[156], b'0' | 0) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut block = [0_u8; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..136].copy_from_slice(format!("{:011o} ", content.len()).as_bytes());
        block[148..156].copy_from_slice(b"        ");
        block[156] = kind;
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let mut bytes = block.to_vec();
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    fn packed(parts: &[Vec<u8>]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        for part in parts {
            encoder.write_all(part).expect("compressed");
        }
        encoder.finish().expect("compressed")
    }

    fn fault(bytes: &[u8]) -> String {
        files(bytes, &["a"], "x.tgz").expect_err("refused").to_string()
    }

    #[test]
    fn wanted_plain_files_are_found_and_links_are_not_followed() {
        let parts = [entry("d/", b'5', b""), entry("d/a", b'0', b"one"), entry("d/b", b'2', b""), vec![0; 1024]];
        let found = files(packed(&parts).as_slice(), &["a", "b"], "x.tgz").expect("read");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("a".to_owned(), b"one".to_vec())]);
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        // 120 MiB of zeros in an eighth of a MiB.
        let zeros = vec![0; 60 << 20];
        let parts = [entry("x", b'0', &zeros), entry("y", b'0', &zeros), entry("a", b'0', b"1")];
        let bomb = packed(&parts);
        assert!(bomb.len() < 1 << 20);
        assert!(fault(&bomb).contains("unpacks to more than 67108864 bytes"));
    }

    #[test]
    fn damaged_archives_are_told() {
        let whole = packed(&[entry("a", b'0', &[7; 5000])]);
        assert!(fault(&whole[..whole.len() / 2]).contains("cannot be unpacked"));
        assert!(fault(&packed(&[vec![7; 2048]])).contains("no tar archive"));
        assert!(fault(b"\x1f\x8bnothing of the kind").contains("cannot be unpacked"));
        let twice = packed(&[entry("a", b'0', b"1"), entry("e/a", b'0', b"2")]);
        assert!(fault(&twice).contains("two files called a"));
    }
}
