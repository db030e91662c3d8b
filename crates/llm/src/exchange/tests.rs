use proptest::prelude::*;

use super::*;

const GOOD: &str = "{\"response\":\"Hel\",\"done\":false}\n{\"response\":\"lo \u{e9}\",\"done\":false}\n\
    {\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2,\"eval_duration\":10,\"load_duration\":0}\n";

fn fed(pieces: &[&[u8]]) -> Result<Call, Failure> {
    let mut exchange = Exchange::begin(&Limits { line_bytes: 1 << 10, body_bytes: 1 << 12, ..Limits::default() });
    exchange.sent();
    for piece in pieces {
        if let Err((class, message)) = exchange.piece(piece) {
            return Err(exchange.fail(class, message));
        }
    }
    exchange.end()
}

fn class_of(text: &str) -> Class {
    fed(&[text.as_bytes()]).expect_err("refused").class
}

proptest! {
    #[test]
    fn the_answer_is_the_same_wherever_the_stream_is_cut(cut in 0..GOOD.len(), second in 0..GOOD.len()) {
        let (first, second) = (cut.min(second), cut.max(second));
        let bytes = GOOD.as_bytes();
        let call = fed(&[&bytes[..first], &bytes[first..second], &bytes[second..]]).expect("whole");
        prop_assert_eq!(call.answer, "Hello é");
        prop_assert_eq!((call.token_ns.len(), call.done_reason.as_deref()), (2, Some("stop")));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = fed(&[&bytes]);
    }

    #[test]
    fn a_stream_cut_off_is_never_a_call(end in 0..GOOD.len() - 1) {
        let failure = fed(&[&GOOD.as_bytes()[..end]]).expect_err("not done");
        prop_assert!(matches!(failure.class, Class::StreamIncomplete | Class::StreamTruncated), "{}", failure);
    }
}

#[test]
fn legal_variants_are_one() {
    let windows = GOOD.replace('\n', "\r\n\r\n");
    for text in [format!("\u{feff}{GOOD}"), windows, GOOD.trim_end().to_owned(), format!("\n \n{GOOD}\n")] {
        assert_eq!(fed(&[text.as_bytes()]).expect("legal").answer, "Hello é", "{text:?}");
    }
}

#[test]
fn zero_and_absent_figures_are_absent() {
    let call = fed(&[GOOD.as_bytes()]).expect("whole");
    assert_eq!((call.server.eval_count, call.server.eval_duration), (Some(2), Some(10)));
    assert_eq!((call.server.load_duration, call.server.total_duration), (None, None));
    assert!(call.ttft_ns().is_some());
}

#[test]
fn every_fault_has_its_class() {
    let first = "{\"response\":\"a\",\"done\":false}\n";
    let done = "{\"done\":true}\n";
    for (rest, class) in [
        ("{\"error\":\"out of memory\"}\n", Class::ServerErrorMidstream),
        ("nonsense\n", Class::Protocol),
        ("{\"response\":1,\"done\":false}\n", Class::Protocol),
        ("{\"response\":\"x\"}\n", Class::Protocol),
        ("{\"done\":false}{\"done\":true}\n", Class::Protocol),
        ("[]\n", Class::Protocol),
        ("{\"done\":true}\n{\"response\":\"b\",\"done\":false}\n", Class::Inconsistent),
        ("{\"done\":true}\n{\"done\":true}\n", Class::Inconsistent),
        ("{\"response\":\"b\",\"done\":true,\"eval_count\":1}\n", Class::Inconsistent),
        ("{\"done\":true,\"eval_duration\":-1}\n", Class::ClockInconsistent),
        ("{\"done\":true,\"total_duration\":9000000000000}\n", Class::ClockInconsistent),
        ("", Class::StreamIncomplete),
        ("{\"response\":\"b", Class::StreamTruncated),
    ] {
        assert_eq!(class_of(&format!("{first}{rest}")), class, "{rest}");
    }
    assert_eq!(class_of(&format!("{{\"response\":\"{}\"}}", "x".repeat(2000))), Class::ResponseTooLarge);
    assert_eq!(class_of(&first.repeat(200)), Class::ResponseTooLarge);
    assert_eq!(fed(&[first.as_bytes(), done.as_bytes()]).expect("whole").answer, "a");
    let failure = fed(&[first.as_bytes()]).expect_err("no end");
    assert_eq!((failure.partial.answer.as_str(), failure.partial.token_ns.len()), ("a", 1));
}

#[test]
fn a_status_has_its_class_and_the_servers_own_words() {
    let refused = |status, body: &str| {
        let head = Head { status, retry_after: (status == 503).then_some("7"), ..Head::default() };
        Exchange::begin(&Limits::default()).refused(&head, body.as_bytes())
    };
    let missing = refused(404, "{\"error\":\"model 'x' not found\"}");
    assert_eq!((missing.class, missing.message.as_str()), (Class::ModelMissing, "status 404: model 'x' not found"));
    assert_eq!(refused(404, "404 page not found").class, Class::ServerError);
    assert_eq!(refused(503, "busy").message, "status 503, retry after 7: busy");
    assert_eq!(refused(429, "").class, Class::Overloaded);
    assert_eq!(refused(500, "{}").class, Class::ServerError);
    let mut exchange = Exchange::begin(&Limits::default());
    let moved = Head { status: 302, location: Some("http://169.254.169.254/"), ..Head::default() };
    assert_eq!(exchange.head(&moved).expect_err("not followed").0, Class::Redirected);
    let zipped = Head { status: 200, content_encoding: Some("gzip"), ..Head::default() };
    assert_eq!(exchange.head(&zipped).expect_err("not asked for").0, Class::Protocol);
    assert_eq!(exchange.head(&Head { status: 200, ..Head::default() }), Ok(true));
}
