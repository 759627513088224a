//! Grade, color, risk scores and flags of the entities of a block, all driven by their hidden risk.

use arrow::array::{Float64Builder, StringBuilder};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

use super::counting::{Classes, RUN_ROWS};
use super::latent::{Echo, right_skewed};
use super::preset::{Profile, RiskModel};
use super::randomness::{Choice, Purpose, Randomness};
use super::subjects::Subjects;
use super::tables::TableSpec;

/// How closely each rating follows the hidden risk (assumed).
const GRADE: Echo = Echo { loyalty: 0.85, width: 0.08 };
const COLOR: Echo = Echo { loyalty: 0.70, width: 0.04 };
const SCORE: Echo = Echo { loyalty: 0.90, width: 0.08 };
const FLAG: Echo = Echo { loyalty: 0.50, width: 0.05 };

const GRADES: [&str; 4] = ["A", "B", "C", "D"];
const UNRATED: &str = "未分类";
const COLORS: [&str; 3] = ["绿码", "黄码", "红码"];

/// Grade and color of the covered entities, in the registry's order.
pub(crate) fn credit(
    spec: &TableSpec,
    profile: &Profile,
    randomness: &Randomness,
    block: u64,
    subjects: &Subjects<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut draws = randomness.draws(Purpose::Credit, block);
    let total: u32 = profile.grades.iter().sum();
    let unrated = f64::from(profile.grades[4]) / f64::from(total);
    let (grades, colors) = (Choice::new(profile.grades[..4].iter().copied()), Choice::new(profile.colors));
    let rows = subjects.risk.len();
    let mut ids = StringBuilder::with_capacity(rows, rows * 18);
    let mut grade = StringBuilder::with_capacity(rows, rows * 2);
    let mut color = StringBuilder::with_capacity(rows, rows * 6);
    for (row, &risk) in subjects.risk.iter().enumerate() {
        let (covered, is_unrated) = (draws.chance(profile.credit_coverage), draws.chance(unrated));
        let graded = grades.at(GRADE.of(risk, draws.pair()));
        let colored = colors.at(COLOR.of(risk, draws.pair()));
        if covered {
            ids.append_value(subjects.id(row));
            grade.append_value(if is_unrated { UNRATED } else { GRADES[graded] });
            color.append_value(COLORS[colored]);
        }
    }
    let columns = vec![Arc::new(ids.finish()) as _, Arc::new(grade.finish()) as _, Arc::new(color.finish()) as _];
    RecordBatch::try_new(spec.schema.clone(), columns)
}

/// The scores that one model gives to the entities it covers, in the registry's order.
pub(crate) fn risk(
    spec: &TableSpec,
    (number, model): (u8, &RiskModel),
    randomness: &Randomness,
    block: u64,
    subjects: &Subjects<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut draws = randomness.draws(Purpose::Risk(number), block);
    let rows = subjects.risk.len();
    let mut ids = StringBuilder::with_capacity(rows, rows * 18);
    let mut scores = Float64Builder::with_capacity(rows);
    for (row, &risk) in subjects.risk.iter().enumerate() {
        let (covered, rating) = (draws.chance(model.coverage), SCORE.of(risk, draws.pair()));
        if covered {
            ids.append_value(subjects.id(row));
            scores.append_value(model.scale.score(right_skewed(rating)));
        }
    }
    RecordBatch::try_new(spec.schema.clone(), vec![Arc::new(ids.finish()) as _, Arc::new(scores.finish()) as _])
}

/// Flags in long form. An entity on the abnormal list has two rows, `abnormal` and the reason; at most one reason.
/// Counts are exact (see [`Classes`]); risky entities are flagged more often.
pub(crate) fn flags(
    spec: &TableSpec,
    profile: &Profile,
    randomness: &Randomness,
    block: u64,
    subjects: &Subjects<'_>,
) -> Result<RecordBatch, ArrowError> {
    let mut draws = randomness.draws(Purpose::Flags, block);
    let listed: u64 = profile.listings.iter().map(|l| l.1).sum();
    let listings = Classes::new(std::iter::once(profile.rows - listed).chain(profile.listings.iter().map(|l| l.1)));
    let others: Vec<(&str, Classes)> =
        profile.flags.iter().map(|&(flag, count)| (flag, Classes::new([profile.rows - count, count]))).collect();
    let (mut ids, mut flags) = (StringBuilder::new(), StringBuilder::new());
    for (run, risk) in subjects.risk.chunks(RUN_ROWS as usize).enumerate() {
        let offset = run * RUN_ROWS as usize;
        let mut deal = |classes: &Classes| {
            let keys: Vec<f64> = risk.iter().map(|&r| FLAG.of(r, draws.pair())).collect();
            classes.deal(subjects.first + offset as u64, &keys)
        };
        let reasons = deal(&listings);
        let others: Vec<(&str, Vec<usize>)> = others.iter().map(|(flag, classes)| (*flag, deal(classes))).collect();
        for row in 0..risk.len() {
            let mut push = |flag: &str| {
                ids.append_value(subjects.id(offset + row));
                flags.append_value(flag);
            };
            if reasons[row] > 0 {
                push("abnormal");
                push(profile.listings[reasons[row] - 1].0);
            }
            others.iter().filter(|(_, classes)| classes[row] == 1).for_each(|(flag, _)| push(flag));
        }
    }
    RecordBatch::try_new(spec.schema.clone(), vec![Arc::new(ids.finish()) as _, Arc::new(flags.finish()) as _])
}
