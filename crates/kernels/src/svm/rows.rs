//! Rows of the kernel's matrix over the active ones, kept in single precision as libsvm keeps them.
//!
//! When rows leave the active set, cached rows still hold them; each is cut to the new set when it is
//! next asked for. When all come back, what was cut is dropped, and what was not is whole as before.

use std::num::NonZeroUsize;

use super::kernel::Kernel;
use super::panels::{BLOCK, Panels, Points};

const NOWHERE: u32 = u32::MAX;

pub(super) struct Rows<'a> {
    pub(super) points: Points<'a>,
    /// The table's rows that the problem is about.
    members: &'a [u32],
    kernel: Kernel,
    threads: NonZeroUsize,
    panels: Panels,
    /// The active ones: their numbers among the members, ascending.
    active: Vec<u32>,
    /// For each time that the active set was cut: the places that were kept.
    cuts: Vec<Vec<u32>>,
    slots: Vec<Slot>,
    /// By member.
    slot_of: Vec<u32>,
    /// Values that may be held, and that are.
    room: usize,
    held: usize,
    clock: u64,
}

struct Slot {
    member: u32,
    /// How many of the cuts were made on it.
    cuts: usize,
    used: u64,
    values: Vec<f32>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        points: Points<'a>,
        members: &'a [u32],
        kernel: Kernel,
        cache_bytes: usize,
        threads: NonZeroUsize,
    ) -> Self {
        let panels = Panels::of(points, members);
        // The two rows of a step must fit in any case.
        let room = (cache_bytes / size_of::<f32>()).max(2 * panels.padded());
        Self {
            points,
            members,
            kernel,
            threads,
            panels,
            active: (0..members.len() as u32).collect(),
            cuts: Vec::new(),
            slots: Vec::new(),
            slot_of: vec![NOWHERE; members.len()],
            room,
            held: 0,
            clock: 0,
        }
    }

    pub(super) fn active(&self) -> &[u32] {
        &self.active
    }

    pub(super) fn diagonal(&self, place: usize) -> f64 {
        self.kernel.diagonal(self.panels.square(place))
    }

    /// Computes the row at this place unless it is there; the row asked for before stays too.
    pub(super) fn load(&mut self, place: usize) {
        self.clock += 1;
        let member = self.active[place] as usize;
        let slot = self.slot_of[member];
        if slot == NOWHERE {
            self.compute(place);
            return;
        }
        let slot = &mut self.slots[slot as usize];
        slot.used = self.clock;
        if slot.cuts < self.cuts.len() {
            self.held -= slot.values.len();
            for cut in &self.cuts[slot.cuts..] {
                keep(&mut slot.values, cut);
            }
            slot.cuts = self.cuts.len();
            slot.values.shrink_to_fit();
            self.held += slot.values.len();
        }
    }

    /// A row that was loaded.
    pub(super) fn get(&self, place: usize) -> &[f32] {
        let slot = self.slot_of[self.active[place] as usize];
        &self.slots[slot as usize].values
    }

    fn compute(&mut self, place: usize) {
        let size = self.panels.padded();
        let mut values = Vec::new();
        while self.held + size > self.room {
            values = self.evict();
        }
        values.resize(size, 0.0);
        values.shrink_to_fit();
        let member = self.active[place];
        let row = self.points.row(self.members[member as usize]);
        self.panels.kernel_row(self.kernel, row, self.panels.square(place), self.threads, &mut values);
        self.held += size;
        self.slot_of[member as usize] = self.slots.len() as u32;
        self.slots.push(Slot { member, cuts: self.cuts.len(), used: self.clock, values });
    }

    /// The memory of the row that was not used for longest.
    fn evict(&mut self) -> Vec<f32> {
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used);
        let Some((index, _)) = oldest else { return Vec::new() };
        let slot = self.slots.swap_remove(index);
        self.slot_of[slot.member as usize] = NOWHERE;
        if let Some(moved) = self.slots.get(index) {
            self.slot_of[moved.member as usize] = index as u32;
        }
        self.held -= slot.values.len();
        slot.values
    }

    /// Leaves only these places active; they ascend.
    pub(super) fn cut(&mut self, kept: Vec<u32>) {
        self.active = kept.iter().map(|place| self.active[*place as usize]).collect();
        self.panels = self.panels_of(&self.active);
        self.cuts.push(kept);
    }

    /// Makes all active again.
    pub(super) fn restore(&mut self) {
        self.active = (0..self.members.len() as u32).collect();
        self.panels = Panels::of(self.points, self.members);
        self.cuts.clear();
        self.slots.retain(|slot| slot.cuts == 0);
        self.held = self.slots.iter().map(|slot| slot.values.len()).sum();
        self.slot_of.fill(NOWHERE);
        for (index, slot) in self.slots.iter().enumerate() {
            self.slot_of[slot.member as usize] = index as u32;
        }
    }

    /// Some members as panels of their own.
    pub(super) fn panels_of(&self, members: &[u32]) -> Panels {
        Panels::of(self.points, &self.rows_of(members))
    }

    pub(super) fn rows_of(&self, members: &[u32]) -> Vec<u32> {
        members.iter().map(|member| self.members[*member as usize]).collect()
    }

    pub(super) fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub(super) fn threads(&self) -> NonZeroUsize {
        self.threads
    }
}

fn keep(values: &mut Vec<f32>, places: &[u32]) {
    for (to, from) in places.iter().enumerate() {
        values[to] = values[*from as usize];
    }
    values.truncate(places.len());
    values.resize(places.len().next_multiple_of(BLOCK), 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<f64> {
        (0..70 * 3).map(|i| (f64::from(i) * 0.618_033_988_749_895).fract()).collect()
    }

    fn expected(x: &[f64], a: u32, b: u32) -> f32 {
        let row = |row: u32| &x[row as usize * 3..][..3];
        let square: f64 = row(a).iter().zip(row(b)).map(|(a, b)| (a - b) * (a - b)).sum();
        (-0.7 * square).exp() as f32
    }

    #[test]
    fn rows_stay_right_however_few_there_is_room_for_and_however_the_active_ones_change() {
        let x = table();
        let points = Points { x: &x, columns: 3 };
        let members: Vec<u32> = (0..70).rev().collect();
        for cache_bytes in [0, 5 * 96 * 4, 1 << 20] {
            let mut rows = Rows::new(points, &members, Kernel::Rbf { gamma: 0.7 }, cache_bytes, NonZeroUsize::MIN);
            let check = |rows: &mut Rows<'_>| {
                for place in [0, 3, 7, 3, rows.active().len() - 1, 0] {
                    rows.load(place);
                    assert!(rows.held <= rows.room);
                    let of = |place: usize| members[rows.active()[place] as usize];
                    for other in 0..rows.active().len() {
                        let (found, expected) = (rows.get(place)[other], expected(&x, of(place), of(other)));
                        assert!((found - expected).abs() <= 3e-7, "{place} {other}: {found} {expected}");
                    }
                }
            };
            check(&mut rows);
            rows.cut((0..70).filter(|place| place % 3 > 0).collect());
            check(&mut rows);
            rows.cut((5..40).collect());
            check(&mut rows);
            rows.restore();
            check(&mut rows);
        }
    }
}
