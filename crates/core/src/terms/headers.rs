//! Column headers, read by one alias table.

use super::aliases::{DISTINCTIONS, LIKE_STATUS, OWNED, OWNERS, REMARKS, TABLE};
use super::text::normalise;
use super::words::fold;

/// A column that some input table has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Column {
    /// Key of an entity: 统一社会信用代码, or 注册号.
    EntityId,
    /// 企业名称.
    Name,
    /// 登记状态.
    Status,
    /// 行政区划, 区县.
    Region,
    /// 监管所: the station that supervises the entity; of an inspector, where they serve.
    Station,
    /// 行业.
    Industry,
    /// 企业类型.
    EntityType,
    /// 标签: several in one cell.
    Tags,
    /// 成立日期.
    RegistrationDate,
    /// 注册资本.
    Capital,
    /// 信用风险等级.
    Grade,
    /// 红黄绿码.
    Color,
    /// 风险分值.
    Score,
    /// 标记: abnormal list, complaint …
    Flag,
    /// Date of a past inspection.
    Date,
    /// Department of a past inspection or of an inspector.
    Department,
    /// Administrative level of a past inspection.
    Level,
    /// 执法人员编号.
    InspectorId,
    /// 执法人员姓名.
    InspectorName,
    /// 执法资质.
    Qualification,
    /// 业务专长.
    Specialty,
    /// 证件有效期至.
    CertificateUntil,
    /// 是否专家.
    Expert,
    /// 永久随机数: a permanent random number kept by the agency, 0 < prn < 1.
    Prn,
    /// 指标名称: what a printed figure is called.
    Figure,
    /// 分子 of a printed figure.
    Numerator,
    /// 分母 of a printed figure.
    Denominator,
    /// 公布值: a figure as printed.
    Printed,
    /// 截至日期 of a printed figure.
    AsOf,
    /// 来源: where a figure is printed, or why an inspection takes place (检查类型).
    Source,
    /// 检查编号: id of one inspection.
    InspectionId,
    /// 任务编号.
    TaskId,
    /// 上门编号: inspections of one stay.
    VisitId,
    /// 事项编号: several in one cell.
    ItemId,
    /// 计划编号.
    PlanId,
    /// 录入日期 of a result.
    EnteredOn,
    /// 审核日期 of a result.
    ReviewedOn,
    /// 公示日期 of a result.
    PublishedOn,
    /// 更正日期: a published result was corrected.
    CorrectedOn,
    /// 备案日期 of an inspection outside the plan.
    FiledOn,
    /// 检验报告送达日期.
    LaboratoryOn,
    /// 整改完成日期.
    RectifiedOn,
    /// 整改期限.
    RectifyBy,
    /// 是否掌上执法.
    Mobile,
    /// 是否联合检查.
    Joint,
    /// 检查结果: several in one cell.
    Outcome,
    /// 发现问题情况.
    Problem,
    /// 后续处置措施: several in one cell.
    Disposal,
    /// 参与部门: several in one cell.
    Departments,
    /// 牵头部门.
    Lead,
    /// 是否使用信用规则.
    CreditRule,
    /// 开始日期 of a task or plan.
    StartOn,
    /// 截止日期 of a task or plan.
    DueOn,
    /// 完成日期 of a task.
    FinishedOn,
    /// 抽查类别 of an item.
    Category,
    /// 并入计划编号.
    MergedInto,
    /// 列入日期.
    ListedOn,
    /// 核实日期.
    VerifiedOn,
    /// 列入原因.
    ListReason,
    /// 名录类型.
    ListType,
    /// 发放日期 of a feedback form.
    SentOn,
    /// 回收日期 of a feedback form.
    ReturnedOn,
    /// 是否满意.
    Satisfied,
    /// 日期类型: a day of rest or a worked one.
    DayKind,
    /// 注销日期.
    DeregisteredOn,
    /// 任务名称.
    TaskName,
    /// 事项名称.
    ItemName,
    /// 抽查比例 of a task.
    Share,
    /// 抽查户数 of a task.
    Count,
    /// 抽查频次 of a task.
    Frequency,
    /// 随机数流 of a task.
    Stream,
    /// 是否合法性审核 of a plan.
    LegalReview,
    /// 是否在岗 of an inspector.
    Active,
    /// 证件有效期起 of an inspector.
    CertificateFrom,
    /// 每周任务上限 of an inspector.
    Capacity,
    /// 是否可任组长 of an inspector.
    MayLead,
}

/// Added to the rank of a header for each relaxation that its reading needs; larger than any alias list.
const RANK_PENALTY: u16 = 1000;

/// Brackets that open a remark, as [`normalise`] leaves them.
const OPENING: [char; 4] = ['(', '[', '【', '〔'];

/// Brackets that close a remark.
const CLOSING: [char; 4] = [')', ']', '】', '〕'];

impl Column {
    /// All columns.
    pub const ALL: [Column; 76] = [
        Column::EntityId,
        Column::Name,
        Column::Status,
        Column::Region,
        Column::Station,
        Column::Industry,
        Column::EntityType,
        Column::Tags,
        Column::RegistrationDate,
        Column::Capital,
        Column::Grade,
        Column::Color,
        Column::Score,
        Column::Flag,
        Column::Date,
        Column::Department,
        Column::Level,
        Column::InspectorId,
        Column::InspectorName,
        Column::Qualification,
        Column::Specialty,
        Column::CertificateUntil,
        Column::Expert,
        Column::Prn,
        Column::Figure,
        Column::Numerator,
        Column::Denominator,
        Column::Printed,
        Column::AsOf,
        Column::Source,
        Column::InspectionId,
        Column::TaskId,
        Column::VisitId,
        Column::ItemId,
        Column::PlanId,
        Column::EnteredOn,
        Column::ReviewedOn,
        Column::PublishedOn,
        Column::CorrectedOn,
        Column::FiledOn,
        Column::LaboratoryOn,
        Column::RectifiedOn,
        Column::RectifyBy,
        Column::Mobile,
        Column::Joint,
        Column::Outcome,
        Column::Problem,
        Column::Disposal,
        Column::Departments,
        Column::Lead,
        Column::CreditRule,
        Column::StartOn,
        Column::DueOn,
        Column::FinishedOn,
        Column::Category,
        Column::MergedInto,
        Column::ListedOn,
        Column::VerifiedOn,
        Column::ListReason,
        Column::ListType,
        Column::SentOn,
        Column::ReturnedOn,
        Column::Satisfied,
        Column::DayKind,
        Column::DeregisteredOn,
        Column::TaskName,
        Column::ItemName,
        Column::Share,
        Column::Count,
        Column::Frequency,
        Column::Stream,
        Column::LegalReview,
        Column::Active,
        Column::CertificateFrom,
        Column::Capacity,
        Column::MayLead,
    ];

    /// The column's name in plans and Parquet files, such as `entity_id`.
    pub fn canonical(self) -> &'static str {
        self.entry().1
    }

    /// The header that Chinese tables use most, such as 统一社会信用代码.
    pub fn chinese(self) -> &'static str {
        self.entry().2
    }

    /// The column of a canonical name; `None` for anything else, aliases included.
    pub fn from_canonical(name: &str) -> Option<Self> {
        TABLE.iter().find(|entry| entry.1 == name).map(|entry| entry.0)
    }

    /// The column that a header means, in Chinese (simplified or traditional) or English. Blanks, punctuation, full-width forms
    /// and case do not matter; remarks such as `(万元)` and `*` are passed over; `企业名称 Name` and `统一社会信用代码/注册号` are
    /// read in parts that must agree; ordinal numbers before a header and other remarks behind it, as in `1.登记状态(下拉)`, are
    /// dropped, unless a remark makes it another column: `企业名称(英文)`. `None` for headers that no input needs.
    pub fn from_header(header: &str) -> Option<Self> {
        Self::ranked_from_header(header).map(|(column, _)| column)
    }

    /// [`Column::from_header`] with a rank: where several headers of one table mean one column (统一社会信用代码 beside 注册号), the
    /// lowest rank is the one to read.
    pub fn ranked_from_header(header: &str) -> Option<(Self, u16)> {
        let header = header.trim_end().trim_end_matches(['?', '？']);
        let folded = fold(header);
        exact(&folded)
            .or_else(|| {
                exact(&fold(&without_remarks(&normalise(header)))).map(|found| (found.0, found.1 + RANK_PENALTY))
            })
            .or_else(|| agreeing_parts(&folded).map(|found| (found.0, found.1 + 2 * RANK_PENALTY)))
            .or_else(|| owned(&folded).map(|found| (found.0, found.1 + 3 * RANK_PENALTY)))
            .or_else(|| {
                owned(&fold(&without_remarks(&normalise(header)))).map(|found| (found.0, found.1 + 4 * RANK_PENALTY))
            })
            .or_else(|| {
                let bare = fold(undecorated(&normalise(header))?);
                exact(&bare).map(|found| (found.0, found.1 + 5 * RANK_PENALTY))
            })
    }

    /// True for headers that could mean this column though they are not known: for messages, never for reading.
    pub fn looks_like(self, header: &str) -> bool {
        let key = fold(header).replace(' ', "");
        if self == Column::Status {
            return LIKE_STATUS.iter().any(|part| key.contains(part));
        }
        let is_part = key.chars().nth(1).is_some();
        [self.chinese(), &self.canonical().replace('_', "")]
            .iter()
            .any(|name| key.contains(name) || (is_part && name.contains(&key)))
    }

    fn entry(self) -> &'static (Column, &'static str, &'static str, &'static [&'static str]) {
        TABLE.iter().find(|entry| entry.0 == self).expect("the table has every column: a test goes through them")
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.canonical())
    }
}

/// A folded header that is in the table, blanks apart; the canonical name ranks 0, the Chinese name 1, aliases from 2.
fn exact(folded: &str) -> Option<(Column, u16)> {
    let key = folded.replace(' ', "");
    TABLE.iter().find_map(|(column, canonical, chinese, aliases)| {
        if canonical.split('_').collect::<String>() == key {
            return Some((*column, 0));
        }
        let place = std::iter::once(chinese).chain(*aliases).position(|alias| *alias == key)?;
        u16::try_from(place + 1).ok().map(|rank| (*column, rank))
    })
}

/// Parts of a folded header that all mean the same column.
fn agreeing_parts(folded: &str) -> Option<(Column, u16)> {
    let mut agreed: Option<(Column, u16)> = None;
    for part in folded.split(' ') {
        let found = exact(part)?;
        agreed = match agreed {
            None => Some(found),
            Some(before) if before.0 == found.0 => Some((before.0, before.1.min(found.1))),
            Some(_) => return None,
        };
    }
    agreed
}

/// An attribute of an entity with its owner before it.
fn owned(folded: &str) -> Option<(Column, u16)> {
    let key = folded.replace(' ', "");
    let attribute = OWNERS.iter().find_map(|owner| key.strip_prefix(owner))?;
    exact(attribute.strip_prefix('的').unwrap_or(attribute)).filter(|found| OWNED.contains(&found.0))
}

/// A normalised header without the bracketed remarks that do not matter.
fn without_remarks(header: &str) -> String {
    let mut kept = String::with_capacity(header.len());
    let mut rest = header;
    while let Some(open) = rest.find(OPENING) {
        let (before, bracketed) = rest.split_at(open);
        kept.push_str(before);
        let Some((close, mark)) = bracketed.char_indices().find(|(_, c)| CLOSING.contains(c)) else {
            kept.push_str(bracketed);
            return kept;
        };
        let end = close + mark.len_utf8();
        let remark = fold(&bracketed[..end]).replace(' ', "");
        if !REMARKS.contains(&remark.as_str()) {
            kept.push_str(&bracketed[..end]);
        }
        rest = &bracketed[end..];
    }
    kept.push_str(rest);
    kept
}

/// A normalised header without the ordinal number before it and the marks and remarks behind it. `None` if a remark makes the
/// column another one.
fn undecorated(header: &str) -> Option<&str> {
    let is_mark = |c: char| !c.is_alphanumeric() && !OPENING.contains(&c) && !CLOSING.contains(&c);
    let mut bare = without_ordinal(header.trim_start_matches(is_mark));
    loop {
        bare = bare.trim_end_matches(is_mark);
        let Some(unclosed) = bare.strip_suffix(CLOSING) else { return Some(bare) };
        let (before, remark) = unclosed.rsplit_once(OPENING)?;
        let remark = fold(remark);
        if DISTINCTIONS.iter().any(|part| remark.contains(part)) {
            return None;
        }
        bare = before;
    }
}

/// A header without an ordinal number before it: `1.`, `(2)`, `三、`, `④`.
fn without_ordinal(header: &str) -> &str {
    if let Some(rest) = header.strip_prefix(|c: char| matches!(c, '①'..='⒛')) {
        return rest;
    }
    let numbered = header.strip_prefix('(').unwrap_or(header);
    let rest = numbered.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    let behind = rest.strip_prefix(['.', '、', ')', ':']).filter(|_| rest.len() < numbered.len());
    behind.unwrap_or(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_column_is_in_the_table_once_and_in_order() {
        assert_eq!(TABLE.iter().map(|entry| entry.0).collect::<Vec<_>>(), Column::ALL);
        for column in Column::ALL {
            assert_eq!(Column::from_canonical(column.canonical()), Some(column));
            assert_eq!(Column::ranked_from_header(column.canonical()), Some((column, 0)));
            assert_eq!(Column::ranked_from_header(column.chinese()), Some((column, 1)));
            assert_eq!(column.to_string(), column.canonical());
        }
        assert_eq!(Column::from_canonical("企业名称"), None);
        assert_eq!(Column::from_canonical(""), None);
    }

    #[test]
    fn every_alias_means_one_column_and_is_written_folded() {
        let mut seen = BTreeMap::new();
        for (column, canonical, chinese, aliases) in TABLE {
            assert!(aliases.len() < usize::from(RANK_PENALTY) - 2);
            let canonical = canonical.replace('_', "");
            for alias in [canonical.as_str(), chinese].into_iter().chain(aliases.iter().copied()) {
                assert_eq!(fold(alias), alias);
                assert_eq!(Column::from_header(alias), Some(*column), "{alias}");
                assert_eq!(seen.insert(alias.to_owned(), *column), None, "{alias} stands twice");
            }
        }
        for word in REMARKS.iter().chain(DISTINCTIONS).chain(LIKE_STATUS) {
            assert_eq!(fold(word), *word);
        }
    }

    #[test]
    fn headers_are_written_in_many_ways() {
        for (header, column) in [
            ("统一社会信用代码/注册号", Column::EntityId),
            ("注册号/统一社会信用代码", Column::EntityId),
            ("统一社会信用代码（注册号）", Column::EntityId),
            ("統一社會信用代碼", Column::EntityId),
            ("註冊號", Column::EntityId),
            ("\u{feff}统一社会信用代码", Column::EntityId),
            (" 统一社会\n信用代码 ", Column::EntityId),
            ("*统一社会信用代码（必填）", Column::EntityId),
            ("被检查对象统一社会信用代码", Column::EntityId),
            ("ENTITY_ID", Column::EntityId),
            ("Entity Id", Column::EntityId),
            ("entity-id", Column::EntityId),
            ("ＵＳＣＣ", Column::EntityId),
            ("Unified Social Credit Code", Column::EntityId),
            ("企业名称", Column::Name),
            ("企业（机构）名称", Column::Name),
            ("企業名稱", Column::Name),
            ("名　称", Column::Name),
            ("企业名称 Name", Column::Name),
            ("企业名称(全称)", Column::Name),
            ("被檢查對象", Column::Name),
            ("经营状态", Column::Status),
            ("登記狀態", Column::Status),
            ("企业状态（登记状态）", Column::Status),
            ("管辖单位", Column::Station),
            ("屬地監管所", Column::Station),
            ("县（市、区）", Column::Region),
            ("区（县）", Column::Region),
            ("行政區劃", Column::Region),
            ("所属行业", Column::Industry),
            ("企业所属行业", Column::Industry),
            ("行業門類", Column::Industry),
            ("企业类型", Column::EntityType),
            ("市場主體類型", Column::EntityType),
            ("成立日期（年/月/日）", Column::RegistrationDate),
            ("注册日期", Column::RegistrationDate),
            ("企业成立日期", Column::RegistrationDate),
            ("成立日期(yyyy-mm-dd)", Column::RegistrationDate),
            ("注册资本(万元)", Column::Capital),
            ("注册资金（万人民币）", Column::Capital),
            ("Registered capital (CNY)", Column::Capital),
            ("信用风险等级", Column::Grade),
            ("企业信用风险分类", Column::Grade),
            ("企业信用风险等级（A/B/C/D）", Column::Grade),
            ("信用風險等級", Column::Grade),
            ("红黄绿码", Column::Color),
            ("“红黄绿”三色码", Column::Color),
            ("賦碼顏色", Column::Color),
            ("风险分值（百分制）", Column::Score),
            ("风险评分", Column::Score),
            ("检查日期", Column::Date),
            ("检查实施机关", Column::Department),
            ("执法部门", Column::Department),
            ("检查层级", Column::Level),
            ("执法证号", Column::InspectorId),
            ("執法人員姓名", Column::InspectorName),
            ("姓 名", Column::InspectorName),
            ("执法资质", Column::Qualification),
            ("业务专长", Column::Specialty),
            ("執法證有效期至", Column::CertificateUntil),
            ("是否专家？", Column::Expert),
            ("PRN", Column::Prn),
            ("登记状态(下拉)", Column::Status),
            ("企业名称（请选择）", Column::Name),
            ("登记状态[下拉选择]", Column::Status),
            ("登记状态（下拉）（存续/注销/吊销）", Column::Status),
            ("*登记状态：", Column::Status),
            ("登记状态▼", Column::Status),
            ("登记状态(下拉)▼", Column::Status),
            ("1.登记状态", Column::Status),
            ("*1、 登记状态（下拉）", Column::Status),
            ("（1）统一社会信用代码", Column::EntityId),
            ("二、企业名称", Column::Name),
            ("③登记状态", Column::Status),
        ] {
            assert_eq!(Column::from_header(header), Some(column), "{header}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn other_headers_are_left_alone() {
        for header in [
            "", " ", "*", "（必填）", "序号", "编号", "法定代表人", "法定代表人姓名", "负责人", "联系电话",
            "经营范围", "登记机关", "所在省份", "省份", "住所", "地址", "核准日期", "吊销日期",
            "变更日期", "实缴资本", "组织机构代码", "营业期限至", "企业名称(英文)", "企业名称/登记状态",
            "企业姓名", "企业日期", "单位部门", "名称 状态", "曾用名", "邮箱", "网址", "参保人数", "Unnamed: 3",
            "91350100M000100Y43", "(万元", "重庆市永川区企业名录", "1.0E+17", "企业名称(旧)", "登记状态（变更前）", "企业名称（曾用）",
            "名称(English)", "status (former)", "注册资本(万美元)", "统一社会信用代码(股东)", "1.经营范围(文字)", "(1)",
            "1.", "1登记状态",
        ] {
            assert_eq!(Column::from_header(header), None, "{header}");
        }
    }

    #[test]
    fn unknown_headers_look_like_the_columns_they_could_mean() {
        for header in ["目前狀態", "企业存续情况", "经营情况", "Operating State", "是否在业"] {
            assert!(Column::Status.looks_like(header), "{header}");
        }
        for (column, header) in [
            (Column::EntityId, "统一社会信用代码(新)"),
            (Column::EntityId, "社会信用"),
            (Column::Name, "企业名称(英文)"),
            (Column::Color, "红黄"),
            (Column::RegistrationDate, "Date of registration date"),
        ] {
            assert!(column.looks_like(header), "{header}");
        }
        for (column, header) in
            [(Column::Status, "企业名称"), (Column::Name, "企"), (Column::Name, ""), (Column::Capital, "住所")]
        {
            assert!(!column.looks_like(header), "{header}");
        }
    }

    #[test]
    fn of_two_headers_for_one_column_the_better_ranks_lower() {
        let rank = |header| Column::ranked_from_header(header).map(|found| found.1);
        for better_first in [
            ["统一社会信用代码", "注册号"],
            ["统一社会信用代码", "纳税人识别号"],
            ["entity_id", "统一社会信用代码"],
            ["注册号", "统一社会信用代码(注册号)(旧)"],
            ["企业名称", "公司名称"],
            ["企业名称", "企业名称(全称)"],
            ["行业代码", "行业门类"],
            ["信用风险等级", "等级"],
            ["检查日期", "日期"],
            ["企业登记状态(必填)", "登记状态(下拉)"],
        ] {
            let [better, worse] = better_first.map(rank);
            assert!(better < worse || worse.is_none(), "{better_first:?}: {better:?} {worse:?}");
        }
    }
}
