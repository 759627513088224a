//! Xiaoshan, 2021: 《2021年萧山部门联合“双随机、一公开”监管工作分析》. The counts are the document's where a quotation stands
//! beside them, and assumed where none does.

use jiff::civil::{Date, date};

use super::super::places;
use super::super::randomness::Randomness;
use super::super::words::DEPARTMENTS;
use super::calendar::Calendar;
use super::departments::{ItemList, leads, marked, partners, spread};
use super::entities::Registry;
use super::fieldwork::{Assignment, Fieldwork, Level, Source};
use super::findings::{Group, findings};
use super::followup::{FormCounts, ListingCounts, feedback, listings};
use super::{District, Period, Plan, Sample, Stage};
use fairdraw_core::terms::days_of;

static DISTRICT: District = District {
    prefix: "XS21",
    year: 2021,
    place: &places::XIAOSHAN[0],
    more_stations: &[("开发区", 60), ("空港", 25), ("世纪城", 40), ("湘湖", 20), ("南站", 20), ("红山", 10)],
    departments: 31,
    entities: 25_000,
    inspected: 6_000,
};

/// "截至2021年11月26日": tasks, items, inspections.
const AS_OF: Date = date(2021, 11, 26);
/// "截至11月16日": tasks that the district initiated, and what they found.
const OWN_AS_OF: Date = date(2021, 11, 16);
/// "截至11月25日": entries on lists.
const LISTED_BY: Date = date(2021, 11, 25);
/// Annual reports are due by 30 June.
const REPORTS_LATE: Date = date(2021, 7, 1);

/// "累计参与跨部门任务数70次": of them the district's own. "联合抽查任务51项".
const OWN_JOINT: usize = 51;
const HIGHER_JOINT: usize = 70 - OWN_JOINT;
/// "发起双随机任务483个" of "参与各级双随机抽查任务552个".
const OWN_TASKS: usize = 483;
const HIGHER_TASKS: usize = 552 - OWN_TASKS;
/// "关联使用信用规则447个".
const OWN_WITHOUT_CREDIT_RULE: usize = OWN_TASKS - 447;
/// "区本级双随机任务已实施检查9189户次,检出问题2445户次".
const OWN_INSPECTIONS: usize = 9_189;
const OWN_PROBLEMS: usize = 2_445;
/// "实施双随机执法检查14425次".
const HIGHER_INSPECTIONS: usize = 14_425 - OWN_INSPECTIONS;
/// "覆盖抽查事项289个", of a list of 320.
const ITEMS_IN_USE: usize = 289;
const ITEMS_IDLE: usize = 31;
/// "行政检查36821户次": those that are not double-random, as tasks and inspections.
const OTHERS: [(Source, usize, usize); 4] = [
    (Source::Special, 120, 8_396),
    (Source::Complaint, 60, 3_000),
    (Source::Referral, 20, 1_000),
    (Source::Patrol, 60, 10_000),
];
/// "掌上执法36810".
const ON_PAPER: usize = 36_821 - 36_810;

/// Groups of tasks: the district's own, those of higher levels, others.
const OWN: usize = 0;
const HIGHER: usize = 1;
const OTHER: usize = 2;

pub(super) fn sample(randomness: &Randomness) -> Sample {
    let calendar = Calendar::of(DISTRICT.year);
    let as_of = days_of(AS_OF);
    let mut registry = Registry::new(&DISTRICT, as_of, randomness);
    let items = ItemList::new(ITEMS_IN_USE, ITEMS_IDLE, DISTRICT.departments);
    let mut field = Fieldwork::new(&DISTRICT, &registry, items, &calendar, as_of, randomness);
    let mut plans = yearly_plans();
    double_random(&mut field, &mut plans, days_of(OWN_AS_OF));
    others(&mut field);
    field.meet_the_gone(31, &mut registry);
    field.deregister_later(90, &mut registry);
    let groups = [
        Group { problems: OWN_PROBLEMS, entered_by: days_of(OWN_AS_OF) },
        Group { problems: 1_326, entered_by: as_of },
        Group { problems: 3_811, entered_by: as_of },
    ];
    let inspections = findings(&field, &registry, &groups, ON_PAPER, &mut Stage::Findings.draws(randomness));
    // "列入经营异常名录达15622家次(其中通过登记住所查无下落的企业4415家次,因未按时年报列异11206家次,因公示信息虚假列异1家次)",
    // "列入严违失信名单达63家次(其中因经营异常届满3年的企业63家次)".
    let listed = ListingCounts {
        lost: 4_415,
        no_report: 11_206,
        false_report: 1,
        serious: 63,
        by: days_of(LISTED_BY),
        no_report_after: 37,
        reports_late: days_of(REPORTS_LATE),
    };
    let inspected = DISTRICT.inspected;
    let mut draws = Stage::Listings.draws(randomness);
    let listings = listings(listed, &inspections, &registry, inspected, &calendar, &mut draws);
    let forms = FormCounts { sent: 420, returned: 402, satisfied: 391 };
    let feedback = feedback(forms, &inspections, &calendar, as_of, &mut Stage::Feedback.draws(randomness));
    let Fieldwork { tasks, items, .. } = field;
    let (items, entities) = (items.items, registry.entities);
    Sample { district: &DISTRICT, inspections, tasks, items, plans, entities, listings, feedback }
}

/// One plan of the year for each department.
fn yearly_plans() -> Vec<Plan> {
    let name = |department: usize| format!("2021年{}抽查计划", DEPARTMENTS[department]);
    (0..DISTRICT.departments).map(|department| plan(name(department), vec![department])).collect()
}

fn plan(name: String, departments: Vec<usize>) -> Plan {
    let (start, due) = (days_of(date(2021, 1, 1)), days_of(date(2021, 12, 31)));
    Plan { name, departments, period: Period::Year, start, due, merged_into: None }
}

/// The double-random tasks: own ones, joint and single, then those of higher levels. A joint task has a plan of its own,
/// the others carry out the plan of their department.
fn double_random(field: &mut Fieldwork<'_>, plans: &mut Vec<Plan>, own_as_of: i32) {
    let (own_end, end) = (field.calendar.place(own_as_of) + 1, field.calendar.place(field.as_of) + 1);
    let of_own = |number: usize| (Level::County, !marked(number, OWN_WITHOUT_CREDIT_RULE, OWN_TASKS));
    let of_higher = |number: usize| {
        (if marked(number, 20, HIGHER_TASKS) { Level::Province } else { Level::City }, !number.is_multiple_of(4))
    };
    let own = Series { group: OWN, joint: OWN_JOINT, joint_stops: 610, single: OWN_TASKS - OWN_JOINT, end: own_end };
    let higher =
        Series { group: HIGHER, joint: HIGHER_JOINT, joint_stops: 330, single: HIGHER_TASKS - HIGHER_JOINT, end };
    own.carry_out(field, plans, OWN_INSPECTIONS, of_own);
    higher.carry_out(field, plans, HIGHER_INSPECTIONS, of_higher);
}

/// Double-random tasks of one kind of initiator.
struct Series {
    group: usize,
    joint: usize,
    joint_stops: usize,
    single: usize,
    /// The place behind the last working day on which is inspected.
    end: usize,
}

impl Series {
    /// Carries out the tasks with `inspections` in all; `of` tells level and credit rule of each.
    fn carry_out(
        &self,
        field: &mut Fieldwork<'_>,
        plans: &mut Vec<Plan>,
        inspections: usize,
        of: impl Fn(usize) -> (Level, bool),
    ) {
        let departments = DISTRICT.departments;
        let mut left = inspections;
        let joint_stops = spread(self.joint_stops, self.joint, &mut field.draws);
        let mut assignments = Vec::with_capacity(self.joint + self.single);
        for (number, stops) in joint_stops.into_iter().enumerate() {
            let together = partners([2, 2, 3, 2, 2, 3, 4][number % 7], departments, &mut field.draws);
            left -= stops * together.len();
            let lead = DEPARTMENTS[together[0]];
            plans.push(plan(format!("2021年{lead}等部门联合抽查计划"), together.clone()));
            assignments.push((together, plans.len() - 1, stops));
        }
        let single_stops = spread(left, self.single, &mut field.draws);
        for (lead, stops) in leads(self.single, departments).zip(single_stops) {
            assignments.push((vec![lead], lead, stops));
        }
        let count = assignments.len();
        for (number, (departments, plan, stops)) in assignments.into_iter().enumerate() {
            let window = field.window(stops, 6..self.end);
            // Levels and rules go evenly over joint and single tasks: 5 divides neither 483 nor 69.
            let (level, credit_rule) = of(number * 5 % count);
            let (source, group, plan) = (Source::DoubleRandom, self.group, Some(plan));
            field.carry_out(Assignment {
                departments,
                source,
                level,
                credit_rule,
                plan,
                group,
                window,
                slack: 10,
                stops,
            });
        }
    }
}

/// Everything that is not double-random.
fn others(field: &mut Fieldwork<'_>) {
    let end = field.calendar.place(field.as_of) + 1;
    for (source, tasks, inspections) in OTHERS {
        let stops = spread(inspections, tasks, &mut field.draws);
        for (number, (lead, stops)) in leads(tasks, DISTRICT.departments).zip(stops).enumerate() {
            let window = field.window(stops, 2..end);
            field.carry_out(Assignment {
                departments: vec![lead],
                source,
                level: if number % 9 == 4 { Level::City } else { Level::County },
                credit_rule: false,
                plan: Some(lead),
                group: OTHER,
                window,
                slack: 5,
                stops,
            });
        }
    }
}
