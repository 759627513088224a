//! From a list of plans as written to the list as checked.

use std::path::Path;

use super::super::error::PlanErrors;
use super::super::locate::KeyPath;
use super::super::nightly::{AnyPlan, Job, Nightly, NightlyFile, order, what_reads_what};
use super::super::paths::{Files, resolve};
use super::Checker;

impl Checker<'_> {
    /// Checks a list; `load` reads a plan. A plan that is wrong is told by its own lines.
    pub(in super::super) fn nightly(
        mut self,
        file: &NightlyFile,
        load: impl Fn(&Path) -> Result<AnyPlan, PlanErrors>,
    ) -> Result<Nightly, PlanErrors> {
        let name = self.name(&file.name);
        let at = KeyPath::of("plans");
        if file.plans.is_empty() {
            self.refuse(&at, "is empty", "name at least one plan, relative to this file");
        }
        let mut jobs: Vec<Job> = Vec::new();
        for (i, written) in file.plans.iter().enumerate() {
            let at = at.index(i);
            let path = resolve(&self.folder(), Path::new(written), Files::MustExist);
            if let Some(before) = jobs.iter().find(|job| job.path == path) {
                self.refuse(&at, format!("is the plan {:?} again", before.written), "name each plan once");
                continue;
            }
            if !path.is_file() {
                let message = format!("{written:?} is no file (looked for {})", path.display());
                self.refuse(&at, message, "name a plan, relative to this file");
                continue;
            }
            let plan = load(&path)?;
            if let Some(other) = jobs.iter().find(|job| job.plan.folder() == plan.folder()) {
                let message = format!("writes {}, as {:?} does", plan.folder().display(), other.written);
                self.refuse(&at, message, "give each plan a folder of its own (`output.folder`)");
            }
            jobs.push(Job { written: written.clone(), path, plan, reads: Vec::new() });
        }
        let reads = what_reads_what(&jobs.iter().map(|job| &job.plan).collect::<Vec<_>>());
        let order = order(&reads).unwrap_or_else(|ring| {
            let names: Vec<&str> = ring.iter().map(|&place| jobs[place].written.as_str()).collect();
            let message =
                format!("none of {} can be the first: each reads what another of them writes", names.join(", "));
            self.refuse(&at, message, "take one of them out, or let it read a folder that none of them writes");
            Vec::new()
        });
        let default = format!("{}.done.json", self.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or(&name));
        let written = file.done.as_ref().unwrap_or(&default);
        let done = resolve(&self.folder(), Path::new(written), Files::MustExist);
        if written.trim().is_empty() || done.is_dir() {
            self.refuse(&KeyPath::of("done"), format!("{written:?} is no file"), "name a file, relative to this one");
        }
        let path = self.path.clone();
        self.errors.finish()?;
        let place = |of: &usize| order.iter().position(|own| own == of);
        let in_order =
            order.iter().map(|&own| Job { reads: reads[own].iter().filter_map(place).collect(), ..jobs[own].clone() });
        Ok(Nightly { name, path, done, jobs: in_order.collect() })
    }
}
