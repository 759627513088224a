//! Who published a folder: an Ed25519 signature (RFC 8032) over its manifest, which vouches for every other file.
//!
//! The signature is the 64 bytes themselves, in `FOLDER.sig` beside the folder, and keys are PEM files as openssl writes them (RFC 8410),
//! so that openssl signs and checks the same:
//!
//! ```text
//! openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in FOLDER/manifest.json -sigfile FOLDER.sig
//! ```

use std::path::{Path, PathBuf};

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::nightly::replace;
use crate::plan::beside;
use crate::verify::{VerifyError, vouched};

/// Largest file of a key or a signature.
const LARGEST: u64 = 1 << 16;

/// Why a folder could not be signed, or is not signed as it should be.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The folder is not as its manifest says.
    #[error(transparent)]
    Folder(#[from] Box<VerifyError>),
    /// A file that cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A signature that cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No key.
    #[error(
        "{} holds no {what} key of Ed25519 in PEM ({reason}); `openssl genpkey -algorithm ed25519 -out private.pem` makes a private one, and \
         `openssl pkey -in private.pem -pubout -out public.pem` its public one",
        path.display()
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// `private` or `public`.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A private key that others can read.
    #[error("others can read the private key {} (its permissions are {mode:o}); chmod 600 it, and make a new key if it may be known", path.display())]
    Loose {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The signature is of another key, or of another manifest.
    #[error("{} is no signature of {} by the key {}", signature.display(), manifest.display(), key.display())]
    Other {
        /// The file of the signature.
        signature: PathBuf,
        /// The manifest.
        manifest: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

/// The file with the signature of a folder.
pub fn signature_file(folder: &Path) -> PathBuf {
    // Of `.` and `..` the name is not in the path.
    let named = folder.file_name().is_none().then(|| std::fs::canonicalize(folder).ok()).flatten();
    let folder = named.as_deref().unwrap_or(folder);
    beside(folder, ".sig")
}

/// Signs a published folder, whose files are as its manifest says, and writes the signature beside it; the file.
///
/// # Errors
/// [`SignatureError`]; nothing is written then.
pub fn sign(folder: &Path, key: &Path) -> Result<PathBuf, SignatureError> {
    let own = private_key(key)?;
    let manifest = vouched(folder).map_err(Box::new)?;
    let path = signature_file(folder);
    let signature = own.sign(manifest.as_bytes()).to_bytes();
    replace(&path, &signature)
        .map_err(|error| SignatureError::Unwritten { path: path.clone(), reason: error.to_string() })?;
    Ok(path)
}

/// Checks that a published folder was signed by the owner of a key.
///
/// # Errors
/// [`SignatureError`].
pub fn check(folder: &Path, key: &Path) -> Result<(), SignatureError> {
    let own = public_key(key)?;
    let manifest = vouched(folder).map_err(Box::new)?;
    let signature = signature_file(folder);
    let bytes = bytes_of(&signature)?;
    let read = Signature::from_slice(&bytes).ok();
    match read.is_some_and(|read| own.verify_strict(manifest.as_bytes(), &read).is_ok()) {
        true => Ok(()),
        false => Err(SignatureError::Other {
            signature,
            manifest: folder.join(crate::contract::MANIFEST_FILE),
            key: key.to_owned(),
        }),
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, SignatureError> {
    let fault = |reason: String| SignatureError::File { path: path.to_owned(), reason };
    let length = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?.len();
    if length > LARGEST {
        return Err(fault(format!("it has {length} bytes, more than any key or signature")));
    }
    std::fs::read(path).map_err(|error| fault(error.to_string()))
}

fn private_key(path: &Path) -> Result<SigningKey, SignatureError> {
    let text = bytes_of(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let about = std::fs::metadata(path);
        let mode = about.map_err(|error| SignatureError::File { path: path.to_owned(), reason: error.to_string() })?;
        let mode = mode.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SignatureError::Loose { path: path.to_owned(), mode });
        }
    }
    let key = SigningKey::from_pkcs8_pem(&String::from_utf8_lossy(&text));
    key.map_err(|error| SignatureError::Key { path: path.to_owned(), what: "private", reason: error.to_string() })
}

fn public_key(path: &Path) -> Result<VerifyingKey, SignatureError> {
    let text = bytes_of(path)?;
    let key = VerifyingKey::from_public_key_pem(&String::from_utf8_lossy(&text));
    key.map_err(|error| SignatureError::Key { path: path.to_owned(), what: "public", reason: error.to_string() })
}
