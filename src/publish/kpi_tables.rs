//! The tables of figures: inspections, what waits for review, low quality, unmatched rows, the figures.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::builder::{ListBuilder, StringBuilder, StringViewBuilder};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringViewArray, new_null_array};

use super::PublishError;
use super::parquet_file::{Layout, TableOptions, Written, write_parquet};
use super::tables::{SMALL_TABLE_ZSTD, Values, data_type, schema, write_rows};
use crate::contract::{self, Table};
use crate::ingest::{InspectionId, KpiTables, NO_WORD, ResultRow, items_of};
use crate::keys::PLAIN_LENGTH;
use crate::kpi::{Computed, EstimateRow, KpiRow};
use crate::plan::KpiPlan;
use crate::recheck::Rounding;
use crate::results::{Drawn, Inspection, Known, LowQuality, NO_PLACE, Unmatched, Waiting, day, publication_due};
use crate::terms::{Bilingual, Calendar, Column};

/// Builds a column of the results from a range of inspections.
type Build<'a> = Box<dyn Fn(Range<usize>) -> ArrayRef + Sync + 'a>;

/// What the tables are written from.
pub struct KpiRecord<'a> {
    /// The figures and what they are made of.
    pub computed: &'a Computed,
    /// The plan.
    pub plan: &'a KpiPlan,
    /// Working days.
    pub calendar: &'a Calendar,
}

impl<'a> KpiRecord<'a> {
    fn tables(&self) -> &'a KpiTables {
        &self.computed.tables
    }

    fn inspection(&self, at: usize) -> &'a Inspection {
        &self.computed.inspections.inspections[at]
    }

    fn row(&self, inspection: &Inspection) -> &'a ResultRow {
        &self.tables().results.rows[inspection.at as usize]
    }

    fn known(&self, inspection: &Inspection) -> Known<'a> {
        Known::of(self.tables(), &self.computed.inspections, self.computed.drawn.as_ref(), inspection)
    }

    fn word(words: &'a [Box<str>], number: u32) -> Option<&'a str> {
        (number != NO_WORD).then(|| &*words[number as usize])
    }

    fn texts(&'a self, text: impl Fn(&'a Inspection) -> Option<&'a str> + Sync + 'a) -> Build<'a> {
        Box::new(move |rows| Arc::new(rows.map(|at| text(self.inspection(at))).collect::<StringViewArray>()))
    }

    fn days(&'a self, value: impl Fn(&Inspection) -> Option<i32> + Sync + 'a) -> Build<'a> {
        Box::new(move |rows| Arc::new(rows.map(|at| value(self.inspection(at))).collect::<Date32Array>()))
    }

    fn truths(&'a self, value: impl Fn(&Inspection) -> Option<bool> + Sync + 'a) -> Build<'a> {
        Box::new(move |rows| Arc::new(rows.map(|at| value(self.inspection(at))).collect::<BooleanArray>()))
    }

    fn lists<W: AsRef<str>>(&'a self, words: impl Fn(&'a Inspection) -> Vec<W> + Sync + 'a) -> Build<'a> {
        Box::new(move |rows| {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for at in rows {
                let words = words(self.inspection(at));
                let some = !words.is_empty();
                words.into_iter().for_each(|word| lists.values().append_value(word));
                lists.append(some);
            }
            Arc::new(lists.finish())
        })
    }

    /// A column that says nothing where the results lack what it is made of.
    fn if_given(&self, given: bool, name: &str, build: Build<'a>) -> Build<'a> {
        let column = contract::RESULTS.columns.iter().find(|column| column.name == name).filter(|_| !given);
        match column.map(|column| data_type(column.holds)) {
            Some(kind) => Box::new(move |rows| new_null_array(&kind, rows.len())),
            None => build,
        }
    }

    fn ids<T>(&self, rows: &[T], id: impl Fn(&T) -> InspectionId) -> ArrayRef {
        let words = &self.tables().results.words.inspections;
        let mut buffer = [0; PLAIN_LENGTH];
        let mut texts = StringViewBuilder::with_capacity(rows.len());
        rows.iter().for_each(|row| texts.append_option(id(row).text(words, &mut buffer)));
        Arc::new(texts.finish())
    }

    /// The columns of [`contract::RESULTS`].
    fn results(&'a self) -> Vec<Build<'a>> {
        let tables = self.tables();
        let words = &tables.results.words;
        let has = |column: Column| tables.results.columns.contains(&column);
        let row_day = |name: &str, column: Column| {
            self.if_given(has(column), name, self.days(move |one: &Inspection| self.row(one).day(column).map(day)))
        };
        let problem = |row: &ResultRow| {
            let said = row.answer(Column::Problem);
            (!row.outcomes.is_empty() || said.is_some())
                .then(|| row.outcomes.has_problem() || (row.outcomes.is_empty() && said == Some(true)))
        };
        vec![
            Box::new(move |rows| {
                self.ids(&self.computed.inspections.inspections[rows], |one| self.row(one).inspection)
            }),
            Box::new(move |rows| {
                Arc::new(rows.map(|at| Some(i64::from(self.inspection(at).visit))).collect::<Int64Array>())
            }),
            Box::new(move |rows| {
                let mut buffer = [0; PLAIN_LENGTH];
                let mut texts = StringViewBuilder::with_capacity(rows.len());
                for at in rows {
                    let key = self.computed.inspections.entities[self.inspection(at).entity as usize];
                    texts.append_value(tables.space.unpack(key, &mut buffer));
                }
                Arc::new(texts.finish())
            }),
            self.texts(|one| Self::word(&words.tasks, self.row(one).task)),
            self.texts(|one| Self::word(&words.departments, one.department)),
            self.days(|one| Some(day(one.inspected))),
            self.if_given(
                has(Column::ItemId),
                "items",
                self.lists(|one| {
                    let cell = Self::word(&words.items, self.row(one).items).unwrap_or_default();
                    items_of(cell).collect::<Vec<_>>()
                }),
            ),
            self.if_given(
                has(Column::Outcome),
                "outcomes",
                self.lists(|one| self.row(one).outcomes.iter().map(|outcome| outcome.name()).collect::<Vec<_>>()),
            ),
            self.if_given(
                has(Column::Disposal),
                "disposals",
                self.lists(|one| self.row(one).disposals.iter().map(|disposal| disposal.name()).collect::<Vec<_>>()),
            ),
            self.truths(move |one| problem(self.row(one))),
            self.truths(move |one| problem(self.row(one)).map(|_| !self.row(one).outcomes.is_not_met())),
            self.truths(|one| Some(one.joint)),
            self.texts(|one| one.source.map(|source| source.name())),
            self.texts(|one| self.computed.inspections.task(one).and_then(|task| task.level).map(|level| level.name())),
            self.texts(|one| self.known(one).station()),
            self.texts(|one| self.known(one).industry()),
            self.texts(|one| Some(self.known(one).grade().name())),
            self.texts(|one| Some(self.known(one).color().name())),
            row_day("entered_on", Column::EnteredOn),
            row_day("reviewed_on", Column::ReviewedOn),
            row_day("published_on", Column::PublishedOn),
            self.days(|one| Some(publication_due(self.row(one), self.calendar, &self.plan.deadlines))),
            self.truths(|one| self.row(one).answer(Column::Mobile)),
            self.truths(|one| Some(one.unplanned)),
            self.truths(|one| Some(one.dead)),
            self.truths(|one| Some(one.drawn)),
            Box::new(move |rows| {
                Arc::new(rows.map(|at| Some(i64::from(self.row(self.inspection(at)).number))).collect::<Int64Array>())
            }),
            self.if_given(
                has(Column::Score) || self.computed.drawn.as_ref().is_some_and(Drawn::has_scores),
                "score",
                Box::new(move |rows| {
                    let score = |at| self.known(self.inspection(at)).score();
                    Arc::new(rows.map(score).collect::<Float64Array>())
                }),
            ),
        ]
    }

    /// Writes `results.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_results(&self, path: &Path, key_values: Vec<(String, String)>) -> Result<Written, PublishError> {
        let columns = self.results();
        let options = TableOptions {
            sorted_by: &[contract::ENTITY_ID.name],
            bloom: &[contract::ENTITY_ID.name],
            layouts: &[
                (contract::INSPECTION_ID.name, Layout::FrontCoded),
                ("visit", Layout::PackedDifferences),
                (contract::ENTITY_ID.name, Layout::FrontCoded),
                (contract::RESULT_ROW.name, Layout::PackedDifferences),
            ],
            key_values,
            ..TableOptions::default()
        };
        let rows = self.computed.inspections.inspections.len();
        write_parquet(path, schema(contract::RESULTS.columns), rows, &options, |column, rows| {
            Ok((columns[column])(rows))
        })
    }

    /// The columns that say which inspection a row is about, by name.
    fn about<T>(&self, name: &str, rows: &[T], of: &dyn Fn(&T) -> About) -> ArrayRef {
        let tables = self.tables();
        let words = &tables.results.words;
        let abouts: Vec<About> = rows.iter().map(of).collect();
        let row = |about: &About| &tables.results.rows[about.at as usize];
        let text = |value: &dyn Fn(&About) -> Option<&'a str>| -> ArrayRef {
            Arc::new(abouts.iter().map(value).collect::<StringViewArray>())
        };
        match name {
            "inspection_id" => self.ids(&abouts, |about| row(about).inspection),
            "task_id" => text(&|about| Self::word(&words.tasks, row(about).task)),
            "department" => text(&|about| Self::word(&words.departments, row(about).department)),
            "entity_id" => {
                let mut buffer = [0; PLAIN_LENGTH];
                let mut texts = StringViewBuilder::with_capacity(abouts.len());
                for about in &abouts {
                    texts.append_value(tables.space.unpack(tables.results.keys[about.at as usize], &mut buffer));
                }
                Arc::new(texts.finish())
            }
            "station" => text(&|about| {
                let said = words.circumstances.get(row(about).circumstances as usize);
                if let Some(station) = said.and_then(|said| said.station.as_deref()) {
                    return Some(station);
                }
                let standing = tables.entities.as_ref().and_then(|table| table.values.get(about.registry as usize));
                standing.and_then(|standing| standing.station.as_deref())
            }),
            "inspected_on" => {
                Arc::new(abouts.iter().map(|about| Some(day(row(about).inspected))).collect::<Date32Array>())
            }
            // "row"
            _ => Arc::new(abouts.iter().map(|about| Some(i64::from(row(about).number))).collect::<Int64Array>()),
        }
    }

    fn write_listed<T: Sync>(
        &self,
        path: &Path,
        table: &Table,
        rows: &[T],
        tags: Vec<(String, String)>,
        about: &(dyn Fn(&T) -> About + Sync),
        own: &(dyn Fn(&str, &[T]) -> Option<ArrayRef> + Sync),
    ) -> Result<Written, PublishError> {
        let options = TableOptions { key_values: tags, zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
        write_parquet(path, schema(table.columns), rows.len(), &options, |column, range| {
            let (name, rows) = (table.columns[column].name, &rows[range]);
            Ok(own(name, rows).unwrap_or_else(|| self.about(name, rows, about)))
        })
    }

    fn about_inspection(&self, at: usize) -> About {
        let inspection = self.inspection(at);
        About { at: inspection.at, registry: inspection.registry }
    }

    /// Writes `review_queue.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_queue(&self, path: &Path, tags: Vec<(String, String)>) -> Result<Written, PublishError> {
        let own = |name: &str, rows: &[Waiting]| -> Option<ArrayRef> {
            match name {
                "days_left" => Some(Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.days_left)))),
                "yellow" => Some(Arc::new(rows.iter().map(|row| Some(row.yellow)).collect::<BooleanArray>())),
                _ => None,
            }
        };
        let about = |row: &Waiting| self.about_inspection(row.at);
        self.write_listed(path, &contract::REVIEW_QUEUE, &self.computed.queue, tags, &about, &own)
    }

    /// Writes `low_quality.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_low_quality(&self, path: &Path, tags: Vec<(String, String)>) -> Result<Written, PublishError> {
        let own = |name: &str, rows: &[LowQuality]| told(name, rows, |row| &row.fault);
        let about = |row: &LowQuality| self.about_inspection(row.at);
        self.write_listed(path, &contract::LOW_QUALITY, &self.computed.low_quality, tags, &about, &own)
    }

    /// Writes `unmatched.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_unmatched(&self, path: &Path, tags: Vec<(String, String)>) -> Result<Written, PublishError> {
        let own = |name: &str, rows: &[Unmatched]| told(name, rows, |row| &row.reason);
        let about = |row: &Unmatched| About { at: row.at, registry: NO_PLACE };
        self.write_listed(path, &contract::UNMATCHED, &self.computed.inspections.unmatched, tags, &about, &own)
    }

    /// Writes `estimates.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_estimates(&self, path: &Path, tags: Vec<(String, String)>) -> Result<Written, PublishError> {
        let options = TableOptions { key_values: tags, zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
        write_rows(path, &contract::ESTIMATES, &ESTIMATES, &self.computed.estimates, &options)
    }

    /// Writes `kpi.parquet`.
    ///
    /// # Errors
    /// As [`write_parquet`].
    pub fn write_kpi(&self, path: &Path, tags: Vec<(String, String)>) -> Result<Written, PublishError> {
        let options = TableOptions { key_values: tags, zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
        write_rows(path, &contract::KPI, &KPI, &self.computed.rows, &options)
    }
}

/// In the order of [`contract::ESTIMATES`].
const ESTIMATES: [Values<EstimateRow>; contract::ESTIMATES.columns.len()] = [
    |rows| Arc::new(rows.iter().map(|row| Some(row.draw.as_str())).collect::<StringViewArray>()),
    |rows| Arc::new(rows.iter().map(|row| Some(row.cut)).collect::<StringViewArray>()),
    |rows| Arc::new(rows.iter().map(|row| Some(row.member.as_str())).collect::<StringViewArray>()),
    |rows| reals(rows, |row| Some(row.population)),
    |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.drawn))),
    |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.met))),
    |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.drawn - row.met))),
    |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.found))),
    |rows| reals(rows, |row| (row.met > 0).then(|| row.found as f64 / row.met as f64)),
    |rows| reals(rows, |row| row.rate.map(|rate| rate.value)),
    |rows| reals(rows, |row| row.rate_interval().map(|bounds| bounds.0)),
    |rows| reals(rows, |row| row.rate_interval().map(|bounds| bounds.1)),
    |rows| reals(rows, |row| row.total.map(|total| total.value)),
    |rows| reals(rows, |row| row.total_interval().map(|bounds| bounds.0)),
    |rows| reals(rows, |row| row.total_interval().map(|bounds| bounds.1)),
    |rows| Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.collapsed))),
];

fn reals(rows: &[EstimateRow], value: impl Fn(&EstimateRow) -> Option<f64>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<Float64Array>())
}

/// What a listed row is about.
#[derive(Clone, Copy)]
struct About {
    /// Place among the rows of the results.
    at: u32,
    /// Place in the registry.
    registry: u32,
}

/// The columns of a reason.
fn told<T, B: Bilingual>(name: &str, rows: &[T], reason: impl Fn(&T) -> &B) -> Option<ArrayRef> {
    let texts = |text: &dyn Fn(&B) -> String| -> Option<ArrayRef> {
        Some(Arc::new(rows.iter().map(|row| Some(text(reason(row)))).collect::<StringViewArray>()))
    };
    match name {
        "reason" => texts(&|reason| reason.code().to_owned()),
        "detail" => texts(&Bilingual::en),
        "detail_zh" => texts(&Bilingual::zh),
        _ => None,
    }
}

/// In the order of [`contract::KPI`].
const KPI: [Values<KpiRow>; contract::KPI.columns.len()] = [
    |rows| texts(rows, |row| Some(row.kpi)),
    |rows| texts(rows, |row| Some(row.variant)),
    |rows| Arc::new(Date32Array::from_iter_values(rows.iter().map(|row| row.as_of))),
    |rows| texts(rows, |row| Some(&row.period)),
    |rows| texts(rows, |row| Some(row.cut)),
    |rows| texts(rows, |row| Some(&row.member)),
    |rows| Arc::new(rows.iter().map(|row| row.numerator).collect::<Int64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.denominator).collect::<Int64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.value).collect::<Float64Array>()),
    |rows| texts(rows, |row| row.shown.as_deref()),
    |rows| texts(rows, |row| Some(rounding_word(row.rounding))),
    |rows| Arc::new(rows.iter().map(|row| row.interval.map(|bounds| bounds.0)).collect::<Float64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.interval.map(|bounds| bounds.1)).collect::<Float64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.target.map(|target| target as f64 / 1e6)).collect::<Float64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.met).collect::<BooleanArray>()),
    |rows| Arc::new(rows.iter().map(|row| row.needed_converting).collect::<Int64Array>()),
    |rows| Arc::new(rows.iter().map(|row| row.needed_adding).collect::<Int64Array>()),
    |rows| texts(rows, |row| row.reason.as_deref()),
];

fn texts(rows: &[KpiRow], value: impl Fn(&KpiRow) -> Option<&str>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<StringViewArray>())
}

/// The word of a rounding.
pub fn rounding_word(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => "half-up",
        Rounding::HalfEven => "half-even",
        Rounding::Truncated => "truncated",
    }
}
