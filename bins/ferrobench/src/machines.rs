//! `ferrobench machines A B …`: one report over what several machines published.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use report::machines::{Machine, pages};
use report::number::count;
use schema::fault::{Fault, visible};
use schema::files::{create_folder, write_whole};

use crate::compare::Side;

/// As many as there are colours and shapes that can be told apart.
const LETTERS: [char; 8] = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

pub(crate) fn run(results: &[PathBuf], folder: &Path, out: &mut dyn Write) -> Result<ExitCode> {
    if results.len() > LETTERS.len() {
        let what = format!("one page tells {} apart at most, not {}", LETTERS.len(), results.len());
        return Err(Fault::new("machines", what).hint("make two pages").into());
    }
    let sides: Vec<Side> = results.iter().map(|place| Side::read(place)).collect::<Result<_>>()?;
    create_folder(folder)?;
    let machines: Vec<Machine<'_>> = sides
        .iter()
        .zip(LETTERS)
        .map(|(side, letter)| Machine { letter, report: report_of(&side.place, folder), analysis: &side.analysis })
        .collect();
    for (number, (machine, side)) in machines.iter().zip(&sides).enumerate() {
        let of = &machine.analysis.fingerprint;
        let cpu_model = visible(&of.cpu_model);
        writeln!(out, "{}  {}: {cpu_model}, {} processors", machine.letter, side.place.display(), of.cores)?;
        if let Some(same) = machines[..number].iter().find(|other| other.analysis.fingerprint == *of) {
            writeln!(out, "   a machine like {}: `ferrobench compare` says what changed in between", same.letter)?;
        }
    }
    let made = pages(&machines)?;
    if made.shared == 0 {
        let fault = Fault::new("machines", "no two of these results have a comparison in common");
        let hint = "measure one study on each: `ferrobench export` there, `ferrobench replicate` here";
        return Err(fault.hint(hint).into());
    }
    write_whole(&folder.join("machines.html"), made.html.as_bytes())?;
    write_whole(&folder.join("machines.md"), made.markdown.as_bytes())?;
    let shared = count(made.shared, "comparison", "comparisons");
    writeln!(out, "{shared}: {}", folder.join("machines.html").display())?;
    Ok(ExitCode::SUCCESS)
}

/// The result's own page, where it has one, from the folder of the new one: a page that is given away
/// names no place of this machine.
fn report_of(place: &Path, folder: &Path) -> Option<String> {
    let page = place.join("report.html").canonicalize().ok()?;
    let folder = folder.canonicalize().ok()?;
    let common = page.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = page.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}
