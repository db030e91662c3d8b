//! The tensors of `model.safetensors`, taken by name, each with the shape that the config says.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Shape, Tensor};
use schema::files;

use crate::ModelError;

pub(crate) const FILE: &str = "model.safetensors";

pub(crate) struct Weights {
    tensors: HashMap<String, Tensor>,
    place: String,
    /// The checkpoint of a bare model has names without it.
    prefix: &'static str,
}

impl Weights {
    pub(crate) fn read(folder: &Path, prefix: &'static str) -> Result<Self, ModelError> {
        let path = folder.join(FILE);
        let place = path.display().to_string();
        std::fs::metadata(&path).map_err(|error| files::cannot("read", &path, &error))?;
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu)
            .map_err(|error| ModelError::format(place.clone(), format!("no safetensors: {error}")))?;
        Ok(Self { tensors, place, prefix })
    }

    pub(crate) fn take(&mut self, name: &str, shape: impl Into<Shape>) -> Result<Tensor, ModelError> {
        let shape = shape.into();
        let bare = name.strip_prefix(self.prefix).unwrap_or(name);
        let found = self.tensors.remove(name).or_else(|| self.tensors.remove(bare));
        let Some(tensor) = found else {
            return Err(ModelError::format(self.place.as_str(), format!("no tensor `{name}`")));
        };
        if tensor.shape() != &shape {
            let what = format!("`{name}` is {:?}, not {shape:?} as {} says", tensor.shape(), crate::config::FILE);
            return Err(ModelError::format(self.place.as_str(), what));
        }
        Ok(tensor.to_dtype(DType::F32)?)
    }
}
