//! From a plan of figures as written to the plan as checked.

use std::path::Path;

use super::super::checked::TableInput;
use super::super::error::PlanErrors;
use super::super::kpi_checked::{Deadlines, FigureSetting, KpiInputs, KpiPlan};
use super::super::kpi_file::{DeadlinesFile, FigureFile, KpiInputsFile, KpiPlanFile};
use super::super::locate::KeyPath;
use super::super::paths::{Files, resolve};
use super::super::tables::TableFile;
use super::super::words::FigureRounding;
use super::output::folder_fault;
use super::{Checker, did_you_mean};
use crate::terms::{Level, days_of};

/// Most digits behind the point of a printed figure.
const MOST_DIGITS: u8 = 6;
/// Most working days of a deadline: about ten years.
const LONGEST_DEADLINE: u16 = 2_600;
/// Largest target: figures per entity may exceed 1.
const LARGEST_TARGET: f64 = 1_000_000.0;

impl Checker<'_> {
    /// Checks a plan of figures. `known` are the ids of figures, with their variants and whether they are shares.
    pub(in super::super) fn kpi(
        mut self,
        file: &KpiPlanFile,
        text: &str,
        sha256: String,
        known: &[KnownFigure<'_>],
    ) -> Result<KpiPlan, PlanErrors> {
        let name = self.name(&file.name);
        let as_of = days_of(self.date(&KeyPath::of("as-of"), file.as_of));
        let own_level = self.own_level(file.own_level.as_deref());
        let inputs = self.kpi_inputs(&file.inputs);
        let deadlines = self.deadlines(&file.deadlines);
        let figures = self.figures(&file.figures, as_of, known);
        let folder = resolve(&self.folder(), Path::new(&file.output.folder), self.files);
        let at = KeyPath::of("output.folder");
        let tables: Vec<&TableInput> = inputs.tables().collect();
        if file.output.folder.trim().is_empty() {
            self.refuse(&at, "is blank", "name the folder of the figures, relative to the plan's folder");
        } else if let Some((message, help)) = folder_fault(&folder, &self.path, &tables, self.files) {
            self.refuse(&at, message, help);
        } else if let Some((written, _)) = inputs.draws.iter().find(|(_, draw)| *draw == folder) {
            self.refuse(&at, format!("the folder is the published draw {written:?}"), "give a folder of its own");
        }
        let path = self.path.clone();
        self.errors.finish()?;
        Ok(KpiPlan {
            name,
            title: file.title.clone(),
            as_of,
            own_level,
            text: text.to_owned(),
            path,
            sha256,
            inputs,
            deadlines,
            figures,
            folder,
        })
    }

    fn own_level(&mut self, written: Option<&str>) -> Level {
        let Some(word) = written else { return Level::County };
        Level::from_word(word).unwrap_or_else(|| {
            let help = did_you_mean(word, &Level::ALL.map(Level::name));
            self.refuse(&KeyPath::of("own-level"), format!("{word:?} is no level"), help);
            Level::County
        })
    }

    fn kpi_inputs(&mut self, file: &KpiInputsFile) -> KpiInputs {
        let at = KeyPath::of("inputs");
        let results = self.table(&at.key("results"), &file.results, &[]);
        let mut optional =
            |name: &str, table: &Option<TableFile>| table.as_ref().map(|table| self.table(&at.key(name), table, &[]));
        let tasks = optional("tasks", &file.tasks);
        let items = optional("items", &file.items);
        let plans = optional("plans", &file.plans);
        let entities = optional("entities", &file.entities);
        let listings = optional("listings", &file.listings);
        let feedback = optional("feedback", &file.feedback);
        let holidays = optional("holidays", &file.holidays);
        let mut draws = Vec::new();
        for (i, written) in file.draws.iter().enumerate() {
            let folder = resolve(&self.folder(), Path::new(written), self.files);
            let at = at.key("draws").index(i);
            if file.draws[..i].contains(written) {
                self.refuse(&at, format!("{written:?} is named twice"), "remove one of them");
            } else if self.files == Files::MustExist && !folder.is_dir() {
                let place = folder.display();
                self.refuse(
                    &at,
                    format!("{written:?} is no folder (looked for {place})"),
                    "name the folder of a published draw, relative to the plan's folder; `fairdraw run` writes one",
                );
            }
            draws.push((written.clone(), folder));
        }
        let set_aside_limit = self.set_aside_limit(&at, file.set_aside_limit);
        KpiInputs { set_aside_limit, results, tasks, items, plans, entities, listings, feedback, holidays, draws }
    }

    fn deadlines(&mut self, file: &DeadlinesFile) -> Deadlines {
        let mut days = |key: &str, written: Option<u16>, default: u16| {
            let days = written.unwrap_or(default);
            if days > LONGEST_DEADLINE {
                self.refuse(
                    &KeyPath::of("deadlines").key(key),
                    format!("{days} working days are more than ten years"),
                    format!("give a number of working days up to {LONGEST_DEADLINE}; the usual one is {default}"),
                );
            }
            u32::from(days.min(LONGEST_DEADLINE))
        };
        Deadlines {
            publication: days("publication", file.publication, 20),
            laboratory: days("laboratory", file.laboratory, 5),
            review: days("review", file.review, 15),
            filing: days("filing", file.filing, 5),
            listing: days("listing", file.listing, 10),
        }
    }

    fn figures(&mut self, written: &[FigureFile], as_of: i32, known: &[KnownFigure<'_>]) -> Vec<FigureSetting> {
        let mut figures: Vec<FigureSetting> = Vec::new();
        for (i, file) in written.iter().enumerate() {
            let at = KeyPath::of("figures").index(i);
            let variant = file.variant.as_deref().unwrap_or("all");
            let of_id: Vec<&KnownFigure<'_>> = known.iter().filter(|figure| figure.id == file.id).collect();
            let found = of_id.iter().find(|figure| figure.variant == variant);
            if of_id.is_empty() {
                let ids: Vec<&str> = known.iter().map(|figure| figure.id).collect();
                let near = super::nearest(&file.id, ids).map(|near| format!("did you mean {near:?}? "));
                let help = format!("{}`fairdraw kpi --list` prints every figure", near.unwrap_or_default());
                self.refuse(&at.key("id"), format!("{:?} is no figure", file.id), help);
            } else if found.is_none() {
                let variants: Vec<&str> = of_id.iter().map(|figure| figure.variant).collect();
                let message = format!("{} has no variant {variant:?}", file.id);
                self.refuse(&at.key("variant"), message, did_you_mean(variant, &variants));
            }
            let setting = FigureSetting {
                id: file.id.clone(),
                variant: variant.to_owned(),
                as_of: self.day(&at.key("as-of"), file.as_of).unwrap_or(as_of),
                target: self.target(&at.key("target"), file.target, found.is_some_and(|figure| figure.is_share)),
                rounding: file.rounding.map_or(crate::recheck::Rounding::HalfUp, FigureRounding::rounding),
                digits: u32::from(self.digits(&at.key("digits"), file.digits)),
                headline: file.headline,
            };
            let twin = |other: &&FigureSetting| (&other.id, &other.variant) == (&setting.id, &setting.variant);
            if figures.iter().any(|other| twin(&other) && other.as_of == setting.as_of) {
                let message = format!("{} ({variant}) is named twice for one as-of date", file.id);
                self.refuse(&at, message, "remove one of them, or give it another as-of date");
            }
            figures.push(setting);
        }
        figures
    }

    fn digits(&mut self, at: &KeyPath, written: Option<u8>) -> u8 {
        let digits = written.unwrap_or(2);
        if digits > MOST_DIGITS {
            self.refuse(at, format!("{digits} digits are too many"), format!("give 0 to {MOST_DIGITS}"));
        }
        digits.min(MOST_DIGITS)
    }

    /// A target in millionths.
    fn target(&mut self, at: &KeyPath, written: Option<f64>, is_share: bool) -> Option<u64> {
        let target = written?;
        if !(target > 0.0 && target <= LARGEST_TARGET) || (is_share && target > 1.0) {
            let help =
                if is_share { "a share is above 0 and at most 1: write 0.1 for 10 %" } else { "give a number above 0" };
            self.refuse(at, format!("{target} cannot be reached"), help);
            return None;
        }
        let millionths = (target * 1e6).round();
        if (millionths / 1e6 - target).abs() > 1e-12 * target {
            self.refuse(at, format!("{target} has more than 6 decimals"), "write at most 6 decimals");
        }
        Some(millionths as u64)
    }
}

/// A figure that a plan may name.
#[derive(Clone, Copy, Debug)]
pub struct KnownFigure<'a> {
    /// Its id.
    pub id: &'a str,
    /// One of its variants.
    pub variant: &'a str,
    /// Whether it lies between 0 and 1.
    pub is_share: bool,
}
