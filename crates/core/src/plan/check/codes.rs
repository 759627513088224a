//! Which codes are given, and what goes public.

use std::collections::BTreeSet;

use super::super::checked::{Codes, Publish};
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::Checker;

impl Checker<'_> {
    pub(super) fn publish(&mut self, file: &PlanFile) -> Publish {
        let Some(written) = &file.publish else { return Publish::default() };
        let at = KeyPath::of("publish");
        let inspector_names = written.inspector_names.unwrap_or(false);
        if inspector_names && file.inputs.inspectors.is_none() {
            let help = "add [inputs.inspectors] with its path, or remove the key";
            self.refuse(&at.key("inspector-names"), "shows names, and inputs.inspectors is missing", help);
        }
        for (place, column) in written.columns.iter().enumerate() {
            if !file.output.keep.contains(column) {
                let at = at.key("columns").index(place);
                self.refuse(&at, format!("{column:?} is not carried along"), "add it to output.keep, or remove it");
            }
        }
        Publish { inspector_names, columns: written.columns.clone() }
    }

    pub(super) fn codes(&mut self, file: &PlanFile) -> Option<Codes> {
        let written = file.codes.as_ref()?;
        let at = KeyPath::of("codes");
        if file.draw.as_ref().is_some_and(|draw| draw.prn_column.is_some()) {
            let help = "draw with a seed instead of draw.prn-column, or remove [codes]";
            self.refuse(&at, "gives codes by the seed of the round, and the plan draws without one", help);
        }
        let mut within = |key: &str, given: Option<u32>, usual: u32, range: std::ops::RangeInclusive<u32>| {
            let given = given.unwrap_or(usual);
            if !range.contains(&given) {
                let (least, most) = (range.start(), range.end());
                let help = format!("give a whole number from {least} to {most}, or remove the key");
                self.refuse(&at.key(key), format!("{given} is out of range"), help);
            }
            given
        };
        let pointer = within("pointer", written.pointer.map(u32::from), 1, 0..=9) as u8;
        let digits = within("digits", written.digits, 6, 1..=18);
        let inspector_digits = within("inspector-digits", written.inspector_digits, 3, 1..=18);
        let department_digits = within("department-digits", written.department_digits, 2, 1..=4);
        let departments = self.texts(&at.key("departments"), &written.departments);
        let mut seen = BTreeSet::new();
        for (place, department) in departments.iter().enumerate() {
            if !seen.insert(department) {
                let place = at.key("departments").index(place);
                self.refuse(&place, format!("{department:?} has a number already"), "leave it in one place");
            }
        }
        if departments.len() as u64 >= 10u64.pow(department_digits.min(4)) {
            let message = format!("{} departments have no numbers of {department_digits} digits", departments.len());
            self.refuse(&at.key("departments"), message, "raise codes.department-digits");
        }
        Some(Codes { pointer, digits, inspector_digits, department_digits, departments })
    }
}
