//! The history of a list of plans: a small Parquet file a night, in one folder, none of which is ever written again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Int64Array};

use super::PublishError;
use super::table_options::TableOptions;
use super::tables::{SMALL_TABLE_ZSTD, Values, text, write_rows};
use crate::contract;
use crate::published::{Columns, PublishedError, PublishedRun};

/// What became of a plan in a night: one row of the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryRow {
    /// When the plan ended, in seconds since 1970.
    pub ended_at: i64,
    /// Name of the list.
    pub list: String,
    /// The plan, as the list writes it.
    pub plan: String,
    /// `done`, `unchanged`, `failed` or `left-out`.
    pub outcome: String,
    /// What stopped it.
    pub error: Option<String>,
    /// How long it took.
    pub seconds: f64,
    /// Version of the program.
    pub fairdraw: String,
    /// SHA-256 of the plan.
    pub plan_digest: String,
    /// SHA-256 of what stands published.
    pub made: Option<String>,
    /// Rows read of all tables, and those set aside.
    pub rows: Option<(i64, i64)>,
    /// Entities, those that could be drawn, and the drawn.
    pub drawn: Option<(i64, i64, i64)>,
    /// Figures.
    pub figures: Option<i64>,
    /// Changes since the last run beyond the limits of the plan.
    pub drift: i64,
}

/// In the order of [`contract::HISTORY`].
const HISTORY: [Values<HistoryRow>; contract::HISTORY.columns.len()] = [
    |rows| wholes(rows, |row| Some(row.ended_at)),
    |rows| text(rows, |row| Some(&row.list)),
    |rows| text(rows, |row| Some(&row.plan)),
    |rows| text(rows, |row| Some(&row.outcome)),
    |rows| text(rows, |row| row.error.as_deref()),
    |rows| Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.seconds))),
    |rows| text(rows, |row| Some(&row.fairdraw)),
    |rows| text(rows, |row| Some(&row.plan_digest)),
    |rows| text(rows, |row| row.made.as_deref()),
    |rows| wholes(rows, |row| row.rows.map(|(read, _)| read)),
    |rows| wholes(rows, |row| row.rows.map(|(_, aside)| aside)),
    |rows| wholes(rows, |row| row.drawn.map(|(population, ..)| population)),
    |rows| wholes(rows, |row| row.drawn.map(|(_, eligible, _)| eligible)),
    |rows| wholes(rows, |row| row.drawn.map(|(.., drawn)| drawn)),
    |rows| wholes(rows, |row| row.figures),
    |rows| wholes(rows, |row| Some(row.drift)),
];

fn wholes(rows: &[HistoryRow], value: impl Fn(&HistoryRow) -> Option<i64>) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<Int64Array>())
}

/// Writes the rows of a night as a new file of the folder, which is made if it is not there.
///
/// # Errors
/// [`PublishError::File`] naming the file.
pub fn write_night(folder: &Path, rows: &[HistoryRow]) -> Result<(), PublishError> {
    let Some(last) = rows.last() else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|cause| PublishError::file("create the folder", folder, cause))?;
    let file = |number: usize| folder.join(format!("{:011}-{number:03}.parquet", last.ended_at));
    let path = (0..).map(file).find(|path| !path.exists()).unwrap_or_else(|| file(0));
    let aside = path.with_extension("part");
    let options = TableOptions { zstd_level: SMALL_TABLE_ZSTD, ..TableOptions::default() };
    write_rows(&aside, &contract::HISTORY, &HISTORY, rows, &options)?;
    std::fs::rename(&aside, &path).map_err(|cause| PublishError::file("write", &path, cause))
}

/// The rows of all nights, the first night first.
///
/// # Errors
/// A file that is no history.
pub fn read_history(folder: &Path) -> Result<Vec<HistoryRow>, PublishedError> {
    let file = contract::HISTORY.file;
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(PublishedError::File { file: folder.to_owned(), reason: error.to_string() }),
    };
    let is_night = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "parquet");
    let mut nights: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_night).collect();
    nights.sort();
    let mut rows = Vec::new();
    for night in nights {
        let run = PublishedRun::of_table(file, &night)?;
        let read = run.visit::<PublishedError>(file, |_, names, columns| {
            let of = Columns { run: &run, file, names, columns };
            let texts = |name| of.texts_named(name);
            let wholes = |name| {
                let column = of.wholes_named(name)?;
                Ok::<_, PublishedError>(move |row: usize| column.is_valid(row).then(|| column.value(row)))
            };
            let (list, plan, outcome, error) = (texts("list")?, texts("plan")?, texts("outcome")?, texts("error")?);
            let (fairdraw, plan_digest, made) = (texts("fairdraw")?, texts("plan_digest")?, texts("made")?);
            let (ended_at, drift, figures) = (wholes("ended_at")?, wholes("drift")?, wholes("figures")?);
            let (read, aside, population) = (wholes("rows_read")?, wholes("rows_set_aside")?, wholes("population")?);
            let (eligible, drawn, seconds) = (wholes("eligible")?, wholes("drawn")?, of.reals_named("seconds")?);
            let own = |texts: &arrow::array::StringViewArray, row: usize| {
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            };
            rows.extend((0..list.len()).map(|row| HistoryRow {
                ended_at: ended_at(row).unwrap_or_default(),
                list: list.value(row).to_owned(),
                plan: plan.value(row).to_owned(),
                outcome: outcome.value(row).to_owned(),
                error: own(error, row),
                seconds: seconds.value(row),
                fairdraw: fairdraw.value(row).to_owned(),
                plan_digest: plan_digest.value(row).to_owned(),
                made: own(made, row),
                rows: read(row).zip(aside(row)),
                drawn:
                    population(row).zip(eligible(row)).zip(drawn(row)).map(|((all, some), drawn)| (all, some, drawn)),
                figures: figures(row),
                drift: drift(row).unwrap_or_default(),
            }));
            Ok(())
        });
        read.map_err(|error| match error {
            // The table stands for itself: its own name says more.
            PublishedError::File { reason, .. } => PublishedError::File { file: night.clone(), reason },
            other => other,
        })?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_are_read_back_in_their_order_and_none_is_written_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/history");
        assert_eq!(read_history(&folder).unwrap(), []);
        let done = HistoryRow {
            ended_at: 1_700_000_000,
            plan: "a.toml".to_owned(),
            made: Some("00".to_owned()),
            rows: Some((400, 2)),
            drawn: Some((398, 390, 20)),
            seconds: 0.25,
            drift: 1,
            ..HistoryRow::default()
        };
        let failed = HistoryRow { error: Some("no file".to_owned()), figures: Some(3), ..HistoryRow::default() };
        let night = [done.clone(), HistoryRow { ended_at: 1_700_000_001, ..failed.clone() }];
        write_night(&folder, &night).unwrap();
        write_night(&folder, &night[1..]).unwrap();
        write_night(&folder, &[]).unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        assert_eq!(read_history(&folder).unwrap(), [night[0].clone(), night[1].clone(), night[1].clone()]);
        std::fs::write(folder.join("99999999999-000.parquet"), "PAR1 and no more PAR1").unwrap();
        let error = read_history(&folder).unwrap_err().to_string();
        assert!(error.contains("99999999999-000.parquet"), "{error}");
    }
}
