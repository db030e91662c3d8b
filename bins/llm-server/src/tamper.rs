//! What a scripted fault makes of the lines of an answer.

use std::time::Duration;

use crate::script::{Fault, milliseconds};
use crate::wire::Wire;

/// What is done with the connection, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `token` is set for the line of a token, whose time of writing is logged.
    Send {
        bytes: Vec<u8>,
        token: bool,
    },
    Wait(Duration),
    /// That many bytes of one line.
    Flood(u64),
    /// That many zeros, to be compressed.
    Zeros(u64),
    /// Nothing more until the client leaves.
    Stall,
    /// A clean end.
    Close,
    /// The connection ends inside the answer.
    Cut {
        reset: bool,
    },
}

impl Fault {
    /// Whether it takes the place of a generation.
    pub(crate) fn is_instead(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::Redirect { .. })
    }

    pub(crate) fn is_compressed(&self) -> bool {
        matches!(self, Self::Gzip | Self::GzipBomb { .. })
    }
}

/// The line of the token with this index.
pub(crate) fn token(fault: Option<&Fault>, index: usize, bytes: Vec<u8>, wire: &Wire) -> Vec<Action> {
    match fault {
        Some(Fault::Cut { after }) if index == *after => cut(&bytes, bytes.len() / 2, false),
        Some(Fault::Reset { after }) if index == *after => cut(&bytes, bytes.len() / 2, true),
        Some(Fault::HalfCharacter { after }) if index == *after => half_character(wire),
        Some(Fault::Malformed { after }) if index == *after => vec![plain(wire.malformed()), said(bytes)],
        Some(Fault::Error { after, message }) if index == *after => failed(wire, message),
        Some(Fault::EndlessLine { after, bytes }) if index == *after => vec![Action::Flood(*bytes), Action::Close],
        Some(Fault::GzipBomb { bytes }) if index == 0 => vec![Action::Zeros(*bytes), Action::Close],
        Some(Fault::Stall { after }) if index == *after => vec![Action::Stall],
        Some(Fault::Drip { byte_ms }) => drip(bytes, milliseconds(*byte_ms)),
        _ => vec![said(bytes)],
    }
}

/// The closing lines.
pub(crate) fn end(fault: Option<&Fault>, bytes: Vec<u8>, wire: &Wire) -> Vec<Action> {
    match fault {
        Some(Fault::NoFinal) => vec![Action::Close],
        Some(Fault::TwoFinals) => vec![plain(bytes.clone()), plain(bytes), Action::Close],
        Some(Fault::TokenAfterFinal) => vec![plain(bytes), said(wire.piece("late")), Action::Close],
        Some(Fault::Drip { byte_ms }) => drip(bytes, milliseconds(*byte_ms)),
        _ => vec![plain(bytes), Action::Close],
    }
}

/// An error in mid-stream.
pub(crate) fn failed(wire: &Wire, message: &str) -> Vec<Action> {
    vec![plain(wire.error(500, message)), Action::Close]
}

/// An answer that is not streamed meets its fault at once.
pub(crate) fn whole(fault: Option<&Fault>, bytes: Vec<u8>, wire: &Wire) -> Vec<Action> {
    match fault {
        Some(Fault::Malformed { .. }) => vec![plain(wire.malformed()), Action::Close],
        Some(Fault::NoFinal | Fault::TwoFinals | Fault::TokenAfterFinal) | None => vec![said(bytes), Action::Close],
        Some(fault) => {
            let mut actions = token(Some(&fault.at_once()), 0, bytes, wire);
            actions.push(Action::Close);
            actions
        }
    }
}

impl Fault {
    fn at_once(&self) -> Self {
        let mut fault = self.clone();
        match &mut fault {
            Self::Cut { after }
            | Self::Reset { after }
            | Self::HalfCharacter { after }
            | Self::Error { after, .. }
            | Self::EndlessLine { after, .. }
            | Self::Stall { after } => *after = 0,
            _ => {}
        }
        fault
    }
}

fn said(bytes: Vec<u8>) -> Action {
    Action::Send { bytes, token: true }
}

fn plain(bytes: Vec<u8>) -> Action {
    Action::Send { bytes, token: false }
}

fn cut(bytes: &[u8], at: usize, reset: bool) -> Vec<Action> {
    vec![plain(bytes[..at].to_vec()), Action::Cut { reset }]
}

fn half_character(wire: &Wire) -> Vec<Action> {
    let bytes = wire.piece("é");
    let second = bytes.iter().position(|byte| !byte.is_ascii()).map_or(bytes.len(), |first| first + 1);
    cut(&bytes, second, false)
}

/// The first byte carries the token's time.
fn drip(bytes: Vec<u8>, pause: Duration) -> Vec<Action> {
    let one = |(index, byte)| [Action::Send { bytes: vec![byte], token: index == 0 }, Action::Wait(pause)];
    bytes.into_iter().enumerate().flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::wire::Form;

    fn wire() -> Wire {
        Wire { form: Form::Generate, model: "m".to_owned(), begin: Instant::now(), stream: true }
    }

    #[test]
    fn a_fault_strikes_at_its_token_and_not_before() {
        let fault = Some(Fault::Cut { after: 1 });
        assert_eq!(token(fault.as_ref(), 0, b"abcd".to_vec(), &wire()), [said(b"abcd".to_vec())]);
        let struck = token(fault.as_ref(), 1, b"abcd".to_vec(), &wire());
        assert_eq!(struck, [plain(b"ab".to_vec()), Action::Cut { reset: false }]);
    }

    #[test]
    fn half_a_character_is_no_utf8() {
        let actions = token(Some(&Fault::HalfCharacter { after: 0 }), 0, Vec::new(), &wire());
        let Action::Send { bytes, .. } = &actions[0] else { panic!("something is sent") };
        assert!(std::str::from_utf8(bytes).is_err());
        assert_eq!(bytes.last(), Some(&0xc3));
    }

    #[test]
    fn an_answer_in_one_piece_meets_its_fault_at_once() {
        let actions = whole(Some(&Fault::Reset { after: 9 }), b"abcd".to_vec(), &wire());
        assert_eq!(actions[..2], [plain(b"ab".to_vec()), Action::Cut { reset: true }]);
    }

    #[test]
    fn dripping_keeps_every_byte() {
        let actions = token(Some(&Fault::Drip { byte_ms: 1.0 }), 0, b"abc".to_vec(), &wire());
        let sent: Vec<u8> = actions
            .iter()
            .filter_map(|action| if let Action::Send { bytes, .. } = action { Some(bytes[0]) } else { None })
            .collect();
        assert_eq!((sent.as_slice(), actions.len()), (b"abc".as_slice(), 6));
    }
}
