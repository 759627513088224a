//! Who the rows of a block are: ids and hidden risk, the same for every table of the population.

use std::ops::Range;

use super::faults::Fault;
use super::ids::{EntityId, IdSeries};
use super::latent::rising;
use super::preset::Profile;
use super::profiles::UNIFIED_CODE;
use super::randomness::{Choice, Purpose, Randomness};
use fairdraw_core::terms::days_of;

/// What all tables need to know about one made-up entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    /// Index into the profile's places.
    pub place: usize,
    /// Index into the profile's kinds.
    pub kind: usize,
    /// Days since 1970-01-01.
    pub registered: i32,
    /// The id in every table; its check is wrong if that is the fault.
    pub id: EntityId,
    pub fault: Option<Fault>,
}

/// Makes identities by block.
#[derive(Clone, Debug)]
pub(crate) struct IdentityMaker {
    pub profile: &'static Profile,
    pub ids: IdSeries,
    places: Choice,
    kinds: Choice,
    first_day: i32,
    /// Days from the first possible registration to the as-of date, both included.
    span: f64,
    last_day: i32,
    dirt: f64,
}

impl IdentityMaker {
    pub(crate) fn new(
        profile: &'static Profile,
        randomness: &Randomness,
        first_day: i32,
        last_day: i32,
        dirt: f64,
    ) -> Self {
        IdentityMaker {
            profile,
            ids: IdSeries::new(randomness),
            places: Choice::new(profile.places.iter().map(|p| p.weight)),
            kinds: Choice::new(profile.kinds.iter().map(|k| k.weight)),
            first_day,
            span: f64::from(last_day - first_day + 1),
            last_day,
            dirt,
        }
    }

    /// Identity and hidden risk of these rows of a block.
    pub(crate) fn identities(
        &self,
        randomness: &Randomness,
        block: u64,
        rows: &Range<u64>,
    ) -> (Vec<Identity>, Vec<f64>) {
        let mut draws = randomness.draws(Purpose::Identity, block);
        let mut fault_draws = randomness.draws(Purpose::Faults, block);
        let reform = days_of(UNIFIED_CODE);
        rows.clone()
            .map(|row| {
                let risk = draws.uniform();
                let place = self.places.draw(&mut draws);
                let kind = self.kinds.draw(&mut draws);
                let age = (rising(draws.uniform()) * self.span) as i32;
                let registered = (self.first_day + age).min(self.last_day);
                let old_number = draws.chance(self.profile.old_numbers);
                let region = region_digits(self.profile.places[place].code);
                let id = if old_number && registered < reform && row < IdSeries::REGISTRATION_ROWS {
                    self.ids.registration_number(row, region)
                } else {
                    self.ids.code(row, self.profile.kinds[kind].category, region)
                };
                let fault = if self.dirt > 0.0 { Fault::draw(self.dirt, &mut fault_draws) } else { None };
                let id = if fault == Some(Fault::WrongCheckDigit) { id.with_wrong_check() } else { id };
                (Identity { place, kind, registered, id, fault }, risk)
            })
            .unzip()
    }
}

/// The rows of one block as the companion tables see them.
pub(crate) struct Subjects<'a> {
    /// Number of the block's first row.
    pub first: u64,
    /// Hidden risk of each row, in (0, 1).
    pub risk: &'a [f64],
    pub ids: Ids<'a>,
}

/// Made-up ids or those of a registry that the caller has.
pub(crate) enum Ids<'a> {
    Made(&'a [Identity]),
    Given(&'a [String]),
}

impl Subjects<'_> {
    pub(crate) fn id(&self, row: usize) -> &str {
        match self.ids {
            Ids::Made(identities) => identities[row].id.as_str(),
            Ids::Given(ids) => &ids[row],
        }
    }
}

/// The six digits of a place's code.
pub(crate) fn region_digits(code: &str) -> [u8; 6] {
    code.as_bytes().try_into().unwrap_or(*b"000000")
}
