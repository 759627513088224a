//! What inspections find, what is done about it, and when it is entered, reviewed and published.

use super::super::randomness::{Choice, Draws};
use super::calendar::Calendar;
use super::departments::marked;
use super::entities::Registry;
use super::fieldwork::{Fieldwork, Visit};

/// The outcome of most inspections.
pub(super) const NO_PROBLEM: &str = "未发现问题";
/// Nothing has to follow.
const NOTHING: &str = "无需后续处置";
/// The entity was not found at its address.
pub(super) const LOST: &str = "通过登记的住所(经营场所)无法联系";
/// The entity is gone.
const GONE: &str = "注销";

/// What keeps an inspection from being carried out: outcome, disposal, weight (all weights here are assumed).
const HINDRANCES: [(&str, &str, u32); 4] = [
    ("未开展本次抽查涉及的经营活动", NOTHING, 35),
    (LOST, "列入经营异常名录", 30),
    ("已关闭停业或正在组织清算", NOTHING, 22),
    ("迁移", "抄告相关部门", 13),
];
/// Share of visits that meet one of them.
const HINDERED: f64 = 0.055;

/// Problems: outcome, disposal, weight.
#[rustfmt::skip]
const PROBLEMS: [(&str, &str, u32); 17] = [
    ("发现问题已责令改正", "责令改正", 520),
    ("发现问题已责令改正", "批评教育", 160),
    ("发现问题已责令改正", "不予处罚", 45),
    ("发现问题已责令改正", "责令改正;行政处罚立案", 40),
    ("发现问题已责令改正", "责令改正;抄告相关部门", 20),
    ("发现问题已责令改正", "责令改正;案件线索移送", 15),
    ("发现问题已责令改正", "批评教育;不予处罚", 20),
    ("发现问题已责令改正;未按规定公示", "责令改正", 30),
    ("发现问题待后续处理", "二次核查", 40),
    ("发现问题待后续处理", "行政处罚立案", 30),
    ("发现问题待后续处理", "案件线索移送", 15),
    ("发现问题待后续处理", "", 30),
    ("未按规定公示", "列入经营异常名录", 25),
    ("未按规定公示", "责令改正", 10),
    ("公示信息隐瞒真实情况、弄虚作假", "列入经营异常名录", 2),
    ("不配合检查情节严重", "行政处罚立案", 3),
    ("其他", "抄告相关部门", 15),
];

/// Disposals that have to be carried out by a day.
const ORDERS: [&str; 3] = ["责令改正", "批评教育", "不予处罚"];

/// Working days from the inspection to entry, review and publication, and weights. The last two are late: reviewed
/// after 15, published after 20; the very last is never reviewed.
const PACES: [([Option<usize>; 3], u32); 8] = [
    ([Some(0), Some(1), Some(2)], 24),
    ([Some(0), Some(2), Some(4)], 26),
    ([Some(1), Some(3), Some(5)], 20),
    ([Some(1), Some(5), Some(8)], 12),
    ([Some(2), Some(6), Some(9)], 8),
    ([Some(3), Some(9), Some(14)], 5),
    ([Some(2), Some(21), Some(27)], 12),
    ([Some(1), None, None], 6),
];

/// Tasks whose problems are counted together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// Inspections with a problem.
    pub problems: usize,
    /// All results are entered by this day.
    pub entered_by: i32,
}

/// One department at one entity on one visit.
#[derive(Clone, Debug)]
pub(super) struct Inspection {
    pub task: usize,
    /// Place of the department among those of the task.
    pub member: usize,
    pub department: usize,
    pub entity: usize,
    pub day: i32,
    /// Number of the visit, from 0, if it is a joint one.
    pub joint: Option<usize>,
    pub outcome: &'static str,
    pub disposal: &'static str,
    pub mobile: bool,
    pub entered: i32,
    pub reviewed: Option<i32>,
    pub published: Option<i32>,
    pub corrected: Option<i32>,
    pub rectify_by: Option<i32>,
    pub rectified: Option<i32>,
    /// When the inspection was filed that is in no plan.
    pub filed: Option<i32>,
}

/// The inspections of all visits, by day, task and entity. All but `on_paper` of them are recorded on a mobile device.
pub(super) fn findings(
    field: &Fieldwork<'_>,
    registry: &Registry,
    groups: &[Group],
    on_paper: usize,
    draws: &mut Draws,
) -> Vec<Inspection> {
    let mut inspections = Vec::new();
    // Where a problem may be found: the inspection, and a key that is likely to be small where the risk is high.
    let mut open: Vec<Vec<(f64, usize)>> = vec![Vec::new(); groups.len()];
    let hindrances = Choice::new(HINDRANCES.map(|hindrance| hindrance.2));
    for (number, visit) in field.visits.iter().enumerate() {
        let task = &field.tasks[visit.task];
        let met = hindrance(visit, &hindrances, draws);
        for (member, (&department, &day)) in task.departments.iter().zip(&visit.days).enumerate() {
            if met.is_none() {
                let key = draws.uniform() / registry.entities[visit.entity].risk();
                open[task.group].push((key, inspections.len()));
            }
            let (outcome, disposal) = met.unwrap_or((NO_PROBLEM, NOTHING));
            inspections.push(Inspection {
                task: visit.task,
                member,
                department,
                entity: visit.entity,
                day,
                joint: (visit.days.len() > 1).then_some(number),
                outcome,
                disposal,
                mobile: true,
                entered: day,
                reviewed: None,
                published: None,
                corrected: None,
                rectify_by: None,
                rectified: None,
                filed: None,
            });
        }
    }
    let problems = Choice::new(PROBLEMS.map(|problem| problem.2));
    for (group, mut open) in groups.iter().zip(open) {
        open.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, at) in open.into_iter().take(group.problems) {
            let (outcome, disposal, _) = PROBLEMS[problems.draw(draws)];
            (inspections[at].outcome, inspections[at].disposal) = (outcome, disposal);
        }
    }
    let paces = Choice::new(PACES.map(|pace| pace.1));
    let habits: Vec<usize> = field.tasks.iter().map(|_| paces.draw(draws).min(PACES.len() - 3)).collect();
    for inspection in &mut inspections {
        let pace = if draws.chance(0.75) { habits[inspection.task] } else { paces.draw(draws) };
        let entered_by = groups[field.tasks[inspection.task].group].entered_by;
        inspection.follow(PACES[pace].0, field.calendar, entered_by, field.as_of, draws);
    }
    inspections.sort_by_key(|one| (one.day, one.task, one.entity, one.member));
    number_visits(&mut inspections, field.visits.len());
    let count = inspections.len();
    for (at, inspection) in inspections.iter_mut().enumerate() {
        inspection.mobile = !marked(at, on_paper, count);
    }
    inspections
}

/// What a visit meets instead of a business to inspect: outcome and disposal. Where the entity is gone, one visit in
/// three does not notice.
fn hindrance(visit: &Visit, choice: &Choice, draws: &mut Draws) -> Option<(&'static str, &'static str)> {
    if visit.gone {
        return Some((if draws.chance(0.67) { GONE } else { NO_PROBLEM }, NOTHING));
    }
    draws.chance(HINDERED).then(|| {
        let (outcome, disposal, _) = HINDRANCES[choice.draw(draws)];
        (outcome, disposal)
    })
}

impl Inspection {
    /// Sets what follows the inspection, as far as it happens by the as-of day.
    fn follow(
        &mut self,
        [entered, reviewed, published]: [Option<usize>; 3],
        calendar: &Calendar,
        entered_by: i32,
        as_of: i32,
        draws: &mut Draws,
    ) {
        let after = |working_days: Option<usize>| {
            working_days.map(|days| calendar.after(self.day, days)).filter(|&day| day <= as_of)
        };
        self.entered = after(entered).map_or(entered_by, |day| day.min(entered_by));
        self.reviewed = after(reviewed);
        self.published = after(published);
        let corrected = self.published.filter(|_| draws.chance(0.004));
        self.corrected = corrected.map(|day| calendar.after(day, 3)).filter(|&day| day <= as_of);
        if ORDERS.iter().any(|order| self.disposal.contains(order)) {
            let by = self.day + *draws.one_of(&[7, 15, 15, 30]);
            let done = match draws.below(100) {
                0..3 => None,
                3..9 => Some(calendar.after(by, 3)),
                _ => Some(calendar.after(self.day, *draws.one_of(&[1, 3, 5])).min(by)),
            };
            self.rectify_by = Some(by);
            self.rectified = done.filter(|&day| day <= as_of);
        }
    }
}

/// Numbers the joint visits in the order of the inspections.
fn number_visits(inspections: &mut [Inspection], visits: usize) {
    let (mut numbers, mut next) = (vec![None; visits], 0);
    for inspection in inspections {
        inspection.joint = inspection.joint.map(|visit| {
            *numbers[visit].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        });
    }
}
