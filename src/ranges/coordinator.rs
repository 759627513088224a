//! The one who asks: from the ranges' accounts to sizes, probabilities, the list, and the published folder.

use super::join::Joined;
use super::pass::{Answer, OfDraw, Pass, Request};
use super::{Job, Place, RangesError, WORK, packed, unpacked};
use crate::contract;
use crate::ingest::{
    Account, IdSample, IngestError, MOST_FLAGS, QuarantinedRow, Receipt, read_beside_ranges, routed_tables,
};
use crate::lottery::LotteryError;
use crate::plan::{self, Files, Overrides, Plan};
use crate::progress::Observe;
use crate::publish::manifest::OutputRecord;
use crate::publish::staging::Staging;
use crate::publish::summary::Tally;
use crate::publish::{ListedRow, PublishError};
use crate::run::{Left, Planned, RunOptions};
use crate::sampling::{DrawError, Found, Inclusion, KeyPass, Looks, MOST_LOOKS, StratumDraw, WeightPass};
use crate::scoring::{ScoreError, Scoring};
use crate::spread::SpreadRow;
use crate::task::{Census, Sized};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// Ids of a range where nothing else is asked for: some 100 MB in the memory of an executor.
const IDS_OF_A_RANGE: u64 = 1 << 18;

/// What a run by ranges may be told beside its plan.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// The seed, where the plan names none.
    pub seed: Option<String>,
    /// The folder to write; takes the place of `output.folder`. All machines must see it.
    pub output: Option<std::path::PathBuf>,
    /// Whether a published run of another plan or seed may be replaced.
    pub replace: bool,
    /// How long to wait for another run of the same output; `None`: refuse at once.
    pub wait: Option<Duration>,
    /// Tables whose rows come from elsewhere than the plan's files.
    pub given: BTreeSet<String>,
}

/// A draw on its way.
#[derive(Debug, Default)]
pub(super) struct Draw {
    pub(super) census: Census,
    pub(super) sized: Option<Sized>,
    pub(super) looks: Option<Looks>,
    /// What is looked at now; `None` once everybody who is taken is known.
    pub(super) bounds: Option<Vec<Range<u64>>>,
    pub(super) inclusions: Vec<Inclusion>,
    pub(super) drawn: Vec<StratumDraw>,
    pub(super) rows: Vec<ListedRow>,
    pub(super) tallies: Vec<Tally>,
}

/// What was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Census,
    /// How many looks there were before.
    Look(usize),
    Heaviest,
    Keys {
        bounded: bool,
    },
    Outcome,
    Done,
}

/// Leads a run by ranges; holds the lock of its output and removes what was written if it is dropped before the end.
#[derive(Debug)]
pub struct Coordinator {
    pub(super) staging: Staging,
    pub(super) job: Job,
    pub(super) plan: Plan,
    pub(super) left: Left,
    pub(super) given: BTreeSet<String>,
    /// Accounts by table, and rows that were set aside here.
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) tasks_receipt: Option<Receipt>,
    pub(super) quarantine: Vec<QuarantinedRow>,
    pub(super) quarantine_parts: Vec<OutputRecord>,
    pub(super) unmatched: BTreeMap<String, u64>,
    pub(super) places: Vec<Place>,
    pub(super) frame_parts: BTreeMap<u32, OutputRecord>,
    pub(super) draws: Vec<Draw>,
    pub(super) stage: Stage,
    /// Range after range.
    pub(super) spread: Vec<SpreadRow>,
}

impl Coordinator {
    /// Reads the plan and what goes to no range, and locks the output folder.
    ///
    /// # Errors
    /// [`RangesError`] as a run would say it before it reads the registries.
    pub fn new(path: &Path, options: &Options, observe: Observe<'_>) -> Result<Self, RangesError> {
        let loaded = plan::load_with(path, if options.given.is_empty() { Files::MustExist } else { Files::NotAsked })?;
        let overrides = Overrides { seed: options.seed.clone(), output: options.output.clone() };
        let plan = loaded.with(overrides)?;
        plan.lot_source()?;
        let claim = RunOptions { replace: options.replace, ..RunOptions::default() }.claim(&plan);
        let staging = Staging::begin(&plan.output.folder, options.wait, claim)?;
        let fault = |path: &Path, cause| PublishError::file("create the folder", path, cause);
        let folder = staging.folder();
        let folder = folder.canonicalize().map_err(|cause| fault(folder, cause))?;
        let frame = contract::parts_folder(contract::FRAME.file);
        let below = [
            Path::new(WORK).join(frame),
            Path::new(WORK).join("listed"),
            frame.into(),
            contract::parts_folder(contract::QUARANTINE.file).into(),
        ];
        for below in below {
            let path = folder.join(below);
            std::fs::create_dir_all(&path).map_err(|cause| fault(&path, cause))?;
        }
        let Planned { plan: with_tasks, receipt, rounds, left } = Planned::with_arcs(&plan, &|_| false, observe)?;
        let with_tasks = with_tasks.into_owned();
        let (receipts, quarantine) = read_beside_ranges(&with_tasks, &rounds, observe)?;
        let path = std::path::absolute(path).map_err(|cause| fault(path, cause))?;
        let job = Job {
            text: plan.text.clone(),
            path,
            seed: options.seed.clone(),
            tasks: with_tasks.task_table.clone(),
            folder,
            splitters: Vec::new(),
        };
        let known: Vec<String> = routed_tables(&with_tasks).into_iter().map(|(table, ..)| table).collect();
        if let Some(table) = options.given.iter().find(|table| !known.contains(table)) {
            return Err(IngestError::NoTable { table: table.clone() }.into());
        }
        let draws = with_tasks.methods().map(|_| Draw::default()).collect();
        Ok(Self {
            staging,
            job,
            plan: with_tasks,
            left,
            given: options.given.clone(),
            accounts: BTreeMap::new(),
            receipts,
            tasks_receipt: receipt,
            quarantine,
            quarantine_parts: Vec::new(),
            unmatched: BTreeMap::new(),
            places: Vec::new(),
            frame_parts: BTreeMap::new(),
            draws,
            stage: Stage::Census,
            spread: Vec::new(),
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What every machine needs to know.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// Takes in what is known of a table before its rows are: from its columns, or its file.
    pub fn take_account(&mut self, account: Account) {
        match self.accounts.get_mut(&account.table) {
            Some(own) => own.merge(account),
            None => _ = self.accounts.insert(account.table.clone(), account),
        }
    }

    /// Cuts the ids into ranges of about as many ids each, at most `ranges` (`None`: one for some 260,000 ids). How many they are.
    pub fn cut(&mut self, sample: IdSample, ranges: Option<usize>) -> usize {
        let ranges = ranges.unwrap_or(sample.ids().div_ceil(IDS_OF_A_RANGE) as usize);
        let ids = sample.into_ids();
        let places = (1..ranges.max(1)).map(|range| ids.len() * range / ranges);
        self.job.splitters = places.filter_map(|place| ids.get(place).cloned()).collect();
        self.job.splitters.dedup();
        self.job.splitters.len() + 1
    }

    /// Takes in what became of every range.
    ///
    /// # Errors
    /// [`RangesError`] as a run would say it of whole tables.
    pub fn take_joined(&mut self, joined: &[Vec<u8>]) -> Result<(), RangesError> {
        let mut joined: Vec<Joined> = joined.iter().map(|bytes| unpacked(bytes)).collect::<Result<_, _>>()?;
        joined.sort_by_key(|joined| joined.range);
        // A range that was made twice says the same twice.
        joined.dedup_by_key(|joined| joined.range);
        let (mut first, mut flags) = (0u64, BTreeSet::new());
        for Joined { range, rows, frame, quarantine, accounts, unmatched, flags: of_range } in joined {
            accounts.into_iter().for_each(|account| self.take_account(account));
            for (table, rows) in unmatched {
                *self.unmatched.entry(table).or_default() += rows;
            }
            self.quarantine_parts.extend(quarantine);
            flags.extend(of_range);
            if let Some(frame) = frame {
                self.places.push(Place { range, first: first as u32, rows: rows as u32 });
                self.frame_parts.insert(range, frame);
            }
            first += rows;
        }
        if first > crate::table_reader::MOST_ROWS {
            let file = self.plan.inputs.entities.as_written.clone();
            return Err(IngestError::TooManyRows { file, limit: crate::table_reader::MOST_ROWS }.into());
        }
        if let Some(input) = self.plan.inputs.flags.as_ref().filter(|_| flags.len() > MOST_FLAGS) {
            let names = flags.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
            return Err(IngestError::TooManyFlags { file: input.as_written.clone(), row: 0, names }.into());
        }
        self.close_accounts()
    }

    /// Closes the accounts of all tables, in the order of the plan.
    fn close_accounts(&mut self) -> Result<(), RangesError> {
        let mut receipts = Vec::new();
        for (table, file, _) in routed_tables(&self.plan) {
            let mut account = self.accounts.remove(&table).unwrap_or_default();
            if self.given.contains(&table) {
                account.is_of_engine();
            }
            (account.table, account.file) = (table.clone(), file);
            let may_be_empty = ["flags", "ledger"].contains(&table.as_str());
            receipts.push(account.close(may_be_empty, self.plan.inputs.set_aside_limit, &mut self.quarantine)?);
        }
        receipts.append(&mut self.receipts);
        receipts.extend(self.tasks_receipt.take());
        self.receipts = receipts;
        Ok(())
    }

    /// What to ask of every part next; `None` once [`finish`](Self::finish) can follow.
    ///
    /// # Errors
    /// What would make the bytes cannot be packed.
    pub fn request(&self) -> Result<Option<Vec<u8>>, RangesError> {
        let of = |pass| {
            let names = |draw: &Draw| draw.sized.as_ref().map(|sized| sized.strata.names.clone()).unwrap_or_default();
            let strata = self.draws.iter().map(names).collect();
            packed(&Request { places: self.places.clone(), strata, pass }).map(Some)
        };
        match self.stage {
            Stage::Census => of(Pass::Census),
            Stage::Look(_) => {
                of(Pass::Look(self.draws.iter().map(|draw| draw.bounds.clone().unwrap_or_default()).collect()))
            }
            Stage::Heaviest => {
                let sizes =
                    |draw: &Draw| draw.sized.as_ref().map(|sized| sized.strata.sizes.clone()).unwrap_or_default();
                of(Pass::Heaviest(self.draws.iter().map(sizes).collect()))
            }
            Stage::Keys { bounded } => {
                let inclusions = self.draws.iter().map(|draw| draw.inclusions.clone()).collect();
                of(Pass::Keys { inclusions, bounded })
            }
            Stage::Outcome => of(Pass::Outcome(self.draws.iter().map(|draw| draw.drawn.clone()).collect())),
            Stage::Done => Ok(None),
        }
    }

    /// How many parts there are to be asked.
    pub fn parts(&self) -> usize {
        self.places.len()
    }

    /// Takes in the answers of all parts.
    ///
    /// # Errors
    /// [`RangesError`] for sizes that cannot be, or answers of another run.
    pub fn take_answers(&mut self, answers: &[Vec<u8>]) -> Result<(), RangesError> {
        let mut answers: Vec<Answer> = answers.iter().map(|bytes| unpacked(bytes)).collect::<Result<_, _>>()?;
        answers.sort_by_key(|answer| answer.range);
        answers.dedup_by_key(|answer| answer.range);
        if answers.len() != self.places.len() {
            return Err(RangesError::Travelled(format!("{} of {} parts answered", answers.len(), self.places.len())));
        }
        self.stage = match self.stage {
            Stage::Census => self.take_census(answers)?,
            Stage::Look(looks) => self.take_look(answers, looks)?,
            Stage::Heaviest => self.take_heaviest(answers)?,
            Stage::Keys { bounded } => self.take_keys(answers, bounded)?,
            Stage::Outcome => self.take_outcome(answers),
            Stage::Done => Stage::Done,
        };
        Ok(())
    }

    fn take_census(&mut self, answers: Vec<Answer>) -> Result<Stage, RangesError> {
        for answer in answers {
            for (draw, own) in self.draws.iter_mut().zip(answer.draws) {
                if let OfDraw::Census(census) = own {
                    draw.census.merge(census);
                }
            }
        }
        let plan = &self.plan;
        for (at, (draw, method)) in self.draws.iter_mut().zip(plan.methods()).enumerate() {
            let sized = Scoring::new(plan.tasks().get(at), method, 0).size(std::mem::take(&mut draw.census));
            let sized = sized.map_err(|error| of_task(plan, at, error.into()))?;
            let looks = Looks::new(&sized.strata.sizes, sized.totals.clone(), method.design, method.alpha);
            draw.looks = Some(looks.map_err(|error| undrawable(plan, at, &sized, error))?);
            draw.sized = Some(sized);
        }
        Ok(self.next_look(0))
    }

    /// The next look, or what follows on the last.
    fn next_look(&mut self, looks: usize) -> Stage {
        let mut is_over = true;
        for draw in &mut self.draws {
            draw.bounds = draw.looks.as_mut().and_then(Looks::bounds);
            is_over &= draw.bounds.is_none();
        }
        if is_over {
            for draw in &mut self.draws {
                draw.inclusions = draw.looks.take().map(Looks::finish).unwrap_or_default();
            }
            return Stage::Keys { bounded: true };
        }
        if looks < MOST_LOOKS { Stage::Look(looks) } else { Stage::Heaviest }
    }

    fn take_look(&mut self, answers: Vec<Answer>, looks: usize) -> Result<Stage, RangesError> {
        let strata = |draw: &Draw| vec![Vec::new(); draw.bounds.as_ref().map_or(0, Vec::len)];
        let mut found: Vec<Vec<Vec<Found<u32>>>> = self.draws.iter().map(strata).collect();
        for answer in answers {
            for (found, own) in found.iter_mut().zip(answer.draws) {
                if let OfDraw::Look(own) = own {
                    found.iter_mut().zip(own).for_each(|(found, own)| found.extend(own));
                }
            }
        }
        for (draw, found) in self.draws.iter_mut().zip(found) {
            if let Some((looks, bounds)) = draw.looks.as_mut().zip(draw.bounds.take()) {
                looks.take(bounds, found);
            }
        }
        Ok(self.next_look(looks + 1))
    }

    fn take_heaviest(&mut self, answers: Vec<Answer>) -> Result<Stage, RangesError> {
        let plan = &self.plan;
        for (at, (draw, method)) in self.draws.iter_mut().zip(plan.methods()).enumerate() {
            let Some(sized) = &draw.sized else { continue };
            let new = |&n: &u64| WeightPass::new(n, method.design);
            let mut passes: Vec<WeightPass> = sized.strata.sizes.iter().map(new).collect();
            for answer in &answers {
                let Some(OfDraw::States(states)) = answer.draws.get(at) else { continue };
                for (pass, state) in passes.iter_mut().zip(states) {
                    if let Some(state) = state {
                        pass.try_merge(WeightPass::from_bytes(state)?)?;
                    }
                }
            }
            let solve = |(stratum, pass): (u32, WeightPass)| {
                pass.solve(method.alpha).map_err(|reason| DrawError { stratum, reason })
            };
            let solved = (0..).zip(passes).map(solve).collect::<Result<_, _>>();
            draw.inclusions = solved.map_err(|error| undrawable(plan, at, sized, error))?;
            draw.looks = None;
        }
        Ok(Stage::Keys { bounded: true })
    }

    fn take_keys(&mut self, answers: Vec<Answer>, bounded: bool) -> Result<Stage, RangesError> {
        let mut drawn: Vec<Vec<StratumDraw>> = Vec::with_capacity(self.draws.len());
        for (at, (draw, method)) in self.draws.iter().zip(self.plan.methods()).enumerate() {
            let new = |inclusion| match bounded {
                true => KeyPass::bounded(inclusion, method.design, method.reserve),
                false => KeyPass::new(inclusion, method.design, method.reserve),
            };
            let mut passes: Vec<KeyPass<'_>> = draw.inclusions.iter().map(new).collect();
            for answer in &answers {
                let Some(OfDraw::States(states)) = answer.draws.get(at) else { continue };
                let states = draw.inclusions.iter().zip(states).zip(&mut passes);
                for ((inclusion, state), pass) in states {
                    if let Some(state) = state {
                        pass.try_merge(KeyPass::from_bytes(state, inclusion)?)?;
                    }
                }
            }
            if bounded && !passes.iter().all(KeyPass::is_complete) {
                return Ok(Stage::Keys { bounded: false });
            }
            drawn.push(passes.into_iter().map(|pass| pass.finish(method.reserve)).collect());
        }
        self.draws.iter_mut().zip(drawn).for_each(|(draw, drawn)| draw.drawn = drawn);
        Ok(Stage::Outcome)
    }

    fn take_outcome(&mut self, answers: Vec<Answer>) -> Stage {
        for answer in answers {
            self.spread.extend(answer.spread);
            for (draw, own) in self.draws.iter_mut().zip(answer.draws) {
                let OfDraw::Outcome { rows, tallies, frame } = own else { continue };
                self.frame_parts.extend(frame.map(|frame| (answer.range, frame)));
                draw.rows.extend(rows);
                if draw.tallies.is_empty() {
                    draw.tallies = tallies;
                } else {
                    draw.tallies.iter_mut().zip(tallies).for_each(|(sum, own)| sum.add(own));
                }
            }
        }
        Stage::Done
    }
}

/// What is wrong with a draw, with its task.
fn of_task(plan: &Plan, draw: usize, error: ScoreError) -> ScoreError {
    match plan.tasks().get(draw) {
        None => error,
        Some(task) => ScoreError::Task { task: task.id.clone(), error: Box::new(error) },
    }
}

/// What says that a stratum of a draw cannot be drawn.
fn undrawable(plan: &Plan, draw: usize, sized: &Sized, DrawError { stratum, reason }: DrawError) -> ScoreError {
    let stratum = sized.strata.names[stratum as usize].clone();
    of_task(plan, draw, LotteryError::Stratum { stratum, reason }.into())
}
