//! Kills, collisions, full disks, unreadable inputs: the previous output stays whole and nothing half-written is seen.

mod year;

use crate::support::{Project, entity_id, plan, unseeded as drawing};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const OLD: &str = "dice of the old run 1 1 2";
const NEW: &str = "dice of the new run 6 5 6";

type Files = BTreeMap<String, Vec<u8>>;

/// Names beside the output folder `out/run`, sorted.
fn beside(project: &Project) -> Vec<String> {
    let entries = fs::read_dir(project.path("out")).expect("the parent folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn settled(project: &Project) {
    assert_eq!(beside(project), [".run.lock", "run"]);
}

fn run_with(project: &Project, seed: &str) -> Files {
    project.fairdraw(&["run", "plan.toml", "--seed", seed, "--quiet", "--replace"]).good();
    settled(project);
    project.bytes("out/run")
}

fn start(project: &Project, arguments: &[&str]) -> Child {
    let mut command = project.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts")
}

/// The staging folder of a run under way.
fn staging(out: &Path) -> Option<std::path::PathBuf> {
    staging_of(out, "run")
}

/// The staging folder of an output under way.
fn staging_of(out: &Path, output: &str) -> Option<std::path::PathBuf> {
    let prefix = format!(".{output}.staging-");
    let entries = fs::read_dir(out).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)))
}

/// Bytes of a file in the staging folder; `None` while it is not there.
fn staged(out: &Path, file: &str) -> Option<u64> {
    Some(fs::metadata(staging(out)?.join(file)).ok()?.len())
}

/// Kills the process as soon as `moment` is there; `false` if it ended first.
fn kill_at(mut child: Child, mut moment: impl FnMut() -> bool) -> bool {
    loop {
        if moment() {
            child.kill().expect("killed");
            return !child.wait().expect("an end").success();
        }
        if child.try_wait().expect("a state").is_some() {
            return false;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_kill_at_any_moment_leaves_a_whole_output_and_the_next_run_goes_through() {
    let project = Project::new();
    project.registry("registry.csv", 60_000);
    project.write("plan.toml", plan(&drawing(600)));
    let new = run_with(&project, NEW);
    let old = run_with(&project, OLD);
    assert!(old["frame.parquet"] != new["frame.parquet"]);
    let (out, run) = (project.path("out"), project.path("out/run"));
    let frame_bytes = old["frame.parquet"].len() as u64;

    // What the killer waits for: a file of the staging folder of at least so many bytes, or a state of the folders.
    let grown = |file: &'static str, bytes: u64| {
        let out = out.clone();
        Box::new(move || staged(&out, file).is_some_and(|size| size >= bytes)) as Box<dyn FnMut() -> bool>
    };
    let after_polls = |polls: u32| {
        let (out, mut left) = (out.clone(), polls);
        Box::new(move || {
            left -= u32::from(staging(&out).is_some() && left > 0);
            left == 0
        }) as Box<dyn FnMut() -> bool>
    };
    let mut moments: Vec<(String, Box<dyn FnMut() -> bool>)> = vec![("at once".to_owned(), Box::new(|| true))];
    for polls in [1, 300, 1_000, 3_000, 6_000, 10_000, 15_000, 20_000] {
        moments.push((format!("{polls} polls after the staging folder"), after_polls(polls)));
    }
    for eighths in 0..=8 {
        moments.push((format!("frame at {eighths}/8"), grown("frame.parquet", frame_bytes * eighths / 8)));
    }
    for file in ["draw.parquet", "summary.parquet", "quarantine.parquet", "plan.toml", "manifest.json"] {
        moments.push((file.to_owned(), grown(file, 0)));
    }
    moments.push(("a whole manifest".to_owned(), grown("manifest.json", old["manifest.json"].len() as u64 - 64)));
    let previous = out.join(".run.previous");
    moments.push(("between the renames".to_owned(), Box::new(move || previous.exists())));

    let (mut killed, mut half_written) = (0, 0);
    for (name, moment) in moments {
        let child = start(&project, &["run", "plan.toml", "--seed", NEW, "--quiet", "--replace"]);
        killed += u32::from(kill_at(child, moment));
        half_written += u32::from(staging(&out).is_some());

        if run.exists() {
            let now = project.bytes("out/run");
            assert!(now == old || now == new, "{name}: the output is neither the old nor the new one");
        } else {
            assert!(project.bytes("out/.run.previous") == old, "{name}: the old output is gone");
        }
        // Nothing but hidden names that the next run knows of.
        for left in beside(&project) {
            let known = ["run", ".run.lock", ".run.previous"].contains(&left.as_str());
            assert!(known || left.starts_with(".run.staging-"), "{name}: {left}");
        }
        if run.exists() {
            project.fairdraw(&["verify", "out/run", "--quiet"]).good();
        }
        assert!(run_with(&project, OLD) == old, "{name}: the next run");
    }
    assert!(killed >= 4, "only {killed} were killed in time");
    assert!(half_written >= 2, "only {half_written} left a staging folder");
}

/// Bytes of the largest file without a name that a process holds: what it has put aside on disk.
#[cfg(target_os = "linux")]
fn put_aside(process: u32) -> u64 {
    let Ok(held) = fs::read_dir(format!("/proc/{process}/fd")) else { return 0 };
    let unnamed = held
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| fs::read_link(path).is_ok_and(|file| file.to_string_lossy().ends_with(" (deleted)")));
    unnamed.filter_map(|path| Some(fs::metadata(path).ok()?.len())).max().unwrap_or(0)
}

/// While runs are written, while their ranges are merged and joined, while the parts are weighed and drawn from.
#[cfg(target_os = "linux")]
#[test]
fn a_kill_while_rows_are_on_disk_leaves_the_old_output_and_nothing_else() {
    let project = Project::new();
    project.registry("registry.csv", 60_000);
    project.write("plan.toml", plan(&drawing(600)));
    let new = run_with(&project, NEW);
    let old = run_with(&project, OLD);
    let on_disk = ["run", "plan.toml", "--seed", NEW, "--quiet", "--replace", "--memory", "1B"];

    // As a run goes on, its files grow; the last moments wait for the frame after them.
    let mut whole = start(&project, &on_disk);
    let mut most = 0;
    while whole.try_wait().expect("a state").is_none() {
        most = most.max(put_aside(whole.id()));
    }
    assert!(most > 1 << 17, "only {most} bytes were put aside");
    assert!(project.bytes("out/run") == new);
    run_with(&project, OLD);

    let mut killed = 0;
    for sixteenths in 0..=16 {
        let child = start(&project, &on_disk);
        let process = child.id();
        killed += u32::from(kill_at(child, || put_aside(process) > most * sixteenths / 17));
        let now = project.bytes("out/run");
        assert!(now == old || now == new, "{sixteenths}/17: neither the old nor the new output");
        assert!(run_with(&project, OLD) == old, "{sixteenths}/17: the next run");
    }
    assert!(killed >= 12, "only {killed} were killed in time");
}

#[test]
fn a_kill_before_the_first_output_leaves_no_output() {
    let project = Project::new();
    project.registry("registry.csv", 20_000);
    project.write("plan.toml", plan(&drawing(200)));
    let out = project.path("out");
    for _ in 0..20 {
        let child = start(&project, &["run", "plan.toml", "--seed", NEW, "--quiet", "--replace"]);
        let (mut seen, folder) = (false, out.clone());
        let killed = kill_at(child, || {
            seen |= staging(&folder).is_some();
            seen
        });
        if killed {
            assert!(!project.path("out/run").exists());
            project.fairdraw(&["verify", "out/run"]).bad(3, &["out/run"]);
            run_with(&project, NEW);
            return;
        }
        fs::remove_dir_all(&out).expect("removed");
    }
    panic!("no run could be killed in time");
}

#[test]
fn a_failed_run_leaves_the_previous_output_and_no_trace() {
    let project = Project::new();
    project.registry("registry.csv", 500);
    project.write("plan.toml", plan(&drawing(50)));
    let before = run_with(&project, OLD);
    let good = fs::read_to_string(project.path("registry.csv")).expect("the registry");
    let cases: [(&str, Vec<u8>, &str, i32); 5] = [
        ("a plan that asks too much", good.clone().into_bytes(), "count = 501", 4),
        ("nobody live", good.replace(",live,", ",revoked,").into_bytes(), "count = 50", 4),
        ("no rows", b"entity_id,status\n".to_vec(), "count = 50", 3),
        ("no bytes", Vec::new(), "count = 50", 3),
        ("not text", vec![0xff; 4_000], "count = 50", 3),
    ];
    for (name, registry, count, code) in cases {
        project.write("registry.csv", registry);
        project.write("plan.toml", plan(&drawing(50)).replace("count = 50", count));
        let outcome = project.fairdraw(&["run", "plan.toml", "--seed", NEW, "--replace"]).bad(code, &[]);
        assert!(outcome.stderr().contains("error: "), "{name}");
        settled(&project);
        assert!(before == project.bytes("out/run"), "{name}");
    }
}

#[test]
fn an_input_that_cannot_be_read_is_named_and_costs_nothing() {
    let project = Project::new();
    project.registry("registry.csv", 500);
    project.write("plan.toml", plan(&drawing(50)));
    let before = run_with(&project, OLD);
    let text = fs::read(project.path("registry.csv")).expect("the registry");

    let refused = |name: &str, codes: &[i32]| {
        project.write("sick.toml", plan(&drawing(50)).replace("registry.csv", name));
        let outcome = project.fairdraw(&["run", "sick.toml", "--seed", NEW, "--replace"]);
        assert!(codes.contains(&outcome.code()), "{name}: {} {}", outcome.code(), outcome.stderr());
        let said = outcome.stderr();
        assert!(said.contains(name) && !said.contains("panicked"), "{name}: {said}");
        settled(&project);
        assert!(before == project.bytes("out/run"), "{name}");
    };
    // The plan's check finds what is not there before anything is read.
    refused("nowhere.csv", &[2]);
    fs::create_dir(project.path("folder.csv")).expect("a folder");
    refused("folder.csv", &[2, 3]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, &text).expect("compressed");
    let gz = gz.finish().expect("compressed");
    project.write("half.csv.gz", &gz[..gz.len() / 2]);
    refused("half.csv.gz", &[3]);
    let frame = &before["frame.parquet"];
    project.write("half.parquet", &frame[..frame.len() / 2]);
    refused("half.parquet", &[3]);
    let mut flipped = frame.clone();
    flipped[frame.len() / 3] ^= 0x55;
    flipped[frame.len() / 2] ^= 0x55;
    flipped.truncate(frame.len() - 1);
    project.write("flipped.parquet", flipped);
    refused("flipped.parquet", &[3]);
    for name in ["text.xlsx", "text.xls", "text.parquet", "text.arrow", "text.csv.gz"] {
        project.write(name, &text);
        // A text file under another ending may be read for what it is.
        let named = plan(&drawing(50)).replace("registry.csv", name);
        project.write("sick.toml", named);
        let outcome = project.fairdraw(&["run", "sick.toml", "--seed", NEW, "--output", "out/other"]);
        assert!([0, 3].contains(&outcome.code()), "{name}: {}", outcome.stderr());
        assert!(!outcome.stderr().contains("panicked"), "{name}");
        let _ = fs::remove_dir_all(project.path("out/other"));
        let _ = fs::remove_file(project.path("out/.other.lock"));
    }
}

#[cfg(unix)]
fn with_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
}

#[cfg(unix)]
#[test]
fn an_input_without_permission_is_named() {
    let project = Project::new();
    let registry = project.registry("registry.csv", 500);
    project.write("plan.toml", plan(&drawing(50)));
    let before = run_with(&project, OLD);
    with_mode(&registry, 0);
    if fs::File::open(&registry).is_ok() {
        return; // Nothing is forbidden to this user.
    }
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).bad(3, &["registry.csv", "permission"]);
    settled(&project);
    assert!(before == project.bytes("out/run"));
    with_mode(&registry, 0o644);
}

#[cfg(unix)]
#[test]
fn an_output_that_may_not_be_written_is_named() {
    let project = Project::new();
    project.registry("registry.csv", 500);
    project.write("plan.toml", plan(&drawing(50)));
    // A file where a folder is needed is refused to everybody.
    project.write("taken", "a file");
    project.fairdraw(&["run", "plan.toml", "--seed", OLD, "--output", "taken/run"]).bad(5, &["taken"]);
    project
        .fairdraw(&["run", "plan.toml", "--seed", OLD, "--output", "taken"])
        .bad(2, &["--output", "there is a file of this name"]);
    assert_eq!(fs::read_to_string(project.path("taken")).expect("untouched"), "a file");

    let before = run_with(&project, OLD);
    let out = project.path("out");
    with_mode(&out, 0o555);
    if fs::write(out.join("probe"), "").is_ok() {
        with_mode(&out, 0o755);
        return; // Nothing is forbidden to this user.
    }
    let outcome = project.fairdraw(&["run", "plan.toml", "--seed", NEW, "--replace"]);
    with_mode(&out, 0o755);
    outcome.bad(5, &["out", "right to write there"]);
    settled(&project);
    assert!(before == project.bytes("out/run"));
}

#[test]
fn a_run_refuses_while_another_holds_its_output_and_waits_when_told_to() {
    let project = Project::new();
    project.registry("registry.csv", 300);
    project.write("plan.toml", plan(&drawing(30)));
    let old = run_with(&project, OLD);
    let lock = fs::File::options().write(true).open(project.path("out/.run.lock")).expect("the lock file");
    lock.lock().expect("locked");
    for wait in [&[][..], &["--wait", "0"]] {
        let arguments = [&["run", "plan.toml", "--seed", NEW, "--replace"], wait].concat();
        project.fairdraw(&arguments).bad(5, &["out/run", "in use by another fairdraw run", "wait until it ends"]);
        assert!(old == project.bytes("out/run"));
        settled(&project);
    }
    // Readers are not held up, and another output is another lock.
    project.fairdraw(&["verify", "out/run"]).good();
    project.fairdraw(&["run", "plan.toml", "--seed", OLD, "--output", "out/other"]).good();

    let waiting = start(&project, &["run", "plan.toml", "--seed", NEW, "--replace", "--wait", "60"]);
    lock.unlock().expect("unlocked");
    let output = waiting.wait_with_output().expect("an end");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(project.manifest("out/run")["seed"], NEW);
    project.fairdraw(&["verify", "out/run"]).good();
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) -> bool {
    let line = format!("kill -{name} {}", child.id());
    Command::new("sh").args(["-c", &line]).status().is_ok_and(|status| status.success())
}

/// Two real runs, the first one stopped in the middle.
#[cfg(unix)]
#[test]
fn two_runs_at_once_never_mix_their_files() {
    let project = Project::new();
    project.registry("registry.csv", 30_000);
    project.write("plan.toml", plan(&drawing(300)));
    let old = run_with(&project, OLD);
    let out = project.path("out");
    for _ in 0..20 {
        let mut first = start(&project, &["run", "plan.toml", "--seed", NEW, "--quiet", "--replace"]);
        let stopped = loop {
            if staging(&out).is_some() {
                break signal(&first, "STOP");
            }
            if first.try_wait().expect("a state").is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        if !stopped || staging(&out).is_none() {
            // It was faster, or there is no `sh`: try again.
            signal(&first, "CONT");
            first.wait().expect("an end");
            run_with(&project, OLD);
            continue;
        }
        project.fairdraw(&["run", "plan.toml", "--seed", OLD, "--replace"]).bad(5, &["in use by another fairdraw run"]);
        assert!(old == project.bytes("out/run"));
        let second =
            start(&project, &["run", "plan.toml", "--seed", "dice of the second 3 3", "--replace", "--wait", "60"]);
        assert!(signal(&first, "CONT"));
        assert!(first.wait().expect("an end").success());
        let output = second.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        settled(&project);
        assert_eq!(project.manifest("out/run")["seed"], "dice of the second 3 3");
        project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
        return;
    }
}

/// A limit on the size of files stands in for a full disk: the system refuses a write in the middle of a file.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_costs_nothing() {
    let project = Project::new();
    project.registry("registry.csv", 6_000);
    // With everybody on the reserve list the draw list is larger than the frame.
    project.write("plan.toml", plan(&drawing(60).replace("reserve = 3", "reserve = 6000")));
    let before = run_with(&project, OLD);
    let sizes = ["frame.parquet", "draw.parquet"].map(|file| before[file].len());
    assert!(sizes[0] < sizes[1], "{sizes:?}");

    let limited_with = |blocks: usize, memory: &str| {
        let script = format!("trap '' XFSZ; ulimit -f {blocks} || exit 99; exec \"$@\"");
        let binary = env!("CARGO_BIN_EXE_fairdraw");
        Command::new("sh")
            .args(["-c", &script, "sh", binary, "run", "plan.toml", "--seed", NEW, "--replace", "--memory", memory])
            .current_dir(project.path(""))
            .output()
    };
    let limited = |blocks: usize| limited_with(blocks, "64GiB");
    // A block is 512 bytes or 1,024, as the shell has it.
    let block = |bytes: usize| bytes.div_ceil(512);
    let between = block(sizes[0]) + (block(sizes[1]) - block(sizes[0])) / 3;
    let mut refused = 0;
    for blocks in [0, 1, 8, 32, block(sizes[0]) / 4, block(sizes[0]) / 2 - 1, between / 2, between] {
        let Ok(output) = limited(blocks) else { return }; // There is no `sh`.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(99) => return, // A shell without `ulimit -f`.
            Some(0) => {
                run_with(&project, OLD);
                continue;
            }
            Some(5) => {}
            code => panic!("{blocks} blocks: {code:?} {said}"),
        }
        refused += 1;
        assert!(said.contains("cannot write ") && said.contains("free some space"), "{blocks} blocks: {said}");
        assert!(!said.contains("panicked"), "{said}");
        settled(&project);
        assert!(before == project.bytes("out/run"), "{blocks} blocks: the previous output");
    }
    assert!(refused >= 5, "{refused}");

    // Rows that do not fit in memory have no room either.
    let output = limited_with(1, "1B").expect("it ran before");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(5) && said.contains("free some space") && said.contains("--memory"), "{said}");
    settled(&project);
    assert!(before == project.bytes("out/run"), "the previous output");

    // Without a previous output nothing is left either.
    fs::remove_dir_all(project.path("out")).expect("removed");
    let output = limited(8).expect("it ran before");
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(beside(&project), [".run.lock"]);
    run_with(&project, OLD);
}

/// What a run finds there from others is not its own to remove.
#[test]
fn a_strangers_files_beside_the_output_stay() {
    let project = Project::new();
    project.registry("registry.csv", 100);
    project.write("plan.toml", plan(&drawing(10)));
    project.write("out/.run.staging-new/mine.txt", entity_id(1));
    project.write("out/run-notes/mine.txt", entity_id(2));
    project.write("out/.run.staging-4000000001/frame.parquet", "half a frame");
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).good();
    assert_eq!(beside(&project), [".run.lock", ".run.staging-new", "run", "run-notes"]);
    assert!(project.path("out/run-notes/mine.txt").exists());
}

/// A run of another plan, seed or commitment is not replaced by mistake, and files of others never.
#[test]
fn a_published_run_is_replaced_only_by_itself_or_when_told_to() {
    let project = Project::new();
    project.registry("registry.csv", 100);
    project.write("plan.toml", plan(&drawing(10)));
    let old = run_with(&project, OLD);
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).good();
    for (what, seed, change) in [("seed", NEW, ""), ("plan", OLD, "# another plan\n")] {
        project.write("plan.toml", format!("{}{change}", plan(&drawing(10))));
        project
            .fairdraw(&["run", "plan.toml", "--seed", seed])
            .bad(5, &["out/run", &format!("another {what}"), "--replace"]);
        assert!(old == project.bytes("out/run"), "{what}");
        settled(&project);
    }
    project.fairdraw(&["check", "plan.toml"]).bad(5, &["another plan"]);
    project.fairdraw(&["check", "plan.toml", "--replace"]).good();
    project.fairdraw(&["check", "plan.toml", "--output", "out/other"]).good();

    project.write("out/run/notes.txt", "mine");
    project.fairdraw(&["run", "plan.toml", "--seed", NEW, "--replace"]).bad(5, &["notes.txt", "move them elsewhere"]);
    assert_eq!(fs::read_to_string(project.path("out/run/notes.txt")).expect("untouched"), "mine");
    let said = project.fairdraw(&["verify", "out/run"]).good().stdout();
    assert!(said.contains("not part of the run: notes.txt"), "{said}");
    fs::remove_file(project.path("out/run/notes.txt")).expect("removed");
    project.fairdraw(&["run", "plan.toml", "--seed", NEW, "--replace"]).good();
}

/// `check` says of the folder what the next run would: of an output that a killed run left aside, too.
#[test]
fn an_output_left_aside_is_looked_at_by_check() {
    let project = Project::new();
    project.registry("registry.csv", 100);
    project.write("plan.toml", plan(&drawing(10)));
    run_with(&project, OLD);
    fs::rename(project.path("out/run"), project.path("out/.run.previous")).expect("renamed");
    project.fairdraw(&["check", "plan.toml"]).good();
    project.write("plan.toml", format!("{}# another plan\n", plan(&drawing(10))));
    project.fairdraw(&["check", "plan.toml"]).bad(5, &["another plan"]);
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).bad(5, &["another plan"]);
}

/// What `generate` has not finished goes with the signal.
#[cfg(unix)]
#[test]
fn a_signal_removes_what_generate_has_not_finished() {
    let project = Project::new();
    let unfinished = || {
        let entries = fs::read_dir(project.path("population")).into_iter().flatten();
        entries.filter(|entry| entry.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().starts_with('.'))).count()
    };
    let generate = ["generate", "--preset", "bench", "--rows", "20000000", "--output", "population", "--quiet"];
    let mut child = start(&project, &generate);
    while unfinished() == 0 && child.try_wait().expect("a state").is_none() {
        std::thread::yield_now();
    }
    assert!(signal(&child, "TERM"));
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    assert_eq!(unfinished(), 0);
}

/// SIGINT and SIGTERM: the staging folder goes at once, and the exit code says which signal it was.
#[cfg(unix)]
#[test]
fn a_signal_removes_what_is_being_written_and_names_itself_by_the_exit_code() {
    let project = Project::new();
    project.registry("registry.csv", 60_000);
    project.write("plan.toml", plan(&drawing(300)));
    let old = run_with(&project, OLD);
    let out = project.path("out");
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let hit = (0..20).any(|_| {
            let mut child = start(&project, &["run", "plan.toml", "--seed", NEW, "--quiet", "--replace"]);
            while staging(&out).is_none() && child.try_wait().expect("a state").is_none() {
                std::thread::yield_now();
            }
            let sent = signal(&child, name);
            let status = child.wait().expect("an end");
            if status.success() {
                run_with(&project, OLD);
                return false;
            }
            assert!(sent, "{name}");
            assert_eq!(status.code(), Some(code), "{name}");
            true
        });
        assert!(hit, "no run could be stopped by {name} in time");
        settled(&project);
        assert!(old == project.bytes("out/run"), "{name}");
    }
}

/// Whoever reads a run while it is replaced sees one run whole, the old one or the new one.
#[test]
fn verify_beside_a_replacing_run_sees_no_false_difference() {
    let project = Project::new();
    project.registry("registry.csv", 2_000);
    project.write("plan.toml", plan(&drawing(20)));
    run_with(&project, OLD);
    std::thread::scope(|threads| {
        let replacing = threads.spawn(|| {
            for time in 0..12 {
                project.fairdraw(&["run", "plan.toml", "--seed", [NEW, OLD][time % 2], "--quiet", "--replace"]).good();
            }
        });
        while !replacing.is_finished() {
            project.fairdraw(&["verify", "out/run", "--quiet"]).good();
        }
    });
}

/// Log lines that nobody reads are lost; what the run came to is not.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_changes_no_exit_code() {
    let project = Project::new();
    project.registry("registry.csv", 100);
    project.write("plan.toml", plan(&drawing(10)));
    let shell = |line: &str| {
        let line = line.replace("fairdraw", env!("CARGO_BIN_EXE_fairdraw"));
        let output = Command::new("sh").args(["-c", &line]).current_dir(project.path("")).output().expect("a shell");
        output.status.code()
    };
    assert_eq!(shell("fairdraw --log json run plan.toml --seed 'dice 1 2 3' 2> /dev/full"), Some(0));
    assert_eq!(shell("fairdraw --log json run plan.toml --seed 'another 1' 2> /dev/full"), Some(5));
    assert_eq!(shell("fairdraw run plan.toml --seed 'dice 1 2 3' > /dev/full 2> /dev/full"), Some(0));
    project.fairdraw(&["verify", "out/run"]).good();
}

/// A pipe is no file: it cannot be read twice, and waiting for its writer would hang the night's job.
#[cfg(unix)]
#[test]
fn a_pipe_as_input_is_refused_at_once() {
    let project = Project::new();
    let made = Command::new("mkfifo").arg(project.path("registry.csv")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    project.write("plan.toml", plan(&drawing(1)));
    project.fairdraw(&["check", "plan.toml"]).bad(2, &["inputs.entities.path", "pipe"]);
    // In the folder of a run, too.
    fs::remove_file(project.path("registry.csv")).expect("removed");
    project.registry("registry.csv", 20);
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).good();
    for (file, code) in [("draw.parquet", 3), ("manifest.json", 3)] {
        let path = project.path(&format!("out/run/{file}"));
        fs::remove_file(&path).expect("removed");
        assert!(Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()));
        project.fairdraw(&["verify", "out/run"]).bad(code, &[file, "not a file"]);
    }
    project.fairdraw(&["run", "plan.toml", "--seed", OLD]).bad(5, &["manifest.json", "not a file"]);
}

/// Without threads to be had the program says so, and one thread is always enough.
#[cfg(target_os = "linux")]
#[test]
fn without_threads_the_program_says_so_and_one_is_enough() {
    let project = Project::new();
    project.registry("registry.csv", 50);
    project.write("plan.toml", plan(&drawing(5)));
    project.fairdraw(&["run", "plan.toml", "--seed", OLD, "--threads", "1"]).good();
    project.fairdraw(&["verify", "out/run", "--threads", "1"]).good();
}
