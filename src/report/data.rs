//! What the pages are made of: plain values, as the published tables hold them.

use crate::kpi::catalogue::Unit;

/// What a figure means.
#[derive(Clone, Debug)]
pub struct FigureDefinition {
    /// Id, such as `detection.by_inspection`.
    pub id: String,
    /// Variant; empty if there is one only.
    pub variant: String,
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Numerator and denominator in words, Chinese.
    pub meaning_zh: String,
    /// Numerator and denominator in words, English.
    pub meaning_en: String,
    /// How it counts.
    pub unit: Unit,
    /// Where the definition comes from.
    pub source: String,
}

/// One figure of one cut, one period and one day.
#[derive(Clone, Debug)]
pub struct KpiRow {
    /// Id of the figure.
    pub kpi: String,
    /// Its variant.
    pub variant: String,
    /// The day up to which it counts, in days since 1970-01-01.
    pub as_of: i32,
    /// `to-date`, `2021`, `2021-H1`, `2021-Q1` or `2021-03`.
    pub period: String,
    /// `all`, `organ`, `station`, `industry`, `grade`, `color`, `level`, `source`, `reason`, `category` or `decile`.
    pub cut: String,
    /// The member of the cut.
    pub member: String,
    /// Numerator, or the count.
    pub numerator: Option<i64>,
    /// Denominator; none for counts.
    pub denominator: Option<i64>,
    /// Unrounded value; shares lie in 0 to 1.
    pub value: Option<f64>,
    /// Printed form, such as `26.6 %`.
    pub shown: Option<String>,
    /// How it was rounded: `half-up`, `half-even` or `truncated`.
    pub rounding: String,
    /// Lower end of the 95 % interval, in the unit of the value.
    pub ci_low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub ci_high: Option<f64>,
    /// What is to be reached, in the unit of the value.
    pub target: Option<f64>,
    /// Whether it is reached.
    pub met: Option<bool>,
    /// How many of the existing ones would have to be converted to reach it.
    pub needed_converting: Option<i64>,
    /// How many new ones that all count would have to be added to reach it.
    pub needed_adding: Option<i64>,
    /// Code why there is no value, such as `no-denominator`.
    pub reason: Option<String>,
}

/// The share with problems in one part of the population, estimated from a draw.
#[derive(Clone, Debug)]
pub struct EstimateRow {
    /// Name of the run that drew.
    pub run: String,
    /// `all`, `grade`, `station` or `industry`.
    pub cut: String,
    /// The member of the cut.
    pub member: String,
    /// Met with a problem.
    pub found: i64,
    /// Met; `found / met` is the raw rate of the sample.
    pub met: i64,
    /// Drawn.
    pub drawn: i64,
    /// Drawn and not met.
    pub missing: i64,
    /// Estimated rate, 0 to 1.
    pub rate: Option<f64>,
    /// Lower end of its 95 % interval.
    pub rate_low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub rate_high: Option<f64>,
    /// Estimated number with problems.
    pub total: Option<f64>,
    /// Lower end of its 95 % interval.
    pub total_low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub total_high: Option<f64>,
    /// Entities of the population.
    pub population: i64,
    /// A remark in English.
    pub note_en: Option<String>,
    /// The same in Chinese.
    pub note_zh: Option<String>,
}

/// Results that wait for review, by organ and station.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Department.
    pub organ: String,
    /// Station.
    pub station: Option<String>,
    /// Waiting for review.
    pub waiting: i64,
    /// Of these, with the yellow flag.
    pub yellow: i64,
    /// Of these, beyond their deadline.
    pub overdue: i64,
    /// Fewest working days left; negative if the deadline has passed.
    pub least_days_left: i64,
}

/// One kind of low-quality inspections.
#[derive(Clone, Debug)]
pub struct LowQualityRow {
    /// Code.
    pub kind: String,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// How many.
    pub count: i64,
    /// Of how many.
    pub of: i64,
    /// An example in English.
    pub example_en: String,
    /// The same in Chinese.
    pub example_zh: String,
}

/// One step from the registry to the outcome.
#[derive(Clone, Debug)]
pub struct FunnelStep {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// How many are left.
    pub count: i64,
}

/// A tenth of the inspections with a result, by risk score.
#[derive(Clone, Debug)]
pub struct DecileRow {
    /// 1 is the highest risk.
    pub decile: i64,
    /// Inspections.
    pub inspections: i64,
    /// Of these, with a problem.
    pub found: i64,
    /// How many would have a problem if all tenths were alike.
    pub expected: f64,
}

/// Drawn against expectation in one part of the population.
#[derive(Clone, Debug)]
pub struct ClassRow {
    /// `stratum`, `grade` or `color`.
    pub cut: String,
    /// The member of the cut.
    pub member: String,
    /// Entities.
    pub population: i64,
    /// Entities that could be drawn.
    pub eligible: i64,
    /// Sum of the probabilities.
    pub expected: f64,
    /// Drawn.
    pub drawn: i64,
}

/// A promised probability against what many draws gave.
#[derive(Clone, Debug)]
pub struct FrequencyPoint {
    /// What was drawn.
    pub label: String,
    /// Promised probability.
    pub probability: f64,
    /// Observed share.
    pub frequency: f64,
    /// Out of how many.
    pub n: i64,
}

/// What became of the rows of a file.
#[derive(Clone, Debug)]
pub struct QualityRow {
    /// The table.
    pub table: String,
    /// The file.
    pub file: String,
    /// Rows read.
    pub rows_read: i64,
    /// Rows used.
    pub accepted: i64,
    /// Rows set aside.
    pub set_aside: i64,
    /// Why, in English.
    pub reasons_en: String,
    /// The same in Chinese.
    pub reasons_zh: String,
}

/// By what the page can be checked.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Program and version, such as `fairdraw 0.1.0`.
    pub program: String,
    /// The plan's file.
    pub plan: String,
    /// Its SHA-256.
    pub plan_sha256: String,
    /// Input files and their SHA-256.
    pub inputs: Vec<(String, String)>,
    /// Where the seed comes from.
    pub seed_source: Option<String>,
    /// The commitment announced before the seed.
    pub commitment: Option<String>,
    /// The command that checks.
    pub command: String,
}

/// The page of figures.
#[derive(Clone, Debug)]
pub struct KpiPage {
    /// Title.
    pub title: String,
    /// The period the page is about, written as in [`KpiRow::period`].
    pub period: String,
    /// The days up to which figures count.
    pub as_of: Vec<i32>,
    /// Id and variant of the leading figures, in order.
    pub headlines: Vec<(String, String)>,
    /// What the figures mean.
    pub definitions: Vec<FigureDefinition>,
    /// The figures.
    pub rows: Vec<KpiRow>,
    /// From the registry to the outcome.
    pub funnel: Vec<FunnelStep>,
    /// What waits for review.
    pub queue: Vec<QueueRow>,
    /// Low-quality inspections.
    pub low_quality: Vec<LowQualityRow>,
    /// Rows without a match: reason in English and Chinese, rows.
    pub unmatched: Vec<(String, String, i64)>,
    /// Estimates for the population.
    pub estimates: Vec<EstimateRow>,
    /// Risk models by tenths.
    pub deciles: Vec<DecileRow>,
    /// Promised probabilities against observed shares.
    pub frequencies: Vec<FrequencyPoint>,
    /// Rows by file.
    pub quality: Vec<QualityRow>,
    /// Warnings in English and Chinese.
    pub warnings: Vec<(String, String)>,
    /// By what the page can be checked.
    pub trust: Trust,
}

/// Inclusion probabilities of a class of eligible entities.
#[derive(Clone, Debug)]
pub struct ProbabilityRow {
    /// grade or color.
    pub cut: String,
    /// Which one.
    pub member: String,
    /// The least.
    pub least: f64,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub most: f64,
}

/// The page of one draw.
#[derive(Clone, Debug)]
pub struct RunPage {
    /// Title.
    pub title: String,
    /// The day for which eligibility was asked, in days since 1970-01-01.
    pub as_of: i32,
    /// From the registry to the drawn.
    pub funnel: Vec<FunnelStep>,
    /// Drawn against expectation.
    pub classes: Vec<ClassRow>,
    /// Cut, member; least, mean and greatest probability.
    pub pi_by_class: Vec<ProbabilityRow>,
    /// Rows by file.
    pub quality: Vec<QualityRow>,
    /// Why entities could not be drawn: reason in English and Chinese, entities.
    pub exclusions: Vec<(String, String, i64)>,
    /// Warnings in English and Chinese.
    pub warnings: Vec<(String, String)>,
    /// By what the page can be checked.
    pub trust: Trust,
    /// Drawn.
    pub drawn: i64,
    /// On the reserve list.
    pub reserve: i64,
    /// Could be drawn.
    pub eligible: i64,
    /// What was drawn.
    pub kind: DrawKind,
}

/// What was drawn.
#[derive(Clone, Debug)]
pub enum DrawKind {
    /// One draw, by this sampling design, such as `pareto`.
    One(String),
    /// A round of tasks; figures of the drawn are added up over them.
    Tasks {
        /// How many.
        tasks: i64,
        /// Entities drawn for at least one of them.
        entities: i64,
    },
}
