//! The tables as Parquet, through polars. Only tables pass through it: its parallel sums do not
//! keep the order of the terms, and equal input has to give equal bytes.

use std::path::Path;

use anyhow::{Context, Result};
use polars::prelude::{Column, DataFrame, ParquetCompression, ParquetWriter};
use schema::files;

use crate::table::{Table, Values};

/// A frame to which tables of the same columns are added one after the other.
#[derive(Default)]
pub(crate) struct Frame(Option<DataFrame>);

impl Frame {
    pub(crate) fn add(&mut self, table: &Table) -> Result<()> {
        let frame = frame(table)?;
        match &mut self.0 {
            Some(whole) => {
                whole.vstack_mut(&frame).context("two tables' columns differ")?;
            }
            None => self.0 = Some(frame),
        }
        Ok(())
    }

    pub(crate) fn write(self, path: &Path) -> Result<()> {
        let mut whole = self.0.unwrap_or_default();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .with_compression(ParquetCompression::Snappy)
            .set_parallel(false)
            .finish(&mut whole)
            .with_context(|| format!("cannot write {} as Parquet", path.display()))?;
        Ok(files::write_whole(path, &bytes)?)
    }
}

fn frame(table: &Table) -> Result<DataFrame> {
    let columns = table.columns.iter().map(|column| {
        let name = column.name.into();
        match &column.values {
            Values::Text(values) => Column::new(name, values),
            Values::Whole(values) => Column::new(name, values),
            Values::Number(values) => Column::new(name, values),
            Values::Flag(values) => Column::new(name, values),
        }
    });
    DataFrame::new(table.rows(), columns.collect()).context("a table's columns differ in length or share a name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column as TableColumn;
    use polars::prelude::{ParquetReader, SerReader};

    #[test]
    fn a_table_reads_back_as_it_was() {
        let table = Table {
            columns: vec![
                TableColumn { name: "text", values: Values::Text(vec![Some("=1".to_owned()), None]) },
                TableColumn { name: "whole", values: Values::Whole(vec![None, Some(-3)]) },
                TableColumn { name: "number", values: Values::Number(vec![Some(0.1), None]) },
                TableColumn { name: "flag", values: Values::Flag(vec![true, false]) },
            ],
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let mut frames = Frame::default();
        frames.add(&table).expect("a frame");
        frames.add(&table).expect("the same columns");
        frames.write(&path).expect("written");
        let file = std::fs::File::open(&path).expect("there");
        let read = ParquetReader::new(file).finish().expect("read");
        let once = frame(&table).expect("a frame");
        assert!(read.equals_missing(&once.vstack(&once).expect("the same columns")));
    }
}
