//! "Why me?"

use super::*;
use crate::support::drawing;
use std::process::Command;

fn run() -> Project {
    let rule = "[[rules]]\nname = \"红码全覆盖\"\nwhen = { color = [\"red\"] }\nthen = \"certain\"\n\n";
    let project = project(300, &format!("{CREDIT}{WEIGHT}{rule}{}", drawing(30)));
    credit(&project, 300, mixed);
    let text = std::fs::read_to_string(project.path("registry.csv")).expect("the registry");
    project.write("registry.csv", text.replace("企业20,live", "企业20,注销"));
    project.fairdraw(&["run", "plan.toml"]).good();
    project
}

fn explain(project: &Project, id: &str, language: &str) -> String {
    let outcome = project.fairdraw(&["explain", "out/run", id, "--lang", language]).good();
    assert!(outcome.stderr().is_empty(), "{}", outcome.stderr());
    outcome.stdout()
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
}

#[test]
fn a_drawn_and_an_undrawn_entity_are_explained_with_their_numbers() {
    let project = run();
    let manifest = project.manifest("out/run");
    let cut = manifest["strata"][0]["cut_line"].as_str().expect("a cut line").to_owned();
    let frame = frame(&project, "out/run");
    let one = |drawn: &str| {
        let fits = |row: &&Row| row["drawn"] == drawn && row["eligible"] == "true" && !row.contains_key("certainty");
        frame.values().find(fits).expect("one of them").clone()
    };
    for (drawn, english, chinese) in
        [("true", ": drawn. Inspection mode: ", "：抽中。检查方式："), ("false", ": not drawn.", "：未抽中。")]
    {
        let row = one(drawn);
        let id = &row["entity_id"];
        let (text, zh) = (explain(&project, id, "en"), explain(&project, id, "zh"));
        let (pi, u) = (number(&row, "pi"), u_of(&row));
        let key = (u * (1.0 - pi) / (pi * (1.0 - u))).to_string();
        let weight = (number(&row, "weight") / 1e6).to_string();
        let numbers = [
            id.as_str(),
            &row["name"],
            &row["ticket"],
            &pi.to_string(),
            &u.to_string(),
            &key,
            &weight,
            &cut,
            "2023-02-07",
            "public dice 3 1 6 2",
        ];
        says(&text, &numbers);
        says(&zh, &numbers);
        says(&text, &[english, "Probability: π = ", "Lot: ticket ", "Status live", "openssl enc -chacha20"]);
        says(&zh, &[chinese, "抽中概率：π = ", "随机数：票号 ", "登记状态：", "openssl enc -chacha20"]);
        // Ids are given as people write them.
        assert_eq!(explain(&project, &format!(" {} ", id.to_lowercase()), "en"), text);
    }
}

#[test]
fn certain_and_ineligible_entities_are_explained() {
    let project = run();
    let red = selected(&project, "out/run", "certain").pop_first().expect("a red one");
    says(&explain(&project, &red, "en"), &["The rule \"红码全覆盖\" makes it certain: π = 1.", "Drawn."]);
    says(&explain(&project, &red, "zh"), &["规则“红码全覆盖”使其必查", "抽中。"]);
    says(
        &explain(&project, &entity_id(20), "en"),
        &["It could not be drawn: status: deregistered.", "Its probability is 0."],
    );
    says(&explain(&project, &entity_id(20), "zh"), &["不参加抽取", "抽中概率为 0"]);
}

#[test]
fn an_entity_on_the_reserve_list_is_told_its_place() {
    let project = run();
    let list = project.table("out/run/draw.parquet");
    let second = list.iter().find(|row| row["selection"] == "reserve" && row["order"] == "2").expect("a reserve of 3");
    let id = &second["entity_id"];
    says(&explain(&project, id, "en"), &["not drawn.", "It is number 2 on the reserve list of its stratum."]);
    says(&explain(&project, id, "zh"), &["未抽中。", "列入本层候补名单，第 2 位。"]);
}

#[test]
fn an_id_that_is_not_in_the_frame_is_an_error() {
    let project = run();
    project
        .fairdraw(&["explain", "out/run", "91500118NOBODYHERE"])
        .bad(2, &["91500118NOBODYHERE", "quarantine.parquet"]);
    project.fairdraw(&["explain", "out/nothing", &entity_id(1)]).bad(3, &["out/nothing", "not the folder of a run"]);
}

/// The line that `explain` prints, typed into a shell, gives the published ticket.
#[test]
fn the_openssl_line_gives_the_ticket() {
    let there = |program: &str, argument: &str| {
        Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
    };
    if !there("openssl", "version") {
        return;
    }
    let project = run();
    for (id, row) in frame(&project, "out/run").into_iter().step_by(60) {
        for language in ["en", "zh"] {
            let text = explain(&project, &id, language);
            let Some(line) = text.lines().find(|line| line.contains("openssl")) else {
                assert_eq!(row["eligible"], "false", "{text}");
                continue;
            };
            let output = Command::new("sh").args(["-c", line]).output().expect("sh runs");
            let said = String::from_utf8_lossy(&output.stdout);
            if said.trim().is_empty() {
                // An openssl without ChaCha20 or a system without od.
                return;
            }
            assert_eq!(said.trim(), row["ticket"], "{line}");
        }
    }
}
