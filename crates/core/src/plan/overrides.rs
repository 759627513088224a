//! What the command line may put in place of the plan's own words.

use std::path::PathBuf;

use super::check::{SeedFault, folder_fault, guessable_seed, line_break_fault};
use super::checked::Plan;
use super::error::{Errors, PlanErrors};
use super::kpi_checked::KpiPlan;
use super::locate::KeyPath;
use super::paths::Files;
use crate::terms::Warning;

/// What takes the place of the plan's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The seed, given as `--seed`.
    pub seed: Option<String>,
    /// The folder of the run, given as `--output`; relative to where the program runs, not to the plan.
    pub output: Option<PathBuf>,
}

/// Where the lots come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotSource<'a> {
    /// From this seed and the stream of each draw, as the public contract says.
    Seed(&'a str),
    /// From a column of the entities table.
    PrnColumn(&'a str),
}

impl Plan {
    /// The plan with these words in place of its own. The text and its digest stay those of the file.
    ///
    /// # Errors
    /// A seed that cannot be one, or beside another seed or `prn-column` of the plan; a folder that cannot hold a run.
    pub fn with(mut self, overrides: Overrides) -> Result<Self, PlanErrors> {
        let mut errors = Errors::new(&self.path, &self.text);
        if let Some(seed) = overrides.seed {
            let fault = line_break_fault(&seed).or_else(|| self.seed_conflict(&seed));
            if let Some((message, help)) = fault {
                errors.push("--seed".to_string(), None, message.to_string(), help.to_string());
            }
            if self.draw.seed.is_none() {
                self.warnings.extend(guessable_seed(&seed, &self.name, self.title.as_deref()));
                if self.draw.seed_source.is_none() {
                    self.warnings.push(Warning::NoSeedSource);
                }
            }
            self.draw.seed = Some(seed);
        }
        if let Some(folder) = overrides.output {
            if folder.as_os_str().is_empty() {
                errors.push("--output".to_string(), None, "is empty".to_string(), "name a folder".to_string());
            } else if let Some((message, help)) =
                folder_fault(&folder, &self.path, &self.inputs.tables().collect::<Vec<_>>(), Files::MustExist)
            {
                errors.push("--output".to_string(), None, message, help);
            }
            self.output.folder = folder;
        }
        errors.finish()?;
        Ok(self)
    }

    /// Why a seed cannot be given beside what the plan says: two seeds would let anyone choose between two draws.
    fn seed_conflict(&self, seed: &str) -> Option<SeedFault> {
        if self.draw.prn_column.is_some() {
            return Some(("is given, and the plan takes its lots from draw.prn-column", "leave --seed out"));
        }
        let differs = self.draw.seed.as_ref().is_some_and(|own| own != seed);
        differs.then_some((
            "is not the seed that the plan names, and a plan has one draw only",
            "leave --seed out, or give the plan `seed-source` instead of `seed` and announce it before the seed exists",
        ))
    }

    /// Where the lots come from.
    ///
    /// # Errors
    /// Neither a seed nor a column of permanent random numbers is known yet.
    pub fn lot_source(&self) -> Result<LotSource<'_>, PlanErrors> {
        match (&self.draw.prn_column, &self.draw.seed) {
            (Some(column), _) => Ok(LotSource::PrnColumn(column)),
            (None, Some(seed)) => Ok(LotSource::Seed(seed)),
            (None, None) => {
                let at = KeyPath::of("draw.seed");
                Err(Errors::new(&self.path, &self.text).end(
                    at.to_string(),
                    self.section("draw"),
                    "is missing, so there are no lots yet".to_string(),
                    "give it with --seed once it has been drawn in public, or write it into the plan".to_string(),
                ))
            }
        }
    }

    /// The bytes of a section's header.
    fn section(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let tree = toml::de::DeTable::parse(&self.text).ok()?;
        Some(super::locate::Locator::new(tree).locate(&KeyPath::of(name)))
    }
}

impl KpiPlan {
    /// Gives the figures another folder.
    ///
    /// # Errors
    /// A folder that cannot hold figures.
    pub fn move_output(&mut self, folder: PathBuf) -> Result<(), PlanErrors> {
        let mut errors = Errors::new(&self.path, &self.text);
        let tables: Vec<_> = self.inputs.tables().collect();
        if folder.as_os_str().is_empty() {
            errors.push("--output".to_string(), None, "is empty".to_string(), "name a folder".to_string());
        } else if let Some((message, help)) = folder_fault(&folder, &self.path, &tables, Files::MustExist) {
            errors.push("--output".to_string(), None, message, help);
        }
        errors.finish()?;
        self.folder = folder;
        Ok(())
    }
}
