//! `fairdraw sign`

use super::console::Console;
use super::exit::CliError;
use crate::signature;
use std::path::PathBuf;

/// Sign a published folder with an Ed25519 key, so that it has an author; `verify --key` checks it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  openssl genpkey -algorithm ed25519 -out private.pem && chmod 600 private.pem
  openssl pkey -in private.pem -pubout -out public.pem          # to be published
  fairdraw sign out/yongchuan-2023-q1 --key private.pem
  fairdraw verify out/yongchuan-2023-q1 --key public.pem
  openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in out/yongchuan-2023-q1/manifest.json -sigfile out/yongchuan-2023-q1.sig")]
pub struct Args {
    /// The folder of a draw, of its teams, or of figures.
    folder: PathBuf,
    /// The private key, a PEM file that only its owner can read.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

pub fn run(args: Args, console: &Console) -> Result<(), CliError> {
    let file = signature::sign(&args.folder, &args.key)?;
    console.line(&format!("Written to {}", file.display()));
    Ok(())
}
