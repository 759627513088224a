//! `fairdraw reassign`, `fairdraw reroute`, `fairdraw replace`

use super::console::Console;
use super::exit::CliError;
use crate::amend::{AmendError, amend};
use crate::amendment::{Amendment, Approval, Change, Effects, amendments_folder, name_of};
use crate::ingest::RosterTables;
use crate::plan;
use crate::standing::Standing;
use crate::terms::{normalise_id, parse_date, show_day};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What every change says.
#[derive(Debug, clap::Args)]
struct Common {
    /// The folder of the round.
    round: PathBuf,
    /// The plan by which inspectors were dealt; its tables are read as they are today.
    #[arg(long)]
    plan: Option<PathBuf>,
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

/// Let the next of the reserve come instead of a drawn entity; written as an amendment beside the round.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The next of the reserve of the task and stratum comes; nobody is chosen by hand. Where inspectors were dealt, the visits of
the replaced are taken back for these tasks, and who comes instead gets visits and teams. Later rounds know of it, and
with draw.spread the arcs are written anew.

Examples:
  fairdraw replace out/2023-q1 --entity 91500118WDN142844C --reason 已注销 --approver 王科长
  fairdraw replace out/2023-q1 --plan pipelines/2023-q1.toml --entity 91500118WDN142844C --task YC-2023-Q1 \\
    --from 2023-03-15 --reason 已注销 --approver 王科长")]
pub struct ReplaceArgs {
    #[command(flatten)]
    common: Common,
    /// The entity that is not inspected.
    #[arg(long)]
    entity: String,
    /// A task for which it is not; may be repeated [default: all for which it is on the list].
    #[arg(long = "task")]
    tasks: Vec<String>,
    /// First day on which who comes instead may be visited [default: that of the window].
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
}

pub fn reassign(args: ReassignArgs, console: &Console) -> Result<(), CliError> {
    let ReassignArgs { common, visit, department, inspector } = args;
    let inspector_id = normalise_id(&inspector).into();
    change(common, |_, _| Ok(Change::Reassign { visit_id: visit, department, inspector_id }), console)
}

pub fn reroute(args: RerouteArgs, console: &Console) -> Result<(), CliError> {
    let entity_id = String::from(normalise_id(&args.entity));
    let reroute = |_: &Standing, tables: Option<&RosterTables>| {
        let station = tables.and_then(|tables| tables.stations.get(&entity_id)).cloned().unwrap_or_default();
        Ok(Change::Reroute { station, entity_id })
    };
    change(args.common, reroute, console)
}

pub fn replace(args: ReplaceArgs, console: &Console) -> Result<(), CliError> {
    let ReplaceArgs { common, entity, tasks, from } = args;
    let entity_id = String::from(normalise_id(&entity));
    let replace = |standing: &Standing, _: Option<&RosterTables>| {
        let from = from.map(|from| parse_date(&from).ok_or(AmendError::NoDay)).transpose()?;
        let all = || standing.selected.get(&entity_id).cloned().unwrap_or_default();
        let tasks: BTreeSet<String> = if tasks.is_empty() { all() } else { tasks.into_iter().collect() };
        if tasks.is_empty() {
            return Err(AmendError::NotSelected { entity_id, task: String::new() });
        }
        Ok(Change::Replace { entity_id, tasks: tasks.into_iter().collect(), from: from.map(show_day) })
    };
    change(common, replace, console)
}

fn change(
    common: Common,
    change: impl FnOnce(&Standing, Option<&RosterTables>) -> Result<Change, AmendError>,
    console: &Console,
) -> Result<(), CliError> {
    let plan = common.plan.as_deref().map(plan::load).transpose()?;
    let approval = Approval { reason: common.reason, approver: common.approver };
    let amendment = amend(&common.round, plan.as_ref(), change, approval, &|step| console.step(step))?;
    tell(&amendment, &common.round, console);
    Ok(())
}

fn tell(amendment: &Amendment, round: &Path, console: &Console) {
    let Effects { entered, visits, before, after, unserved, .. } = &amendment.effects;
    for own in entered {
        let place =
            [own.task_id.as_str(), &own.stratum].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        console.line(&format!("comes       {}  ({} of {})", own.entity_id, own.order, place.join(", ")));
    }
    for visit in visits {
        console.line(&format!("visit       {}  week of {}", visit.visit_id, visit.week));
    }
    let teams = before.iter().map(|team| ("taken back", team));
    for (word, team) in teams.chain(after.iter().map(|team| ("dealt", team))) {
        let members = team.members.join(", ");
        console.line(&format!("{word:<12}{}  {}: {members} (lead {})", team.visit_id, team.department, team.lead));
    }
    for row in unserved {
        console.line(&format!("not served  {}  {}: {}", row.visit_id, row.department, row.constraint));
    }
    let file = amendments_folder(round).join(name_of(amendment.number));
    console.line(&format!("Written to {}", file.display()));
}
