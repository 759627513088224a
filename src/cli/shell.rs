//! `fairdraw completions` and `fairdraw man`

use super::Cli;
use super::console::Console;
use super::exit::CliError;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::PathBuf;

/// Print the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw completions bash > ~/.local/share/bash-completion/completions/fairdraw
  fairdraw completions zsh > \"${fpath[1]}/_fairdraw\"
  fairdraw completions fish > ~/.config/fish/completions/fairdraw.fish")]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

pub fn completions(args: CompletionsArgs, console: &Console) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fairdraw", &mut script);
    console.answer(String::from_utf8_lossy(&script).trim_end())
}

/// Write the manual pages: fairdraw.1 and one for each command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fairdraw man ~/.local/share/man/man1
  man fairdraw-run")]
pub struct ManArgs {
    /// The folder to write them to; it is made if it is not there.
    folder: PathBuf,
}

pub fn man(args: ManArgs, console: &Console) -> Result<(), CliError> {
    let folder = args.folder;
    let written = std::fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(Cli::command(), &folder));
    written.map_err(|error| {
        let shown = folder.display();
        CliError::Output(format!("the manual pages cannot be written to {shown} ({error}); name a folder that can be"))
    })?;
    console.line(&format!("Written to {}", folder.display()));
    Ok(())
}
