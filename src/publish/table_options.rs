//! How a table is laid out in its Parquet file: order, layouts, filters, metadata.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::datatypes::{DataType, SchemaRef};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::PublishError;

/// Rows of a row group unless the options say otherwise: those of a part of the frame.
pub const ROW_GROUP_ROWS: usize = crate::part::PART_ROWS;

/// False positives of a bloom filter, as a share of the ids that are not in the row group.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// How the values of a column are laid out before (and whether) zstd compresses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Each distinct value once, then small numbers. For everything that repeats. The default; a dictionary that grows
    /// beyond 1 MiB is given up for plain values.
    #[default]
    Dictionary,
    /// One value after the other; of texts first all lengths, so that zstd sees only what differs. For names, lots and other
    /// values that hardly repeat.
    Plain,
    /// One value after the other, not compressed. For random bits (tickets), which zstd cannot shorten.
    Raw,
    /// Text as the length shared with the value before and the rest. For sorted ids.
    FrontCoded,
    /// 32- and 64-bit integers as packed differences. For numbers that rise.
    PackedDifferences,
    /// The same, not compressed: for measured integers, whose differences zstd cannot shorten.
    PackedRaw,
    /// Numbers as their first bytes, then their second bytes, and so on. For measured `f64` columns.
    SplitBytes,
}

impl Layout {
    /// Whether the Parquet format has this layout for the type.
    fn fits(self, values: &DataType) -> bool {
        match self {
            Self::Dictionary | Self::Plain | Self::Raw => true,
            Self::FrontCoded => is_text(values),
            Self::PackedDifferences | Self::PackedRaw => values.is_integer() || matches!(values, DataType::Date32),
            Self::SplitBytes => {
                values.is_integer() || matches!(values, DataType::Float32 | DataType::Float64 | DataType::Date32)
            }
        }
    }
}

fn is_text(values: &DataType) -> bool {
    match values {
        DataType::Dictionary(_, words) => is_text(words),
        _ => matches!(values, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
    }
}

/// How a table is written. Names that the schema does not have are errors.
#[derive(Clone, Debug)]
pub struct TableOptions<'a> {
    /// Columns by which the rows are sorted, ascending, nulls last. The caller promises it; readers skip by it.
    pub sorted_by: &'a [&'a str],
    /// Columns that get a bloom filter, sized for a row group of distinct values (2 bytes a row at most).
    pub bloom: &'a [&'a str],
    /// Columns without statistics: words that stand everywhere in the table, so that their bounds would skip nothing.
    pub unbounded: &'a [&'a str],
    /// Layout by column; columns not named are [`Layout::Dictionary`].
    pub layouts: &'a [(&'a str, Layout)],
    /// Key-value metadata of the file, in this order.
    pub key_values: Vec<(String, String)>,
    /// Rows of every row group but the last; at least 1.
    pub row_group_rows: usize,
    /// 1 (fast) to 22 (small).
    pub zstd_level: i32,
}

impl Default for TableOptions<'_> {
    fn default() -> Self {
        Self {
            sorted_by: &[],
            bloom: &[],
            unbounded: &[],
            layouts: &[],
            key_values: Vec::new(),
            row_group_rows: ROW_GROUP_ROWS,
            zstd_level: 1,
        }
    }
}

impl TableOptions<'_> {
    /// The settings of the Parquet writer for a table of `rows` rows, every name checked against the schema.
    pub(super) fn properties(
        &self,
        path: &Path,
        schema: &SchemaRef,
        rows: usize,
    ) -> Result<WriterProperties, PublishError> {
        let wrong = |reason: String| PublishError::Options { path: path.to_path_buf(), reason };
        let index_of = |name: &str| {
            schema.index_of(name).map_err(|_| wrong(format!("its options name a column {name} that it does not have")))
        };
        let mut names = BTreeSet::new();
        for field in schema.fields() {
            let words = matches!(field.data_type(), DataType::List(item) if !item.data_type().is_nested());
            if field.data_type().is_nested() && !words {
                return Err(wrong(format!("the column {} is nested", field.name())));
            }
            if !names.insert(field.name()) {
                return Err(wrong(format!("two columns are called {}", field.name())));
            }
        }
        if self.row_group_rows == 0 {
            return Err(wrong("a row group of 0 rows is asked for".to_string()));
        }
        let zstd = ZstdLevel::try_new(self.zstd_level)
            .map_err(|_| wrong(format!("zstd has no level {}, only 1 to 22", self.zstd_level)))?;

        let mut sorting = Vec::new();
        for name in self.sorted_by {
            let column_idx = i32::try_from(index_of(name)?).map_err(|_| wrong("too many columns".to_string()))?;
            sorting.push(SortingColumn { column_idx, descending: false, nulls_first: false });
        }
        let key_values: Vec<KeyValue> =
            self.key_values.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();

        // The form that the Parquet format asks for: "<application> version <version>".
        let mut builder = WriterProperties::builder()
            .set_created_by(concat!("fairdraw version ", env!("CARGO_PKG_VERSION")).to_string())
            .set_compression(Compression::ZSTD(zstd))
            .set_max_row_group_row_count(Some(self.row_group_rows))
            .set_sorting_columns((!sorting.is_empty()).then_some(sorting))
            .set_key_value_metadata((!key_values.is_empty()).then_some(key_values));
        for name in self.unbounded {
            let column = ColumnPath::new(vec![schema.field(index_of(name)?).name().clone()]);
            builder = builder.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
        for (name, layout) in self.layouts {
            let field = schema.field(index_of(name)?);
            if !layout.fits(field.data_type()) {
                return Err(wrong(format!(
                    "the layout {layout:?} does not fit the type {} of {name}",
                    field.data_type()
                )));
            }
            let column = || ColumnPath::new(vec![(*name).to_string()]);
            let encoding = match layout {
                Layout::Dictionary => continue,
                Layout::Plain if is_text(field.data_type()) => Encoding::DELTA_LENGTH_BYTE_ARRAY,
                Layout::Plain | Layout::Raw => Encoding::PLAIN,
                Layout::FrontCoded => Encoding::DELTA_BYTE_ARRAY,
                Layout::PackedDifferences | Layout::PackedRaw => Encoding::DELTA_BINARY_PACKED,
                Layout::SplitBytes => Encoding::BYTE_STREAM_SPLIT,
            };
            builder = builder.set_column_dictionary_enabled(column(), false).set_column_encoding(column(), encoding);
            if matches!(layout, Layout::Raw | Layout::PackedRaw) {
                builder = builder.set_column_compression(column(), Compression::UNCOMPRESSED);
            }
        }
        for name in self.bloom {
            index_of(name)?;
            let column = || ColumnPath::new(vec![(*name).to_string()]);
            builder = builder
                .set_column_bloom_filter_fpp(column(), BLOOM_FALSE_POSITIVES)
                .set_column_bloom_filter_max_ndv(column(), rows.clamp(1, self.row_group_rows) as u64);
        }
        Ok(builder.build())
    }
}
