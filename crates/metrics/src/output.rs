//! What a run left behind, read back: `outputs/<name>.npy` or `.jsonl`.

use std::path::{Path, PathBuf};

use datasets::npy::{self, Array, Element};
use schema::fault::Fault;
use schema::files;
use schema::task::{Dtype, OutputKind, OutputSpec};

/// One output. Two are the same when type, shape and every bit of the values are.
#[derive(Clone, Debug)]
pub enum Output {
    F64(Array<f64>),
    F32(Array<f32>),
    I64(Array<i64>),
    I32(Array<i32>),
    Lines(Vec<u8>),
}

/// Where a run's output lies under the run's folder.
pub fn path_in(run_folder: &Path, spec: &OutputSpec) -> PathBuf {
    let extension = match spec.kind {
        OutputKind::Npy => "npy",
        OutputKind::Jsonl => "jsonl",
    };
    run_folder.join("outputs").join(format!("{}.{extension}", spec.name))
}

impl Output {
    /// Reads the output that `spec` declares, of at most `limit_bytes`.
    pub fn read(run_folder: &Path, spec: &OutputSpec, limit_bytes: u64) -> Result<Self, Fault> {
        let path = path_in(run_folder, spec);
        match spec.kind {
            OutputKind::Npy => Self::read_npy(&path, limit_bytes),
            OutputKind::Jsonl => files::read_at_most(&path, limit_bytes).map(Self::Lines),
        }
    }

    /// Reads an array of whatever type its header says.
    pub fn read_npy(path: &Path, limit_bytes: u64) -> Result<Self, Fault> {
        Ok(match npy::read_header(path)?.dtype {
            Dtype::F64 => Self::F64(npy::read(path, limit_bytes)?),
            Dtype::F32 => Self::F32(npy::read(path, limit_bytes)?),
            Dtype::I64 => Self::I64(npy::read(path, limit_bytes)?),
            Dtype::I32 => Self::I32(npy::read(path, limit_bytes)?),
        })
    }

    /// Whether type and number of dimensions are as declared; lengths are another matter.
    pub fn check(&self, spec: &OutputSpec) -> Result<(), String> {
        if self.dtype() != spec.dtype {
            let (found, declared) = (in_words(self.dtype()), in_words(spec.dtype));
            return Err(format!("`{}` holds {found} where {declared} is declared", spec.name));
        }
        if self.shape().len() != spec.shape.len() {
            let declared = spec.shape.join(", ");
            return Err(format!("`{}` has shape {:?} where [{declared}] is declared", spec.name, self.shape()));
        }
        Ok(())
    }

    /// Null for JSON Lines.
    pub fn dtype(&self) -> Option<Dtype> {
        match self {
            Self::F64(_) => Some(Dtype::F64),
            Self::F32(_) => Some(Dtype::F32),
            Self::I64(_) => Some(Dtype::I64),
            Self::I32(_) => Some(Dtype::I32),
            Self::Lines(_) => None,
        }
    }

    pub fn shape(&self) -> &[u64] {
        match self {
            Self::F64(array) => &array.shape,
            Self::F32(array) => &array.shape,
            Self::I64(array) => &array.shape,
            Self::I32(array) => &array.shape,
            Self::Lines(_) => &[],
        }
    }

    /// The values as doubles (an i64 beyond 2⁵³ is rounded); none for JSON Lines.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        match self {
            Self::F64(array) => Some(array.values.clone()),
            Self::F32(array) => Some(array.values.iter().map(|value| f64::from(*value)).collect()),
            Self::I64(array) => Some(array.values.iter().map(|value| *value as f64).collect()),
            Self::I32(array) => Some(array.values.iter().map(|value| f64::from(*value)).collect()),
            Self::Lines(_) => None,
        }
    }

    /// The first value that is not finite, with its place.
    pub fn not_finite(&self) -> Option<(usize, f64)> {
        match self {
            Self::F64(array) => array.values.iter().copied().enumerate().find(|(_, value)| !value.is_finite()),
            Self::F32(_) => self.numbers()?.into_iter().enumerate().find(|(_, value)| !value.is_finite()),
            Self::I64(_) | Self::I32(_) | Self::Lines(_) => None,
        }
    }

    pub fn identical(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::F64(a), Self::F64(b)) => same(a, b, f64::to_bits),
            (Self::F32(a), Self::F32(b)) => same(a, b, f32::to_bits),
            (Self::I64(a), Self::I64(b)) => same(a, b, |value| value),
            (Self::I32(a), Self::I32(b)) => same(a, b, |value| value),
            (Self::Lines(a), Self::Lines(b)) => a == b,
            _ => false,
        }
    }
}

fn in_words(dtype: Option<Dtype>) -> &'static str {
    match dtype {
        Some(Dtype::F64) => "f64",
        Some(Dtype::F32) => "f32",
        Some(Dtype::I64) => "i64",
        Some(Dtype::I32) => "i32",
        None => "JSON Lines",
    }
}

fn same<T: Element, Bits: PartialEq>(left: &Array<T>, right: &Array<T>, bits: impl Fn(T) -> Bits) -> bool {
    left.shape == right.shape
        && left.values.len() == right.values.len()
        && left.values.iter().zip(&right.values).all(|(a, b)| bits(*a) == bits(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[f64]) -> Output {
        Output::F64(Array { shape: vec![values.len() as u64], values: values.to_vec() })
    }

    #[test]
    fn identity_is_of_type_shape_and_bits() {
        assert!(numbers(&[1.0, f64::NAN]).identical(&numbers(&[1.0, f64::NAN])));
        assert!(!numbers(&[0.0]).identical(&numbers(&[-0.0])));
        let column = Output::F64(Array { shape: vec![2, 1], values: vec![1.0, 2.0] });
        assert!(!numbers(&[1.0, 2.0]).identical(&column));
        assert!(!numbers(&[1.0]).identical(&Output::F32(Array { shape: vec![1], values: vec![1.0] })));
        assert!(Output::Lines(b"{}\n".to_vec()).identical(&Output::Lines(b"{}\n".to_vec())));
    }

    #[test]
    fn type_and_dimensions_are_held_against_the_declaration() {
        let spec = |dtype, shape: &[&str]| OutputSpec {
            name: schema::id::Id::new("predictions").expect("an id"),
            kind: OutputKind::Npy,
            dtype: Some(dtype),
            shape: shape.iter().map(|&length| length.to_owned()).collect(),
            algorithms: Vec::new(),
        };
        let output = numbers(&[1.0, 2.0]);
        assert_eq!(output.check(&spec(Dtype::F64, &["n_test"])), Ok(()));
        let wrong_type = output.check(&spec(Dtype::F32, &["n_test"])).expect_err("another type");
        assert_eq!(wrong_type, "`predictions` holds f64 where f32 is declared");
        let wrong_shape = output.check(&spec(Dtype::F64, &["n_test", "k"])).expect_err("another shape");
        assert_eq!(wrong_shape, "`predictions` has shape [2] where [n_test, k] is declared");
    }

    #[test]
    fn an_array_is_read_with_the_type_of_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.npy");
        npy::write(&path, &Array { shape: vec![2], values: vec![7_i32, -1] }).expect("written");
        let output = Output::read_npy(&path, 1 << 20).expect("read");
        assert_eq!((output.dtype(), output.shape()), (Some(Dtype::I32), &[2_u64][..]));
        assert_eq!(output.numbers(), Some(vec![7.0, -1.0]));
        assert_eq!(output.not_finite(), None);
        assert_eq!(numbers(&[0.0, f64::INFINITY]).not_finite(), Some((1, f64::INFINITY)));
    }
}
