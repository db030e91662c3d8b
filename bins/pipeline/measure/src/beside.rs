//! The block's services over its runs: started once for a warm cell, anew before each run of a cold
//! one, and again where one has died.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use measure::services::Services;
use schema::block::Block;
use schema::fault::Fault;
use schema::params::Mode;
use schema::record::ServiceUse;

pub(crate) struct Beside<'a> {
    root: &'a Path,
    block: &'a Block,
    services: RefCell<Services>,
}

impl<'a> Beside<'a> {
    pub(crate) fn new(root: &'a Path, block: &'a Block) -> Self {
        Self { root, block, services: RefCell::default() }
    }

    /// The variables that tell a run where its services are, each of them ready.
    pub(crate) fn ready(&self) -> Result<BTreeMap<String, String>, Fault> {
        let mut services = self.services.borrow_mut();
        if self.block.cell.mode == Mode::Cold || !services.are(&self.block.services) {
            // The old ones first: they may hold memory that the new ones need.
            *services = Services::default();
            *services = Services::start(self.root, &self.block.services)?;
        }
        Ok(services.variables())
    }

    pub(crate) fn used(&self) -> Vec<ServiceUse> {
        self.services.borrow().used()
    }
}

/// What each used between two looks; its peak is that of its whole life.
pub(crate) fn between(before: &[ServiceUse], after: Vec<ServiceUse>) -> Vec<ServiceUse> {
    let since = |mut used: ServiceUse| {
        let earlier = before.iter().find(|earlier| earlier.name == used.name).and_then(|earlier| earlier.cpu_ns);
        used.cpu_ns = used.cpu_ns.zip(earlier).map(|(now, earlier)| now.saturating_sub(earlier));
        used
    };
    after.into_iter().map(since).collect()
}
