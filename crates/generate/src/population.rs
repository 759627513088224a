//! A population as blocks of Arrow record batches, each made on its own from its number.

use std::collections::HashSet;
use std::ops::Range;

use arrow::record_batch::RecordBatch;

use super::GenerateError;
use super::bench::Bench;
use super::entities::Registrar;
use super::faults::Faults;
use super::inspectors::inspectors;
use super::ledger::ledger;
use super::preset::{Preset, Profile};
use super::profiles::FIRST_REGISTRATION;
use super::randomness::{BLOCK_ROWS, Purpose, Randomness};
use super::ratings::{credit, flags, risk};
use super::request::Request;
use super::subjects::{IdentityMaker, Ids, Subjects};
use super::tables::{self, Table, TableSpec};
use fairdraw_core::terms::days_of;

/// A population that is ready to be made, block by block. It holds tables of words, not rows (except the ids of an
/// existing registry).
#[derive(Clone, Debug)]
pub struct Population {
    request: Request,
    rows: u64,
    skipped: u64,
    randomness: Randomness,
    as_of_day: i32,
    source: Source,
    tables: Vec<TableSpec>,
}

#[derive(Clone, Debug)]
enum Source {
    Made(Box<(IdentityMaker, Registrar)>),
    Given(Vec<String>),
    Bench(Bench),
}

/// The rows of all tables that belong to the entities of one block.
#[derive(Clone, Debug)]
pub struct Block {
    /// One batch a table, in the order of [`Population::tables`]; `None` where the table was not wanted.
    pub batches: Vec<Option<RecordBatch>>,
    /// Faults made in the block.
    pub faults: Faults,
}

/// A synthetic population: the registry and all that goes with it.
///
/// # Errors
/// A request that cannot be met: rows, share of faults, seed or date out of range.
pub fn population(request: &Request) -> Result<Population, GenerateError> {
    request.check()?;
    let randomness = Randomness::new(request.preset.name(), &request.seed);
    let profile = request.preset.profile();
    let as_of_day = days_of(request.as_of);
    let (source, tables) = if request.preset == Preset::Bench {
        (Source::Bench(Bench::new(request.rows, &randomness)), Bench::specs())
    } else {
        let identity_maker =
            IdentityMaker::new(profile, &randomness, days_of(FIRST_REGISTRATION), as_of_day, request.dirt);
        let registrar = Registrar::new(profile, request.columns.clone());
        let mut tables = vec![tables::registry(profile, &request.columns)];
        tables.extend(tables::companions(profile));
        (Source::Made(Box::new((identity_maker, registrar))), tables)
    };
    Ok(Population { request: request.clone(), rows: request.rows, skipped: 0, randomness, as_of_day, source, tables })
}

/// Credit, risk, flags, ledger and inspectors for a registry that the caller already has, from its entity ids.
///
/// The order of the ids matters: ratings go by row. Blank ids and ids that came before are passed over and counted.
/// The request's preset gives the shares, its seed the randomness; its `rows`, `dirt` and `columns` are not used.
///
/// # Errors
/// No usable id, or a request with a bad seed or date.
pub fn companions<I>(ids: I, request: &Request) -> Result<Population, GenerateError>
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    let given: Vec<String> = ids.into_iter().map(Into::into).collect();
    // Only asked whether it holds an id: its order goes nowhere.
    let mut seen = HashSet::with_capacity(given.len());
    let fresh: Vec<bool> = given.iter().map(|id| !id.trim().is_empty() && seen.insert(id.as_str())).collect();
    drop(seen);
    let asked = given.len();
    let kept: Vec<String> = given.into_iter().zip(fresh).filter_map(|(id, fresh)| fresh.then_some(id)).collect();
    let skipped = (asked - kept.len()) as u64;
    let rows = kept.len() as u64;
    let request = Request { rows, dirt: 0.0, ..request.clone() };
    request.check()?;
    Ok(Population {
        rows,
        skipped,
        randomness: Randomness::new(request.preset.name(), &request.seed),
        as_of_day: days_of(request.as_of),
        source: Source::Given(kept),
        tables: tables::companions(request.preset.profile()),
        request,
    })
}

impl Population {
    /// The request, with the number of rows that it came to.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Entities.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ids of a given registry that were passed over because they were blank or came before.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The tables that the population has, in the order of a block's batches.
    pub fn tables(&self) -> &[TableSpec] {
        &self.tables
    }

    /// Number of blocks of 65,536 entities.
    pub fn block_count(&self) -> u64 {
        self.rows.div_ceil(BLOCK_ROWS)
    }

    /// All blocks in order, made as they are asked for.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Block, GenerateError>> + '_ {
        (0..self.block_count()).map(|block| self.block(block, |_| true))
    }

    /// One block; only the wanted tables are made. A block past the end is empty.
    ///
    /// # Errors
    /// Never in practice: only if a batch does not fit its own schema.
    pub fn block(&self, block: u64, wanted: impl Fn(Table) -> bool) -> Result<Block, GenerateError> {
        let rows = rows_of(block, self.rows);
        let profile = self.request.preset.profile();
        match &self.source {
            Source::Bench(bench) => {
                let batch = |spec: &TableSpec| {
                    let rows = rows_of(block, bench.rows(spec.table));
                    wanted(spec.table).then(|| bench.batch(spec, &self.randomness, block, &rows)).transpose()
                };
                let batches = self.tables.iter().map(batch).collect::<Result<_, _>>()?;
                Ok(Block { batches, faults: Faults::default() })
            }
            Source::Made(makers) => {
                let (identity_maker, registrar) = makers.as_ref();
                let (identities, risk) = identity_maker.identities(&self.randomness, block, &rows);
                let subjects = Subjects { first: rows.start, risk: &risk, ids: Ids::Made(&identities) };
                let mut faults = Faults::default();
                let batch = |spec: &TableSpec| -> Result<Option<RecordBatch>, GenerateError> {
                    if !wanted(spec.table) {
                        return Ok(None);
                    }
                    if spec.table != Table::Entities {
                        return self.companion(spec, profile, block, &subjects).map(Some);
                    }
                    let made = (identities.as_slice(), risk.as_slice());
                    let (batch, made) = registrar.batch(spec, &self.randomness, identity_maker, block, &rows, made)?;
                    faults = made;
                    Ok(Some(batch))
                };
                let batches = self.tables.iter().map(batch).collect::<Result<_, _>>()?;
                Ok(Block { batches, faults })
            }
            Source::Given(ids) => {
                let mut draws = self.randomness.draws(Purpose::Identity, block);
                let risk: Vec<f64> = rows.clone().map(|_| draws.uniform()).collect();
                // The rows lie within a vector, so they fit an index.
                let ids = &ids[rows.start as usize..rows.end as usize];
                let subjects = Subjects { first: rows.start, risk: &risk, ids: Ids::Given(ids) };
                let batch = |spec: &TableSpec| {
                    wanted(spec.table).then(|| self.companion(spec, profile, block, &subjects)).transpose()
                };
                let batches = self.tables.iter().map(batch).collect::<Result<_, _>>()?;
                Ok(Block { batches, faults: Faults::default() })
            }
        }
    }

    fn companion(
        &self,
        spec: &TableSpec,
        profile: &'static Profile,
        block: u64,
        subjects: &Subjects<'_>,
    ) -> Result<RecordBatch, GenerateError> {
        let randomness = &self.randomness;
        Ok(match spec.table {
            Table::Credit => credit(spec, profile, randomness, block, subjects)?,
            Table::Flags => flags(spec, profile, randomness, block, subjects)?,
            Table::Ledger => ledger(spec, profile, self.as_of_day, randomness, block, subjects)?,
            Table::Risk(name) => match profile.models.iter().zip(0u8..).find(|(model, _)| model.name == name) {
                Some((model, number)) => risk(spec, (number, model), randomness, block, subjects)?,
                None => RecordBatch::new_empty(spec.schema.clone()),
            },
            // Inspectors belong to no entity; they come with the first block.
            Table::Inspectors if block == 0 => inspectors(spec, profile, self.as_of_day, randomness)?,
            Table::Inspectors | Table::Entities | Table::Results => RecordBatch::new_empty(spec.schema.clone()),
        })
    }
}

/// The rows of a block in a table of this many rows.
fn rows_of(block: u64, rows: u64) -> Range<u64> {
    let start = block.saturating_mul(BLOCK_ROWS).min(rows);
    start..start.saturating_add(BLOCK_ROWS).min(rows)
}
