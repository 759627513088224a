//! How the program ends.

use crate::amend::AmendError;
use crate::assign::AssignError;
use crate::explain::ExplainError;
use crate::ingest::IngestError;
use crate::kpi::KpiError;
use crate::plan::PlanErrors;
use crate::publication::PublicationError;
use crate::publish::PublishError;
use crate::published::PublishedError;
use crate::remote::RemoteError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::signature::SignatureError;
use crate::verify::VerifyError;
use fairdraw_generate::GenerateError;
use std::process::ExitCode;

/// Exit codes; a contract with those who call the program from scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Success = 0,
    /// `verify` found a difference, a commitment is not met, a figure does not recompute, or inputs have drifted too far.
    Difference = 1,
    /// The command line or the plan is wrong.
    Usage = 2,
    /// An input cannot be read.
    Input = 3,
    /// Weights, sizes or lots cannot be reconciled with the frame.
    Draw = 4,
    /// The output cannot be written, or another run holds it.
    Output = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Shown under `--help`.
pub const HELP: &str = "\
Examples:
  fairdraw check pipelines/yongchuan-2023-q1.toml
  fairdraw run pipelines/yongchuan-2023-q1.toml
  fairdraw verify out/yongchuan-2023-q1 --plan pipelines/yongchuan-2023-q1.toml
  fairdraw explain out/yongchuan-2023-q1 91500118WDN142844C --lang zh
  fairdraw recheck data-samples/reported-figures.csv

Exit codes:
  0  done
  1  a difference found by verify, a commitment not met, a figure that does not recompute, a drift
  2  the command line or the plan is wrong
  3  an input cannot be read
  4  weights, sizes or lots cannot be reconciled with the frame
  5  the output cannot be written, or another run holds it";

/// Whatever stopped a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanErrors),
    /// A run, or its preparation.
    #[error(transparent)]
    Run(RunError),
    /// An assignment.
    #[error(transparent)]
    Assign(#[from] AssignError),
    /// A change of teams.
    #[error(transparent)]
    Amend(#[from] AmendError),
    /// What goes public.
    #[error(transparent)]
    Publication(Box<PublicationError>),
    /// A published folder that cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// A page.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Figures.
    #[error(transparent)]
    Kpi(#[from] KpiError),
    /// A verification.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A database or store.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// An explanation.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// A generated population.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// Printed figures that do not recompute, or that cannot be read.
    #[error("{count} of {of} figures do not recompute{}", if *set_aside == 0 { String::new() } else { format!(", and {set_aside} rows are set aside") })]
    NotRecomputed {
        /// How many.
        count: usize,
        /// Of how many.
        of: usize,
        /// Rows that hold no figure.
        set_aside: usize,
    },
    /// A table of printed figures that cannot be read.
    #[error(
        "{0}\nA table of figures has the headers figure (指标名称), numerator (分子), denominator (分母) and printed (公布值)"
    )]
    Figures(String),
    /// The command line asks for something that does not go together.
    #[error("{0}")]
    Usage(String),
    /// Plans of a list that failed; each was told by itself.
    #[error(
        "{} of {of} plans failed: {}{}",
        failed.len(),
        failed.join(", "),
        if *left_out == 0 { String::new() } else { format!("; {left_out} that read from them left out") }
    )]
    Night {
        /// Their files.
        failed: Vec<String>,
        /// How many were left out.
        left_out: usize,
        /// How many the list has.
        of: usize,
        /// The exit code of the first.
        exit: Exit,
    },
    /// A file beside the run cannot be written.
    #[error("{0}")]
    Output(String),
}

impl From<PublishError> for CliError {
    fn from(error: PublishError) -> Self {
        Self::Run(error.into())
    }
}

impl From<PublicationError> for CliError {
    fn from(error: PublicationError) -> Self {
        Self::Publication(Box::new(error))
    }
}

/// The tasks of a table are part of the plan.
impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Tasks(errors) => Self::Plan(errors),
            error => Self::Run(error),
        }
    }
}

impl CliError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Plan(_) | Self::Usage(_) => Exit::Usage,
            Self::Run(error) => exit_of_run(error),
            Self::Assign(error) => exit_of_assignment(error),
            Self::Amend(error) => exit_of_amendment(error),
            Self::Publication(error) => exit_of_publication(error),
            Self::Published(_) | Self::Report(_) => Exit::Input,
            Self::Figures(_) | Self::Kpi(KpiError::Ingest(_) | KpiError::Draw { .. }) => Exit::Input,
            Self::Kpi(KpiError::Publish(_) | KpiError::Report(_)) => Exit::Output,
            Self::Kpi(KpiError::Engine(_)) => Exit::Draw,
            Self::Verify(VerifyError::Published(PublishedError::Cell { .. })) => Exit::Difference,
            Self::Explain(ExplainError::NoEntity { .. } | ExplainError::NoTask { .. } | ExplainError::NoTasks) => {
                Exit::Usage
            }
            Self::Explain(ExplainError::Chain(_)) => Exit::Difference,
            Self::Verify(VerifyError::Published(_)) | Self::Explain(_) => Exit::Input,
            Self::Verify(VerifyError::Inputs(error)) => exit_of_run(error),
            Self::Verify(VerifyError::Undrawable(error)) if matches!(&**error, RunError::Score(error) if error.unread_part().is_some()) => {
                Exit::Output
            }
            Self::Verify(VerifyError::Assignment(error)) => exit_of_assignment(error),
            Self::Verify(_) | Self::NotRecomputed { .. } => Exit::Difference,
            Self::Signature(SignatureError::Key { .. } | SignatureError::Loose { .. }) => Exit::Usage,
            Self::Signature(SignatureError::File { .. }) => Exit::Input,
            Self::Signature(SignatureError::Unwritten { .. }) => Exit::Output,
            Self::Signature(SignatureError::Folder(error)) | Self::Remote(RemoteError::Folder(error)) => match &**error
            {
                VerifyError::Published(_) => Exit::Input,
                _ => Exit::Difference,
            },
            Self::Remote(RemoteError::Published(_)) => Exit::Input,
            Self::Remote(
                RemoteError::NotBuilt { .. } | RemoteError::NoVariable { .. } | RemoteError::Address { .. },
            ) => Exit::Usage,
            Self::Remote(_) => Exit::Output,
            Self::Signature(SignatureError::Other { .. }) => Exit::Difference,
            Self::Generate(_) | Self::Output(_) => Exit::Output,
            Self::Night { exit, .. } => *exit,
        }
    }
}

fn exit_of_amendment(error: &AmendError) -> Exit {
    match error {
        AmendError::Assign(error) => exit_of_assignment(error),
        AmendError::Chain(_) | AmendError::NotConserved { .. } | AmendError::Arcs(_) => Exit::Difference,
        _ => Exit::Usage,
    }
}

fn exit_of_publication(error: &PublicationError) -> Exit {
    match error {
        PublicationError::NoSeed | PublicationError::NoPlan | PublicationError::NoColumn { .. } => Exit::Usage,
        PublicationError::Published(_) | PublicationError::Ingest(_) => Exit::Input,
        PublicationError::Round(error) => exit_of_amendment(error),
        PublicationError::Draw(_) => Exit::Difference,
        PublicationError::Page(_) | PublicationError::Workbook(_) | PublicationError::Publish(_) => Exit::Output,
    }
}

fn exit_of_assignment(error: &AssignError) -> Exit {
    match error {
        AssignError::NoSection | AssignError::NoSeed | AssignError::Plan(_) | AssignError::Codes(_) => Exit::Usage,
        AssignError::NoTasks { .. } | AssignError::NoDepartment { .. } => Exit::Usage,
        AssignError::Published(_) | AssignError::Round(_) | AssignError::Ingest(_) => Exit::Input,
        AssignError::Lot(_) | AssignError::NotConserved { .. } => Exit::Draw,
        AssignError::Publish(_) | AssignError::Amended { .. } => Exit::Output,
        AssignError::Chain(_) => Exit::Difference,
        AssignError::Earlier(error) => exit_of_amendment(error),
    }
}

fn exit_of_run(error: &RunError) -> Exit {
    match error {
        RunError::Codes(_) => Exit::Usage,
        RunError::Ingest(
            IngestError::Spill(_) | IngestError::Remote { error: RemoteError::Spill(_) | RemoteError::File(_), .. },
        )
        | RunError::Spill(_) => Exit::Output,
        // Parts of the frame that disk does not give back.
        RunError::Score(error) if error.unread_part().is_some() => Exit::Output,
        RunError::Ingest(_) => Exit::Input,
        RunError::Tasks(_) | RunError::SeedUsed { .. } => Exit::Usage,
        RunError::Score(_) => Exit::Draw,
        RunError::Publish(PublishError::Manifest { .. } | PublishError::Contract { .. }) => Exit::Input,
        RunError::Publish(_) | RunError::Report(_) | RunError::Amended { .. } => Exit::Output,
        RunError::Commitment { .. } | RunError::Drift { .. } => Exit::Difference,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameError;
    use crate::lottery::LotteryError;
    use crate::spill::SpillError;

    #[test]
    fn parts_that_disk_does_not_give_back_are_a_fault_of_the_output_in_every_command() {
        let lost = || {
            let folder = std::env::temp_dir();
            let error = SpillError::Damaged { folder, reason: "it is cut short".to_owned() };
            LotteryError::Frame(FrameError(Box::new(error)))
        };
        for error in [CliError::Run(lost().into()), CliError::Verify(RunError::from(lost()).into())] {
            assert_eq!(error.exit(), Exit::Output, "{error}");
        }
    }
}
