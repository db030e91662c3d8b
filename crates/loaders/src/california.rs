//! The California housing data, in the forms in which they are passed on, as scikit-learn gives
//! them: its order of columns, rooms, bedrooms and people a household, the target in 100,000 dollars.

use std::io::BufRead;
use std::path::Path;

use schema::fault::{Fault, Faults};

use crate::choice::{Wanted, listed};
use crate::csv::{self, Header};
use crate::{Loaded, archive, buffered, start};

/// Of `cal_housing.data`, in the order of its `cal_housing.domain`.
const RAW: [&str; 9] = [
    "longitude",
    "latitude",
    "housingMedianAge",
    "totalRooms",
    "totalBedrooms",
    "population",
    "households",
    "medianIncome",
    "medianHouseValue",
];
const FEATURES: [&str; 8] =
    ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"];
const TARGET: &str = "MedHouseVal";
/// A column of words that some copies have.
const WORDS: &str = "ocean_proximity";
const ROWS: usize = 20_640;
/// California lies inside, with room to spare: columns in another order are noticed.
const LATITUDES: (f64, f64) = (32.0, 43.0);
const LONGITUDES: (f64, f64) = (-125.0, -113.0);

pub(crate) fn load(path: &Path, place: &str) -> Result<Loaded, Faults> {
    if start(path)?.starts_with(b"\x1f\x8b") {
        return from_archive(path, place);
    }
    let mut first_line = String::new();
    // What is no text is told by the reader itself.
    let _ = buffered(path)?.read_line(&mut first_line);
    if first_line.trim().split(',').all(|field| field.trim().parse::<f64>().is_ok()) {
        return raw(buffered(path)?, Header::Known(&RAW), place, "cal_housing.data", |_| Ok(in_order()));
    }
    from_csv(path, place)
}

/// `cal_housing.tgz` as `StatLib` and scikit-learn have it.
fn from_archive(path: &Path, place: &str) -> Result<Loaded, Faults> {
    let (data, domain) = ("cal_housing.data", "cal_housing.domain");
    let files = archive::files(buffered(path)?, &[data, domain], place)?;
    let missing = |name: &str| Fault::new(place, format!("holds no file {name}"));
    let names = files.get(domain).ok_or_else(|| missing(domain))?;
    let names: Vec<String> = String::from_utf8_lossy(names)
        .lines()
        .filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()))
        .collect();
    if names != RAW {
        let what = format!("{domain} names the columns {}; needed: {}", listed(&names), RAW.join(", "));
        return Err(Fault::new(place, what).into());
    }
    let bytes = files.get(data).ok_or_else(|| missing(data))?;
    raw(bytes.as_slice(), Header::Known(&RAW), place, "cal_housing.tgz", |_| Ok(in_order()))
}

/// The columns by their raw names, or by those that scikit-learn gives; both in any order and in
/// any spelling of upper and lower case.
fn from_csv(path: &Path, place: &str) -> Result<Loaded, Faults> {
    let header = csv::read_names(buffered(path)?, place)?;
    let has = |name: &str| header.iter().any(|found| plain(found) == plain(name));
    if has(FEATURES[0]) {
        let names: Vec<&str> = FEATURES.into_iter().chain([TARGET]).collect();
        let sheet = csv::read(buffered(path)?, place, Header::Inside, |found| by_name(found, &names, place))?;
        let transformations = sheet.transformations();
        return finish(sheet.numbers.into_columns(), transformations, "CSV with scikit-learn's columns", place);
    }
    raw(buffered(path)?, Header::Inside, place, "CSV", |found| by_name(found, &RAW, place))
}

/// The columns in the published order, the target last.
fn in_order() -> Wanted {
    Wanted { target: RAW.len() - 1, features: (0..RAW.len() - 1).collect(), may_drop: false, classes: false }
}

/// `housing_median_age` and `housingMedianAge` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The positions of the documented names, the last of which is the target.
fn by_name(found: &[String], names: &[&str], place: &str) -> Result<Wanted, Faults> {
    crate::choice::documented(found, names, &[WORDS], plain, place)
}

fn raw(
    source: impl BufRead,
    header: Header,
    place: &str,
    format: &'static str,
    choose: impl FnOnce(&[String]) -> Result<Wanted, Faults>,
) -> Result<Loaded, Faults> {
    let sheet = csv::read(source, place, header, choose)?;
    let mut transformations = sheet.transformations();
    if sheet.names.iter().any(|name| plain(name) == plain(WORDS)) {
        transformations.push(format!("column `{WORDS}` left out: it holds words, and the published data have none"));
    }
    transformations.push(
        "as scikit-learn does: columns in its order; rooms, bedrooms and population divided by households; \
         target divided by 100000"
            .to_owned(),
    );
    finish(derive(sheet.numbers.into_columns()), transformations, format, place)
}

/// The arithmetic of scikit-learn's `fetch_california_housing`, operation by operation.
fn derive(raw: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let [longitude, latitude, age, rooms, bedrooms, population, households, income, value] =
        <[Vec<f64>; 9]>::try_from(raw).expect("nine columns were asked for");
    let a_household = |total: &[f64]| total.iter().zip(&households).map(|(total, count)| total / count).collect();
    let target = value.into_iter().map(|dollars| dollars / 100_000.0).collect();
    let (average_rooms, average_bedrooms) = (a_household(&rooms), a_household(&bedrooms));
    let occupancy = a_household(&population);
    vec![income, age, average_rooms, average_bedrooms, population, occupancy, latitude, longitude, target]
}

fn finish(
    columns: Vec<Vec<f64>>,
    transformations: Vec<String>,
    format: &'static str,
    place: &str,
) -> Result<Loaded, Faults> {
    for (at, (least, most)) in [(6, LATITUDES), (7, LONGITUDES)] {
        let outside = columns[at].iter().position(|value| !(least..=most).contains(value));
        if let Some(row) = outside {
            let what =
                format!("row {row}: {} {} is not in California ({least} to {most})", FEATURES[at], columns[at][row]);
            return Err(Fault::new(place, what).hint("are the columns in the documented order?").into());
        }
    }
    Ok(Loaded::published(columns, (&FEATURES, TARGET), ROWS, format, transformations))
}

#[cfg(test)]
mod tests;
