//! What is known of the entity of an inspection on its day.

use super::{Drawn, Inspection, Inspections, day};
use crate::ingest::{Circumstances, KpiTables, ResultRow, Standing};
use crate::published::DrawnEntity;
use crate::terms::{Color, Grade};

/// What is known of an entity: what the row of the results says, else what the last draw up to the day of the inspection that
/// has drawn the entity knew, else what the registry says.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    row: &'a ResultRow,
    said: Option<&'a Circumstances>,
    drawn: Option<&'a DrawnEntity>,
    registered: Option<&'a Standing>,
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
        let of_draw = |drawn: &'a Drawn| {
            let place = inspections.drawn[inspection.entity as usize];
            Some(drawn.entity(drawn.until(place, day(inspection.inspected))?))
        };
        Self {
            row,
            // Where no row says anything, the row is not looked at.
            said: Some(&tables.results.words.circumstances)
                .filter(|words| !words.is_empty())
                .and_then(|words| words.get(row.circumstances as usize)),
            drawn: drawn.and_then(of_draw),
            registered: tables.entities.as_ref().and_then(|table| table.values.get(inspection.registry as usize)),
        }
    }

    /// Station.
    pub fn station(&self) -> Option<&'a str> {
        let said = self.said.and_then(|said| said.station.as_deref());
        said.or_else(|| self.drawn.and_then(|entity| entity.station.as_deref()))
            .or_else(|| self.registered.and_then(|standing| standing.station.as_deref()))
    }

    /// Industry.
    pub fn industry(&self) -> Option<&'a str> {
        let said = self.said.and_then(|said| said.industry.as_deref());
        said.or_else(|| self.drawn.and_then(|entity| entity.industry.as_deref()))
            .or_else(|| self.registered.and_then(|standing| standing.industry.as_deref()))
    }

    /// Grade.
    pub fn grade(&self) -> Grade {
        let said = self.said.and_then(|said| said.grade).or_else(|| self.drawn.map(|entity| entity.grade));
        said.or_else(|| self.registered.map(|standing| standing.grade)).unwrap_or(Grade::Unrated)
    }

    /// Colour code.
    pub fn color(&self) -> Color {
        let said = self.said.and_then(|said| said.color).or_else(|| self.drawn.map(|entity| entity.color));
        said.or_else(|| self.registered.map(|standing| standing.color)).unwrap_or(Color::None)
    }

    /// Risk score; registries have none.
    pub fn score(&self) -> Option<f64> {
        self.row.score().or_else(|| self.drawn.and_then(|entity| entity.score))
    }
}
