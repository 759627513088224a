//! Lists of visits: teams, what each station and each inspector has to do, and the records to be filled in.

use super::PublicationError;
use super::sheet::{Cell, Form, Sheet, SheetWriter};
use crate::amend::AmendError;
use crate::ingest::ListedItem;
use crate::publish::manifest::OutputRecord;
use crate::publish::staging::Staging;
use crate::standing::{Dealt, Standing};
use crate::terms::{normalise_id, show_day};
use fairdraw_core::assign::{Team, Visit, VisitTask};
use std::collections::BTreeMap;

/// 检查组名单.
const TEAMS: Form = Form {
    stem: "teams",
    title: ("Teams", "检查组名单"),
    columns: &[
        ("Visit", "上门编号"),
        ("Entity code", "对象编码"),
        ("Unified social credit code", "统一社会信用代码"),
        ("Name", "名称"),
        ("Week of", "检查周（周一）"),
        ("Department", "检查部门"),
        ("Lead", "组长"),
        ("Members", "组员"),
        ("Experts", "专家"),
        ("Not served", "未能选派"),
    ],
    by_first: false,
    to_fill_in: false,
};

/// 监管所任务单.
const BY_STATION: Form = Form {
    stem: "by-station",
    title: ("Task sheets by station", "任务单（按监管所）"),
    columns: &[
        ("Station", "监管所"),
        ("Week of", "检查周（周一）"),
        ("From", "起始日期"),
        ("To", "截止日期"),
        ("Visit", "上门编号"),
        ("Name", "名称"),
        ("Lead department", "牵头部门"),
        ("Departments", "参与部门"),
        ("Tasks", "抽查任务"),
        ("Items", "抽查事项"),
    ],
    by_first: true,
    to_fill_in: false,
};

/// 执法人员任务单.
const BY_INSPECTOR: Form = Form {
    stem: "by-inspector",
    title: ("Task sheets by inspector", "任务单（按执法人员）"),
    columns: &[
        ("Inspector", "执法人员"),
        ("Department", "所属部门"),
        ("Role", "角色"),
        ("Week of", "检查周（周一）"),
        ("Visit", "上门编号"),
        ("Name", "名称"),
        ("Station", "监管所"),
        ("Items", "抽查事项"),
    ],
    by_first: true,
    to_fill_in: false,
};

/// 实地核查记录表 as a table: filled in, it is a table of results. The Chinese headers are those that a plan of figures reads.
const RECORDS: Form = Form {
    stem: "records",
    title: ("Records to be filled in", "实地核查记录（待填）"),
    columns: &[
        ("visit_id", "上门编号"),
        ("entity_id", "统一社会信用代码"),
        ("name", "名称"),
        ("department", "检查部门"),
        ("inspectors", "检查人员"),
        ("plan_id", "计划编号"),
        ("task_id", "任务编号"),
        ("item_id", "事项编号"),
        ("date", "检查日期"),
        ("outcome", "检查结果"),
        ("disposal", "后续处置措施"),
        ("entered_on", "录入日期"),
        ("filed_on", "备案日期"),
    ],
    by_first: false,
    to_fill_in: true,
};

/// What lists of visits are made of.
pub struct Visiting<'a> {
    /// Its visits and teams.
    pub dealt: &'a Dealt,
    /// Name of its plan.
    plan: &'a str,
    /// Its tasks.
    tasks: Vec<VisitTask>,
    /// The list of items, where it is at hand.
    items: Option<&'a BTreeMap<String, ListedItem>>,
    /// Names of entities.
    pub names: &'a BTreeMap<String, String>,
    /// Codes of entities.
    pub entity_codes: &'a BTreeMap<String, String>,
    /// How an inspector is shown: by code where there is one, with the name where the plan says so.
    pub inspectors: &'a BTreeMap<String, String>,
}

impl<'a> Visiting<'a> {
    /// Of a round whose inspectors were dealt.
    ///
    /// # Errors
    /// A task without departments.
    pub fn new(
        standing: &'a Standing,
        dealt: &'a Dealt,
        [names, entity_codes, inspectors]: [&'a BTreeMap<String, String>; 3],
        items: Option<&'a BTreeMap<String, ListedItem>>,
    ) -> Result<Self, AmendError> {
        let tasks = standing.round.visit_tasks()?;
        Ok(Self { dealt, plan: &standing.round.plan.name, tasks, items, names, entity_codes, inspectors })
    }

    /// Visits with week and station, by id.
    pub fn visits(&self) -> Vec<(&Visit, i32, &str)> {
        let state = &self.dealt.state;
        let mut visits: Vec<(&Visit, i32, &str)> = state
            .visits
            .iter()
            .zip(state.weeks.iter().zip(&state.stations))
            .map(|(visit, (&week, station))| (visit, week, station.as_str()))
            .collect();
        visits.sort_by(|a, b| a.0.visit_id.cmp(&b.0.visit_id));
        visits
    }

    /// The team of a department.
    pub fn team(&self, visit: &Visit, department: &str) -> Option<&Team> {
        self.dealt.state.teams.get(&(visit.visit_id.clone(), department.to_owned()))
    }

    /// Name of an entity.
    pub fn name(&self, entity: &str) -> &str {
        self.names.get(entity).map_or("", String::as_str)
    }

    /// Inspectors as they are shown.
    pub fn people<'p>(&self, ids: impl IntoIterator<Item = &'p String>) -> String {
        let shown = |id: &'p String| self.inspectors.get(id).unwrap_or(id).as_str().to_owned();
        ids.into_iter().map(shown).collect::<Vec<_>>().join("、")
    }

    /// Tasks of a visit that name a department.
    pub fn tasks_of(&self, visit: &Visit, department: &str) -> impl Iterator<Item = &VisitTask> {
        let own = |task: &&VisitTask| visit.tasks.contains(&task.id) && task.departments().contains(department);
        self.tasks.iter().filter(own)
    }

    /// Items of a task that a department looks into: its own, where the list says whose they are.
    fn items_of_task<'t>(&self, task: &'t VisitTask, department: &str) -> Vec<&'t str> {
        let listed = |item: &str| self.items.and_then(|items| items.get(&*normalise_id(item)));
        let is_own =
            |item: &&String| listed(item).and_then(|own| own.department.as_deref()).is_none_or(|own| own == department);
        task.items.iter().filter(is_own).map(String::as_str).collect()
    }

    /// An item with its name, where the list has it.
    pub fn item_with_name(&self, item: &str) -> String {
        let name = self.items.and_then(|items| items.get(&*normalise_id(item))).and_then(|own| own.name.as_deref());
        name.map_or(item.to_owned(), |name| format!("{item} {name}"))
    }

    /// Items that a department looks into at a visit.
    pub fn items_of(&self, visit: &Visit, department: &str) -> Vec<&str> {
        let mut items: Vec<&str> =
            self.tasks_of(visit, department).flat_map(|task| self.items_of_task(task, department)).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Writes the lists.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, staging: &Staging) -> Result<(Vec<Sheet>, Vec<OutputRecord>), PublicationError> {
        let (mut sheets, mut records) = (Vec::new(), Vec::new());
        let written =
            [self.teams(staging)?, self.by_station(staging)?, self.by_inspector(staging)?, self.records(staging)?];
        for writer in written {
            let (sheet, of_sheet) = writer.finish()?;
            sheets.push(sheet);
            records.extend(of_sheet);
        }
        Ok((sheets, records))
    }

    fn teams(&self, staging: &Staging) -> Result<SheetWriter, PublicationError> {
        let mut sheet = SheetWriter::begin(staging, TEAMS)?;
        let mut missing: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
        for row in &self.dealt.state.unserved {
            missing.entry((&row.visit_id, &row.department)).or_default().push(row.constraint.to_string());
        }
        for (visit, week, _) in self.visits() {
            for department in &visit.departments {
                let team = self.team(visit, department);
                let members = team.map_or(&[][..], |team| &team.members);
                let lead = team.map(|team| &team.lead);
                let code = self.entity_codes.get(&visit.entity_id).cloned().unwrap_or_default();
                let missing = missing.get(&(visit.visit_id.as_str(), department.as_str()));
                sheet.push(vec![
                    Cell::text(&visit.visit_id),
                    Cell::Text(code),
                    Cell::text(&visit.entity_id),
                    Cell::text(self.name(&visit.entity_id)),
                    Cell::Text(show_day(week)),
                    Cell::text(department),
                    Cell::Text(self.people(lead)),
                    Cell::Text(self.people(members.iter().filter(|member| Some(*member) != lead))),
                    Cell::Text(self.people(team.iter().flat_map(|team| &team.experts))),
                    Cell::Text(missing.map(|own| own.join("; ")).unwrap_or_default()),
                ])?;
            }
        }
        Ok(sheet)
    }

    fn by_station(&self, staging: &Staging) -> Result<SheetWriter, PublicationError> {
        let mut sheet = SheetWriter::begin(staging, BY_STATION)?;
        let mut visits = self.visits();
        visits.sort_by(|a, b| (a.2, a.1, &a.0.visit_id).cmp(&(b.2, b.1, &b.0.visit_id)));
        for (visit, week, station) in visits {
            let station =
                if station.is_empty() { Cell::Word(("no station", "未分配监管所")) } else { Cell::text(station) };
            sheet.push(vec![
                station,
                Cell::Text(show_day(week)),
                Cell::Text(show_day(visit.first)),
                Cell::Text(show_day(visit.last)),
                Cell::text(&visit.visit_id),
                Cell::text(self.name(&visit.entity_id)),
                Cell::text(&visit.lead),
                Cell::Text(visit.departments.join("、")),
                Cell::Text(visit.tasks.join("、")),
                Cell::Text(visit.items.join("、")),
            ])?;
        }
        Ok(sheet)
    }

    fn by_inspector(&self, staging: &Staging) -> Result<SheetWriter, PublicationError> {
        let mut sheet = SheetWriter::begin(staging, BY_INSPECTOR)?;
        let visits: BTreeMap<&str, (&Visit, i32, &str)> =
            self.visits().into_iter().map(|own| (own.0.visit_id.as_str(), own)).collect();
        let mut rows = Vec::new();
        for team in self.dealt.state.teams.values() {
            let Some(&(visit, week, station)) = visits.get(team.visit_id.as_str()) else { continue };
            let role = |id: &String| if *id == team.lead { ("lead", "组长") } else { ("member", "组员") };
            let members = team.members.iter().map(|id| (id, role(id)));
            for (id, role) in members.chain(team.experts.iter().map(|id| (id, ("expert", "专家")))) {
                rows.push((self.people([id]), week, visit, team.department.as_str(), role, station));
            }
        }
        rows.sort_by(|a, b| (&a.0, a.1, &a.2.visit_id, a.3).cmp(&(&b.0, b.1, &b.2.visit_id, b.3)));
        for (inspector, week, visit, department, role, station) in rows {
            sheet.push(vec![
                Cell::Text(inspector),
                Cell::text(department),
                Cell::Word(role),
                Cell::Text(show_day(week)),
                Cell::text(&visit.visit_id),
                Cell::text(self.name(&visit.entity_id)),
                Cell::text(station),
                Cell::Text(self.items_of(visit, department).join("、")),
            ])?;
        }
        Ok(sheet)
    }

    fn records(&self, staging: &Staging) -> Result<SheetWriter, PublicationError> {
        let mut sheet = SheetWriter::begin(staging, RECORDS)?;
        let blank = || Cell::Text(String::new());
        for (visit, ..) in self.visits() {
            for department in &visit.departments {
                let people = self.people(self.team(visit, department).iter().flat_map(|team| &team.members));
                for task in self.tasks_of(visit, department) {
                    let items = self.items_of_task(task, department);
                    for item in if items.is_empty() { vec![""] } else { items } {
                        sheet.push(vec![
                            Cell::text(&visit.visit_id),
                            Cell::text(&visit.entity_id),
                            Cell::text(self.name(&visit.entity_id)),
                            Cell::text(department),
                            Cell::text(&people),
                            Cell::text(self.plan),
                            Cell::text(&task.id),
                            Cell::text(item),
                            blank(),
                            blank(),
                            blank(),
                            blank(),
                            blank(),
                        ])?;
                    }
                }
            }
        }
        Ok(sheet)
    }
}
