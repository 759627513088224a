//! S3-compatible stores: objects in, published folders out.
//!
//! Who and where is the environment's: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, and for stores other than
//! Amazon's `AWS_ENDPOINT_URL`. The bucket stands in the host's name, as Alibaba's OSS asks; `AWS_VIRTUAL_HOSTED_STYLE_REQUEST=false`
//! puts it into the path.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    RetryConfig, WriteMultipart,
};
use sha2::{Digest as _, Sha256};
use tokio::runtime::{Builder, Runtime};

use super::{Brought, RemoteError, Written, whole, with_causes};
use crate::contract::MANIFEST_FILE;
use crate::digest::hex;
use crate::ingest::before;
use crate::plan::fits;
use crate::spill::Aside;
use crate::verify::outputs_of;

/// Bytes that are asked for at a time, and how many such pieces at once.
const PIECE: u64 = 8 << 20;
const PIECES: usize = 4;
/// How long a store may refuse a request before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often an answer that breaks off is asked for.
const ATTEMPTS: usize = 4;
/// What keeps others out while a run is written.
const LOCK: &str = ".fairdraw-lock";

/// A store and what is asked of it.
struct Place {
    runtime: Runtime,
    store: AmazonS3,
    /// `s3://bucket/`.
    bucket: String,
    key: String,
}

impl Place {
    fn of(address: &str) -> Result<Self, RemoteError> {
        let wrong = |problem: String| RemoteError::Store { address: address.to_owned(), problem };
        let parts = address.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let (bucket, key) = parts.ok_or_else(|| wrong("it is no address such as s3://bucket/folder".to_owned()))?;
        let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
        let get = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).filter(|value| !value.is_empty());
        let in_path = std::env::var("AWS_VIRTUAL_HOSTED_STYLE_REQUEST").is_ok_and(|value| value == "false");
        builder = builder.with_virtual_hosted_style_request(!in_path);
        if get(&builder, AmazonS3ConfigKey::Region).is_none() {
            builder = builder.with_region("us-east-1");
        }
        let endpoint =
            get(&builder, AmazonS3ConfigKey::S3Endpoint).or_else(|| get(&builder, AmazonS3ConfigKey::Endpoint));
        if let Some(endpoint) = endpoint {
            let (scheme, host) = endpoint.split_once("://").unwrap_or(("https", &endpoint));
            let endpoint = if in_path { format!("{scheme}://{host}") } else { format!("{scheme}://{bucket}.{host}") };
            builder = builder.with_allow_http(scheme == "http");
            builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
        }
        let retry = RetryConfig { retry_timeout: PATIENCE, ..RetryConfig::default() };
        let store = builder.with_retry(retry).build().map_err(|error| wrong(with_causes(&error)))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, store, bucket: format!("s3://{bucket}/"), key: key.to_owned() })
    }

    fn address(&self, key: &Key) -> String {
        format!("{}{key}", self.bucket)
    }

    fn fault(&self, key: &Key, error: &Error) -> RemoteError {
        let address = self.address(key);
        match error {
            Error::NotFound { .. } => RemoteError::NoObject { address },
            Error::Precondition { .. } => {
                RemoteError::Store { address, problem: "it changed while it was being read: run again".to_owned() }
            }
            error => RemoteError::Store { address, problem: with_causes(error) },
        }
    }

    fn key(&self, key: &str) -> Result<Key, RemoteError> {
        Key::parse(key).map_err(|error| RemoteError::Store {
            address: format!("{}{key}", self.bucket),
            problem: error.to_string(),
        })
    }

    /// Brings an object into a file without a name in `folder`, piece by piece, as it is at the beginning.
    fn fetch(&self, object: &ObjectMeta, folder: &Path) -> Result<Brought, RemoteError> {
        let (mut aside, mut hasher) = (Aside::create(folder)?, Sha256::new());
        aside.has_room(object.size)?;
        let pieces = (0..object.size).step_by(PIECE as usize).map(|at| {
            let range = Some(GetRange::Bounded(at..(at + PIECE).min(object.size)));
            let options = GetOptions { range, if_match: object.e_tag.clone(), ..GetOptions::default() };
            async move {
                persistent(async || self.store.get_opts(&object.location, options.clone()).await?.bytes().await).await
            }
        });
        self.runtime.block_on(async {
            let mut pieces = futures_util::stream::iter(pieces).buffered(PIECES);
            while let Some(piece) = pieces.next().await {
                let piece = piece.map_err(|error| self.fault(&object.location, &error))?;
                hasher.update(&piece);
                aside.append(&piece)?;
            }
            Ok::<(), RemoteError>(())
        })?;
        Ok(Brought { file: aside.into_file(), sha256: hex(hasher.finalize()), bytes: object.size })
    }
}

/// Asks again where an answer broke off, which the store's own patience does not cover.
async fn persistent<T>(ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    let mut pause = Duration::from_millis(100);
    for _ in 1..ATTEMPTS {
        match ask().await {
            Err(Error::Generic { .. }) => tokio::time::sleep(pause).await,
            answered => return answered,
        }
        pause *= 2;
    }
    ask().await
}

/// Brings an object into a file without a name in `folder`.
///
/// # Errors
/// [`RemoteError`]: an object that is not there, a store that refuses or is gone, a full disk.
pub fn object(address: &str, folder: &Path) -> Result<Brought, RemoteError> {
    let place = Place::of(address)?;
    let key = place.key(&place.key)?;
    let object = place.runtime.block_on(place.store.head(&key)).map_err(|error| place.fault(&key, &error))?;
    place.fetch(&object, folder)
}

/// Brings the Parquet objects below a prefix, or those that fit a pattern, into a folder, under the names that they have there.
///
/// # Errors
/// As [`object`].
pub fn objects_below(address: &str, folder: &Path) -> Result<(), RemoteError> {
    let place = Place::of(address)?;
    let prefix = &before(address)[place.bucket.len()..];
    let names: Vec<&str> = address[before(address).len()..].split('/').filter(|name| !name.is_empty()).collect();
    let key = place.key(prefix.trim_end_matches('/'))?;
    let listing = persistent(async || place.store.list(Some(&key)).try_collect::<Vec<_>>().await);
    let objects = place.runtime.block_on(listing);
    for object in objects.map_err(|error| place.fault(&key, &error))? {
        let parts: Vec<String> =
            object.location.prefix_match(&key).into_iter().flatten().map(|part| part.as_ref().to_owned()).collect();
        let fits_all =
            || parts.len() == names.len() && names.iter().zip(&parts).all(|(pattern, part)| fits(pattern, part));
        let is_wanted = (names.is_empty() || fits_all())
            && parts.last().is_some_and(|name| name.to_ascii_lowercase().ends_with(".parquet"))
            && !parts.iter().any(|part| part.starts_with(['.', '_']));
        if !is_wanted {
            continue;
        }
        let mut from = place.fetch(&object, folder)?.file;
        let path = folder.join(parts.join("/"));
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        from.rewind()?;
        std::io::copy(&mut from, &mut File::create(path)?)?;
    }
    Ok(())
}

/// Writes a published folder to a store, its manifest last; what stands there already stays as it is. With `replace`, another run
/// makes way, its manifest first.
///
/// # Errors
/// [`RemoteError`]: a folder that is not whole, another run at the address, a store that refuses or is gone; then no manifest
/// stands there that was not there before.
pub fn upload(folder: &Path, address: &str, replace: bool) -> Result<Written, RemoteError> {
    let (run, manifest) = whole(folder)?;
    let outputs = outputs_of(&run).map_err(Box::new)?;
    let place = Place::of(address)?;
    let base = place.key.trim_end_matches('/');
    let key = |name: &str| place.key(&format!("{base}/{name}"));
    let (manifest_key, lock) = (key(MANIFEST_FILE)?, key(LOCK)?);
    let there = match place.runtime.block_on(persistent(async || place.store.get(&manifest_key).await?.bytes().await)) {
        Ok(there) => Some(there),
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(place.fault(&manifest_key, &error)),
    };
    match there {
        Some(there) if there == manifest => return Ok(Written::Before),
        Some(_) if !replace => return Err(RemoteError::OtherRun { address: address.to_owned() }),
        _ => {}
    }
    let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let taking = if replace { PutOptions::default() } else { create.clone() };
    let id = hex(Sha256::digest(&manifest));
    match place.runtime.block_on(place.store.put_opts(&lock, PutPayload::from(id.clone()), taking)) {
        Ok(_) => {}
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
            return Err(RemoteError::Locked { lock: place.address(&lock) });
        }
        Err(error) => return Err(place.fault(&lock, &error)),
    }
    let written = || -> Result<Vec<(String, u64)>, RemoteError> {
        if there.is_some() {
            place
                .runtime
                .block_on(place.store.delete(&manifest_key))
                .map_err(|error| place.fault(&manifest_key, &error))?;
        }
        let mut parts = Vec::with_capacity(outputs.len() + 1);
        for output in &outputs {
            put(&place, &key(&output.file)?, run.file(&output.file)?)?;
            parts.push((output.file.clone(), output.bytes));
        }
        let put = place.store.put_opts(&manifest_key, PutPayload::from(manifest.clone()), create);
        match place.runtime.block_on(put) {
            Ok(_) => {}
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                return Err(RemoteError::OtherRun { address: address.to_owned() });
            }
            Err(error) => return Err(place.fault(&manifest_key, &error)),
        }
        parts.push((MANIFEST_FILE.to_owned(), manifest.len() as u64));
        Ok(parts)
    };
    let written = written();
    let unlocked = place.runtime.block_on(place.store.delete(&lock)).map_err(|error| place.fault(&lock, &error));
    let parts = written?;
    unlocked?;
    Ok(Written::Now { run: id, parts })
}

/// Writes a file as an object, in several parts if it is large; what fails leaves no part.
fn put(place: &Place, key: &Key, mut file: File) -> Result<(), RemoteError> {
    let fault = |error: Error| place.fault(key, &error);
    let mut block = Vec::with_capacity(PIECE as usize);
    let mut next = |block: &mut Vec<u8>| {
        block.clear();
        (&mut file).take(PIECE).read_to_end(block)
    };
    next(&mut block)?;
    if (block.len() as u64) < PIECE {
        let put = place.store.put(key, PutPayload::from(block));
        return place.runtime.block_on(put).map(drop).map_err(fault);
    }
    place.runtime.block_on(async {
        let upload = place.store.put_multipart(key).await.map_err(fault)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE as usize);
        while !block.is_empty() {
            upload.wait_for_capacity(PIECES).await.map_err(fault)?;
            upload.write(&block);
            if let Err(error) = next(&mut block) {
                _ = upload.abort().await;
                return Err(error.into());
            }
        }
        upload.finish().await.map(drop).map_err(fault)
    })
}
