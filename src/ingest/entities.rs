//! The registry of entities: key, status and attributes.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt8Array};
use rayon::prelude::*;

use crate::keys::{EntityKey, KeySpace};
use crate::plan::Plan;
use crate::task::Method;
use crate::terms::{Column, Status, shorten};

use super::Intake;
use super::attributes::{StoredAs, in_order, internal, read_attribute};
use super::error::IngestError;
use super::keyed::{Rows, Spec, read_with};
use super::layout::{ReadAs, RequestedColumn};
use super::runs::Runs;
use super::source::Request;
use super::words::{Memo, Reading};

/// Entities; one row each, sorted by id.
#[derive(Clone, Debug)]
pub struct Entities {
    /// Entities, sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Registration status of `keys[i]`; `Unknown` for words that are not known.
    pub status: Vec<Status>,
    /// Attributes, row i for `keys[i]`, in this order and only those that the file has: name, region, station, industry,
    /// entity_type, tags (text), registration_date (days); then the columns that the plan names, under the plan's name:
    /// weight and permanent random number as numbers, others as text.
    /// Each with its name, in pieces of [`crate::part::PART_ROWS`] rows.
    pub attributes: Vec<(String, Vec<ArrayRef>)>,
    /// The entities, where they did not fit in memory: then nothing stands above but the names of the attributes. The first
    /// column holds the codes of the status, the others the attributes.
    pub runs: Option<Runs>,
}

/// Place of the status among the wanted columns.
const STATUS: usize = 1;
/// Wanted columns before the attributes: id and status.
const FIRST_ATTRIBUTE: usize = 2;

/// Reads the registry.
pub(super) fn read_entities(
    plan: &Plan,
    space: &mut KeySpace,
    intake: &mut Intake<'_>,
) -> Result<Entities, IngestError> {
    let (request, keeps) = request(plan);
    let spec = Spec { request, rows: Rows::OnePerId, may_be_empty: false, notes_ids: true };
    let requested = &spec.request.requested[FIRST_ATTRIBUTE..];
    let (mut names, mut has_few_words) = (Vec::new(), vec![true; keeps.len()]);
    let table = read_with(
        &spec,
        space,
        intake,
        Memo::default,
        |memo, row| match row.reading(STATUS, memo, Status::from_word) {
            _ if plan.inputs.entities.no_status => Ok(Status::Live),
            Reading::NoColumn => Ok(Status::Live),
            Reading::Known(status) if status != Status::Unknown => Ok(status),
            Reading::Known(_) | Reading::Unknown(_) => {
                row.unknown_word(shorten(row.word(STATUS).unwrap_or_default().trim(), 40));
                Ok(Status::Unknown)
            }
        },
        &mut |batch, set_aside, outcome| {
            // Only the columns that the file has.
            let of_file = (0..keeps.len()).filter(|at| batch.columns[FIRST_ATTRIBUTE + at].is_some());
            let column = |at: usize| {
                let (name, place) = (&requested[at].name, FIRST_ATTRIBUTE + at);
                read_attribute(name, keeps[at], &mut has_few_words[at], batch, place, set_aside, outcome)
            };
            names = of_file.clone().map(|at| requested[at].name.clone()).collect();
            of_file.map(column).collect()
        },
        Some(status_column),
    )?;
    let file = spec.request.file();
    let (columns, order) = (table.columns, table.order);
    // Where rows went to disk there are names without columns.
    let columns = columns.into_iter().chain(std::iter::repeat_with(Vec::new));
    let named: Vec<(String, Vec<ArrayRef>)> = names.into_iter().zip(columns).collect();
    let attributes = named.into_par_iter().map(|(name, parts)| {
        let pieces = in_order(&parts, &order).map_err(|problem| internal(file, &problem))?;
        Ok((name, pieces))
    });
    // Of several columns at fault the first is told.
    let attributes: Vec<Result<_, IngestError>> = attributes.collect();
    let attributes = attributes.into_iter().collect::<Result<_, IngestError>>()?;
    Ok(Entities { keys: table.keys, status: table.values, attributes, runs: table.runs })
}

/// Status as a column of codes.
fn status_column(status: &[Status]) -> ArrayRef {
    Arc::new(UInt8Array::from_iter_values(status.iter().map(|status| status.code())))
}

/// Status of a column of codes.
pub fn statuses(column: &ArrayRef) -> Vec<Status> {
    let codes: &UInt8Array = column.as_primitive();
    codes.values().iter().map(|&code| Status::ALL[usize::from(code).min(Status::ALL.len() - 1)]).collect()
}

/// The wanted columns (id, status, attributes) and what each attribute is kept as.
pub(super) fn request(plan: &Plan) -> (Request<'_>, Vec<StoredAs>) {
    let mut requested = vec![
        RequestedColumn::required(Column::EntityId, ReadAs::Id),
        RequestedColumn::optional(Column::Status, ReadAs::Text),
    ];
    let mut keeps = Vec::new();
    let texts = [Column::Name, Column::Region, Column::Station, Column::Industry, Column::EntityType, Column::Tags];
    for column in texts {
        requested.push(RequestedColumn::optional(column, ReadAs::Text));
        keeps.push(StoredAs::Text);
    }
    requested.push(RequestedColumn::optional(Column::RegistrationDate, ReadAs::Date));
    keeps.push(StoredAs::Date);
    let weights = plan.methods().filter_map(|method| method.weighting.column.as_ref());
    let numbers = weights.map(|name| (name, StoredAs::Weight));
    for (name, kept) in numbers.chain(plan.draw.prn_column.as_ref().map(|name| (name, StoredAs::Prn))) {
        if requested.iter().all(|column_request| column_request.name != *name) {
            requested.push(RequestedColumn::named(name, ReadAs::Number));
            keeps.push(kept);
        }
    }
    for name in kept_texts(plan) {
        // Grade and color come from the credit table.
        let elsewhere = ["grade", "color"].contains(&name.as_str()) && !plan.output.keep.contains(name);
        if elsewhere || requested.iter().any(|column_request| column_request.name == *name) {
            continue;
        }
        requested.push(RequestedColumn::named(name, ReadAs::Text));
        keeps.push(StoredAs::Text);
    }
    for column_request in requested.iter_mut().filter(|column_request| is_used(plan, &column_request.name)) {
        column_request.required = true;
    }
    (Request { table: "entities".to_owned(), input: &plan.inputs.entities, requested }, keeps)
}

/// Whether a scope, a rule or the strata speak of an attribute, so that a registry without it cannot be drawn.
fn is_used(plan: &Plan, name: &str) -> bool {
    let by_method = |Method { scope, rules, .. }: &Method| {
        let conditions = || rules.iter().flat_map(|rule| [&rule.when, &rule.unless]);
        match name {
            "region" => !scope.regions.is_empty() || conditions().any(|conditions| !conditions.region.is_empty()),
            "station" => !scope.stations.is_empty(),
            "industry" => {
                !scope.industries.is_empty() || conditions().any(|conditions| !conditions.industry.is_empty())
            }
            "entity_type" => !scope.entity_types.is_empty(),
            "tags" => !scope.tags_any.is_empty() || !scope.tags_none.is_empty(),
            "registration_date" => scope.registered_from.is_some() || scope.registered_until.is_some(),
            _ => false,
        }
    };
    plan.methods().any(by_method) || (name != "status" && kept_texts(plan).any(|other| other == name))
}

/// Columns that the plan carries along, and those that its strata are named by.
fn kept_texts(plan: &Plan) -> impl Iterator<Item = &String> {
    plan.output.keep.iter().chain(plan.methods().flat_map(|method| &method.division.by))
}
