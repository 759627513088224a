//! The forms of a visit: 《联合行政检查通知书》 and 《实地核查记录表》, to be printed or filled in.

use super::sheet::Words;
use super::visiting::Visiting;
use crate::terms::{Lang, show_day};
use std::collections::BTreeMap;

/// Visits for which forms are made; of the others the records are in the list.
pub const MOST_VISITS: usize = 2_000;

/// One form.
#[derive(Debug)]
pub struct Paper {
    /// What it is called.
    pub title: Words,
    /// Number of the visit.
    pub number: String,
    /// What is said above everything else.
    pub opening: String,
    /// What is known, and what is to be filled in where nothing is.
    pub facts: Vec<(Words, String)>,
    /// Headers of the table.
    pub heads: &'static [Words],
    /// Its rows; blank cells are to be filled in.
    pub rows: Vec<Vec<String>>,
    /// What is said below.
    pub closing: Words,
    /// Who signs.
    pub signatures: &'static [Words],
}

const NOTICE: Words = ("Notice of a joint administrative inspection", "联合行政检查通知书");
const RECORD: Words = ("Record of an on-site check", "实地核查记录表");

/// Notice and record of each of the first visits.
pub fn papers(of: &Visiting<'_>, lang: Lang, columns: &BTreeMap<String, Vec<(String, String)>>) -> Vec<Paper> {
    let mut papers = Vec::new();
    for (visit, week, station) in of.visits().into_iter().take(MOST_VISITS) {
        let name = of.name(&visit.entity_id);
        let to = if name.is_empty() { visit.entity_id.as_str() } else { name };
        let whom = vec![
            (("Inspected entity", "检查对象"), name.to_owned()),
            (("Unified social credit code", "统一社会信用代码"), visit.entity_id.clone()),
            (("Entity code", "对象编码"), of.entity_codes.get(&visit.entity_id).cloned().unwrap_or_default()),
            (("Station", "监管所"), station.to_owned()),
        ];
        let whom: Vec<(Words, String)> = whom.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let people = |department: &str| of.people(of.team(visit, department).iter().flat_map(|team| &team.members));
        let mut facts = whom.clone();
        facts.push((
            ("Time", "检查时间"),
            lang.choose(
                format!("week of {}, between {} and {}", show_day(week), show_day(visit.first), show_day(visit.last)),
                format!("{}起的一周，限{}至{}", show_day(week), show_day(visit.first), show_day(visit.last)),
            ),
        ));
        facts.push((("Lead department", "牵头部门"), visit.lead.clone()));
        papers.push(Paper {
            title: NOTICE,
            number: visit.visit_id.clone(),
            opening: lang.choose(
                format!("To {to}: you were drawn at random for inspection. The departments below come together, in one visit."),
                format!("{to}：经“双随机”抽取，你单位为本次检查对象，由下列部门联合上门，一次完成检查。现将有关事项通知如下："),
            ),
            facts,
            heads: &[("Department", "检查部门"), ("Inspectors", "检查人员"), ("Items", "检查事项")],
            rows: visit
                .departments
                .iter()
                .map(|department| {
                    let items = of.items_of(visit, department).into_iter().map(|item| of.item_with_name(item));
                    vec![department.clone(), people(department), items.collect::<Vec<_>>().join("；")]
                })
                .collect(),
            closing: (
                "Inspectors come in twos at least and show their certificates; you may refuse them otherwise. You may ask that one who has an interest in the matter stays away.",
                "检查人员不得少于两人，并应当主动出示执法证件；未出示或者少于两人的，你单位有权拒绝检查。认为检查人员与检查事项有利害关系的，有权申请回避。",
            ),
            signatures: &[("Lead department (seal), date", "牵头部门（印章）　　年　月　日"), ("Received by, date", "签收人　　年　月　日")],
        });
        let mut facts = whom;
        let own = columns.get(&visit.entity_id).into_iter().flatten();
        let further: Vec<(String, String)> = own.cloned().collect();
        facts.push((("Date of the check", "检查日期"), String::new()));
        facts.push((
            ("Place of the check", "检查地点"),
            further.iter().map(|(head, value)| format!("{head}：{value}")).collect::<Vec<_>>().join("；"),
        ));
        facts.push((("Person met, telephone", "现场负责人及电话"), String::new()));
        let mut rows = Vec::new();
        for department in &visit.departments {
            let items = of.items_of(visit, department);
            for item in if items.is_empty() { vec![""] } else { items } {
                let blank = String::new;
                rows.push(vec![department.clone(), of.item_with_name(item), blank(), blank(), blank(), blank()]);
            }
        }
        papers.push(Paper {
            title: RECORD,
            number: visit.visit_id.clone(),
            opening: String::new(),
            facts,
            heads: &[
                ("Department", "检查部门"),
                ("Item", "检查事项"),
                ("Outcome", "检查结果"),
                ("Disposal", "后续处置措施"),
                ("Notes", "情况说明"),
                ("Inspectors (signed)", "检查人员签名"),
            ],
            rows,
            closing: ("The record has been read out and is correct.", "以上记录经核对无误。"),
            signatures: &[
                ("For the inspected entity, date", "检查对象（签名或盖章）　　年　月　日"),
                ("Witness, date", "见证人　　年　月　日"),
            ],
        });
    }
    papers
}
