//! `fairdraw publish`

use super::console::Console;
use super::exit::CliError;
use crate::assign::teams_folder;
use crate::plan;
use crate::progress::Progress;
use crate::publication::{public_folder, publish};
use crate::remote::{Written, publish_rows, upload};
use crate::terms::grouped;
use std::path::{Path, PathBuf};

/// Write what of a run goes public: the certificate of the draw, which checks itself in a browser, the lists, and the forms;
/// or write a published folder into a database or a store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
certificate.html recomputes every lot and the order of the list in the reader's browser, without network, from a double click.
lists.* hold the drawn and, where inspectors were dealt, teams and task sheets by station and by inspector; forms.* the
notice and the record of each visit; records.csv is a table of results once it is filled in. English and Chinese (.zh).
Inspectors are shown by code or id; [publish] in the plan says what else is shown.

--to-postgres writes a run's draw and teams, or figures, as rows of the schema fairdraw (runs, draw, visits, teams, kpi), all in
one transaction; --to-s3 writes every file of any published folder, the manifest last. What stands there already stays as it is,
so either can be run again. They need a build with --features postgres,s3.

Examples:
  fairdraw publish out/yongchuan-2023-q1
  fairdraw publish out/yongchuan-2023/q1 --plan pipelines/yongchuan-2023/q1.toml   # with names, if the plan says so
  fairdraw publish out/yongchuan-2023/q1 --to-postgres env:DASHBOARD_URL
  fairdraw publish out/yongchuan-2023/q1.public --to-s3 s3://inspections/yongchuan-2023/q1")]
pub struct Args {
    /// The folder of the run.
    run: PathBuf,
    /// The plan that says what is shown, and whose tables say whose items are and what they are called [default: that of the
    /// run, without its tables].
    #[arg(long)]
    plan: Option<PathBuf>,
    /// The folder to write [default: RUN.public].
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Replace what was published of another run in the same folder, or at the same address of a store.
    #[arg(long)]
    replace: bool,
    /// Write the rows into the PostgreSQL database whose address this environment variable holds, such as env:DASHBOARD_URL.
    #[arg(long, value_name = "env:VARIABLE", conflicts_with_all = ["plan", "output", "replace"])]
    to_postgres: Option<String>,
    /// Write the folder into an S3-compatible store, such as s3://bucket/folder; AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY say which and who.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["plan", "output", "to_postgres"])]
    to_s3: Option<String>,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    if let Some(address) = &args.to_s3 {
        console.step(Progress::Step(&format!("writing to {address}")));
        let written = upload(&args.run, address, args.replace)?;
        return told(console, &written, address, "bytes");
    }
    if let Some(connection) = &args.to_postgres {
        let variable = connection.strip_prefix("env:").filter(|variable| !variable.is_empty()).ok_or_else(|| {
            CliError::Usage(format!(
                "--to-postgres {connection:?} is no environment variable: write --to-postgres env:DASHBOARD_URL, and set DASHBOARD_URL \
                 to postgresql://user:password@host/database"
            ))
        })?;
        console.step(Progress::Step(&format!("writing to the database of {variable}")));
        let teams = Some(teams_folder(&args.run)).filter(|folder| folder.exists());
        let folders: Vec<&Path> = [Some(args.run.as_path()), teams.as_deref()].into_iter().flatten().collect();
        let written = publish_rows(variable, &folders)?;
        return told(console, &written, connection, "rows");
    }
    let output = args.output.unwrap_or_else(|| public_folder(&args.run));
    let plan = args.plan.as_deref().map(plan::load).transpose()?;
    let published = publish(&args.run, &output, plan.as_ref(), args.replace, &|step| console.step(step))?;
    let (rows, folder) = (grouped(published.rows), output.display());
    console.line(&format!("{rows} rows of the list, {} amendments taken in", published.amendments));
    console.line(&format!("Written to {folder} (certificate.html, lists.html, …: {} files)", published.outputs.len()));
    Ok(())
}

fn told(console: &Console, written: &Written, place: &str, unit: &str) -> Result<(), CliError> {
    match written {
        Written::Before => console.line(&format!("It stands at {place} already: nothing to do")),
        Written::Now { run, parts } => {
            for (name, size) in parts {
                console.line(&format!("{name:<20} {:>15} {unit}", grouped(*size)));
            }
            console.line(&format!("Written to {place} as run {run}"));
        }
    }
    Ok(())
}
