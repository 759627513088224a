//! How inspectors are dealt.

use std::collections::BTreeSet;

use super::super::checked::Assign;
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::words::BalanceWord;
use super::Checker;

impl Checker<'_> {
    pub(super) fn assign(&mut self, file: &PlanFile) -> Option<Assign> {
        let written = file.assign.as_ref()?;
        let at = KeyPath::of("assign");
        if file.inputs.inspectors.is_none() {
            let help = "add [inputs.inspectors] with its path, or remove [assign]";
            self.refuse(&at, "deals inspectors, and inputs.inspectors is missing", help);
        }
        let size = written.size.unwrap_or(2);
        if size < 2 {
            let help = "give at least 2, or remove the key";
            self.refuse(&at.key("size"), format!("a team of {size} is too small: two inspectors go together"), help);
        }
        let mut apart: Vec<BTreeSet<String>> = Vec::new();
        for (place, set) in written.apart.iter().enumerate() {
            let set_at = at.key("apart").index(place);
            let set: BTreeSet<String> = self.texts(&set_at, set).into_iter().collect();
            if let Some(twice) = set.iter().find(|own| apart.iter().any(|earlier| earlier.contains(*own))) {
                self.refuse(&set_at, format!("{twice:?} stands in two sets"), "leave it in one of them");
            }
            apart.push(set);
        }
        let over_year = written.balance.unwrap_or_default() == BalanceWord::Year;
        Some(Assign { size, borrow: written.borrow.unwrap_or(false), over_year, apart })
    }
}
