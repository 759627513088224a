//! The three plain tables for measuring speed: entities, credit and risk, each in its own row order.
//!
//! Same shape and shares as the population that the comparison with other engines uses: ids `91500118` + eight
//! symbols of a permuted serial + both check characters; region 500101 to 500155, industry A to S, status 90/7/3 %;
//! 95 % with grade (.35 .45 .15 .05) and color (.80 .185 .015); 90 % with a score from 0 to 1000. Columns are
//! independent of each other. The score follows Kumaraswamy(2, 8) where the other follows Beta(2, 5).

use arrow::array::{Float64Builder, Int32Builder, StringBuilder};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::ops::Range;
use std::sync::Arc;

use super::ids::{EntityId, unified_code};
use super::latent::right_skewed;
use super::permutation::Permutation;
use super::randomness::{Choice, Purpose, Randomness};
use super::tables::{ColumnSpec, Table, TableSpec, column, entity_id};
use fairdraw_core::codes::USCC_ALPHABET;

const INDUSTRIES: [&str; 19] =
    ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S"];

/// Makes the three tables by block.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    rows: u64,
    serials: Permutation,
    credit_order: Permutation,
    risk_order: Permutation,
}

impl Bench {
    pub(crate) fn new(rows: u64, randomness: &Randomness) -> Self {
        let permutation = |number| randomness.permutation(Purpose::BenchOrder, number, rows);
        Bench { rows, serials: permutation(0), credit_order: permutation(1), risk_order: permutation(2) }
    }

    /// Entities, credit, risk.
    pub(crate) fn specs() -> Vec<TableSpec> {
        let text = |name, header| column(name, header, DataType::Utf8);
        let score = ColumnSpec { repeats: false, ..column("score", "风险分值", DataType::Float64) };
        vec![
            TableSpec::new(
                Table::Entities,
                "entities",
                "entities".to_owned(),
                vec![
                    entity_id(),
                    column("region", "行政区划代码", DataType::Int32),
                    text("industry", "行业代码"),
                    text("status", "登记状态"),
                ],
            ),
            TableSpec::new(
                Table::Credit,
                "credit",
                "credit".to_owned(),
                vec![entity_id(), text("grade", "信用风险等级"), text("color", "赋码颜色")],
            ),
            TableSpec::new(Table::Risk("risk"), "risk", "risk".to_owned(), vec![entity_id(), score]),
        ]
    }

    /// Rows of a table: all, 95 % or 90 % of the entities, rounded down.
    pub(crate) fn rows(&self, table: Table) -> u64 {
        match table {
            Table::Credit => self.rows * 95 / 100,
            Table::Risk(_) => self.rows * 90 / 100,
            _ => self.rows,
        }
    }

    /// These rows of a table.
    pub(crate) fn batch(
        &self,
        spec: &TableSpec,
        randomness: &Randomness,
        block: u64,
        rows: &Range<u64>,
    ) -> Result<RecordBatch, ArrowError> {
        let n = (rows.end - rows.start) as usize;
        let mut ids = StringBuilder::with_capacity(n, n * 18);
        let text = |width| StringBuilder::with_capacity(n, n * width);
        match spec.table {
            Table::Credit => {
                let mut draws = randomness.draws(Purpose::BenchCredit, block);
                let (grades, colors) = (Choice::new([35, 45, 15, 5]), Choice::new([800, 185, 15]));
                let (mut grade, mut color) = (text(1), text(6));
                for row in rows.clone() {
                    ids.append_value(self.id(self.credit_order.at(row)).as_str());
                    grade.append_value(["A", "B", "C", "D"][grades.draw(&mut draws)]);
                    color.append_value(["green", "yellow", "red"][colors.draw(&mut draws)]);
                }
                let (grade, color) = (Arc::new(grade.finish()) as _, Arc::new(color.finish()) as _);
                RecordBatch::try_new(spec.schema.clone(), vec![Arc::new(ids.finish()) as _, grade, color])
            }
            Table::Risk(_) => {
                let mut draws = randomness.draws(Purpose::BenchRisk, block);
                let mut scores = Float64Builder::with_capacity(n);
                for row in rows.clone() {
                    ids.append_value(self.id(self.risk_order.at(row)).as_str());
                    scores.append_value(1000.0 * right_skewed(draws.uniform()));
                }
                let columns = vec![Arc::new(ids.finish()) as _, Arc::new(scores.finish()) as _];
                RecordBatch::try_new(spec.schema.clone(), columns)
            }
            _ => {
                let mut draws = randomness.draws(Purpose::BenchEntities, block);
                let statuses = Choice::new([90, 7, 3]);
                let mut regions = Int32Builder::with_capacity(n);
                let (mut industry, mut status) = (text(1), text(6));
                for row in rows.clone() {
                    ids.append_value(self.id(row).as_str());
                    regions.append_value(500_101 + draws.below(55) as i32);
                    industry.append_value(draws.one_of(&INDUSTRIES));
                    status.append_value(["live", "deregistered", "revoked"][statuses.draw(&mut draws)]);
                }
                let (region, industry) = (Arc::new(regions.finish()) as _, Arc::new(industry.finish()) as _);
                let columns = vec![Arc::new(ids.finish()) as _, region, industry, Arc::new(status.finish()) as _];
                RecordBatch::try_new(spec.schema.clone(), columns)
            }
        }
    }

    fn id(&self, entity: u64) -> EntityId {
        let mut serial = self.serials.at(entity);
        let mut organisation = [b'0'; 8];
        for place in organisation.iter_mut().rev() {
            *place = USCC_ALPHABET[(serial % 31) as usize];
            serial /= 31;
        }
        unified_code(*b"91500118", organisation)
    }
}
