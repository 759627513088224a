//! A year of rounds by made-up seeds, many times over: with spread and with independent draws, side by side.

use crate::frame::Frame;
use crate::lottery::DrawResult;
use crate::plan::{Draws, Plan, Task, Window};
use crate::progress::{Observe, Progress};
use crate::scoring::{Drawable, Made, ScoreError, Settled};
use crate::spread::Arcs;
use crate::terms::Grade;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What years of rounds came to; means over the years unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Years {
    /// (task, entity) drawn in a year.
    pub drawn: f64,
    /// Entities drawn at least once in a year.
    pub disturbed: f64,
    /// Entities drawn in more than one round.
    pub repeats: f64,
    /// Of these, those whose probabilities of the year sum to 1 at most for every task.
    pub needless: f64,
    /// Visits: entities drawn in a round, whatever the number of tasks.
    pub visits: f64,
    /// Visits that there would be if each department of each task came alone.
    pub unmerged: f64,
    /// By task and grade, over all years: drawn, Σπ, and (drawn − Σπ) ÷ √Σπ(1 − π).
    pub classes: Vec<(String, f64, f64, f64)>,
}

/// Years with and without spread.
#[derive(Debug, Clone, PartialEq)]
pub struct YearSimulation {
    /// Years.
    pub times: u64,
    /// Rounds a year.
    pub rounds: u64,
    /// With the plan's streams spread over the year.
    pub spread: Years,
    /// With independent draws.
    pub independent: Years,
}

/// Simulates `times` years of `rounds` rounds of the plan over a frame, by the seeds `BASE YEAR ROUND`.
///
/// # Errors
/// [`ScoreError`] of the first draw that cannot be made.
pub fn simulate_year(
    frame: &Arc<Frame>,
    plan: &Plan,
    base: &str,
    (times, rounds): (u64, u64),
    observe: Observe<'_>,
) -> Result<YearSimulation, ScoreError> {
    let grades = grades(frame)?;
    let years_of = |spreads: bool| -> Result<Years, ScoreError> {
        let plan = of_tasks(plan, spreads);
        let mut years = Counting { grades: &grades, ..Counting::default() };
        for year in 1..=times {
            observe(Progress::Step(&format!("year {year} of {times}")));
            years.add(frame, &plan, base, year, rounds)?;
        }
        Ok(years.finish(times))
    };
    Ok(YearSimulation { times, rounds, spread: years_of(true)?, independent: years_of(false)? })
}

fn grades(frame: &Frame) -> Result<Vec<Grade>, ScoreError> {
    let mut grades = Vec::with_capacity(frame.len());
    for part in frame.parts() {
        grades.extend_from_slice(&part?.1.grade);
    }
    Ok(grades)
}

/// The plan as a round of tasks, spread or not.
fn of_tasks(plan: &Plan, spreads: bool) -> Plan {
    let mut plan = plan.clone();
    let mut tasks = match plan.draws {
        Draws::Tasks(tasks) => tasks,
        Draws::One(method) => {
            let window = Window { first: plan.as_of, last: plan.as_of };
            vec![Task::bare(plan.name.clone(), window, *method)]
        }
    };
    tasks.iter_mut().for_each(|task| task.method.spread = spreads);
    plan.draws = Draws::Tasks(tasks);
    plan
}

/// Sums over years.
#[derive(Default)]
struct Counting<'g> {
    grades: &'g [Grade],
    drawn: u64,
    disturbed: u64,
    repeats: u64,
    needless: u64,
    visits: u64,
    unmerged: u64,
    /// Drawn, Σπ and Σπ(1 − π) by task and grade.
    classes: BTreeMap<(String, Grade), (f64, f64, f64)>,
}

impl Counting<'_> {
    fn add(&mut self, frame: &Arc<Frame>, plan: &Plan, base: &str, year: u64, rounds: u64) -> Result<(), ScoreError> {
        let mut plan = plan.clone();
        let mut arcs = Arcs::default();
        let mut times = vec![0u32; frame.len()];
        let mut promised = vec![vec![0.0; frame.len()]; plan.tasks().len()];
        for round in 1..=rounds {
            plan.draw.seed = Some(format!("{base} {year} {round}"));
            let work = |settled: Settled<'_>| -> Result<(Vec<bool>, Vec<f64>), ScoreError> {
                let drawn = DrawResult::of(&settled.scored, settled.method, settled.lots()?)?;
                drawn.lots.consume(&settled.scored, &drawn);
                let pi = drawn.pi(&settled.scored, 0..settled.scored.frame.len());
                Ok((drawn.selected, pi))
            };
            let drawable = Drawable::Tasks(frame.clone(), plan.tasks());
            let Made { made, spent } = drawable.each(&plan, Some(&arcs), &|_| (), work)?;
            let mut in_round: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
            for ((task, (selected, pi)), promised) in plan.tasks().iter().zip(&made).zip(&mut promised) {
                for (row, (&selected, &pi)) in selected.iter().zip(pi).enumerate() {
                    promised[row] += pi;
                    if pi > 0.0 {
                        let class = self.classes.entry((task.id.clone(), self.grades[row])).or_default();
                        class.1 += pi;
                        class.2 += pi * (1.0 - pi);
                        class.0 += f64::from(u8::from(selected));
                    }
                    if selected {
                        self.drawn += 1;
                        self.unmerged += (task.members.len() + usize::from(task.lead.is_some())).max(1) as u64;
                        in_round.entry(row).or_default().insert(&task.id);
                    }
                }
            }
            self.visits += in_round.len() as u64;
            in_round.keys().for_each(|&row| times[row] += 1);
            let rows = arcs.after(frame, &spent)?;
            arcs = Arcs::of_rows(rows);
        }
        for (row, &times) in times.iter().enumerate() {
            self.disturbed += u64::from(times > 0);
            self.repeats += u64::from(times > 1);
            self.needless += u64::from(times > 1 && promised.iter().all(|of_task| of_task[row] <= 1.0));
        }
        Ok(())
    }

    fn finish(self, years: u64) -> Years {
        let mean = |sum: u64| sum as f64 / years as f64;
        let class = |((task, grade), (drawn, pi, variance)): ((String, Grade), (f64, f64, f64))| {
            let z = if variance > 0.0 { (drawn - pi) / variance.sqrt() } else { 0.0 };
            (format!("{task} / {grade}"), drawn, pi, z)
        };
        Years {
            drawn: mean(self.drawn),
            disturbed: mean(self.disturbed),
            repeats: mean(self.repeats),
            needless: mean(self.needless),
            visits: mean(self.visits),
            unmerged: mean(self.unmerged),
            classes: self.classes.into_iter().map(class).collect(),
        }
    }
}
