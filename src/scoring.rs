//! What is settled before the lot, draw by draw: who may be drawn, with what weight, in which stratum, and how many.

use crate::frame::{Frame, FrameError, ScoredFrame};
use crate::lottery::{LotColumn, LotteryError};
use crate::part::Part;
use crate::plan::{Draws, Plan, Task};
use crate::progress::{Observe, Progress};
use crate::spread::{Arcs, SpentRow};
use crate::task::{
    Base, Census, Divider, Method, SizeRule, Sized, Standing, Strata, StrataError, WeightError, Weighting, Weights,
};
use crate::terms::Warning;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Why a draw cannot be settled.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// A weight could not be computed.
    #[error(transparent)]
    Weight(#[from] WeightError),
    /// Sizes and frame cannot be reconciled.
    #[error(transparent)]
    Strata(#[from] StrataError),
    /// A part of the frame could not be read.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Random selection failed.
    #[error(transparent)]
    Lottery(#[from] LotteryError),
    /// One of the tasks cannot be drawn.
    #[error("task `{task}`: {error}")]
    Task {
        /// The task.
        task: String,
        /// Why.
        error: Box<ScoreError>,
    },
}

impl ScoreError {
    /// What is at fault, of whichever task.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Task { error, .. } => error.cause(),
            own => own,
        }
    }

    /// The part of the frame that could not be read, if that is at fault.
    pub fn unread_part(&self) -> Option<&FrameError> {
        match self.cause() {
            Self::Frame(error) | Self::Lottery(LotteryError::Frame(error)) => Some(error),
            _ => None,
        }
    }
}

/// A draw before its lot.
#[derive(Debug)]
pub struct Settled<'p> {
    /// The task; `None` where the plan is one draw.
    pub task: Option<&'p Task>,
    /// How it is drawn.
    pub method: &'p Method,
    /// The frame with eligibility, weights and strata.
    pub scored: ScoredFrame,
    /// The lots, if they were asked for.
    pub lots: Option<Arc<LotColumn>>,
    /// What is worth knowing of the sizes.
    pub warnings: Vec<Warning>,
}

impl Settled<'_> {
    /// The lots.
    ///
    /// # Errors
    /// [`LotteryError::NoSeed`] if they were not asked for.
    pub fn lots(&self) -> Result<Arc<LotColumn>, LotteryError> {
        self.lots.clone().ok_or(LotteryError::NoSeed)
    }

    /// What is worth knowing of a draw that comes to this many, or is expected to.
    pub fn warnings_of(&self, drawn: u64) -> Vec<Warning> {
        let below = self.scored.strata.below_minimum(&self.method.size, drawn);
        let stated = self.task.and_then(|task| task.stated_count).filter(|&stated| stated != drawn);
        let other = stated.map(|stated| Warning::StatedCount { stated, drawn });
        let of_count = below.into_iter().chain(other).map(|warning| self.warning(warning));
        self.warnings.iter().cloned().chain(of_count).collect()
    }

    /// A warning of this draw, which names its task.
    pub fn warning(&self, warning: Warning) -> Warning {
        match self.task {
            None => warning,
            Some(task) => Warning::OfTask { task: task.id.clone(), warning: Box::new(warning) },
        }
    }
}

/// Whether draws get their lots, and on which arcs.
pub type LotsWanted<'a> = Option<&'a Arcs>;

/// What was made of every draw.
#[derive(Debug)]
pub struct Made<T> {
    /// In the order of the draws.
    pub made: Vec<T>,
    /// What was spent of the arcs, by stream, where lots are spread.
    pub spent: BTreeMap<String, Vec<SpentRow>>,
}

/// A frame whose draws are to be made.
#[derive(Debug)]
pub enum Drawable<'p> {
    /// One draw, settled while its frame was read.
    One(Box<Settled<'p>>),
    /// Tasks over one frame.
    Tasks(Arc<Frame>, &'p [Task]),
}

impl<'p> Drawable<'p> {
    /// The draws of a plan over a frame that is there; each gets its lots if they are wanted.
    ///
    /// # Errors
    /// [`ScoreError`] where the plan is one draw that cannot be settled.
    pub fn new(frame: Frame, plan: &'p Plan, lots: LotsWanted<'_>, observe: Observe<'_>) -> Result<Self, ScoreError> {
        let frame = Arc::new(frame);
        match &plan.draws {
            Draws::Tasks(tasks) => Ok(Self::Tasks(frame, tasks)),
            Draws::One(method) => {
                let mut scoring = Scoring::new(None, method, frame.len());
                let mut lots = lots.map(|arcs| LotColumn::new(plan, arcs, &method.stream)).transpose()?;
                for part in frame.parts() {
                    let (first, part) = part?;
                    observe(Progress::Done(first as f64 / frame.len() as f64));
                    scoring.push_with(std::slice::from_ref(&part), &mut lots)?;
                }
                Ok(Self::One(Box::new(scoring.finish(frame, lots.map(Arc::new))?)))
            }
        }
    }

    /// The frame.
    pub fn frame(&self) -> &Arc<Frame> {
        match self {
            Self::One(settled) => &settled.scored.frame,
            Self::Tasks(frame, _) => frame,
        }
    }

    /// What `work` makes of every draw, in order, and what was spent of the arcs. Tasks are settled side by side: weights once a rule, lots once a stream.
    ///
    /// # Errors
    /// Of the first draw that cannot be settled; what `work` says.
    pub fn each<T, E>(
        self,
        plan: &Plan,
        lots: LotsWanted<'_>,
        observe: Observe<'_>,
        work: impl Fn(Settled<'p>) -> Result<T, E> + Sync,
    ) -> Result<Made<T>, E>
    where
        T: Send,
        E: Send + From<ScoreError>,
    {
        match self {
            Self::One(settled) => {
                let (stream, column) = (settled.method.stream.clone(), settled.lots.clone());
                let made = vec![work(*settled)?];
                let spent = column.and_then(|column| column.spent()).map(|spent| (stream, spent));
                Ok(Made { made, spent: spent.into_iter().collect() })
            }
            Self::Tasks(frame, tasks) => each_task(&frame, tasks, plan, lots, observe, |place, scoring, lots| {
                let settled = scoring.finish(frame.clone(), lots);
                settled.map_err(|error| E::from(of_task(tasks, place, error))).and_then(&work)
            }),
        }
    }
}

fn of_task(tasks: &[Task], place: usize, error: ScoreError) -> ScoreError {
    ScoreError::Task { task: tasks[place].id.clone(), error: Box::new(error) }
}

/// What `work` makes of every draw of a plan over a frame, in order, from what is known before its strata are sized; and what was
/// spent of the arcs.
///
/// # Errors
/// Of the first draw that cannot be weighed or given lots; what `work` says.
pub fn each_scoring<'p, T: Send, E: Send + From<ScoreError>>(
    frame: &Arc<Frame>,
    plan: &'p Plan,
    wanted: LotsWanted<'_>,
    observe: Observe<'_>,
    work: impl Fn(usize, Scoring<'p>, Option<Arc<LotColumn>>) -> Result<T, E> + Sync,
) -> Result<Made<T>, E> {
    let method = match &plan.draws {
        Draws::Tasks(tasks) => return each_task(frame, tasks, plan, wanted, observe, work),
        Draws::One(method) => method,
    };
    let mut scoring = Scoring::new(None, method, frame.len());
    for part in frame.parts() {
        scoring.push(&part.map_err(ScoreError::from)?.1)?;
    }
    let column = wanted.map(|arcs| lots(frame, plan, arcs, &method.stream)).transpose();
    let column = column.map_err(ScoreError::from)?.map(Arc::new);
    let made = vec![work(0, scoring, column.clone())?];
    let spent = column.and_then(|column| column.spent()).map(|spent| (method.stream.clone(), spent));
    Ok(Made { made, spent: spent.into_iter().collect() })
}

fn each_task<'p, T: Send, E: Send + From<ScoreError>>(
    frame: &Arc<Frame>,
    tasks: &'p [Task],
    plan: &Plan,
    wanted: LotsWanted<'_>,
    observe: Observe<'_>,
    work: impl Fn(usize, Scoring<'p>, Option<Arc<LotColumn>>) -> Result<T, E> + Sync,
) -> Result<Made<T>, E> {
    let of_task = |place: usize, error| of_task(tasks, place, error);
    let groups = groups(tasks);
    let done = AtomicUsize::new(0);
    let mut made: Vec<(usize, Result<T, E>)> = Vec::with_capacity(tasks.len());
    let mut weights: Option<(&Weighting, Vec<u64>)> = None;
    let mut lots_of: BTreeMap<&str, Arc<LotColumn>> = BTreeMap::new();
    let mut spent = BTreeMap::new();
    for (at, Group { weighting, stream, members }) in groups.iter().enumerate() {
        let weights = match &mut weights {
            Some((of, weights)) if of == weighting => &*weights,
            held => {
                // The weights of the rule before make room first.
                *held = None;
                let weights = weigh(frame, weighting).map_err(|error| of_task(members[0], error))?;
                &held.insert((weighting, weights)).1
            }
        };
        if let Some(arcs) = wanted.filter(|_| !lots_of.contains_key(stream)) {
            let lots = lots(frame, plan, arcs, stream).map_err(|error| of_task(members[0], error.into()))?;
            lots_of.insert(stream, Arc::new(lots));
        }
        let lots = lots_of.get(stream);
        let one = |&place: &usize| {
            let task = &tasks[place];
            let scoring = weighed(frame, task, weights).map_err(|error| E::from(of_task(place, error)));
            let made = scoring.and_then(|scoring| work(place, scoring, lots.cloned()));
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observe(Progress::Done(done as f64 / tasks.len() as f64));
            (place, made)
        };
        made.par_extend(members.par_iter().map(one));
        let is_needed = |stream: &str| groups[at + 1..].iter().any(|group| group.stream == stream);
        lots_of.retain(|stream, lots| {
            let keeps = is_needed(stream);
            if !keeps && let Some(of_stream) = lots.spent() {
                spent.insert((*stream).to_owned(), of_stream);
            }
            keeps
        });
    }
    made.sort_unstable_by_key(|(place, _)| *place);
    let made = made.into_iter().map(|(_, made)| made).collect::<Result<_, E>>()?;
    Ok(Made { made, spent })
}

/// Tasks of one rule for weights and one stream.
struct Group<'p> {
    weighting: &'p Weighting,
    stream: &'p str,
    /// Their places.
    members: Vec<usize>,
}

/// The tasks by rule and stream; tasks of one rule follow each other.
fn groups(tasks: &[Task]) -> Vec<Group<'_>> {
    let mut rules: Vec<(&Weighting, BTreeMap<&str, Vec<usize>>)> = Vec::new();
    for (place, Task { method, .. }) in tasks.iter().enumerate() {
        let at = rules.iter().position(|(weighting, _)| **weighting == method.weighting).unwrap_or_else(|| {
            rules.push((&method.weighting, BTreeMap::new()));
            rules.len() - 1
        });
        rules[at].1.entry(&method.stream).or_default().push(place);
    }
    let of_rule = |(weighting, streams): (_, BTreeMap<_, _>)| {
        streams.into_iter().map(move |(stream, members)| Group { weighting, stream, members })
    };
    rules.into_iter().flat_map(of_rule).collect()
}

/// The weight of every entity by a rule, whoever may be drawn.
fn weigh(frame: &Frame, weighting: &Weighting) -> Result<Vec<u64>, ScoreError> {
    let mut weights = Vec::with_capacity(frame.len());
    for part in frame.parts() {
        weights.extend(Weights::of(&part?.1, weighting)?.weight);
    }
    Ok(weights)
}

/// The lots of a stream.
fn lots(frame: &Frame, plan: &Plan, arcs: &Arcs, stream: &str) -> Result<LotColumn, LotteryError> {
    let mut lots = LotColumn::new(plan, arcs, stream)?;
    frame.parts().try_for_each(|part| lots.push(&part?.1))?;
    Ok(lots)
}

fn weighed<'p>(frame: &Arc<Frame>, task: &'p Task, weights: &[u64]) -> Result<Scoring<'p>, ScoreError> {
    let mut scoring = Scoring::new(Some(task), &task.method, frame.len());
    for part in frame.parts() {
        let (first, part) = part?;
        scoring.push_weighed(&part, &weights[first..first + part.len()])?;
    }
    Ok(scoring)
}

/// Settles one draw, part after part.
pub struct Scoring<'p> {
    task: Option<&'p Task>,
    method: &'p Method,
    standing: Standing,
    divider: Divider<'p>,
    weights: Vec<u64>,
}

impl<'p> Scoring<'p> {
    /// Of no part yet; there will be about `entities`.
    pub fn new(task: Option<&'p Task>, method: &'p Method, entities: usize) -> Self {
        let by_grade = matches!(method.size.rule, SizeRule::GradeShares { .. });
        let counts_live = matches!(method.size.rule, SizeRule::Share { of: Base::Live, each_stratum: true, .. });
        Self {
            task,
            method,
            standing: Standing::new(&method.rules, entities),
            divider: Divider::new(&method.division, by_grade, counts_live, entities),
            weights: Vec::with_capacity(entities),
        }
    }

    /// The next part, in the order of ids.
    ///
    /// # Errors
    /// A weight or a stratum that cannot be.
    pub fn push(&mut self, part: &Part) -> Result<(), ScoreError> {
        let weights = Weights::of(part, &self.method.weighting)?.weight;
        self.push_weighed(part, &weights)
    }

    /// The next parts, which get their lots beside that.
    ///
    /// # Errors
    /// As [`Scoring::push`]; lots that cannot be given.
    pub fn push_with(&mut self, parts: &[Part], lots: &mut Option<LotColumn>) -> Result<(), ScoreError> {
        let score = || parts.iter().try_for_each(|part| self.push(part));
        let give = || lots.iter_mut().try_for_each(|lots| parts.iter().try_for_each(|part| lots.push(part)));
        let (scored, given) = rayon::join(score, give);
        scored?;
        Ok(given?)
    }

    /// The next part, of which the weights are known.
    fn push_weighed(&mut self, part: &Part, weights: &[u64]) -> Result<(), ScoreError> {
        let Self { method, standing, divider, weights: of_lot, .. } = self;
        let first = of_lot.len();
        standing.push(part, &method.scope, &method.rules, weights);
        divider.push(part, standing)?;
        let is_by_lot = |row: usize| standing.is_eligible(row) && !standing.is_certain(row);
        of_lot.extend((first..).zip(weights).map(|(row, &weight)| if is_by_lot(row) { weight } else { 0 }));
        Ok(())
    }

    /// Sizes the strata of `frame`, whose parts were all pushed.
    ///
    /// # Errors
    /// Sizes that cannot be.
    pub fn finish(self, frame: Arc<Frame>, lots: Option<Arc<LotColumn>>) -> Result<Settled<'p>, ScoreError> {
        let Sized { strata, .. } = self.size(self.census())?;
        Ok(self.finish_as(frame, strata, lots))
    }

    /// What the parts so far say of their strata.
    pub fn census(&self) -> Census {
        self.divider.census(&self.standing, &self.weights)
    }

    /// The strata of a census over all parts.
    ///
    /// # Errors
    /// Sizes that cannot be.
    pub fn size(&self, census: Census) -> Result<Sized, StrataError> {
        census.size(&self.standing.reasons, self.method.design, self.method.sizing())
    }

    /// The draw over `frame`, whose parts were all pushed; `strata` are those of all frames that are drawn from together.
    pub fn finish_as(self, frame: Arc<Frame>, mut strata: Strata, lots: Option<Arc<LotColumn>>) -> Settled<'p> {
        let Self { task, method, mut standing, divider, mut weights } = self;
        strata.stratum_of = divider.finish(&strata.names, &mut standing);
        if method.division.catch_up {
            let left_out = (0..weights.len()).filter(|&row| !standing.is_eligible(row)).collect::<Vec<_>>();
            left_out.into_iter().for_each(|row| weights[row] = 0);
        }
        let of_sizes = std::mem::take(&mut strata.warnings);
        let scored = ScoredFrame { frame, standing, weights, strata };
        let mut settled = Settled { task, method, scored, lots, warnings: Vec::new() };
        settled.warnings = of_sizes.into_iter().map(|warning| settled.warning(warning)).collect();
        settled
    }
}
