//! What is left of a fit: the rows with a coefficient, and what they sum to for others.

use std::num::NonZeroUsize;

use super::kernel::Kernel;
use super::panels::{Panels, Points, Terms};

#[derive(Clone, Debug)]
pub(super) struct Machine {
    kernel: Kernel,
    columns: usize,
    /// The support vectors, row-major; each has coefficients in the outputs that its entries name.
    vectors: Vec<f64>,
    starts: Vec<usize>,
    entries: Vec<(usize, f64)>,
    offsets: Vec<f64>,
    /// Of the linear kernel: for each output one coefficient a column, which say the same.
    planes: Vec<f64>,
}

impl Machine {
    /// Each output is given by rows of the table with their coefficients, and its offset.
    pub(super) fn of(points: Points<'_>, kernel: Kernel, outputs: &[(&[u32], &[f64], f64)]) -> Self {
        let mut terms: Vec<(u32, usize, f64)> = Vec::new();
        for (output, (rows, coefficients, _)) in outputs.iter().enumerate() {
            let supporting = rows.iter().zip(*coefficients).filter(|(_, coefficient)| **coefficient != 0.0);
            terms.extend(supporting.map(|(row, coefficient)| (*row, output, *coefficient)));
        }
        terms.sort_by_key(|(row, output, _)| (*row, *output));
        let (mut vectors, mut starts) = (Vec::new(), Vec::new());
        for (index, (row, _, _)) in terms.iter().enumerate() {
            if index == 0 || terms[index - 1].0 != *row {
                vectors.extend_from_slice(points.row(*row));
                starts.push(index);
            }
        }
        starts.push(terms.len());
        let mut machine = Self {
            kernel,
            columns: points.columns,
            vectors,
            starts,
            entries: terms.into_iter().map(|(_, output, coefficient)| (output, coefficient)).collect(),
            offsets: outputs.iter().map(|(_, _, offset)| *offset).collect(),
            planes: Vec::new(),
        };
        if kernel == Kernel::Linear {
            machine.planes = machine.planes();
        }
        machine
    }

    fn planes(&self) -> Vec<f64> {
        let mut planes = vec![0.0; self.offsets.len() * self.columns];
        for (vector, range) in self.vectors.chunks_exact(self.columns).zip(self.starts.windows(2)) {
            for (output, coefficient) in &self.entries[range[0]..range[1]] {
                crate::design::add_scaled(&mut planes[output * self.columns..][..self.columns], *coefficient, vector);
            }
        }
        planes
    }

    pub(super) fn support_vectors(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn rows_of(&self, x: &[f64]) -> usize {
        x.len() / self.columns
    }

    /// For each output the decisions of all rows, one output after another.
    pub(super) fn decide(&self, x: &[f64], threads: NonZeroUsize) -> Vec<f64> {
        let points = Points { x, columns: self.columns };
        self.decide_rows(points, &(0..self.rows_of(x) as u32).collect::<Vec<_>>(), threads)
    }

    pub(super) fn decide_rows(&self, points: Points<'_>, rows: &[u32], threads: NonZeroUsize) -> Vec<f64> {
        if self.kernel == Kernel::Linear {
            let of_plane =
                |(plane, offset)| rows.iter().map(move |row| crate::design::dot(points.row(*row), plane) + offset);
            return self.planes.chunks_exact(self.columns).zip(&self.offsets).flat_map(of_plane).collect();
        }
        let vectors: Vec<u32> = (0..self.support_vectors() as u32).collect();
        let terms = Terms {
            points: Points { x: &self.vectors, columns: self.columns },
            rows: &vectors,
            starts: &self.starts,
            entries: &self.entries,
            outputs: self.offsets.len(),
        };
        let panels = Panels::of(points, rows);
        let sums = panels.sums(self.kernel, &terms, threads);
        let of_output =
            |(sums, offset): (&[f64], &f64)| sums[..rows.len()].iter().map(|sum| sum + offset).collect::<Vec<_>>();
        sums.chunks_exact(panels.padded().max(1)).zip(&self.offsets).flat_map(of_output).collect()
    }
}
