//! PostgreSQL, and what speaks its protocol (Kingbase, openGauss).

mod read;
mod write;

use std::sync::Arc;
use std::time::Duration;

use postgres::{Client, Config};
use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{RemoteError, with_causes};

pub use read::rows_of;
pub use write::publish_rows;

/// How long the database may take to answer at first.
const CONNECTING: Duration = Duration::from_secs(30);
/// Bytes that are handed over at a time.
const BATCH_BYTES: usize = 8 << 20;

/// A session with the database whose address a variable holds.
fn connect(variable: &str) -> Result<Client, RemoteError> {
    let address = std::env::var(variable).map_err(|_| RemoteError::NoVariable { variable: variable.to_owned() })?;
    let wrong = |problem: String| RemoteError::Address { variable: variable.to_owned(), problem };
    let parsed = address.parse::<Config>();
    // What the reader of addresses says may quote what is secret.
    let mut config = parsed.map_err(|_| wrong("it cannot be read as one".to_owned()))?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECTING);
    }
    config.application_name("fairdraw");
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| wrong(error.to_string()))?.with_root_certificates(roots).with_no_client_auth();
    config.connect(MakeRustlsConnect::new(tls)).map_err(|error| refused(variable, &error))
}

/// What the database or the connection says, with all that it says of it.
fn refused(variable: &str, error: &postgres::Error) -> RemoteError {
    let mut problem = match error.as_db_error() {
        Some(said) => {
            let more = [said.detail(), said.hint()].into_iter().flatten().map(|more| format!("; {more}"));
            format!("{} ({}){}", said.message(), said.code().code(), more.collect::<String>())
        }
        None => with_causes(error),
    };
    if problem.contains("UnknownIssuer") || problem.contains("certificate") {
        problem += "; name the file of the authority's certificates in SSL_CERT_FILE, or, on a wire that is safe, add \
                    ?sslmode=disable to the address";
    }
    RemoteError::Database { variable: variable.to_owned(), problem }
}
