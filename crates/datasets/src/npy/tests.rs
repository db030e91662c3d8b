use proptest::prelude::*;

use super::*;

/// Files that numpy wrote, by `tests/golden/make_npy.py`.
macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/golden/", $name, ".npy")).as_slice()
    };
}

fn fault<T: Element + std::fmt::Debug>(bytes: &[u8]) -> String {
    parse::<T>(bytes, "x.npy").expect_err("refused").to_string()
}

#[test]
fn numpys_files_read_as_what_numpy_wrote_and_are_written_alike() {
    let table = parse::<f64>(golden!("f64_2x3"), "golden").expect("f64");
    assert_eq!(table, Array { shape: vec![2, 3], values: vec![0.0, -1.5, 2.25, 3.0, 1e300, -0.0] });
    assert!(table.values[5].is_sign_negative());
    assert_eq!(encode(&table), golden!("f64_2x3"));

    let whole = parse::<i64>(golden!("i64_3"), "golden").expect("i64");
    assert_eq!(whole, Array { shape: vec![3], values: vec![3, -1, 1 << 40] });
    assert_eq!(encode(&whole), golden!("i64_3"));

    let scalar = parse::<i32>(golden!("i32_scalar"), "golden").expect("i32");
    assert_eq!(scalar, Array { shape: vec![], values: vec![7] });
    assert_eq!(encode(&scalar), golden!("i32_scalar"));

    let version2 = parse::<f32>(golden!("f32_version2"), "golden").expect("version 2");
    assert_eq!(version2, Array { shape: vec![1], values: vec![1.5] });
}

#[test]
fn what_is_no_plain_array_is_refused_with_the_remedy() {
    assert!(fault::<f64>(golden!("object")).contains("Python objects, which are never loaded"));
    assert!(fault::<f64>(golden!("f64_fortran")).contains("hint: save numpy.ascontiguousarray"));
    assert!(fault::<f64>(golden!("f64_big_endian")).contains("type '>f8'; allowed: <f8"));
    assert!(fault::<f32>(golden!("f64_2x3")).contains("type '<f8' where '<f4' is needed"));
    assert!(fault::<f64>(b"<!DOCTYPE html>").contains("no npy file"));
    assert!(fault::<f64>(b"\x93NUMPY\x03\x00\x76\x00\x00\x00").contains("npy version 3.0"));
}

#[test]
fn a_truncated_or_longer_file_says_how_many_bytes_it_needs() {
    let whole = golden!("f64_2x3");
    assert!(
        fault::<f64>(&whole[..whole.len() - 1]).contains("holds 47 bytes of values where its shape (2, 3) needs 48")
    );
    let longer = [whole, &[0]].concat();
    assert!(fault::<f64>(&longer).contains("holds 49 bytes"));
    assert!(fault::<f64>(&whole[..20]).contains("its header is cut off"));
}

/// A version 2 file with this dictionary and nothing after it.
fn with_header(dictionary: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
    bytes.extend_from_slice(&u32::try_from(dictionary.len()).expect("short").to_le_bytes());
    bytes.extend_from_slice(dictionary.as_bytes());
    bytes
}

#[test]
fn a_header_that_lies_costs_no_memory() {
    let lie = |shape: &str| with_header(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}"));
    assert!(fault::<f64>(&lie("(18446744073709551615, 2)")).contains("larger than any memory"));
    assert!(fault::<f64>(&lie("(1000000000000,)")).contains("holds 0 bytes"));
    assert!(fault::<f64>(&lie("(-1,)")).contains("not what numpy writes"));
    assert!(fault::<f64>(&lie(&format!("({})", "1,".repeat(33)))).contains("not what numpy writes"));
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend_from_slice(&u32::MAX.to_le_bytes());
    assert!(fault::<f64>(&long).contains("a header of 4294967295 bytes; at most 65536 are read"));
}

#[test]
fn a_file_above_the_limit_is_refused_unread() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.npy");
    write(&path, &Array { shape: vec![2], values: vec![1_i32, 2] }).expect("written");
    let length = std::fs::metadata(&path).expect("there").len();
    assert!(read::<i32>(&path, length - 1).is_err());
    assert_eq!(read::<i32>(&path, length).expect("read").values, [1, 2]);
    assert_eq!(read_header(&path).expect("read"), Header { dtype: Dtype::I32, shape: vec![2] });
}

#[test]
fn an_array_larger_than_a_piece_comes_back() {
    let values: Vec<i64> = (0..).take(PIECE_VALUES + 3).collect();
    let array = Array { shape: vec![values.len() as u64], values };
    assert_eq!(parse::<i64>(&encode(&array), "many").expect("read"), array);
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in 0_usize..8, columns in 0_usize..8, seed in any::<u64>()) {
        let values = (0..rows * columns).map(|i| f64::from_bits(seed.wrapping_mul(i as u64 + 1))).collect::<Vec<_>>();
        let array = Array { shape: vec![rows as u64, columns as u64], values };
        let back = parse::<f64>(&encode(&array), "x").expect("read");
        prop_assert_eq!(&back.shape, &array.shape);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&back.values), bits(&array.values), "bit for bit, NaN too");
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse::<f64>(&bytes, "x");
    }

    #[test]
    fn no_header_makes_it_panic(dictionary in "[{}()':, <f8iOTrueFalsdcptohn_0-9\u{e9}]{0,80}") {
        let _ = parse::<f64>(&with_header(&dictionary), "x");
        let likely = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {dictionary}}}");
        let _ = parse::<f64>(&with_header(&likely), "x");
    }

    #[test]
    fn a_flipped_byte_never_panics(at in 0_usize..176, bit in 0_u8..8) {
        let mut bytes = golden!("f64_2x3").to_vec();
        bytes[at] ^= 1 << bit;
        let _ = parse::<f64>(&bytes, "x");
    }
}
