//! What a run leaves behind: one folder, written aside and renamed whole.
//!
//! * [`staging`]: the lock, the staging folder and the swap with the previous output;
//! * [`parquet_file`]: one Parquet file from columns that are built while they are encoded;
//! * [`tables`]: the draw, the summary and the quarantine as Parquet;
//! * [`manifest`]: the record of the run that a stranger needs to check it;
//! * [`run_folder`]: all of them, from a run;
//! * [`assign_folder`]: visits and teams;
//! * [`kpi_tables`], [`kpi_folder`]: the tables of figures, and their folder;
//! * [`history`]: what became of plans that are run every night, with times, for who looks after them.
//!
//! Nothing else that is written here depends on the clock, the machine or the number of threads: the same run gives the same bytes.

mod error;
pub mod staging;
pub(crate) mod disk;
mod bits;
mod chunk;
mod coded_column;
mod encoder;
mod front_coded;
mod table_options;
pub mod parquet_file;
mod listing;
mod rows;
pub mod tables;
pub mod frame_table;
pub mod summary;
pub mod assign_folder;
pub mod kpi_folder;
pub mod history;
pub mod kpi_tables;
pub mod manifest;
pub mod run_folder;
mod star;

pub(crate) use disk::{open, other_files, parts};
pub use error::PublishError;
pub use listing::{ListedDraw, ListedRow, Listing, Selection, distinct, order_rows};
