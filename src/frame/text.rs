//! A text column of the frame, read by row.

use polars::prelude::{Column, DataFrame, DataType, PolarsDataType, StringChunked, StringType};

type TextArray = <StringType as PolarsDataType>::Array;

/// A column as text; numbers and dates are read as they print.
#[derive(Debug, Clone)]
pub struct TextColumn {
    /// The parts of the column; all but the last hold `part_rows` rows.
    parts: Vec<TextArray>,
    part_rows: usize,
}

impl TextColumn {
    /// The column of that name, `None` if there is none or it cannot be read as text.
    pub fn of(table: &DataFrame, name: &str) -> Option<Self> {
        Self::of_column(table.column(name).ok()?)
    }

    /// A column as text, `None` if it cannot be read so.
    pub fn of_column(column: &Column) -> Option<Self> {
        let column = column.cast(&DataType::String).ok()?;
        let texts = column.as_materialized_series().str().ok()?;
        // Columns are gathered in parts of one length; copying them into one would cost more than reading them.
        Self::in_parts(texts).or_else(|| Self::in_parts(&texts.rechunk()))
    }

    /// `None` if the parts differ in length before the last.
    fn in_parts(texts: &StringChunked) -> Option<Self> {
        let parts: Vec<TextArray> = texts.downcast_iter().cloned().collect();
        let part_rows = parts.first().map_or(1, |part| part.len().max(1));
        let even = parts.iter().rev().skip(1).all(|part| part.len() == part_rows);
        let fits = parts.last().is_none_or(|last| last.len() <= part_rows);
        (even && fits).then_some(Self { parts, part_rows })
    }

    /// The text of a row; `None` where it is null.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.parts[row / self.part_rows].get(row % self.part_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{IntoColumn, NamedFrom, Series};

    #[test]
    fn parts_of_any_length_read_as_one_column() {
        for parts in [vec!["a", "b", "c", "d", "e"], vec!["ab", "cd", "e"], vec!["ab", "cde"], vec!["a", "bcd", "e"]] {
            let series = parts.iter().map(|part| {
                let cells: Vec<Option<String>> = part.chars().map(|c| (c != 'd').then(|| c.to_string())).collect();
                Series::new("x".into(), cells)
            });
            let column = series.reduce(|mut whole, part| {
                whole.append(&part).unwrap();
                whole
            });
            let column = TextColumn::of_column(&column.unwrap().into_column()).unwrap();
            let read: Vec<Option<&str>> = (0..5).map(|row| column.get(row)).collect();
            assert_eq!(read, [Some("a"), Some("b"), Some("c"), None, Some("e")], "{parts:?}");
        }
    }
}
