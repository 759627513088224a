//! Published rows out.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use postgres::Transaction;
use sha2::{Digest as _, Sha256};

use super::super::{RemoteError, Written, whole};
use super::{BATCH_BYTES, connect, refused};
use crate::contract::{CellType, Column, DRAW, KPI, MANIFEST_FILE, Present, TEAM_TABLE, Table, VISIT_TABLE};
use crate::digest::hex;
use crate::published::PublishedRun;

/// The tables that are written into a database.
const PUBLISHED: [Table; 4] = [DRAW, VISIT_TABLE, TEAM_TABLE, KPI];

/// Writes published folders into the schema `fairdraw` of a database, in one transaction: a row of `runs` a folder, and the
/// rows of its tables with the run they are of. A folder that stands there already stays as it is.
///
/// # Errors
/// [`RemoteError`]: a folder that is not whole, a database that refuses or is gone; then nothing is written.
pub fn publish_rows(variable: &str, folders: &[&Path]) -> Result<Written, RemoteError> {
    let fault = |error: postgres::Error| refused(variable, &error);
    let runs = folders.iter().map(|folder| whole(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut client = connect(variable)?;
    let mut session = client.transaction().map_err(fault)?;
    make_tables(&mut session).map_err(fault)?;
    // Whoever else writes a run waits here.
    session.batch_execute("LOCK TABLE fairdraw.runs IN EXCLUSIVE MODE").map_err(fault)?;
    let (mut parts, mut new) = (Vec::new(), None);
    for (run, manifest) in &runs {
        let id = hex(Sha256::digest(manifest));
        let known = session.query("SELECT 1 FROM fairdraw.runs WHERE run_id = $1", &[&id]).map_err(fault)?;
        if !known.is_empty() {
            continue;
        }
        let read = serde_json::from_str(manifest);
        let own: RunRow = read.map_err(|error| run.fault(MANIFEST_FILE, error.to_string()))?;
        let values = "INSERT INTO fairdraw.runs VALUES ($1, $2, $3, $4::text::date, $5, $6)";
        let row: [&(dyn postgres::types::ToSql + Sync); 6] =
            [&id, &own.plan.name, &own.plan.title, &own.as_of, &own.fairdraw, manifest];
        session.execute(values, &row).map_err(fault)?;
        for table in PUBLISHED.iter().filter(|table| run.has(table.file)) {
            let rows = copy_rows(&mut session, run, table, &id, variable)?;
            parts.push((name_of(table).to_owned(), rows));
        }
        new.get_or_insert(id);
    }
    session.commit().map_err(fault)?;
    Ok(new.map_or(Written::Before, |run| Written::Now { run, parts }))
}

/// What a manifest says of a run.
#[derive(serde::Deserialize)]
struct RunRow {
    fairdraw: String,
    plan: crate::publish::manifest::PlanRecord,
    /// Teams are of the day of their round.
    as_of: Option<String>,
}

fn name_of(table: &Table) -> &'static str {
    table.file.trim_end_matches(".parquet")
}

/// The columns of a table that every run has, or may have.
fn columns_of(table: &Table) -> impl Iterator<Item = &Column> {
    table.columns.iter().filter(|column| column.present != Present::ForEach)
}

/// Makes the schema and the tables that are not there; who may not make any can still write into those that are.
fn make_tables(session: &mut Transaction<'_>) -> Result<(), postgres::Error> {
    let is_there = session.query("SELECT 1 FROM pg_namespace WHERE nspname = 'fairdraw'", &[])?;
    if is_there.is_empty() {
        session.batch_execute("CREATE SCHEMA fairdraw")?;
    }
    let found = session.query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'fairdraw'", &[])?;
    let found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    let is_missing = |name: &str| !found.iter().any(|own| own == name);
    if is_missing("runs") {
        session.batch_execute(
            "CREATE TABLE fairdraw.runs (run_id text PRIMARY KEY, plan text NOT NULL, title text, as_of date, \
             fairdraw text NOT NULL, manifest text NOT NULL);
             COMMENT ON COLUMN fairdraw.runs.run_id IS 'SHA-256 of the manifest'",
        )?;
    }
    for table in PUBLISHED.iter().filter(|table| is_missing(name_of(table))) {
        let name = name_of(table);
        let mut text = format!("CREATE TABLE fairdraw.{name} (run_id text NOT NULL REFERENCES fairdraw.runs");
        let mut comments = String::new();
        for column in columns_of(table) {
            let kind = match column.holds {
                CellType::Text => "text",
                CellType::Boolean => "boolean",
                CellType::Date => "date",
                CellType::Int64 => "bigint",
                CellType::Int32 => "integer",
                CellType::Float64 => "double precision",
                CellType::TextList => "text[]",
            };
            let null = if column.nullable || column.present == Present::IfGiven { "" } else { " NOT NULL" };
            _ = write!(text, ", \"{}\" {kind}{null}", column.name);
            let said = format!("{}; {}", column.zh, column.en).replace('\'', "''");
            _ = write!(comments, "; COMMENT ON COLUMN fairdraw.{name}.\"{}\" IS '{said}'", column.name);
        }
        _ = write!(text, "); CREATE INDEX ON fairdraw.{name} (run_id){comments}");
        session.batch_execute(&text)?;
    }
    Ok(())
}

/// Copies the rows of a table into the database: how many.
fn copy_rows(
    session: &mut Transaction<'_>,
    run: &PublishedRun,
    table: &Table,
    id: &str,
    variable: &str,
) -> Result<u64, RemoteError> {
    let reader = run.table(table.file)?;
    let fault = |reason: String| run.fault(table.file, reason);
    let schema = reader.schema().clone();
    let places: Vec<usize> = columns_of(table).filter_map(|column| schema.index_of(column.name).ok()).collect();
    let names: String = places.iter().map(|&place| format!(", \"{}\"", schema.field(place).name())).collect();
    let statement = format!("COPY fairdraw.{} (run_id{names}) FROM STDIN", name_of(table));
    let lost = |error: io::Error| match error.get_ref().and_then(|cause| cause.downcast_ref::<postgres::Error>()) {
        Some(error) => refused(variable, error),
        None => RemoteError::Database { variable: variable.to_owned(), problem: error.to_string() },
    };
    let mut writer = session.copy_in(&statement).map_err(|error| refused(variable, &error))?;
    let mut sorted = places.clone();
    sorted.sort_unstable();
    let mut batches = reader.read(&sorted, None).map_err(fault)?;
    let options = FormatOptions::default();
    while let Some(columns) = batches.next().map_err(fault)? {
        let in_order: Vec<&ArrayRef> =
            places.iter().filter_map(|place| sorted.binary_search(place).ok()).map(|at| &columns[at]).collect();
        let cells = in_order.iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let cells = cells.collect::<Result<Vec<_>, _>>().map_err(|error| fault(error.to_string()))?;
        let mut text = String::new();
        for row in 0..in_order.first().map_or(0, |column| column.len()) {
            text.push_str(id);
            for (column, cells) in in_order.iter().zip(&cells) {
                text.push('\t');
                match column.is_null(row) {
                    true => text.push_str("\\N"),
                    false if matches!(column.data_type(), DataType::List(_)) => {
                        escaped(&list(&column.as_list::<i32>().value(row)), &mut text)
                    }
                    false => escaped(&cells.value(row).to_string(), &mut text),
                }
            }
            text.push('\n');
            if text.len() > BATCH_BYTES {
                writer.write_all(text.as_bytes()).map_err(lost)?;
                text.clear();
            }
        }
        writer.write_all(text.as_bytes()).map_err(lost)?;
    }
    writer.finish().map_err(|error| refused(variable, &error))
}

/// A list of texts as the database reads it.
fn list(words: &ArrayRef) -> String {
    let words = arrow::compute::cast(words, &DataType::Utf8).map(|words| {
        let quoted =
            |word: Option<&str>| format!("\"{}\"", word.unwrap_or_default().replace('\\', "\\\\").replace('"', "\\\""));
        words.as_string::<i32>().iter().map(quoted).collect::<Vec<_>>().join(",")
    });
    format!("{{{}}}", words.unwrap_or_default())
}

/// A cell of text rows: what would end it is written otherwise.
fn escaped(cell: &str, text: &mut String) {
    for character in cell.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn cells_of_text_rows_end_where_they_end() {
        let mut text = String::new();
        escaped("a\tb\\c\nd", &mut text);
        assert_eq!(text, "a\\tb\\\\c\\nd");
        let words: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a\"b", "c\\d", "e,f"]));
        assert_eq!(list(&words), r#"{"a\"b","c\\d","e,f"}"#);
    }
}
