//! What the program says while it works: progress on a terminal, sentences for people, JSON lines for jobs.

use super::{CliError, LogFormat};
use crate::message::Message;
use crate::progress::Progress;
use crate::publish::manifest::Counts;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The one place that writes to the terminal: answers to standard output, all else to standard error.
pub struct Console {
    quiet: bool,
    json: bool,
    bar: ProgressBar,
    /// The step under way, when it began, and the percentage that was told last.
    step: Mutex<(String, Instant, u64)>,
    /// The steps that have ended, and how long each took.
    ended: Mutex<Vec<(String, Duration)>>,
}

#[allow(clippy::disallowed_methods, reason = "the time left is for who waits, and is published nowhere")]
impl Console {
    /// Progress is drawn only for people, and only on a terminal.
    pub fn new(quiet: bool, log: LogFormat) -> Self {
        let json = log == LogFormat::Json;
        let bar = ProgressBar::new_spinner();
        if quiet || json || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        if json {
            tracing_subscriber::fmt().json().with_writer(|| Unheard).with_target(false).init();
        }
        let step = Mutex::new((String::new(), Instant::now(), 0));
        Self { quiet, json, bar, step, ended: Mutex::default() }
    }

    /// A step begins, or has come so far.
    pub fn step(&self, progress: Progress<'_>) {
        let mut told = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Step(step) => {
                self.end(std::mem::replace(&mut *told, (step.to_owned(), Instant::now(), 0)));
                self.bar.set_message(step.to_owned());
                if self.json && !self.quiet {
                    tracing::info!(event = "step", step);
                }
            }
            Progress::Done(share) => {
                let (step, since, percent) = &mut *told;
                let now = (share.clamp(0.0, 1.0) * 100.0) as u64;
                if now > *percent {
                    *percent = now;
                    self.bar.set_message(format!("{step}: {now} %{}", time_left(since.elapsed(), share)));
                }
            }
        }
    }

    fn end(&self, (step, since, _): (String, Instant, u64)) {
        if !step.is_empty() {
            self.ended.lock().unwrap_or_else(PoisonError::into_inner).push((step, since.elapsed()));
        }
    }

    /// The steps since this was last asked, and how long each took; the step under way has ended.
    pub fn take_steps(&self) -> Vec<(String, Duration)> {
        let mut told = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        self.end(std::mem::replace(&mut *told, (String::new(), Instant::now(), 0)));
        std::mem::take(&mut self.ended.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A line of the answer, on standard output; jobs get it as an event. What is lost because nobody reads any more
    /// changes nothing about the run.
    pub fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.json {
            tracing::info!(event = "line", text);
        } else {
            self.bar.suspend(|| _ = writeln!(std::io::stdout(), "{text}"));
        }
    }

    /// The figures of a run, for jobs.
    pub fn counts(&self, counts: Counts) {
        if self.json && !self.quiet {
            let Counts { population, eligible, certain, drawn, reserve } = counts;
            tracing::info!(event = "result", population, eligible, certain, drawn, reserve);
        }
    }

    /// A plan of a list has ended, for jobs.
    pub fn plan_ended(&self, plan: &str, outcome: &str, took: Duration) {
        if self.json && !self.quiet {
            tracing::info!(event = "plan", plan, outcome, seconds = took.as_secs_f64());
        }
    }

    /// What was asked for, on standard output. A reader that has seen enough may close it.
    pub fn answer(&self, text: &str) -> Result<(), CliError> {
        self.bar.suspend(|| match writeln!(std::io::stdout(), "{text}") {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(CliError::Output(format!("standard output cannot be written: {error}")))
            }
            _ => Ok(()),
        })
    }

    /// A warning.
    pub fn warning(&self, warning: &Message) {
        if self.quiet {
            return;
        }
        if self.json {
            tracing::warn!(event = "warning", code = warning.code, text = warning.en, zh = warning.zh);
        } else {
            self.bar.suspend(|| say(&format!("warning: {} [{}]", warning.en, warning.code)));
        }
    }

    /// What stopped the command; said even when quiet.
    pub fn error(&self, error: &CliError) {
        if self.json {
            let detail = match error {
                CliError::Plan(errors) => errors.lines().join(" | "),
                _ => String::new(),
            };
            tracing::error!(event = "error", exit = error.exit() as u8, text = %error, detail);
            return;
        }
        match error {
            CliError::Plan(errors) if std::io::stderr().is_terminal() => {
                say(&format!("{:?}", miette::Report::new(errors.clone())));
            }
            CliError::Plan(errors) => {
                say(&format!("error: {errors}"));
                errors.lines().iter().for_each(|line| say(&format!("  {line}")));
            }
            _ => say(&format!("error: {error}")),
        }
    }

    /// Takes the progress away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// ", about 40 s left" of a step of which a share is done after some time; nothing before that can be said.
fn time_left(elapsed: Duration, share: f64) -> String {
    if elapsed < Duration::from_secs(2) || !(share > 0.02 && share < 1.0) {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() * (1.0 - share) / share;
    match seconds {
        ..90.0 => format!(", about {seconds:.0} s left"),
        _ => format!(", about {:.0} min left", seconds / 60.0),
    }
}

/// A line on standard error. Errors while writing are ignored.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Standard error for events: what cannot be written is lost, and the run goes on.
struct Unheard;

impl Write for Unheard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _ = std::io::stderr().write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_said_when_something_can_be_said_of_it() {
        let left = |seconds, share| time_left(Duration::from_secs(seconds), share);
        assert_eq!((left(1, 0.5), left(60, 0.01), left(60, 1.0)), (String::new(), String::new(), String::new()));
        assert_eq!(left(10, 0.5), ", about 10 s left");
        assert_eq!(left(100, 0.25), ", about 5 min left");
    }
}
