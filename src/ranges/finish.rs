//! The end of a run by ranges: what belongs to no range is written, and the folder is published.

use super::coordinator::{Coordinator, Draw, Stage};
use super::{Place, RangesError, WORK};
use crate::coding::entity_codes;
use crate::contract::{self, part_file};
use crate::frame::Frame;
use crate::ingest::routed_tables;
use crate::keys::{KeySpace, PLAIN_LENGTH};
use crate::part::Part;
use crate::plan::Plan;
use crate::progress::{Observe, Progress};
use crate::publish::manifest::{DrawRecord, OutputRecord, TaskRecord};
use crate::publish::run_folder::{self, Before, Facts, Outcome, Published, Record, TaskOutcome, key_values};
use crate::publish::summary::{Tally, summary_rows};
use crate::publish::tables::write_quarantine;
use crate::publish::{ListedDraw, Listing, PublishError, distinct, order_rows};
use crate::published::PublishedRun;
use crate::report::{self, Source};
use crate::run::{RunError, keep_amended};
use crate::scoring::Scoring;
use crate::spill::SpillError;
use crate::task::Sized;
use crate::terms::Warning;
use std::sync::Arc;

impl Coordinator {
    /// Writes what belongs to no range, and publishes the folder.
    ///
    /// # Errors
    /// [`RangesError`]; nothing is published then.
    pub fn finish(mut self, observe: Observe<'_>) -> Result<Published, RangesError> {
        if self.stage != Stage::Done {
            return Err(RangesError::Travelled("there is more to ask".to_owned()));
        }
        let plan = self.plan.clone();
        let (entities, listed) = self.listed_entities()?;
        let run = Arc::new(PublishedRun::without_manifest(self.staging.folder())?);
        let frame = run.frame(&plan, 0)?;
        let mut warnings = plan.warnings.clone();
        for (table, ..) in routed_tables(&plan) {
            let rows = self.unmatched.get(&table).copied();
            warnings.extend(rows.map(|rows| Warning::UnmatchedRows { table, rows }));
        }
        let (mut outcomes, mut summary, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for (at, method) in plan.methods().enumerate() {
            let task = plan.tasks().get(at);
            let Draw { sized, drawn, mut rows, tallies, .. } = std::mem::take(&mut self.draws[at]);
            let Some(Sized { strata, exclusions, .. }) = sized else { continue };
            let by_ticket = plan.draw.prn_column.is_none();
            let scoring = Scoring::new(task, method, 0);
            let settled = scoring.finish_as(Arc::new(Frame::of(Vec::new())), strata, None);
            let strata = &settled.scored.strata;
            order_rows(&mut rows, method.batches);
            let count: u64 = tallies.first().map_or(0, Tally::drawn);
            warnings.extend(settled.warnings_of(count));
            let facts = Facts {
                method,
                population: frame.len() as u64,
                strata,
                drawn: &drawn,
                exclusions: exclusions.iter().map(|(reason, entities)| (reason, *entities)).collect(),
                by_ticket,
            };
            let record = DrawRecord::made_of(facts, &rows);
            let words = ListedDraw::new(task, &settled.scored.standing.rules, &strata.names, by_ticket);
            let of_draw = summary_rows(task, &strata.names, tallies);
            lists.push((words.clone(), rows));
            summary.extend(of_draw);
            outcomes.push(match task {
                None => Outcome::Written(Box::new(record)),
                Some(task) => Outcome::Task(Box::new(TaskOutcome {
                    words,
                    rows: Vec::new(),
                    summary: Vec::new(),
                    record: TaskRecord { id: task.id.clone(), draw: record },
                })),
            });
        }
        let list = Listing::of_entities(lists, &listed, entities);
        let before = Before {
            frame: std::mem::take(&mut self.frame_parts).into_values().collect(),
            quarantine: self.write_quarantine(&plan)?,
            list,
            summary,
        };
        let spread = plan.methods().any(|method| method.spread).then(|| {
            let mut rows = std::mem::take(&mut self.spread);
            // Ranges follow each other by id.
            rows.sort_by(|a, b| a.stream.cmp(&b.stream));
            rows
        });
        let codes = match &plan.codes {
            None => None,
            Some(settings) => {
                let (earlier, seed) =
                    (std::mem::take(&mut self.left.codes), plan.draw.seed.as_deref().unwrap_or_default());
                let codes = entity_codes(&frame, settings, earlier, seed, plan.as_of);
                Some(codes.map_err(RunError::from)?)
            }
        };
        self.remove_work()?;
        let record = Record {
            plan: &plan,
            frame: &frame,
            outcomes,
            spread,
            codes,
            receipts: self.receipts,
            quarantine: Vec::new(),
            warnings,
            commitment: None,
        };
        let mut published = run_folder::write_behind(&self.staging, record, before)?;
        let run = PublishedRun::without_manifest(self.staging.folder())?;
        let pages = report::draw_pages(Source::Published(&run), &published.manifest).map_err(RunError::from)?;
        let sha256 = run_folder::finish(&self.staging, &mut published, &pages)?;
        keep_amended(&plan.output.folder, &sha256)?;
        observe(Progress::Step("publishing"));
        self.staging.commit()?;
        Ok(published)
    }

    /// The entities that stand on the list, and their rows in the frame of all parts.
    fn listed_entities(&self) -> Result<(Part, Vec<u32>), RangesError> {
        let listed = distinct(self.draws.iter().flat_map(|draw| &draw.rows));
        let (mut entities, mut space) = (Part::default(), KeySpace::default());
        let has_listed = |place: &&Place| {
            let next = listed.partition_point(|row| *row < place.first);
            listed.get(next).is_some_and(|row| place.holds(*row))
        };
        for place in self.places.iter().filter(has_listed) {
            let run = Arc::new(PublishedRun::of_table(contract::FRAME.file, &self.job.listed(place.range))?);
            let frame = run.frame(&self.plan, u64::MAX)?;
            for part in frame.held() {
                // Ids that do not pack are interned by each part for itself.
                let mut key = |&key: &_| {
                    let mut buffer = [0; PLAIN_LENGTH];
                    let id = part.space.unpack(key, &mut buffer);
                    KeySpace::pack_plain(id.as_bytes()).unwrap_or_else(|| space.pack(id))
                };
                let keys = part.keys.iter().map(&mut key).collect();
                let own = Part { keys, flags: None, ..part.clone() };
                entities.append(own).map_err(|error| RunError::from(SpillError::from(error)))?;
            }
        }
        entities.space = Arc::new(space);
        Ok((entities, listed))
    }

    /// Removes what is not published. A machine that makes a part once more, unheeded, loses its folder at one moment.
    fn remove_work(&self) -> Result<(), RangesError> {
        let folder = self.staging.folder();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let aside = folder.with_file_name(format!("{name}-work"));
        let work = folder.join(WORK);
        std::fs::rename(&work, &aside).map_err(|cause| PublishError::file("remove", &work, cause))?;
        // What the system refuses is left to the next run, as of any run that was killed.
        let _ = std::fs::remove_dir_all(&aside);
        Ok(())
    }

    /// The parts of the quarantine, with one of the rows that were set aside here.
    fn write_quarantine(&mut self, plan: &Plan) -> Result<Vec<OutputRecord>, RangesError> {
        run_folder::order_quarantine(&mut self.quarantine);
        let mut parts = std::mem::take(&mut self.quarantine_parts);
        if parts.is_empty() || !self.quarantine.is_empty() {
            let name = part_file(contract::QUARANTINE.file, self.job.splitters.len() + 1);
            let written = write_quarantine(&self.staging.file(&name), &self.quarantine, &key_values(plan))?;
            parts.push(OutputRecord::new(&name, written));
        }
        Ok(parts)
    }
}
