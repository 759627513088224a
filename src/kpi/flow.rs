//! The flow: results in, figures out.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::amend::AmendError;
use crate::ingest::{self, IngestError, KpiTables};
use crate::plan::{FigureSetting, KnownFigure, KpiPlan};
use crate::progress::{Observe, Progress};
use crate::publish::PublishError;
use crate::publish::kpi_folder::{self, KpiManifest, KpiPublished};
use crate::publish::run_folder::Pages;
use crate::publish::staging::{Claim, RunIdentity, Staging};
use crate::published::PublishedDraw;
use crate::report::{self, ReportError, Source};
use crate::results::{Dealt, Drawn, Inspections, LowQuality, Waiting, day, low_quality, review_queue};
use crate::standing::Standing;
use crate::terms::{Calendar, Column, Warning, date_of};

use super::catalogue::{FIGURES, Figure, Unit, Variant};
use super::cells::Grain;
use super::estimates::{self, CameOf, EstimateRow};
use super::evaluate;
use super::facts::{Facts, MemberWords};
use super::marks;
use super::rows::{KpiRow, missing};
use super::width::{MOST_ROWS, narrow};

/// Why figures could not be computed. Nothing of them is left in the output folder.
#[derive(Debug, thiserror::Error)]
pub enum KpiError {
    /// An input could not be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A published draw could not be read.
    #[error("the published draw {draw}: {source}")]
    Draw {
        /// Folder as the plan writes it.
        draw: String,
        /// Why.
        source: Box<AmendError>,
    },
    /// The output could not be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A page could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A fault between the catalogue and its engine.
    #[error("the figures cannot be computed: {0}; please report it with the plan")]
    Engine(String),
}

/// Everything that a plan of figures gives.
#[derive(Debug)]
pub struct Computed {
    /// What was read.
    pub tables: KpiTables,
    /// Inspections.
    pub inspections: Inspections,
    /// Figures, by as-of day, figure, variant, view, period and member.
    pub rows: Vec<KpiRow>,
    /// What waits for review.
    pub queue: Vec<Waiting>,
    /// Inspections of low quality.
    pub low_quality: Vec<LowQuality>,
    /// Entities that the draws have drawn.
    pub drawn: Option<Drawn>,
    /// What became of the drawn of each draw.
    pub came_of: Vec<Vec<CameOf>>,
    /// What the draws say of everyone.
    pub estimates: Vec<EstimateRow>,
    /// What an analyst should know; warnings about a file are in its receipt.
    pub warnings: Vec<Warning>,
}

/// The figures that a plan may name.
pub fn known_figures() -> Vec<KnownFigure<'static>> {
    let figures = FIGURES.iter().flat_map(|figure| {
        let is_share = figure.unit == Unit::Share;
        figure.variants.iter().map(move |variant| KnownFigure { id: figure.id, variant: variant.id, is_share })
    });
    figures.collect()
}

/// Computes the figures of a plan and writes them. `observe` is told each step.
///
/// # Errors
/// [`KpiError`]; the previous output then stands untouched.
pub fn run(
    plan: &KpiPlan,
    wait: Option<Duration>,
    replace: bool,
    observe: Observe<'_>,
) -> Result<KpiPublished, KpiError> {
    let identity = RunIdentity { plan_sha256: plan.sha256.clone(), ..RunIdentity::default() };
    let staging = Staging::begin(&plan.folder, wait, Claim { run: identity, replace })?;
    let computed = compute(plan, observe)?;
    observe(Progress::Step("writing"));
    let mut published = kpi_folder::write(&staging, plan, computed)?;
    let pages = pages(Source::Folder(staging.folder()), &published.manifest, plan)?;
    kpi_folder::finish(&staging, plan, &mut published, &pages)?;
    staging.commit()?;
    Ok(published)
}

/// The pages of figures that stand in `source`, in English and Chinese.
///
/// # Errors
/// A table that cannot be read.
pub fn pages(source: Source<'_>, manifest: &KpiManifest, plan: &KpiPlan) -> Result<Pages, ReportError> {
    report::kpi_pages(source, manifest, headlines(plan))
}

/// The figures that the pages lead with: those that the plan says, else the first that it names, else a usual few.
fn headlines(plan: &KpiPlan) -> Vec<(String, String)> {
    let pair = |figure: &FigureSetting| (figure.id.clone(), figure.variant.clone());
    let leading: Vec<_> = plan.figures.iter().filter(|figure| figure.headline).map(pair).collect();
    if !leading.is_empty() {
        return leading;
    }
    let named: Vec<_> = plan.figures.iter().take(MOST_HEADLINES).map(pair).collect();
    if !named.is_empty() {
        return named;
    }
    USUAL_HEADLINES.map(|id| (id.to_owned(), "all".to_owned())).to_vec()
}

/// Headline figures where the plan does not say which.
const MOST_HEADLINES: usize = 6;
const USUAL_HEADLINES: [&str; 3] = ["detection.by_inspection", "cross_department.by_inspection", "timeliness"];

/// Reads the inputs of a plan and computes its figures.
///
/// # Errors
/// [`KpiError`].
pub fn compute(plan: &KpiPlan, observe: Observe<'_>) -> Result<Computed, KpiError> {
    let mut tables = ingest::read_kpi_tables(&plan.inputs, observe)?;
    let (draws, rounds) = published_draws(plan, observe)?;
    let drawn = Drawn::of(draws, &mut tables.space);
    let mut dealt = Dealt::of(&rounds, &mut tables.space);
    observe(Progress::Step("matching results"));
    if let Some(dealt) = &mut dealt {
        dealt.settle(&mut tables.results, &tables.space);
    }
    let inspections = Inspections::of(&mut tables, drawn.as_ref());
    let calendar = Calendar::new(tables.holidays.iter().copied());
    let words = MemberWords::of(&tables, drawn.as_ref(), dealt.as_ref());
    let facts = Facts {
        tables: &tables,
        inspections: &inspections,
        drawn: drawn.as_ref(),
        dealt: dealt.as_ref(),
        plan,
        calendar: &calendar,
        words: &words,
    };
    observe(Progress::Step("computing figures"));
    let (rows, mut warnings) = figures(&facts, plan)?;
    // Results that record neither review nor publication say nothing of what waits for it.
    let records_review = [Column::ReviewedOn, Column::PublishedOn].iter().any(|it| tables.results.columns.contains(it));
    let mut queue = Vec::new();
    if records_review {
        queue = review_queue(&tables.results.rows, &inspections.inspections, &calendar, &plan.deadlines, plan.as_of);
    }
    let low_quality = low_quality(&tables.results.rows, &inspections, &calendar, &plan.deadlines, plan.as_of);
    let (mut came_of, mut of_everyone) = (Vec::new(), Vec::new());
    if let Some(drawn) = &drawn {
        let marks = marks::of_inspections(&tables.results.rows, &inspections, plan, &calendar, plan.as_of);
        came_of = estimates::came_of(drawn, &inspections, &marks);
        of_everyone = estimates::estimates(drawn, &came_of);
    }
    warnings.extend(holidays_missing(&inspections, &calendar));
    Ok(Computed { tables, inspections, rows, queue, low_quality, drawn, came_of, estimates: of_everyone, warnings })
}

/// Years of inspections of which no holidays are known.
fn holidays_missing(inspections: &Inspections, calendar: &Calendar) -> Option<Warning> {
    let days = || inspections.inspections.iter().map(|inspection| day(inspection.inspected));
    let (first, last) = days().min().zip(days().max())?;
    let year = |day: i32| date_of(day).map(|date| date.year());
    let known = calendar.years();
    let missing: Vec<String> =
        (year(first)?..=year(last)?).filter(|year| !known.contains(year)).map(|year| year.to_string()).collect();
    (!missing.is_empty()).then(|| Warning::HolidaysMissing { years: missing.join(", ") })
}

/// Every figure of the catalogue, for the as-of days that the plan gives it.
fn figures(facts: &Facts<'_>, plan: &KpiPlan) -> Result<(Vec<KpiRow>, Vec<Warning>), KpiError> {
    let days: BTreeSet<i32> = plan.figures.iter().map(|figure| figure.as_of).chain([plan.as_of]).collect();
    let (mut rows, mut warnings) = (Vec::new(), Vec::new());
    let most = MOST_ROWS / days.len() as u64;
    for as_of in days {
        let setting = |id: &str, variant: &str| -> Option<FigureSetting> {
            let mut named = plan.figures.iter().filter(|figure| figure.id == id && figure.variant == variant);
            match named.clone().find(|figure| figure.as_of == as_of) {
                Some(figure) => Some(figure.clone()),
                // A figure that the plan does not name, or names for other days only, counts up to the plan's day.
                None if as_of == plan.as_of && named.next().is_none() => Some(FigureSetting::plain(id, variant, as_of)),
                None => None,
            }
        };
        let wanted = |figure: &Figure, variant: &Variant| setting(figure.id, variant.id).is_some();
        let mut cells = facts.cells(as_of);
        let of_grain = |grain: Grain| -> u64 {
            let figures = FIGURES.iter().filter(|figure| figure.grain == grain);
            figures
                .flat_map(|figure| figure.variants.iter().map(move |variant| (figure, variant)))
                .filter(|(figure, variant)| wanted(figure, variant))
                .count() as u64
        };
        warnings.extend(narrow(&mut cells, of_grain, most));
        let quotients = evaluate(&cells, &wanted).map_err(KpiError::Engine)?;
        for quotient in &quotients {
            let Some(setting) = setting(quotient.figure.id, quotient.variant.id) else { continue };
            let lacks = missing(quotient.figure, facts);
            rows.push(KpiRow::of(quotient, &setting, facts.words, lacks.as_deref()));
        }
    }
    warnings.dedup();
    Ok((rows, warnings))
}

/// The published draws of a plan and their rounds, as they stand after their amendments.
fn published_draws(plan: &KpiPlan, observe: Observe<'_>) -> Result<(Vec<PublishedDraw>, Vec<Standing>), KpiError> {
    let read = |(written, folder): &(String, PathBuf)| {
        observe(Progress::Step(&format!("reading the draw {written}")));
        let fault = |source| KpiError::Draw { draw: written.clone(), source };
        let standing = Standing::now(folder).map_err(|error| fault(Box::new(error)))?;
        let changes = standing.chain.list_after(standing.taken_in);
        let draws = standing.round.run.draws(written, &changes).map_err(|error| fault(Box::new(error.into())))?;
        Ok((draws, standing))
    };
    let read: Vec<(Vec<PublishedDraw>, Standing)> =
        plan.inputs.draws.iter().map(read).collect::<Result<_, KpiError>>()?;
    let (draws, rounds): (Vec<Vec<PublishedDraw>>, Vec<Standing>) = read.into_iter().unzip();
    Ok((draws.into_iter().flatten().collect(), rounds))
}
