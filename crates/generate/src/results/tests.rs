//! Laws of the sample results: the published counts come out of the rows, and the rows have the shape they should.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::calendar::weekday;
use super::fieldwork::{Level, Source};
use super::findings::{LOST, NO_PROBLEM};
use super::followup::{FALSE_REPORT, NO_REPORT};
use super::*;
use fairdraw_core::codes::{IdKind, classify};
use fairdraw_core::terms::days_of;

const NOT_MET: [&str; 5] = ["未开展本次抽查涉及的经营活动", "已关闭停业或正在组织清算", "迁移", "注销", LOST];

impl Inspection {
    fn has_problem(&self) -> bool {
        self.outcome.split(';').any(|outcome| outcome != NO_PROBLEM && !NOT_MET.contains(&outcome))
    }
}

impl Sample {
    fn double_random(&self) -> impl Iterator<Item = &Inspection> {
        self.inspections.iter().filter(|one| self.tasks[one.task].source == Source::DoubleRandom)
    }

    /// Departments and days of each visit: of a visit number, else of an entity and day.
    fn visits<'a>(&self, inspections: impl Iterator<Item = &'a Inspection>) -> Vec<Vec<(usize, i32)>> {
        let mut visits: BTreeMap<_, Vec<(usize, i32)>> = BTreeMap::new();
        for one in inspections {
            let day = if one.joint.is_some() { 0 } else { one.day };
            visits.entry((one.joint, one.entity, day)).or_default().push((one.department, one.day));
        }
        visits.into_values().collect()
    }

    fn is_dead(&self, one: &Inspection) -> bool {
        let entity = &self.entities[one.entity];
        assert_eq!(entity.status == "注销", entity.deregistered.is_some());
        entity.deregistered.is_some_and(|day| day < one.day)
    }
}

fn xiaoshan() -> Sample {
    SampleResults::Xiaoshan2021.rows("laws")
}

fn haishu() -> Sample {
    SampleResults::Haishu2023.rows("laws")
}

#[test]
fn xiaoshan_has_the_published_tasks() {
    let sample = xiaoshan();
    let [to_26, to_16] = [26, 16].map(|day| days_of(date(2021, 11, day)));
    let tasks: Vec<&Task> =
        sample.tasks.iter().filter(|task| task.source == Source::DoubleRandom && task.start <= to_26).collect();
    assert_eq!(tasks.len(), 552);
    assert_eq!(tasks.iter().filter(|task| task.departments.len() >= 2).count(), 70);
    let own: Vec<&&Task> = tasks.iter().filter(|task| task.level == Level::County && task.start <= to_16).collect();
    assert_eq!(own.len(), 483);
    assert_eq!(own.iter().filter(|task| task.credit_rule).count(), 447);
    assert_eq!(tasks.iter().filter(|task| task.level == Level::County).count(), 483, "no own task later");
    let carried_out: BTreeSet<(usize, usize)> = sample.double_random().map(|one| (one.task, one.department)).collect();
    assert_eq!(carried_out.len(), tasks.iter().map(|task| task.departments.len()).sum::<usize>());
    assert_eq!(sample.double_random().map(|one| one.task).collect::<BTreeSet<_>>().len(), 552);
}

#[test]
fn xiaoshan_has_the_published_inspections() {
    let sample = xiaoshan();
    let to_16 = days_of(date(2021, 11, 16));
    assert_eq!(sample.inspections.len(), 36_821);
    assert_eq!(sample.inspections.iter().filter(|one| one.mobile).count(), 36_810);
    assert_eq!(sample.double_random().count(), 14_425);
    let own: Vec<&Inspection> =
        sample.double_random().filter(|one| sample.tasks[one.task].level == Level::County).collect();
    assert_eq!(own.len(), 9_189);
    assert!(own.iter().all(|one| one.day <= to_16 && one.entered <= to_16));
    assert_eq!(own.iter().filter(|one| one.has_problem()).count(), 2_445);
    let items = |one: &Inspection| sample.tasks[one.task].items[one.member].clone();
    for inspections in [sample.double_random().collect::<Vec<_>>(), sample.inspections.iter().collect()] {
        let inspected: BTreeSet<usize> = inspections.into_iter().flat_map(items).collect();
        assert_eq!((inspected.len(), sample.items.len()), (289, 320));
    }
    assert!(sample.visits(sample.inspections.iter()).iter().any(|visit| visit.len() == 4));
}

#[test]
fn xiaoshan_has_the_published_entries_on_lists() {
    let sample = xiaoshan();
    let to_25 = days_of(date(2021, 11, 25));
    let count = |serious: bool, reason: Option<&str>| {
        let listed = sample.listings.iter().filter(|entry| entry.listed <= to_25 && entry.serious == serious);
        listed.filter(|entry| reason.is_none_or(|reason| entry.reason == reason)).count()
    };
    assert_eq!(count(false, None), 15_622);
    let reasons = [LOST, NO_REPORT, FALSE_REPORT].map(|reason| count(false, Some(reason)));
    assert_eq!(reasons, [4_415, 11_206, 1]);
    assert_eq!(count(true, None), 63);
    let ids: BTreeSet<&str> = sample.listings.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), sample.listings.len(), "one entry an entity");
    assert!(ids.iter().all(|id| matches!(classify(id), IdKind::Uscc)));
}

#[test]
fn haishu_has_the_published_inspections_and_visits() {
    let sample = haishu();
    assert_eq!(sample.inspections.len(), 30_102);
    assert_eq!(sample.double_random().count(), 20_535);
    let joint = sample.visits(sample.double_random().filter(|one| one.joint.is_some()));
    assert_eq!(joint.len(), 4_488);
    assert_eq!([2, 3].map(|k| joint.iter().filter(|visit| visit.len() == k).count()), [3_779, 709]);
    assert_eq!(joint.iter().map(Vec::len).sum::<usize>(), 9_685);
    assert_eq!(joint.iter().map(|visit| visit.len() - 1).sum::<usize>(), 5_197);
    for visit in sample.visits(sample.inspections.iter()) {
        let departments: BTreeSet<usize> = visit.iter().map(|one| one.0).collect();
        assert_eq!(departments.len(), visit.len());
        assert!(visit.len() == 1 || joint.contains(&visit), "a joint visit that is not double-random");
    }
    let apart = joint.iter().filter(|visit| visit.iter().any(|one| one.1 != visit[0].1));
    assert_eq!(apart.count(), 23);
    let tasks: Vec<&Task> = sample.tasks.iter().filter(|task| task.source == Source::DoubleRandom).collect();
    assert_eq!(tasks.iter().filter(|task| task.departments.len() >= 2).count(), 961);
}

#[test]
fn haishu_has_the_low_quality_it_looks_for() {
    let sample = haishu();
    assert_eq!(sample.inspections.iter().filter(|one| sample.is_dead(one)).count(), 57);
    let off_plan: Vec<&Inspection> =
        sample.inspections.iter().filter(|one| sample.tasks[one.task].plan.is_none()).collect();
    assert_eq!(off_plan.len(), 180);
    let calendar = super::calendar::Calendar::of(2023);
    let filed = |low: i32, high: i32| {
        let waits = off_plan.iter().filter_map(|one| one.filed.map(|day| (one.day, day)));
        let waits = waits.map(|(day, filed)| (calendar.place(filed) - calendar.place(day)) as i32);
        waits.filter(|waited| (low..=high).contains(waited)).count()
    };
    // Two weekend days may be worked in a week; late means late by far.
    assert_eq!([filed(0, 3), filed(4, 9), filed(10, 200)], [110, 0, 40]);
    assert_eq!(off_plan.iter().filter(|one| one.filed.is_none()).count(), 30);
    assert_eq!(sample.inspections.iter().filter(|one| one.filed.is_some()).count(), 150);
}

#[test]
fn haishu_plans_name_each_other_and_their_tasks() {
    let sample = haishu();
    for period in [Period::Year, Period::Month, Period::Week] {
        assert!(sample.plans.iter().any(|plan| plan.period == period), "{period:?}");
    }
    for plan in &sample.plans {
        if let Some(joint) = plan.merged_into.map(|joint| &sample.plans[joint]) {
            assert!(joint.departments.len() > 1 && joint.departments.contains(&plan.departments[0]));
            assert_eq!((joint.period, joint.start, joint.due), (plan.period, plan.start, plan.due));
        }
    }
    for task in &sample.tasks {
        let Some(plan) = task.plan.map(|plan| &sample.plans[plan]) else { continue };
        assert_eq!(plan.departments, task.departments);
        assert!((plan.start..=plan.due).contains(&task.start) && plan.merged_into.is_none());
    }
}

#[test]
fn days_follow_each_other_and_none_lies_behind_the_last() {
    for (sample, last) in [(xiaoshan(), date(2021, 11, 26)), (haishu(), date(2023, 12, 31))] {
        let last = days_of(last);
        let mut late = 0;
        for one in &sample.inspections {
            let task = &sample.tasks[one.task];
            assert!(weekday(one.day) < 5 && task.start <= one.day && task.departments[one.member] == one.department);
            let chain: Vec<i32> = [Some(one.day), Some(one.entered), one.reviewed, one.published, one.corrected]
                .into_iter()
                .flatten()
                .collect();
            assert!(chain.is_sorted() && chain.iter().all(|&day| day <= last), "{one:?}");
            assert!(one.rectified.into_iter().chain(one.filed).all(|day| (one.day..=last).contains(&day)));
            assert!(one.rectified.is_none() || one.rectify_by.is_some());
            late += usize::from(one.published.is_some_and(|day| day > one.day + 34));
        }
        let share = late as f64 / sample.inspections.len() as f64;
        assert!((0.01..0.06).contains(&share), "{share} published late");
        assert!(sample.inspections.iter().any(|one| one.reviewed.is_none()));
        assert!(sample.listings.iter().all(|entry| entry.listed <= last && entry.verified < Some(entry.listed)));
        assert!(sample.feedback.iter().all(|form| form.returned.is_none_or(|day| day <= last)));
        assert!(sample.feedback.iter().any(|form| form.satisfied == Some(false)));
        assert!(sample.tasks.iter().all(|task| task.finished.is_none_or(|day| day <= last)));
        assert!(sample.inspections.is_sorted_by_key(|one| one.day));
    }
}

#[test]
fn riskier_grades_show_more_problems() {
    for sample in [xiaoshan(), haishu()] {
        let rate = |grade: &str| {
            let of: Vec<&Inspection> =
                sample.double_random().filter(|one| sample.entities[one.entity].grade() == grade).collect();
            of.iter().filter(|one| one.has_problem()).count() as f64 / of.len() as f64
        };
        let rates = ["A", "B", "C", "D"].map(rate);
        assert!(rates.is_sorted() && (1.8..3.5).contains(&(rates[3] / rates[0])), "{rates:?}");
        let sizes: BTreeMap<usize, usize> = sample.inspections.iter().fold(BTreeMap::new(), |mut sizes, one| {
            *sizes.entry(one.department).or_default() += 1;
            sizes
        });
        assert_eq!(sizes.len(), sample.district.departments);
        assert!(sizes.values().max().unwrap() > &(5 * sizes.values().min().unwrap()), "{sizes:?}");
    }
}

#[test]
fn entities_have_ids_of_their_own() {
    for sample in [xiaoshan(), haishu()] {
        let ids: BTreeSet<&str> = sample.entities.iter().map(|entity| entity.id.as_str()).collect();
        assert_eq!(ids.len(), sample.entities.len());
        assert!(ids.iter().all(|id| matches!(classify(id), IdKind::Uscc)));
    }
}

#[test]
fn the_files_are_the_same_every_time_and_stay_small() {
    let mut total = 0;
    for set in SampleResults::ALL {
        let folders = [1, 3].map(|threads| {
            let folder = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let reports = pool.install(|| write_sample_results(set, "data-samples", folder.path()).unwrap());
            (folder, reports)
        });
        let [(one, reports), (three, others)] = &folders;
        assert_eq!(reports, others);
        for report in reports {
            let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join(&report.file)).unwrap();
            assert!(read(one) == read(three), "{}", report.file);
            total += report.bytes;
        }
        let names: Vec<&str> = reports.iter().map(|report| report.file.as_str()).collect();
        assert!(names.iter().all(|name| name.starts_with(set.name())) && names.len() == 7, "{names:?}");
    }
    assert!(total < 2_600_000, "{total} bytes");
    assert!(write_sample_results(SampleResults::Haishu2023, "", std::path::Path::new("nowhere")).is_err());
}
