//! Haishu, 2023: reply of 海曙区综合行政执法局 of 2024-05-30. The counts are the document's where a quotation stands beside
//! them, and assumed where none does.
//!
//! "跨部门抽查9685次" and "减少企业干扰5197次" leave 4,488 visits: 9,685 = 2 × 3,779 + 3 × 709, 5,197 = 3,779 + 2 × 709.

use std::ops::Range;

use jiff::civil::{Date, date};

use super::super::places;
use super::super::randomness::Randomness;
use super::super::words::DEPARTMENTS;
use super::calendar::Calendar;
use super::departments::{ItemList, leads, partners, spread};
use super::entities::Registry;
use super::fieldwork::{Assignment, Fieldwork, Level, Source};
use super::findings::{Group, Inspection, findings};
use super::followup::{FormCounts, ListingCounts, feedback, listings};
use super::{District, Period, Plan, Sample, Stage};
use fairdraw_core::terms::{date_of, days_of};

static DISTRICT: District = District {
    prefix: "HS23",
    year: 2023,
    place: &places::HAISHU[0],
    more_stations: &[("天一", 50), ("火车站", 25), ("机场", 20), ("望京", 25), ("翠柏", 25)],
    // "区32个部门".
    departments: 32,
    entities: 12_000,
    inspected: 6_000,
};

const AS_OF: Date = date(2023, 12, 31);
/// The last working day of the year.
const LAST_DAY: Date = date(2023, 12, 29);

/// Joint visits, tasks and plans by their number of departments; "联合检查961次", taken as tasks.
const JOINT: [Joint; 2] = [
    Joint { departments: 2, stops: 3_779, tasks: 809, plans: 170 },
    Joint { departments: 3, stops: 709, tasks: 961 - 809, plans: 32 },
];

/// "双随机抽查20535次" without those of joint visits.
const SINGLE_INSPECTIONS: usize = 20_535 - 9_685;
const SINGLE_TASKS: usize = 640;
/// The rest of "行政检查30102次": kind, whether it is in a plan, tasks, inspections.
const OTHERS: [(Source, bool, usize, usize); 6] = [
    (Source::Complaint, false, 14, 100),
    (Source::Referral, false, 10, OFF_PLAN - 100),
    (Source::Special, true, 90, 3_387),
    (Source::Complaint, true, 50, 1_400),
    (Source::Referral, true, 20, 600),
    (Source::Patrol, true, 70, 4_000),
];
/// Inspections without a plan: all, filed too late, filed in time.
const OFF_PLAN: usize = 180;
const FILED_LATE: usize = 40;
const FILED_IN_TIME: usize = 110;
/// "已注销、未同时上门": inspections of entities that were gone, joint visits on different days.
const GONE: usize = 57;
const APART: usize = 23;

/// Groups of tasks: double-random, others.
const RANDOM: usize = 0;
const OTHER: usize = 1;

struct Joint {
    departments: usize,
    stops: usize,
    tasks: usize,
    plans: usize,
}

pub(super) fn sample(randomness: &Randomness) -> Sample {
    let calendar = Calendar::of(DISTRICT.year);
    let (as_of, last_day) = (days_of(AS_OF), days_of(LAST_DAY));
    let mut registry = Registry::new(&DISTRICT, as_of, randomness);
    let items = ItemList::new(300, 30, DISTRICT.departments);
    let mut field = Fieldwork::new(&DISTRICT, &registry, items, &calendar, as_of, randomness);
    let mut plans = yearly_and_monthly_plans();
    for joint in &JOINT {
        joint.carry_out(&mut field, &mut plans);
    }
    field.come_apart(APART);
    single(&mut field);
    others(&mut field);
    field.meet_the_gone(GONE, &mut registry);
    field.deregister_later(80, &mut registry);
    let groups = [Group { problems: 5_218, entered_by: last_day }, Group { problems: 2_064, entered_by: last_day }];
    let mut inspections = findings(&field, &registry, &groups, 271, &mut Stage::Findings.draws(randomness));
    file_off_plan(&mut inspections, &field);
    let listed = ListingCounts {
        lost: 390,
        no_report: 1_120,
        false_report: 3,
        serious: 12,
        by: last_day,
        no_report_after: 0,
        reports_late: days_of(date(2023, 7, 3)),
    };
    let inspected = DISTRICT.inspected;
    let mut draws = Stage::Listings.draws(randomness);
    let listings = listings(listed, &inspections, &registry, inspected, &calendar, &mut draws);
    let forms = FormCounts { sent: 640, returned: 611, satisfied: 588 };
    let feedback = feedback(forms, &inspections, &calendar, as_of, &mut Stage::Feedback.draws(randomness));
    let Fieldwork { tasks, items, .. } = field;
    let (items, entities) = (items.items, registry.entities);
    Sample { district: &DISTRICT, inspections, tasks, items, plans, entities, listings, feedback }
}

/// Place of a department's plan of the month, 1 to 12.
fn monthly_plan(department: usize, month: usize) -> usize {
    DISTRICT.departments * month + department
}

/// The plans of each department: of the year, at its place, and of each month, at [`monthly_plan`].
fn yearly_and_monthly_plans() -> Vec<Plan> {
    let plan = |department: usize, (words, period): (String, Period), first: Date, last: Date| Plan {
        name: format!("{}{words}检查计划", DEPARTMENTS[department]),
        departments: vec![department],
        period,
        start: days_of(first),
        due: days_of(last),
        merged_into: None,
    };
    let departments = 0..DISTRICT.departments;
    let (first, last) = (date(2023, 1, 1), date(2023, 12, 31));
    let mut plans: Vec<Plan> =
        departments.clone().map(|one| plan(one, ("2023年度".to_owned(), Period::Year), first, last)).collect();
    for month in 1..=12 {
        let first = date(2023, month, 1);
        let of_month = |one: usize| plan(one, (format!("{month}月"), Period::Month), first, first.last_of_month());
        plans.extend(departments.clone().map(of_month));
    }
    plans
}

impl Joint {
    /// Joint plans of a week, made of a plan of each department, and the tasks that carry them out in that week.
    fn carry_out(&self, field: &mut Fieldwork<'_>, plans: &mut Vec<Plan>) {
        // Every visit is over some days before the end of the year, also where a department comes later.
        let end = field.calendar.place(days_of(LAST_DAY)) - 9;
        let mut made: Vec<(usize, Range<usize>)> = Vec::with_capacity(self.plans);
        for number in 0..self.plans {
            let week = field.calendar.week(6 + number * (end - 6) / self.plans);
            let together = partners(self.departments, DISTRICT.departments, &mut field.draws);
            let (start, due) = (field.calendar.day(week.start), field.calendar.day(week.end - 1));
            let words = date_of(start).map(|day| format!("{}月{}日当周", day.month(), day.day())).unwrap_or_default();
            let joint = plans.len();
            let plan = |name: String, departments: Vec<usize>, merged_into: Option<usize>| Plan {
                name,
                departments,
                period: Period::Week,
                start,
                due,
                merged_into,
            };
            let lead = DEPARTMENTS[together[0]];
            plans.push(plan(format!("{lead}等部门{words}联合检查计划"), together.clone(), None));
            for department in together {
                let name = format!("{}{words}检查计划", DEPARTMENTS[department]);
                plans.push(plan(name, vec![department], Some(joint)));
            }
            made.push((joint, week));
        }
        for (number, stops) in spread(self.stops, self.tasks, &mut field.draws).into_iter().enumerate() {
            let (plan, week) = &made[number % made.len()];
            field.carry_out(Assignment {
                departments: plans[*plan].departments.clone(),
                source: Source::DoubleRandom,
                level: level(number),
                credit_rule: number % 11 != 5,
                plan: Some(*plan),
                group: RANDOM,
                window: week.clone(),
                slack: 0,
                stops,
            });
        }
    }
}

/// Double-random tasks of one department, each by the department's plan of the month in which it begins.
fn single(field: &mut Fieldwork<'_>) {
    let stops = spread(SINGLE_INSPECTIONS, SINGLE_TASKS, &mut field.draws);
    let days = within(field, LAST_DAY);
    for (number, (lead, stops)) in leads(SINGLE_TASKS, DISTRICT.departments).zip(stops).enumerate() {
        let window = field.window(stops, days.clone());
        let plan = plan_of(field, lead, &window);
        field.carry_out(Assignment {
            departments: vec![lead],
            source: Source::DoubleRandom,
            level: level(number),
            credit_rule: number % 11 != 5,
            plan: Some(plan),
            group: RANDOM,
            window,
            slack: 5,
            stops,
        });
    }
}

/// Everything that is not double-random. What is in no plan begins early enough for a late filing within the year.
fn others(field: &mut Fieldwork<'_>) {
    for (source, planned, tasks, inspections) in OTHERS {
        let stops = spread(inspections, tasks, &mut field.draws);
        let days = within(field, if planned { LAST_DAY } else { date(2023, 10, 31) });
        for (lead, stops) in leads(tasks, DISTRICT.departments).zip(stops) {
            let window = field.window(stops, days.clone());
            let plan = planned.then_some(plan_of(field, lead, &window));
            field.carry_out(Assignment {
                departments: vec![lead],
                source,
                level: Level::County,
                credit_rule: false,
                plan,
                group: OTHER,
                window,
                slack: 5,
                stops,
            });
        }
    }
}

/// Files the inspections that are in no plan: within two working days, after twelve or more, or not at all.
fn file_off_plan(inspections: &mut [Inspection], field: &Fieldwork<'_>) {
    let off_plan = inspections.iter_mut().filter(|one| field.tasks[one.task].plan.is_none());
    for (number, inspection) in off_plan.enumerate() {
        // 7 and 180 have no common factor, so each of the 180 places comes once.
        let place = number * 7 % OFF_PLAN;
        let waited = if place < FILED_LATE { Some(12 + place % 6) } else { Some(place % 3) };
        let waited = waited.filter(|_| place < FILED_LATE + FILED_IN_TIME);
        inspection.filed = waited.map(|days| field.calendar.after(inspection.day, days));
    }
}

/// Places of the working days from the second week to a day.
fn within(field: &Fieldwork<'_>, last: Date) -> Range<usize> {
    4..field.calendar.place(days_of(last)) + 1
}

/// The department's plan of the month in which a window begins.
fn plan_of(field: &Fieldwork<'_>, lead: usize, window: &Range<usize>) -> usize {
    let month = date_of(field.calendar.day(window.start)).map_or(1, |day| day.month());
    monthly_plan(lead, month.unsigned_abs().into())
}

/// Three tasks in twenty come from above.
fn level(number: usize) -> Level {
    match number % 20 {
        7 | 13 => Level::City,
        19 => Level::Province,
        _ => Level::County,
    }
}
