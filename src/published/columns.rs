//! Columns of a part of a published table.

use super::{PublishedError, PublishedRun};
use crate::contract::Column;
use arrow::array::{ArrayRef, AsArray, Date32Array, Float64Array, Int32Array, Int64Array, ListArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type};

/// Columns of a part of a table, by name and type.
pub(crate) struct Columns<'a> {
    /// The run.
    pub run: &'a PublishedRun,
    /// The table.
    pub file: &'static str,
    /// Names of the columns.
    pub names: &'a [String],
    /// The columns.
    pub columns: &'a [ArrayRef],
}

impl<'a> Columns<'a> {
    fn typed<T>(&self, name: &str, of: impl Fn(&'a ArrayRef) -> Option<&'a T>) -> Result<&'a T, PublishedError> {
        let at = self.names.iter().position(|own| own == name);
        let column = at.map(|at| &self.columns[at]);
        let column = column.ok_or_else(|| self.run.fault(self.file, format!("it has no column {name}")))?;
        of(column).ok_or_else(|| self.run.fault(self.file, format!("{name} has another type than the contract says")))
    }

    /// A column of texts.
    pub fn texts(&self, column: Column) -> Result<&'a StringViewArray, PublishedError> {
        self.texts_named(column.name)
    }

    /// A column of lists of texts.
    pub fn lists_named(&self, name: &str) -> Result<Vec<Vec<String>>, PublishedError> {
        let lists: &ListArray = self.typed(name, |column| column.as_list_opt())?;
        let words = |row: Option<ArrayRef>| {
            let row = row.and_then(|row| cast(&row, &DataType::Utf8View).ok());
            let texts = row.as_ref().and_then(|row| row.as_string_view_opt());
            texts.into_iter().flat_map(|texts| texts.iter().flatten().map(str::to_owned)).collect()
        };
        Ok(lists.iter().map(words).collect())
    }

    /// A column of texts, by name.
    pub fn texts_named(&self, name: &str) -> Result<&'a StringViewArray, PublishedError> {
        self.typed(name, |column| column.as_string_view_opt())
    }

    /// A column of numbers.
    pub fn reals(&self, column: Column) -> Result<&'a Float64Array, PublishedError> {
        self.reals_named(column.name)
    }

    /// A column of numbers, by name.
    pub fn reals_named(&self, name: &str) -> Result<&'a Float64Array, PublishedError> {
        self.typed(name, |column| column.as_primitive_opt::<Float64Type>())
    }

    /// A column of whole numbers of 32 bits.
    pub fn small_wholes(&self, column: Column) -> Result<&'a Int32Array, PublishedError> {
        self.typed(column.name, |column| column.as_primitive_opt::<Int32Type>())
    }

    /// A column of days, by name.
    pub fn days_named(&self, name: &str) -> Result<&'a Date32Array, PublishedError> {
        self.typed(name, |column| column.as_primitive_opt::<Date32Type>())
    }

    /// A column of whole numbers.
    pub fn wholes(&self, column: Column) -> Result<&'a Int64Array, PublishedError> {
        self.wholes_named(column.name)
    }

    /// A column of whole numbers, by name.
    pub fn wholes_named(&self, name: &str) -> Result<&'a Int64Array, PublishedError> {
        self.typed(name, |column| column.as_primitive_opt::<Int64Type>())
    }
}
