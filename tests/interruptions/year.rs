//! Kills while teams, what goes public and amendments are written.

use super::*;

const ROUND: &str = "[inputs.inspectors]\npath = \"inspectors.csv\"\n\n[size]\ncount = 1500\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n\n[assign]\n\n[[tasks]]\nid = \"T1\"\nlead = \"市场监管局\"\nmembers = [\"消防救援局\"]\nwindow = { first = 2023-03-01, last = 2023-05-31 }\n\n";

/// A round of 1,500 visits of two departments, drawn and dealt.
fn dealt() -> Project {
    let project = Project::new();
    project.registry("registry.csv", 3_000);
    let people: String = (0..60).map(|own| format!("P{own:03},{}\n", ["市场监管局", "消防救援局"][own % 2])).collect();
    project.write("inspectors.csv", format!("执法人员编号,所属部门\n{people}"));
    project.write("plan.toml", plan(ROUND));
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    project
}

/// Kills `arguments` at `moments` more and more polls after the staging folder of `output` is there; `check` sees what is left
/// and sets the scene for the next. How many were killed in time.
fn killed(project: &Project, arguments: &[&str], output: &str, mut check: impl FnMut(&str)) -> u32 {
    let out = project.path("out");
    let mut killed = 0;
    for polls in [0, 1, 30, 100, 300, 600, 1_000, 2_000, 4_000, 8_000] {
        let mut left = polls;
        let child = start(project, arguments);
        killed += u32::from(kill_at(child, || {
            left -= u32::from(left > 0 && staging_of(&out, output).is_some());
            left == 0
        }));
        check(&format!("{output}, {polls} polls after the staging folder"));
    }
    killed
}

#[test]
fn a_kill_while_inspectors_are_dealt_leaves_whole_teams() {
    let project = dealt();
    let assign =
        |seed: &'static str| ["assign", "out/run", "--plan", "plan.toml", "--seed", seed, "--replace", "--quiet"];
    let files_of = |seed: &'static str| {
        project.fairdraw(&assign(seed)).good();
        project.bytes("out/run.teams")
    };
    let (new, old, round) = (files_of(NEW), files_of(OLD), project.bytes("out/run"));
    assert!(new["teams.parquet"] != old["teams.parquet"]);
    let count = killed(&project, &assign(NEW), "run.teams", |moment| {
        let teams = project.path("out/run.teams");
        let now = project.bytes(if teams.exists() { "out/run.teams" } else { "out/.run.teams.previous" });
        assert!(now == old || (teams.exists() && now == new), "{moment}: neither the old nor the new teams");
        assert!(project.bytes("out/run") == round, "{moment}: the round itself");
        assert!(files_of(OLD) == old, "{moment}: the next assignment");
        project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml", "--quiet"]).good();
        assert!(
            staging_of(&project.path("out"), "run.teams").is_none(),
            "{moment}: what was half written is cleared away"
        );
    });
    assert!(count >= 3, "only {count} were killed in time");
}

#[test]
fn a_kill_while_a_draw_is_published_leaves_all_or_nothing() {
    let project = dealt();
    let publish = ["publish", "out/run", "--quiet"];
    project.fairdraw(&publish).good();
    let whole = project.bytes("out/run.public");
    let public = project.path("out/run.public");
    fs::remove_dir_all(&public).expect("removed");
    let count = killed(&project, &publish, "run.public", |moment| {
        assert!(!public.exists() || project.bytes("out/run.public") == whole, "{moment}: a part of it is public");
        project.fairdraw(&publish).good();
        assert!(project.bytes("out/run.public") == whole, "{moment}: the next publication");
        fs::remove_dir_all(&public).expect("removed");
    });
    assert!(count >= 3, "only {count} were killed in time");
}

#[test]
fn a_kill_while_an_amendment_is_written_leaves_it_whole_or_not_there() {
    let project = dealt();
    let teams = project.table("out/run.teams/teams.parquet");
    let dealt = project.bytes("out/run.teams");
    let folder = project.path("out/run.amendments");
    let amendments = || {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let names = entries.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect::<std::collections::BTreeSet<_>>()
    };
    let mut killed = 0;
    // Somebody else of another visit each time, so that every change can be made.
    for (at, row) in teams.iter().filter(|row| row["role"] == "lead").take(12).enumerate() {
        let arguments = [
            "reassign",
            "out/run",
            "--plan",
            "plan.toml",
            "--visit",
            &row["visit_id"],
            "--department",
            &row["department"],
            "--inspector",
            &row["inspector_id"],
            "--reason",
            "病假",
            "--approver",
            "王科长",
        ];
        let before = amendments();
        let entries = || fs::read_dir(&folder).map_or(0, Iterator::count);
        let (others, mut polls) = (entries(), 0);
        // At once, a little later, or as soon as something new is in the folder.
        killed += u32::from(kill_at(start(&project, &arguments), || {
            polls += 1;
            if at % 2 == 0 { polls > at } else { entries() > others }
        }));
        let after = amendments();
        assert!(after.is_superset(&before) && after.len() <= before.len() + 1, "{before:?} {after:?}");
        project.fairdraw(&["verify", "out/run.teams", "--plan", "plan.toml", "--quiet"]).good();
        assert!(project.bytes("out/run.teams") == dealt, "the teams as dealt are never edited");
        if after == before {
            project.fairdraw(&arguments).good();
            assert_eq!(amendments().len(), before.len() + 1);
        }
    }
    assert!(killed >= 2, "only {killed} were killed in time");
}

#[test]
fn a_kill_while_the_reserve_comes_into_use_leaves_list_and_arcs_that_belong_together() {
    let project = Project::new();
    project.registry("registry.csv", 30_000);
    let round = "[size]\ncount = 1500\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\nspread = true\nreserve = 40\n\n";
    project.write("plan.toml", plan(round));
    project.fairdraw(&["run", "plan.toml", "--quiet"]).good();
    let drawn = project.table("out/run/draw.parquet");
    let folder = project.path("out/run.amendments");
    let names = |hidden: bool| {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| hidden || !name.starts_with('.')).collect::<std::collections::BTreeSet<_>>()
    };
    let mut killed = 0;
    for (at, row) in drawn.iter().filter(|row| row["selection"] == "drawn").take(12).enumerate() {
        let arguments =
            ["replace", "out/run", "--entity", &row["entity_id"], "--reason", "已注销", "--approver", "王科长"];
        let is_amendment = |name: &&String| name.ends_with(".json");
        let (before, others, mut polls) = (names(false), names(true).len(), 0);
        // As soon as something is in the folder, and a little later, so that arcs may be there without their amendment.
        killed += u32::from(kill_at(start(&project, &arguments), || {
            polls += u32::from(names(true).len() > others);
            polls > at as u32 % 4
        }));
        let after = names(false);
        let (was, is) = (before.iter().filter(is_amendment).count(), after.iter().filter(is_amendment).count());
        assert!(is == was || is == was + 1, "{before:?} {after:?}");
        project.fairdraw(&["verify", "out/run", "--quiet"]).good();
        if is == was {
            project.fairdraw(&arguments).good();
            project.fairdraw(&["verify", "out/run", "--quiet"]).good();
        }
    }
    assert!(killed >= 2, "only {killed} were killed in time");
}
