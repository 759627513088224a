//! The command line: a file per subcommand, each `Args` + `run`.

mod amend;
mod assign;
mod check;
mod commit;
mod console;
mod exit;
mod explain;
mod generate;
mod history;
mod kpi;
mod language;
mod lineage;
mod metrics;
mod nightly;
mod prune;
mod publish;
mod recheck;
mod report;
mod run;
mod schema;
mod shell;
mod sign;
mod signals;
mod simulate;
mod summary;
mod verify;

use crate::memory;
use bytesize::ByteSize;
use clap::{Parser, Subcommand, ValueEnum};
use console::Console;
pub use exit::{CliError, Exit};
use std::process::ExitCode;

/// Registries of market entities in, a verifiable risk-weighted draw out.
#[derive(Debug, Parser)]
#[command(name = "fairdraw", version, max_term_width = 120, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Format of messages: text for people, or one JSON object a line for nightly jobs.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, env = "FAIRDRAW_LOG")]
    log: LogFormat,
    /// Threads to use, 1 to 1024 [default: all processors]. The result does not depend on it.
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024), env = "FAIRDRAW_THREADS")]
    threads: Option<u16>,
    /// Memory that the command may take, such as 8GiB or 512MB [default: three quarters of what is free]. The result does not
    /// depend on it.
    #[arg(long, global = true, value_name = "SIZE", env = "FAIRDRAW_MEMORY")]
    memory: Option<ByteSize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Assign(assign::Args),
    Reassign(amend::ReassignArgs),
    Reroute(amend::RerouteArgs),
    Replace(amend::ReplaceArgs),
    Check(check::Args),
    Verify(verify::Args),
    Sign(sign::Args),
    Explain(explain::Args),
    Simulate(simulate::Args),
    Commit(commit::Args),
    Publish(publish::Args),
    Kpi(kpi::Args),
    Nightly(nightly::Args),
    History(history::Args),
    Prune(prune::Args),
    Recheck(recheck::Args),
    Report(report::Args),
    Generate(generate::Args),
    Schema(schema::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Parses the command line, runs the command, and says how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let console = Console::new(cli.quiet, cli.log);
    signals::listen();
    if let Err(error) = start_threads(cli.threads) {
        console.error(&error);
        return error.exit().into();
    }
    let memory = cli.memory.map_or_else(memory::usual, |memory| memory.as_u64());
    let outcome = match cli.command {
        Command::Run(args) => run::run(args, memory, &console),
        Command::Assign(args) => assign::run(args, &console),
        Command::Reassign(args) => amend::reassign(args, &console),
        Command::Reroute(args) => amend::reroute(args, &console),
        Command::Replace(args) => amend::replace(args, &console),
        Command::Check(args) => check::run(args, memory, &console),
        Command::Verify(args) => verify::run(args, memory, &console),
        Command::Sign(args) => sign::run(args, &console),
        Command::Explain(args) => explain::run(args, &console),
        Command::Simulate(args) => simulate::run(args, memory, &console),
        Command::Commit(args) => commit::run(args, memory, &console),
        Command::Publish(args) => publish::run(args, &console),
        Command::Kpi(args) => kpi::run(args, &console),
        Command::Nightly(args) => nightly::run(args, memory, &console),
        Command::History(args) => history::run(args, &console),
        Command::Prune(args) => prune::run(args, &console),
        Command::Recheck(args) => recheck::run(args, &console),
        Command::Report(args) => report::run(args, &console),
        Command::Generate(args) => generate::run(args, &console),
        Command::Schema(args) => schema::run(args, &console),
        Command::Completions(args) => shell::completions(args, &console),
        Command::Man(args) => shell::man(args, &console),
    };
    console.finish();
    match outcome {
        Ok(()) => Exit::Success.into(),
        Err(error) => {
            console.error(&error);
            error.exit().into()
        }
    }
}

/// Starts the threads of the program; one thread is the program's own.
fn start_threads(threads: Option<u16>) -> Result<(), CliError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from));
    let pool = if threads == Some(1) { pool.use_current_thread() } else { pool };
    pool.build_global().map_err(|error| {
        CliError::Output(format!("the system gives no threads ({error}); ask for fewer with --threads, or for one"))
    })
}
