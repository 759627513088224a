//! From the limits of drift as written to the limits as checked.

use super::super::checked::DriftLimits;
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::Checker;

impl Checker<'_> {
    pub(super) fn drift(&mut self, file: &PlanFile) -> Option<DriftLimits> {
        let written = file.drift.as_ref()?;
        let at = KeyPath::of("drift");
        let limits = [
            ("rows", written.rows),
            ("unknown-words", written.unknown_words),
            ("share", written.share),
            ("expected", written.expected),
        ];
        for (key, limit) in limits {
            if let Some(limit) = limit.filter(|limit| !(limit.is_finite() && *limit >= 0.0)) {
                let help = "write 0.2 for 20 %, or remove the key: what has no limit may change freely";
                self.refuse(&at.key(key), format!("{limit} is no limit: it is a number from 0"), help);
            }
        }
        if limits.iter().all(|(_, limit)| limit.is_none()) {
            let help = "give one of rows, unknown-words, share and expected, or remove the section";
            self.refuse(&at, "sets no limit", help);
        }
        Some(DriftLimits {
            rows: written.rows,
            unknown_words: written.unknown_words,
            share: written.share,
            expected: written.expected,
            stop: written.stop,
        })
    }
}
