//! The registry of entities: one row an entity, plus the faulty rows that were asked for.

use arrow::array::{ArrayRef, Date32Builder, StringBuilder};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::ops::Range;
use std::sync::Arc;

use super::counting::{Classes, RUN_ROWS};
use super::faults::{Fault, Faults, UNKNOWN_STATUS, in_scientific_notation, with_stray_characters};
use super::ids::IdSeries;
use super::latent::Echo;
use super::names;
use super::preset::{Profile, RegistryColumn};
use super::randomness::{Choice, Draws, Purpose, Randomness};
use super::subjects::{Identity, IdentityMaker, region_digits};
use super::tables::TableSpec;
use super::words::INDUSTRIES;

/// Relative number of entities in the `rank`-th group of an industry, from 1 to 4: each is half as large as the one before (assumed).
fn group_weight(rank: u32) -> u32 {
    16 >> rank
}

/// Revoked and deregistered entities were somewhat riskier (assumed).
const STATUS: Echo = Echo { loyalty: 0.3, width: 0.05 };

/// Makes the registry by block.
#[derive(Clone, Debug)]
pub(crate) struct Registrar {
    profile: &'static Profile,
    statuses: Classes,
    status_words: Vec<Choice>,
    industries: Choice,
    /// The groups of every industry.
    groups: Vec<Choice>,
    towns: Vec<Option<Choice>>,
    columns: Vec<RegistryColumn>,
}

impl Registrar {
    pub(crate) fn new(profile: &'static Profile, columns: Vec<RegistryColumn>) -> Self {
        let towns = profile.places.iter().map(|place| {
            let weights = place.towns.iter().map(|t| t.1);
            (!place.towns.is_empty()).then(|| Choice::new(weights))
        });
        Registrar {
            profile,
            statuses: Classes::new(profile.statuses.iter().map(|s| s.count)),
            status_words: profile.statuses.iter().map(|s| Choice::new(s.words.iter().map(|w| w.1))).collect(),
            industries: Choice::new(INDUSTRIES.iter().map(|i| i.1)),
            groups: INDUSTRIES.iter().map(|i| Choice::new((1..=i.2.len() as u32).map(group_weight))).collect(),
            towns: towns.collect(),
            columns,
        }
    }

    /// The registry's rows for `rows` of a block, with the faults among them.
    pub(crate) fn batch(
        &self,
        spec: &TableSpec,
        randomness: &Randomness,
        identity_maker: &IdentityMaker,
        block: u64,
        rows: &Range<u64>,
        (identities, risk): (&[Identity], &[f64]),
    ) -> Result<(RecordBatch, Faults), ArrowError> {
        let statuses = self.statuses(randomness, block, rows.start, risk);
        let mut draws = randomness.draws(Purpose::Registry, block);
        let mut group_draws = randomness.draws(Purpose::IndustryGroup, block);
        let mut fault_draws = randomness.draws(Purpose::FaultRows, block);
        let mut out = RowBuilder::new(&self.columns, identities.len());
        let mut faults = Faults::default();
        let mut name = String::new();
        for (i, identity) in identities.iter().enumerate() {
            let place = &self.profile.places[identity.place];
            let kind = &self.profile.kinds[identity.kind];
            let drawn = self.industries.draw(&mut draws);
            let division = if kind.farming { 0 } else { drawn };
            let (industry, _, groups, trades) = INDUSTRIES[division];
            let group = self.groups[division].draw(&mut group_draws);
            names::compose(&mut name, place, kind, trades, &mut draws);
            let class = statuses[i];
            let word = self.status_words[class].draw(&mut draws);
            let row = RegistryRow {
                name: &name,
                id: Some(identity.id.as_str()),
                status: self.profile.statuses[class].words[word].0,
                region: place.code,
                town: self.town(identity.place, &mut draws),
                industry,
                group: &groups[group..=group],
                entity_type: kind.name,
                registered: identity.registered,
            };
            let Some(fault) = identity.fault else {
                out.push(&row);
                continue;
            };
            faults.count(fault);
            if fault == Fault::StrayCharacters {
                let id = with_stray_characters(identity.id.as_str(), &mut fault_draws);
                out.push(&RegistryRow { id: Some(&id), ..row });
                continue;
            }
            out.push(&row);
            match fault {
                Fault::DuplicatedRow => {
                    let town = self.town(identity.place, &mut fault_draws);
                    out.push(&RegistryRow { town, ..row });
                }
                Fault::MissingId => out.push(&RegistryRow { id: None, ..row }),
                Fault::ScientificNotation => {
                    let id = in_scientific_notation(identity.id.as_str());
                    out.push(&RegistryRow { id: Some(&id), status: "注销", ..row });
                }
                Fault::UnknownStatus => {
                    let additional = IdSeries::ADDITIONAL + rows.start + i as u64;
                    let id = identity_maker.ids.code(additional, kind.category, region_digits(place.code));
                    let status = *fault_draws.one_of(UNKNOWN_STATUS);
                    let mut other = String::new();
                    names::compose(&mut other, place, kind, trades, &mut fault_draws);
                    out.push(&RegistryRow { name: &other, id: Some(id.as_str()), status, ..row });
                }
                Fault::WrongCheckDigit | Fault::StrayCharacters => {}
            }
        }
        Ok((RecordBatch::try_new(spec.schema.clone(), out.finish())?, faults))
    }

    /// The class of status of every row: exact counts, revoked and deregistered entities somewhat riskier.
    fn statuses(&self, randomness: &Randomness, block: u64, first: u64, risk: &[f64]) -> Vec<usize> {
        let mut draws = randomness.draws(Purpose::Status, block);
        let mut classes = Vec::with_capacity(risk.len());
        for run in risk.chunks(RUN_ROWS as usize) {
            let keys: Vec<f64> = run.iter().map(|&r| STATUS.of(r, draws.pair())).collect();
            classes.extend(self.statuses.deal(first + classes.len() as u64, &keys));
        }
        classes
    }

    fn town(&self, place: usize, draws: &mut Draws) -> &'static str {
        match &self.towns[place] {
            Some(choice) => self.profile.places[place].towns[choice.draw(draws)].0,
            None => "",
        }
    }
}

/// A row of the registry as it is written.
#[derive(Clone, Copy)]
struct RegistryRow<'a> {
    name: &'a str,
    id: Option<&'a str>,
    status: &'a str,
    region: &'a str,
    town: &'a str,
    industry: &'a str,
    /// Third digit of the group.
    group: &'a str,
    entity_type: &'a str,
    registered: i32,
}

/// Columns under construction.
struct RowBuilder<'a> {
    columns: &'a [RegistryColumn],
    /// One a column; the one in the date's place stays empty.
    texts: Vec<StringBuilder>,
    dates: Date32Builder,
    composed: String,
}

impl<'a> RowBuilder<'a> {
    fn new(columns: &'a [RegistryColumn], rows: usize) -> Self {
        let text = |column: &RegistryColumn| match column {
            RegistryColumn::RegistrationDate => StringBuilder::new(),
            RegistryColumn::Name => StringBuilder::with_capacity(rows, rows * 40),
            _ => StringBuilder::with_capacity(rows, rows * 18),
        };
        RowBuilder {
            columns,
            texts: columns.iter().map(text).collect(),
            dates: Date32Builder::with_capacity(rows),
            composed: String::new(),
        }
    }

    fn push(&mut self, row: &RegistryRow<'_>) {
        for (column, text) in self.columns.iter().zip(&mut self.texts) {
            match column {
                RegistryColumn::Name => text.append_value(row.name),
                RegistryColumn::EntityId => text.append_option(row.id),
                RegistryColumn::Status => text.append_value(row.status),
                RegistryColumn::Region => text.append_value(row.region),
                RegistryColumn::Station => {
                    self.composed.clear();
                    self.composed.push_str(row.town);
                    self.composed.push_str(if row.town.is_empty() { "" } else { "监管所" });
                    text.append_value(&self.composed);
                }
                RegistryColumn::Industry => text.append_value(row.industry),
                RegistryColumn::IndustryGroup => {
                    self.composed.clear();
                    self.composed.extend([row.industry, row.group]);
                    text.append_value(&self.composed);
                }
                RegistryColumn::EntityType => text.append_value(row.entity_type),
                RegistryColumn::RegistrationDate => self.dates.append_value(row.registered),
            }
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let dates: ArrayRef = Arc::new(self.dates.finish());
        let array = |(column, mut text): (&RegistryColumn, StringBuilder)| -> ArrayRef {
            match column {
                RegistryColumn::RegistrationDate => dates.clone(),
                _ => Arc::new(text.finish()),
            }
        };
        self.columns.iter().zip(self.texts).map(array).collect()
    }
}
