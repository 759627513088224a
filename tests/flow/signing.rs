//! Signatures: of whom a folder is.

use super::*;
use crate::support::drawing;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The first key of RFC 8032, section 7.1, as RFC 8410 writes keys.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
/// That of its second key.
const OTHER: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n";

fn permissions(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

fn signed() -> Project {
    let project = project(200, &drawing(10));
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    permissions(&project.write("private.pem", PRIVATE), 0o600);
    project.write("public.pem", PUBLIC);
    project.write("other.pem", OTHER);
    project.fairdraw(&["sign", "out/run", "--key", "private.pem"]).good();
    project
}

#[test]
fn a_signature_is_of_one_key_and_one_manifest() {
    let project = signed();
    assert_eq!(std::fs::read(project.path("out/run.sig")).expect("a signature").len(), 64);
    let said = project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).good().stdout();
    assert!(said.contains("ok  signed by the key public.pem"), "{said}");
    project.fairdraw(&["verify", "out/run", "--key", "other.pem"]).bad(1, &["run.sig is no signature", "other.pem"]);
    // The same run made again is the same folder; another run is not what was signed.
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).good();
    project.write("plan.toml", plan(&drawing(11)));
    project.fairdraw(&["run", "plan.toml", "--quiet", "--replace"]).good();
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).bad(1, &["no signature of", "manifest.json"]);
    project.fairdraw(&["sign", "out/run", "--key", "private.pem"]).good();
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).good();
    std::fs::write(project.path("out/run.sig"), [7; 63]).expect("a file");
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).bad(1, &["is no signature"]);
    std::fs::remove_file(project.path("out/run.sig")).expect("a file");
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).bad(3, &["out/run.sig"]);
    // From inside the folder the signature stands beside it too.
    let mut inside = project.command(&["sign", ".", "--key", "../../private.pem"]);
    assert!(inside.current_dir(project.path("out/run")).status().expect("the binary starts").success());
    project.fairdraw(&["verify", "out/run", "--key", "public.pem"]).good();
    std::fs::remove_file(project.path("out/run.sig")).expect("a file");
    // Nothing is signed that is not as its manifest says.
    std::fs::write(project.path("out/run/draw.parquet"), "damaged").expect("a file");
    project.fairdraw(&["sign", "out/run", "--key", "private.pem"]).bad(1, &["draw.parquet"]);
    assert!(!project.path("out/run.sig").exists());
}

#[test]
fn keys_are_private_and_are_keys() {
    let project = signed();
    let sign = ["sign", "out/run", "--key", "private.pem"];
    permissions(&project.path("private.pem"), 0o640);
    project.fairdraw(&sign).bad(2, &["others can read", "640", "chmod 600"]);
    permissions(&project.write("private.pem", PUBLIC), 0o600);
    project.fairdraw(&sign).bad(2, &["holds no private key", "openssl genpkey"]);
    project.fairdraw(&["verify", "out/run", "--key", "private.pem"]).good();
    project.fairdraw(&["verify", "out/run", "--key", "plan.toml"]).bad(2, &["holds no public key"]);
    project.fairdraw(&["sign", "out/run", "--key", "none.pem"]).bad(3, &["none.pem"]);
    permissions(&project.write("private.pem", vec![b'a'; 100_000]), 0o600);
    project.fairdraw(&sign).bad(3, &["more than any key"]);
}

#[test]
fn openssl_signs_and_checks_the_same() {
    let project = signed();
    let openssl = |arguments: &[&str]| {
        let mut command = std::process::Command::new("openssl");
        command.current_dir(project.path(".")).args(arguments).output().expect("openssl, which the README uses")
    };
    let own =
        ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "out/run/manifest.json", "-sigfile"];
    let said = openssl(&[&own[..], &["out/run.sig"]].concat());
    assert!(said.status.success(), "{said:?}");
    let written =
        ["pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "out/run/manifest.json", "-out", "theirs.sig"];
    assert!(openssl(&written).status.success());
    let bytes = |name: &str| std::fs::read(project.path(name)).expect("a signature");
    assert_eq!(bytes("theirs.sig"), bytes("out/run.sig"));
}
