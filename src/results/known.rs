//! What is known of the entity of an inspection on its day.

use super::{Drawn, Inspection, Inspections, day};
use crate::ingest::KpiTables;
use crate::terms::{Color, Grade};

/// What is known of an entity: what the row of the results says, else what the last draw before the inspection that has
/// drawn the entity knew, else what the registry says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known<'a> {
    /// Station.
    pub station: Option<&'a str>,
    /// Industry.
    pub industry: Option<&'a str>,
    /// Grade.
    pub grade: Grade,
    /// Colour code.
    pub color: Color,
}

impl<'a> Known<'a> {
    /// What is known of the entity of an inspection.
    pub fn of(
        tables: &'a KpiTables,
        inspections: &Inspections,
        drawn: Option<&'a Drawn>,
        inspection: &Inspection,
    ) -> Self {
        let row = &tables.results.rows[inspection.at as usize];
        let said = tables.results.words.circumstances.get(row.circumstances as usize);
        let entity = drawn.and_then(|drawn| {
            let place = inspections.drawn[inspection.entity as usize];
            drawn.until(place, day(inspection.inspected)).map(|row| drawn.entity(row))
        });
        let standing = tables.entities.as_ref().and_then(|table| table.values.get(inspection.registry as usize));
        Self {
            station: said
                .and_then(|said| said.station.as_deref())
                .or_else(|| entity.and_then(|entity| entity.station.as_deref()))
                .or_else(|| standing.and_then(|standing| standing.station.as_deref())),
            industry: said
                .and_then(|said| said.industry.as_deref())
                .or_else(|| entity.and_then(|entity| entity.industry.as_deref()))
                .or_else(|| standing.and_then(|standing| standing.industry.as_deref())),
            grade: said
                .and_then(|said| said.grade)
                .or_else(|| entity.map(|entity| entity.grade))
                .or_else(|| standing.map(|standing| standing.grade))
                .unwrap_or(Grade::Unrated),
            color: said
                .and_then(|said| said.color)
                .or_else(|| entity.map(|entity| entity.color))
                .or_else(|| standing.map(|standing| standing.color))
                .unwrap_or(Color::None),
        }
    }
}

/// The risk score of an inspection: that of its row, else that of the entity in the last draw before it.
pub fn score(
    tables: &KpiTables,
    inspections: &Inspections,
    drawn: Option<&Drawn>,
    inspection: &Inspection,
) -> Option<f64> {
    tables.results.rows[inspection.at as usize].score().or_else(|| {
        let drawn = drawn?;
        let place = inspections.drawn[inspection.entity as usize];
        drawn.entity(drawn.until(place, day(inspection.inspected))?).score
    })
}
