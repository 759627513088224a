//! The registry of inspectors. No personal names: an inspector is a code of six digits, as in Yongchuan: type of
//! inspector (1 law enforcement, 2 expert), department (two digits), random part (three digits).

use arrow::array::{BooleanBuilder, Date32Builder, StringBuilder};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

use super::preset::Profile;
use super::randomness::{Choice, Draws, Purpose, Randomness};
use super::tables::TableSpec;
use super::words::{DEPARTMENTS, QUALIFICATIONS, SPECIALTIES};
use fairdraw_core::terms::days_of;

/// One person in twenty is an expert; one certificate in forty has run out, one in fifty has no end (9999-09-09).
const EXPERTS: f64 = 0.05;
const EXPIRED: f64 = 0.025;
const OPEN_ENDED: f64 = 0.02;

/// All inspectors, department by department; half of a department's people sit at a station, where there are any.
pub(crate) fn inspectors(
    spec: &TableSpec,
    profile: &Profile,
    as_of_day: i32,
    randomness: &Randomness,
) -> Result<RecordBatch, ArrowError> {
    let mut draws = randomness.draws(Purpose::Inspectors, 0);
    let open_ended = days_of(jiff::civil::date(9999, 9, 9));
    let qualifications = Choice::new(QUALIFICATIONS.iter().map(|q| q.1));
    let specialties = Choice::new(SPECIALTIES.iter().map(|s| s.1));
    let stations: Vec<&str> = profile.places.iter().flat_map(|p| p.towns).map(|t| t.0).collect();
    let departments = profile.departments.min(DEPARTMENTS.len());
    let mut texts: [StringBuilder; 5] = std::array::from_fn(|_| StringBuilder::new());
    let (mut until, mut expert) = (Date32Builder::new(), BooleanBuilder::new());
    for (number, department) in DEPARTMENTS[..departments].iter().enumerate() {
        let people = (profile.inspectors as usize + number) / departments;
        let codes = random_codes(people, &mut draws);
        for code in codes {
            let is_expert = draws.chance(EXPERTS);
            let at_station = draws.chance(0.5) && !stations.is_empty();
            let station = if stations.is_empty() { "" } else { *draws.one_of(&stations) };
            let (expired, endless) = (draws.chance(EXPIRED), draws.chance(OPEN_ENDED));
            let (late, early) = (draws.below(200) as i32, draws.below(5 * 365) as i32);
            texts[0].append_value(format!("{}{:02}{code:03}", if is_expert { 2 } else { 1 }, number + 1));
            texts[1].append_value(department);
            texts[2].append_value(if at_station { format!("{station}监管所") } else { "机关".to_owned() });
            texts[3].append_value(QUALIFICATIONS[qualifications.draw(&mut draws)].0);
            texts[4].append_value(SPECIALTIES[specialties.draw(&mut draws)].0);
            until.append_value(match (expired, endless) {
                (true, _) => as_of_day - 1 - late,
                (false, true) => open_ended,
                (false, false) => as_of_day + early,
            });
            expert.append_value(is_expert);
        }
    }
    let mut columns: Vec<arrow::array::ArrayRef> =
        texts.into_iter().map(|mut text| Arc::new(text.finish()) as _).collect();
    columns.push(Arc::new(until.finish()));
    columns.push(Arc::new(expert.finish()));
    RecordBatch::try_new(spec.schema.clone(), columns)
}

/// Different numbers below 1,000 in random order, at most 1,000 of them: the front of a shuffle.
fn random_codes(people: usize, draws: &mut Draws) -> Vec<u16> {
    let mut codes: Vec<u16> = (0..1_000).collect();
    let people = people.min(codes.len());
    for i in 0..people {
        let other = i + draws.below((codes.len() - i) as u64) as usize;
        codes.swap(i, other);
    }
    codes.truncate(people);
    codes
}
