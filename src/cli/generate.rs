//! `fairdraw generate`

use super::console::Console;
use super::exit::CliError;
use crate::ingest;
use crate::progress::Progress;
use crate::terms::grouped;
use fairdraw_generate::{
    FileReport, Format, GenerateError, Layout, Preset, Request, SampleResults, companions, population,
    write_sample_results,
};
use std::path::{Path, PathBuf};

/// Make a synthetic population, ratings for a registry that you already have, or sample results.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Presets: yongchuan (24,738 enterprises), changde, lianyungang, xiaoshan, haishu, national, bench.
Sample results: xiaoshan-2021, haishu-2023, tables from which the figures that these districts published recompute.
The same preset, rows and seed give the same bytes on every machine and at any number of threads.

Examples:
  fairdraw generate --preset yongchuan --sample --output data-samples
  fairdraw generate --preset bench --rows 10000000 --output pop
  fairdraw generate --for registry.csv.gz --preset yongchuan --output ratings
  fairdraw generate --results xiaoshan-2021 --output data-samples")]
pub struct Args {
    /// Whose marginals to follow.
    #[arg(long, default_value = "yongchuan", value_parser = preset)]
    preset: Preset,
    /// Number of entities [default: the preset's own].
    #[arg(long)]
    rows: Option<u64>,
    /// Any text.
    #[arg(long, default_value = "fairdraw")]
    seed: String,
    /// Nothing is dated after this day [default: the preset's own].
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<jiff::civil::Date>,
    /// Share of rows with a realistic fault, 0 to 0.5.
    #[arg(long, default_value_t = 0.0)]
    dirt: f64,
    /// The folder to write.
    #[arg(long, short)]
    output: PathBuf,
    /// Form of every table: csv, csv-bom, csv-gb18030 (each also with .gz), xlsx, parquet [default: csv; bench: parquet].
    #[arg(long, conflicts_with = "sample")]
    format: Option<String>,
    /// The sample set: registry as GB18030 CSV with a banner row, credit as Excel, risk as Parquet.
    #[arg(long)]
    sample: bool,
    /// Make credit, risk, flags, ledger and inspectors for the entities of this registry instead of a registry.
    #[arg(long = "for", value_name = "REGISTRY", conflicts_with_all = ["rows", "dirt", "sample"])]
    registry: Option<PathBuf>,
    /// Make the results of a year instead of a population: inspections, tasks, items, plans, entities, entries on lists
    /// and feedback forms.
    #[arg(
        long,
        value_name = "SET",
        value_parser = sample_results,
        conflicts_with_all = ["preset", "rows", "as_of", "dirt", "format", "sample", "registry"]
    )]
    results: Option<SampleResults>,
}

fn preset(name: &str) -> Result<Preset, String> {
    Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
        format!("the presets are {}", names.join(", "))
    })
}

fn sample_results(name: &str) -> Result<SampleResults, String> {
    name.parse().map_err(|error: GenerateError| error.to_string())
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if let Some(set) = args.results {
        let files = write_sample_results(set, &args.seed, &args.output)?;
        console.line(&format!("Sample results {}, seed \"{}\"", set.name(), args.seed));
        list(&files, &args.output, console);
        return Ok(());
    }
    let mut request = Request::new(args.preset, args.seed.clone());
    request.rows = args.rows.unwrap_or(request.rows);
    request.as_of = args.as_of.unwrap_or(request.as_of);
    request.dirt = args.dirt;
    let layout = layout(&args)?;
    let population = match &args.registry {
        None => population(&request)?,
        Some(registry) => companions(ids_of(registry, console)?, &request)?,
    };
    let progress =
        |done: u64, all: u64| console.step(Progress::Step(&format!("{} of {} entities", grouped(done), grouped(all))));
    let report = population.write(&args.output, &layout, &progress)?;
    console.line(&format!(
        "{} entities by the preset {}, seed \"{}\"",
        grouped(report.rows),
        report.preset,
        report.seed
    ));
    if report.skipped > 0 {
        console.line(&format!("{} blank or repeated ids passed over", grouped(report.skipped)));
    }
    list(&report.files, &args.output, console);
    Ok(())
}

fn list(files: &[FileReport], folder: &Path, console: &Console) {
    for file in files {
        console.line(&format!("  {:<32}{:>13} rows  {:>13} bytes", file.file, grouped(file.rows), grouped(file.bytes)));
    }
    console.line(&format!("Written to {}", folder.display()));
}

fn layout(args: &Args) -> Result<Layout, CliError> {
    if args.sample {
        return Ok(Layout::sample());
    }
    let default = if args.preset == Preset::Bench { "parquet" } else { "csv" };
    let format: Format = args.format.as_deref().unwrap_or(default).parse::<Format>().map_err(usage)?;
    let mut layout = Layout::all(format);
    if args.registry.is_some() {
        layout.entities = None;
    }
    Ok(layout)
}

fn usage(error: GenerateError) -> CliError {
    CliError::Usage(error.to_string())
}

/// The ids of a registry, as a run would read them.
fn ids_of(registry: &Path, console: &Console) -> Result<Vec<String>, CliError> {
    console.step(Progress::Step("reading the registry"));
    let ids = ingest::entity_ids(registry).map_err(crate::run::RunError::from)?;
    console.line(&format!("{} entities in {}", grouped(ids.len() as u64), registry.display()));
    Ok(ids)
}
