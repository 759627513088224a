//! `fairdraw reassign`, `fairdraw reroute`

use super::console::Console;
use super::exit::CliError;
use crate::amend::amend;
use crate::amendment::{Amendment, Approval, Change, amendments_folder};
use crate::ingest::RosterTables;
use crate::plan;
use crate::terms::normalise_id;
use std::path::{Path, PathBuf};

/// What every change of teams says.
#[derive(Debug, clap::Args)]
struct Common {
    /// The folder of the round.
    round: PathBuf,
    /// The plan by which inspectors were dealt; its tables are read as they are today.
    #[arg(long)]
    plan: PathBuf,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Who approved it.
    #[arg(long)]
    approver: String,
}

/// Let somebody else come instead of an inspector, by lot; written as an amendment beside the round.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  fairdraw reassign out/2023-q1 --plan pipelines/2023-q1.toml --visit 91500118WDN142844C-1 \\
    --department 市场监管局 --inspector 101627 --reason 病假 --approver 王科长")]
pub struct ReassignArgs {
    #[command(flatten)]
    common: Common,
    /// The visit.
    #[arg(long)]
    visit: String,
    /// The department.
    #[arg(long)]
    department: String,
    /// Who does not come.
    #[arg(long)]
    inspector: String,
}

/// Deal the visits of an entity that moved anew, where it is now; written as an amendment beside the round.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  fairdraw reroute out/2023-q1 --plan pipelines/2023-q1.toml --entity 91500118WDN142844C \\
    --reason 住所变更 --approver 王科长")]
pub struct RerouteArgs {
    #[command(flatten)]
    common: Common,
    /// The entity.
    #[arg(long)]
    entity: String,
}

pub fn reassign(args: ReassignArgs, console: &Console) -> Result<(), CliError> {
    let ReassignArgs { common, visit, department, inspector } = args;
    change(
        common,
        |_| Change::Reassign { visit_id: visit, department, inspector_id: normalise_id(&inspector).into() },
        console,
    )
}

pub fn reroute(args: RerouteArgs, console: &Console) -> Result<(), CliError> {
    let entity_id = String::from(normalise_id(&args.entity));
    let reroute = |tables: &RosterTables| Change::Reroute {
        station: tables.stations.get(&entity_id).cloned().unwrap_or_default(),
        entity_id,
    };
    change(args.common, reroute, console)
}

fn change(common: Common, change: impl FnOnce(&RosterTables) -> Change, console: &Console) -> Result<(), CliError> {
    let plan = plan::load(&common.plan)?;
    let approval = Approval { reason: common.reason, approver: common.approver };
    let amendment = amend(&common.round, &plan, change, approval, &|step| console.step(step))?;
    tell(&amendment, &common.round, console);
    Ok(())
}

fn tell(amendment: &Amendment, round: &Path, console: &Console) {
    let teams = amendment.before.iter().map(|team| ("taken back", team));
    for (word, team) in teams.chain(amendment.after.iter().map(|team| ("dealt", team))) {
        let members = team.members.join(", ");
        console.line(&format!("{word:<12}{}  {}: {members} (lead {})", team.visit_id, team.department, team.lead));
    }
    for row in &amendment.unserved {
        console.line(&format!("not served  {}  {}: {}", row.visit_id, row.department, row.constraint));
    }
    let file = amendments_folder(round).join(format!("{:04}.json", amendment.number));
    console.line(&format!("Written to {}", file.display()));
}
