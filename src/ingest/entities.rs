//! The registry of entities: key, status and attributes.

use polars::prelude::{Column as FrameColumn, DataFrame, PolarsResult};

use crate::keys::{EntityKey, KeySpace};
use crate::plan::Plan;
use crate::terms::{Column, Status};

use super::Receipt;
use super::attributes::{Keeps, gather_column, internal, read_attribute};
use super::error::IngestError;
use super::keyed::{Keyed, gather};
use super::layout::{Reads, Want};
use super::outcome::{Jottings, Outcome, QuarantinedRow, shorten};
use super::source::{Request, with_source};
use super::words::Memo;

/// Entities; one row each, sorted by id.
#[derive(Clone, Debug)]
pub struct Entities {
    /// Entities, sorted by id, unique.
    pub keys: Vec<EntityKey>,
    /// Registration status of `keys[i]`; `Unknown` for words that are not known.
    pub status: Vec<Status>,
    /// Attributes, row i for `keys[i]`, in this order and only those that the file has: name, region, station, industry,
    /// entity_type, tags (text, null where blank), registration_date (date, null where blank or unreadable); then the
    /// columns that the plan names, under the plan's name: weight and permanent random number as 64-bit floats, others
    /// as text.
    pub attributes: DataFrame,
}

/// Place of the status among the wanted columns.
const STATUS: usize = 1;
/// Wanted columns before the attributes: id and status.
const FIRST_ATTRIBUTE: usize = 2;
/// Unknown status words that a warning lists.
const WORDS_LISTED: usize = 12;

/// Reads the registry.
pub(super) fn read_entities(
    plan: &Plan,
    space: &mut KeySpace,
    quarantine: &mut Vec<QuarantinedRow>,
) -> Result<(Entities, Receipt), IngestError> {
    let (wants, keeps) = wants(plan);
    let request = Request { table: "entities".to_owned(), input: &plan.inputs.entities, wants };
    let mut outcome = Outcome::new(&request.table, request.file());
    let (entities, identity) = with_source(&request, &mut outcome, |source, outcome| {
        let mut keyed = Keyed::<Status>::default();
        let mut attributes: Vec<Option<FrameColumn>> = vec![None; keeps.len()];
        let mut has_status = true;
        source.read(&request.wants, outcome, &mut |table, outcome| {
            has_status = table.columns[STATUS].is_some();
            let read = |memo: &mut Memo<Status>, row: usize, jottings: &mut Jottings| {
                Ok(table.columns[STATUS]
                    .as_ref()
                    .map_or(Status::Live, |cells| status_of(cells.text(row).unwrap_or_default(), memo, jottings)))
            };
            let set_aside = keyed.absorb(&table, true, space, outcome, Default::default, read)?;
            for (at, whole) in attributes.iter_mut().enumerate() {
                let (column, name) = (FIRST_ATTRIBUTE + at, &request.wants[FIRST_ATTRIBUTE + at].name);
                let Some(part) = read_attribute(name, keeps[at], &table, column, &set_aside, outcome)? else {
                    continue;
                };
                match whole {
                    None => *whole = Some(part),
                    Some(whole) => drop(whole.append_owned(part).map_err(|problem| internal(outcome, &problem))?),
                }
            }
            Ok(())
        })?;
        outcome.refuse_nothing(keyed.keys.len())?;
        remark_on_status(has_status, outcome);
        let unique = keyed.settle(request.input.duplicates, space, source, &request.wants, outcome)?;
        let status = gather(&keyed.values, &unique.rows);
        drop(keyed);
        let attributes = in_key_order(attributes, &unique.rows).map_err(|problem| internal(outcome, &problem))?;
        Ok(Entities { keys: unique.keys, status, attributes })
    })?;
    let receipt = Receipt::of(outcome, identity, entities.keys.len(), quarantine)?;
    Ok((entities, receipt))
}

/// The wanted columns (id, status, attributes) and what each attribute is kept as.
fn wants(plan: &Plan) -> (Vec<Want>, Vec<Keeps>) {
    let mut wants = vec![Want::required(Column::EntityId, Reads::Id), Want::optional(Column::Status, Reads::Text)];
    let mut keeps = Vec::new();
    let texts = [Column::Name, Column::Region, Column::Station, Column::Industry, Column::EntityType, Column::Tags];
    for column in texts {
        wants.push(Want::optional(column, Reads::Text));
        keeps.push(Keeps::Text);
    }
    wants.push(Want::optional(Column::RegistrationDate, Reads::Date));
    keeps.push(Keeps::Date);
    let numbers = [(&plan.weight.column, Keeps::Weight), (&plan.draw.prn_column, Keeps::Prn)];
    for (name, kept) in numbers.into_iter().filter_map(|(name, kept)| Some((name.as_ref()?, kept))) {
        if wants.iter().all(|want| want.name != *name) {
            wants.push(Want::named(name, Reads::Number));
            keeps.push(kept);
        }
    }
    for name in plan.output.keep.iter().chain(&plan.strata.by) {
        // Grade and color come from the credit table.
        let elsewhere = ["grade", "color"].contains(&name.as_str()) && !plan.output.keep.contains(name);
        if elsewhere || wants.iter().any(|want| want.name == *name) {
            continue;
        }
        wants.push(Want::named(name, Reads::Text));
        keeps.push(Keeps::Text);
    }
    for want in wants.iter_mut().filter(|want| is_used(plan, &want.name)) {
        want.required = true;
    }
    (wants, keeps)
}

/// Whether a scope, a rule or the strata speak of an attribute, so that a registry without it cannot be drawn.
fn is_used(plan: &Plan, name: &str) -> bool {
    let scope = &plan.eligibility;
    let conditions = || plan.rules.iter().flat_map(|rule| [&rule.when, &rule.unless]);
    let by_scope = match name {
        "region" => !scope.regions.is_empty() || conditions().any(|conditions| !conditions.region.is_empty()),
        "station" => !scope.stations.is_empty(),
        "industry" => !scope.industries.is_empty() || conditions().any(|conditions| !conditions.industry.is_empty()),
        "entity_type" => !scope.entity_types.is_empty(),
        "tags" => !scope.tags_any.is_empty() || !scope.tags_none.is_empty(),
        "registration_date" => scope.registered_from.is_some() || scope.registered_until.is_some(),
        _ => false,
    };
    let named = plan.output.keep.iter().chain(&plan.strata.by).any(|other| other == name);
    by_scope || (named && name != "status")
}

fn status_of(word: &str, memo: &mut Memo<Status>, jottings: &mut Jottings) -> Status {
    let status = memo.look_up(word, Status::from_word).unwrap_or(Status::Unknown);
    if status == Status::Unknown {
        jottings.name(&shorten(word.trim(), 40));
    }
    status
}

fn remark_on_status(has_status: bool, outcome: &mut Outcome) {
    if !has_status {
        let text = format!(
            "{}: no column for the status, so every entity counts as live; name its header, as in `columns = {{ status = \
             \"…\" }}`",
            outcome.file
        );
        outcome.remark("no-status-column", text);
    }
    let mut words: Vec<(String, u64)> = std::mem::take(&mut outcome.words).into_iter().collect();
    if words.is_empty() {
        return;
    }
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rows: u64 = words.iter().map(|(_, count)| count).sum();
    let shown = |(word, count): &(String, u64)| match word.as_str() {
        "" => format!("(blank) {count}"),
        word => format!("\"{word}\" {count}"),
    };
    let mut listed: Vec<String> = words.iter().take(WORDS_LISTED).map(shown).collect();
    if words.len() > WORDS_LISTED {
        listed.push(format!("and {} more", words.len() - WORDS_LISTED));
    }
    let text = format!(
        "{}: the status of {rows} entities is not known, and they count as unknown: {}",
        outcome.file,
        listed.join(", ")
    );
    outcome.remark("unknown-status", text);
}

/// The attributes of the kept rows, in the order of the keys; each column is dropped once it is gathered.
fn in_key_order(attributes: Vec<Option<FrameColumn>>, rows: &[u32]) -> PolarsResult<DataFrame> {
    let sorted = rows.iter().enumerate().all(|(at, &row)| at == row as usize);
    let gathered = attributes
        .into_iter()
        .flatten()
        .map(|column| if sorted && column.len() == rows.len() { Ok(column) } else { gather_column(&column, rows) });
    DataFrame::new(rows.len(), gathered.collect::<PolarsResult<Vec<FrameColumn>>>()?)
}
