//! A text column of the frame, read by row.

use polars::prelude::{Column, DataFrame, DataType, StringChunked};

/// A column as text in one piece; numbers and dates are read as they print.
#[derive(Debug, Clone)]
pub struct TextColumn(StringChunked);

impl TextColumn {
    /// The column of that name, `None` if there is none or it cannot be read as text.
    pub fn of(table: &DataFrame, name: &str) -> Option<Self> {
        Self::of_column(table.column(name).ok()?)
    }

    /// A column as text, `None` if it cannot be read so.
    pub fn of_column(column: &Column) -> Option<Self> {
        let column = column.cast(&DataType::String).ok()?;
        Some(Self(column.as_materialized_series().str().ok()?.rechunk().into_owned()))
    }

    /// The text of a row; `None` where it is null.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.0.downcast_as_array().get(row)
    }
}
