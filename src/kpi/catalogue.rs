//! The catalogue: every figure with its words, its numerator and its denominator.
//!
//! A figure is data. Numerator and denominator are numbers over the fact table ([`super::cells`]): `of(GRAIN,
//! condition)` counts the units of a grain whose marks meet the condition. Adding a figure is adding an entry here; the
//! table, the page, `fairdraw kpi --list` and the checks of plans read it from here.

use super::cells::Grain;
use super::cells::Grain::{
    Category, Drawn, Duty, Entity, Form, Inspection, Item, Listing, Pair, Plan, Registered, Scored, Task, Visit,
};
use super::expression::{Condition, Number};
use crate::terms::Column;

/// What a figure is a quotient of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 1.
    Share,
    /// So many per unit.
    PerUnit,
    /// A count.
    Count,
}

/// What a figure cannot be computed without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A column of the results.
    Results(Column),
    /// The table of tasks.
    Tasks,
    /// Tasks with a day of completion.
    FinishedTasks,
    /// A registry with a status.
    Entities,
    /// The list of items.
    Items,
    /// Plans, or plan ids in tasks or results.
    Plans,
    /// The table of plans.
    PlanTable,
    /// Entries on lists.
    Listings,
    /// Feedback forms.
    Feedback,
    /// Published draws.
    Draws,
    /// Teams beside a published draw.
    Teams,
    /// Risk scores, in the results or in a draw.
    Scores,
}

/// Part of a population that a figure may be confined to.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Its id.
    pub id: &'static str,
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// The units that it keeps.
    keeps: fn() -> Condition,
}

/// A figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its id.
    pub id: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// What it says, in English: numerator / denominator.
    pub meaning_en: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Where it is asked for or published.
    pub source: &'static str,
    /// What it counts: a cell without units of this grain has no row.
    pub grain: Grain,
    /// Its variants; the first is the plain one.
    pub variants: &'static [Variant],
    /// What it cannot be computed without.
    pub needs: &'static [Need],
    /// Units above the line, confined to those that a variant keeps.
    numerator: fn(Condition) -> Number,
    /// Units below the line; `None` for a count.
    denominator: Option<fn(Condition) -> Number>,
}

impl Figure {
    /// The numerator under a variant.
    pub fn numerator(&self, variant: &Variant) -> Number {
        (self.numerator)((variant.keeps)())
    }

    /// The denominator under a variant.
    pub fn denominator(&self, variant: &Variant) -> Option<Number> {
        self.denominator.map(|denominator| denominator((variant.keeps)()))
    }
}

/// Units of a grain that meet a condition.
fn of(grain: Grain, condition: Condition) -> Number {
    Number::Units(grain, condition)
}

/// Detection of a part over detection of all: problems of the part × results of all, and results of the part × problems of
/// all.
fn lift(grain: Grain, keeps: Condition) -> (Number, Number) {
    let found = of(grain, keeps.clone().and(is("completed")).and(is("problem")));
    let completed = of(grain, keeps.and(is("completed")));
    (found * Number::InAll(grain, "completed"), completed * Number::InAll(grain, "problem"))
}

/// Units that carry a mark.
fn is(mark: &'static str) -> Condition {
    Condition::Is(mark)
}

fn not(mark: &'static str) -> Condition {
    Condition::Not(mark)
}

const ALL: Variant = Variant { id: "all", en: "all", zh: "全部", keeps: || Condition::Always };
const DOUBLE_RANDOM: Variant =
    Variant {
        id: "double-random", en: "double-random inspections", zh: "双随机抽查", keeps: || is("double_random")
    };
const OWN: Variant = Variant {
    id: "own",
    en: "double-random tasks that the own level initiated",
    zh: "本级发起的双随机任务",
    keeps: || is("own"),
};
const MET: Variant =
    Variant {
        id: "met", en: "without entities that were not met", zh: "不含未能实施检查的", keeps: || is("met")
    };
const ORDERED: Variant =
    Variant { id: "told-to-correct", en: "told to correct", zh: "责令改正", keeps: || is("ordered") };
const EDUCATED: Variant =
    Variant { id: "educated", en: "criticised and educated", zh: "批评教育", keeps: || is("educated") };
const NOT_PUNISHED: Variant =
    Variant { id: "not-punished", en: "not punished", zh: "不予处罚", keeps: || is("not_punished") };
const ANY_ORDER: Variant = Variant {
    id: "all",
    en: "told to correct, educated or not punished",
    zh: "责令改正、批评教育或不予处罚",
    keeps: || is("ordered").or(is("educated")).or(is("not_punished")),
};

const PLAIN: &[Variant] = &[ALL];
const DETECTION: &[Variant] = &[ALL, DOUBLE_RANDOM, OWN, MET];
/// A visit or an entity has a mark if one of its inspections does; two marks can be those of two inspections. A result with
/// a problem is always one of an entity that was met, so that these two variants are sound.
const WHOLE_UNITS: &[Variant] = &[ALL, MET];
const XIAOSHAN: &str = "萧山 2021";
const HAISHU: &str = "海曙 2023";
const CHICAGO: &str = "Chicago 2014";

/// Every figure.
#[rustfmt::skip]
pub const FIGURES: &[Figure] = &[
    Figure {
        id: "cross_department.by_task", zh: "跨部门监管率（任务）", en: "Cross-department rate (tasks)",
        meaning_en: "double-random tasks of two departments or more in which the organ took part / double-random tasks in which it took part",
        meaning_zh: "参与的两个以上部门的双随机任务数 / 参与的双随机任务数",
        unit: Unit::Share, source: XIAOSHAN, grain: Task, variants: PLAIN, needs: &[Need::Tasks],
        numerator: |keeps| of(Task, keeps.and(is("double_random")).and(is("joint_task"))),
        denominator: Some(|keeps| of(Task, keeps.and(is("double_random")))),
    },
    Figure {
        id: "cross_department.by_inspection", zh: "跨部门监管率（户次）", en: "Cross-department rate (inspections)",
        meaning_en: "double-random inspections in joint visits / double-random inspections",
        meaning_zh: "联合检查中的双随机检查户次 / 双随机检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps.and(is("double_random")).and(is("joint"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("double_random")))),
    },
    Figure {
        id: "credit_rule.by_task", zh: "信用规则使用率（任务）", en: "Use of credit rules (tasks)",
        meaning_en: "initiated double-random tasks with a credit rule / initiated double-random tasks",
        meaning_zh: "使用信用规则的本级发起双随机任务数 / 本级发起双随机任务数",
        unit: Unit::Share, source: XIAOSHAN, grain: Task, variants: &[OWN], needs: &[Need::Tasks],
        numerator: |keeps| of(Task, keeps.and(is("credit_rule"))),
        denominator: Some(|keeps| of(Task, keeps)),
    },
    Figure {
        id: "credit_rule.by_inspection", zh: "信用规则使用率（户次）", en: "Use of credit rules (inspections)",
        meaning_en: "inspections of initiated double-random tasks with a credit rule / double-random inspections",
        meaning_zh: "本级发起、使用信用规则的双随机任务的检查户次 / 双随机检查户次",
        unit: Unit::Share, source: "kpis.md", grain: Inspection, variants: PLAIN, needs: &[Need::Tasks],
        numerator: |keeps| of(Inspection, keeps.and(is("own")).and(is("credit_rule"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("double_random")))),
    },
    Figure {
        id: "mobile", zh: "掌上执法率", en: "Mobile share",
        meaning_en: "inspections recorded on a mobile device / inspections", meaning_zh: "掌上执法户次 / 检查户次",
        unit: Unit::Share, source: XIAOSHAN, grain: Inspection, variants: PLAIN, needs: &[Need::Results(Column::Mobile)],
        numerator: |keeps| of(Inspection, keeps.and(is("mobile"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "detection.by_inspection", zh: "问题检出率（户次）", en: "Detection rate (inspections)",
        meaning_en: "inspections with a problem / inspections with a result", meaning_zh: "检出问题户次 / 已录入结果的检查户次",
        unit: Unit::Share, source: XIAOSHAN, grain: Inspection, variants: DETECTION, needs: &[],
        numerator: |keeps| of(Inspection, keeps.and(is("completed")).and(is("problem"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("completed")))),
    },
    Figure {
        id: "detection.by_visit", zh: "问题检出率（上门）", en: "Detection rate (visits)",
        meaning_en: "visits with a problem / visits with a result", meaning_zh: "检出问题的上门次数 / 已录入结果的上门次数",
        unit: Unit::Share, source: "kpis.md", grain: Visit, variants: WHOLE_UNITS, needs: &[],
        numerator: |keeps| of(Visit, keeps.and(is("completed")).and(is("problem"))),
        denominator: Some(|keeps| of(Visit, keeps.and(is("completed")))),
    },
    Figure {
        id: "detection.by_entity", zh: "问题检出率（对象）", en: "Detection rate (entities)",
        meaning_en: "entities with a problem / entities with a result", meaning_zh: "检出问题的对象户数 / 已录入结果的对象户数",
        unit: Unit::Share, source: "kpis.md", grain: Entity, variants: WHOLE_UNITS, needs: &[],
        numerator: |keeps| of(Entity, keeps.and(is("completed")).and(is("problem"))),
        denominator: Some(|keeps| of(Entity, keeps.and(is("completed")))),
    },
    Figure {
        id: "detection.by_task", zh: "问题检出率（任务）", en: "Detection rate (tasks)",
        meaning_en: "tasks with a problem / tasks with a result", meaning_zh: "检出问题的任务数 / 已录入结果的任务数",
        unit: Unit::Share, source: "kpis.md", grain: Task, variants: &[ALL, DOUBLE_RANDOM, OWN], needs: &[Need::Tasks],
        numerator: |keeps| of(Task, keeps.and(is("completed")).and(is("problem"))),
        denominator: Some(|keeps| of(Task, keeps.and(is("completed")))),
    },
    Figure {
        id: "double_random_share", zh: "双随机占比", en: "Share of double-random inspections",
        meaning_en: "double-random inspections / inspections", meaning_zh: "双随机检查户次 / 检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps.and(is("double_random"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "drawn_share", zh: "抽查比例", en: "Share drawn",
        meaning_en: "live entities that were drawn / live entities", meaning_zh: "抽中的存续对象户数 / 存续对象户数",
        unit: Unit::Share, source: "永川 2023", grain: Registered, variants: PLAIN, needs: &[Need::Entities, Need::Draws],
        numerator: |keeps| of(Registered, keeps.and(is("live")).and(is("drawn"))),
        denominator: Some(|keeps| of(Registered, keeps.and(is("live")))),
    },
    Figure {
        id: "joint_draw_share", zh: "联合抽查占比", en: "Share of joint draws",
        meaning_en: "initiated double-random tasks of two departments or more / initiated double-random tasks",
        meaning_zh: "本级发起的两个以上部门的双随机抽查数 / 本级发起的双随机抽查数",
        unit: Unit::Share, source: "常德 2017", grain: Task, variants: &[OWN], needs: &[Need::Tasks],
        numerator: |keeps| of(Task, keeps.and(is("joint_task"))),
        denominator: Some(|keeps| of(Task, keeps)),
    },
    Figure {
        id: "joint_implementation.by_plan", zh: "联合实施率（计划）", en: "Joint implementation (plans)",
        meaning_en: "plans carried out in joint visits / plans that were not merged into others",
        meaning_zh: "以联合检查实施的计划数 / 计划数（不含并入其他计划的）",
        unit: Unit::Share, source: HAISHU, grain: Plan, variants: PLAIN, needs: &[Need::PlanTable],
        numerator: |keeps| of(Plan, keeps.and(is("jointly"))),
        denominator: Some(|keeps| of(Plan, keeps)),
    },
    Figure {
        id: "joint_implementation.by_inspection", zh: "联合实施率（户次）", en: "Joint implementation (inspections)",
        meaning_en: "inspections in joint visits / inspections", meaning_zh: "联合检查户次 / 检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps.and(is("joint"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "interference_avoided", zh: "减少干扰次数", en: "Interference avoided",
        meaning_en: "inspections in joint visits less joint visits: visits that entities were spared",
        meaning_zh: "联合检查户次减去联合上门次数，即为企业减少的上门次数",
        unit: Unit::Count, source: HAISHU, grain: Visit, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps.clone().and(is("joint"))) - of(Visit, keeps.and(is("joint"))),
        denominator: None,
    },
    Figure {
        id: "visits_per_entity", zh: "户均上门次数", en: "Visits an entity",
        meaning_en: "visits / entities visited", meaning_zh: "上门次数 / 受检对象户数",
        unit: Unit::PerUnit, source: "永川 2023", grain: Entity, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Visit, keeps),
        denominator: Some(|keeps| of(Entity, keeps)),
    },
    Figure {
        id: "inspections_per_entity", zh: "户均检查次数", en: "Inspections an entity",
        meaning_en: "inspections / entities visited", meaning_zh: "检查户次 / 受检对象户数",
        unit: Unit::PerUnit, source: "永川 2023", grain: Entity, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps),
        denominator: Some(|keeps| of(Entity, keeps)),
    },
    Figure {
        id: "item_coverage.by_item", zh: "事项覆盖率（事项）", en: "Coverage of items",
        meaning_en: "items inspected at least once / items of the list", meaning_zh: "至少检查一次的事项数 / 清单事项数",
        unit: Unit::Share, source: XIAOSHAN, grain: Item, variants: PLAIN, needs: &[Need::Items, Need::Results(Column::ItemId)],
        numerator: |keeps| of(Item, keeps.and(is("inspected"))),
        denominator: Some(|keeps| of(Item, keeps)),
    },
    Figure {
        id: "item_coverage.by_category", zh: "事项覆盖率（类别）", en: "Coverage of categories",
        meaning_en: "categories of which an item was inspected / categories of the list", meaning_zh: "有事项被检查的类别数 / 清单类别数",
        unit: Unit::Share, source: XIAOSHAN, grain: Category, variants: PLAIN, needs: &[Need::Items, Need::Results(Column::ItemId)],
        numerator: |keeps| of(Category, keeps.and(is("inspected"))),
        denominator: Some(|keeps| of(Category, keeps)),
    },
    Figure {
        id: "task_completion", zh: "任务完成率", en: "Completion of tasks",
        meaning_en: "tasks due and finished / tasks due", meaning_zh: "到期且已完成的任务数 / 到期任务数",
        unit: Unit::Share, source: "kpis.md", grain: Task, variants: PLAIN, needs: &[Need::Tasks, Need::FinishedTasks],
        numerator: |keeps| of(Task, keeps.and(is("due")).and(is("finished"))),
        denominator: Some(|keeps| of(Task, keeps.and(is("due")))),
    },
    Figure {
        id: "inspection_completion", zh: "检查完成率", en: "Completion of inspections",
        meaning_en: "inspections due with a result / inspections whose deadline has come", meaning_zh: "到期且已录入结果的检查户次 / 到期检查户次",
        unit: Unit::Share, source: "kpis.md", grain: Inspection, variants: PLAIN, needs: &[],
        numerator: |keeps| of(Inspection, keeps.and(is("publication_due")).and(is("completed"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("publication_due")))),
    },
    Figure {
        id: "publication", zh: "公示率", en: "Publication rate",
        meaning_en: "published / inspections with a result", meaning_zh: "已公示户次 / 已录入结果的检查户次",
        unit: Unit::Share, source: "常德 2017", grain: Inspection, variants: PLAIN, needs: &[Need::Results(Column::PublishedOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("published"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("completed")))),
    },
    Figure {
        id: "timeliness", zh: "公示及时率", en: "Timeliness of publication",
        meaning_en: "published within the deadline / inspections whose deadline has come", meaning_zh: "期限内公示户次 / 公示期限已到的检查户次",
        unit: Unit::Share, source: "常德 2017", grain: Inspection, variants: PLAIN, needs: &[Need::Results(Column::PublishedOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("in_time"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("publication_due")))),
    },
    Figure {
        id: "accuracy", zh: "公示准确率", en: "Accuracy of publication",
        meaning_en: "published and not corrected since / published", meaning_zh: "公示后未更正户次 / 已公示户次",
        unit: Unit::Share, source: "常德 2017", grain: Inspection, variants: PLAIN,
        needs: &[Need::Results(Column::PublishedOn), Need::Results(Column::CorrectedOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("published")).and(not("corrected"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("published")))),
    },
    Figure {
        id: "disposal", zh: "后续处置率", en: "Disposal rate",
        meaning_en: "inspections with a problem and a disposal / inspections with a problem", meaning_zh: "已处置的问题户次 / 检出问题户次",
        unit: Unit::Share, source: "kpis.md", grain: Inspection, variants: PLAIN, needs: &[Need::Results(Column::Disposal)],
        numerator: |keeps| of(Inspection, keeps.and(is("problem")).and(is("disposed"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("problem")))),
    },
    Figure {
        id: "correction", zh: "纠正率", en: "Correction rate",
        meaning_en: "problems corrected within the term / problems told to be corrected, by way", meaning_zh: "期限内改正的问题户次 / 要求改正的问题户次，按方式",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: &[ANY_ORDER, ORDERED, EDUCATED, NOT_PUNISHED],
        needs: &[Need::Results(Column::Disposal), Need::Results(Column::RectifiedOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("rectified"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "abnormal_listing", zh: "列异率", en: "Abnormal listing rate",
        meaning_en: "inspected entities on the list of abnormal operations / inspected entities", meaning_zh: "列入经营异常名录的受检对象户数 / 受检对象户数",
        unit: Unit::Share, source: "永川 2023", grain: Entity, variants: PLAIN, needs: &[Need::Listings],
        numerator: |keeps| of(Registered, keeps.clone().and(is("inspected")).and(is("listed"))),
        denominator: Some(|keeps| of(Registered, keeps.and(is("inspected")))),
    },
    Figure {
        id: "abnormal_listings", zh: "列入经营异常名录家次", en: "Entries on the list of abnormal operations",
        meaning_en: "entries, by reason", meaning_zh: "列入家次，按原因",
        unit: Unit::Count, source: XIAOSHAN, grain: Listing, variants: PLAIN, needs: &[Need::Listings],
        numerator: |keeps| of(Listing, keeps.and(is("listed"))),
        denominator: None,
    },
    Figure {
        id: "serious_listings", zh: "列入严重违法失信名单家次", en: "Entries on the list of serious violations",
        meaning_en: "entries, by reason", meaning_zh: "列入家次，按原因",
        unit: Unit::Count, source: XIAOSHAN, grain: Listing, variants: PLAIN, needs: &[Need::Listings],
        numerator: |keeps| of(Listing, keeps.and(is("serious"))),
        denominator: None,
    },
    Figure {
        id: "listing_late", zh: "列入超期率", en: "Late listings",
        meaning_en: "entries later than the deadline after verification / entries with a day of verification", meaning_zh: "核实后超期列入家次 / 有核实日期的列入家次",
        unit: Unit::Share, source: "kpis.md", grain: Listing, variants: PLAIN, needs: &[Need::Listings],
        numerator: |keeps| of(Listing, keeps.and(is("due")).and(is("listed_late"))),
        denominator: Some(|keeps| of(Listing, keeps.and(is("due")))),
    },
    Figure {
        id: "feedback_return", zh: "反馈率", en: "Feedback returned",
        meaning_en: "forms returned / forms sent", meaning_zh: "回收份数 / 发放份数",
        unit: Unit::Share, source: "永川 2023", grain: Form, variants: PLAIN, needs: &[Need::Feedback],
        numerator: |keeps| of(Form, keeps.and(is("sent")).and(is("returned"))),
        denominator: Some(|keeps| of(Form, keeps.and(is("sent")))),
    },
    Figure {
        id: "satisfaction", zh: "满意率", en: "Satisfaction",
        meaning_en: "forms that say satisfied / forms returned", meaning_zh: "满意份数 / 回收份数",
        unit: Unit::Share, source: "永川 2023", grain: Form, variants: PLAIN, needs: &[Need::Feedback],
        numerator: |keeps| of(Form, keeps.and(is("returned")).and(is("satisfied"))),
        denominator: Some(|keeps| of(Form, keeps.and(is("returned")))),
    },
    Figure {
        id: "feedback_coverage", zh: "反馈覆盖率", en: "Feedback coverage",
        meaning_en: "inspected entities that were sent a form / inspected entities", meaning_zh: "收到反馈表的受检对象户数 / 受检对象户数",
        unit: Unit::Share, source: "永川 2023", grain: Entity, variants: PLAIN, needs: &[Need::Feedback],
        numerator: |keeps| of(Registered, keeps.clone().and(is("inspected")).and(is("sent"))),
        denominator: Some(|keeps| of(Registered, keeps.and(is("inspected")))),
    },
    Figure {
        id: "no_plan", zh: "无计划检查率", en: "Inspections without plan",
        meaning_en: "inspections without plan / inspections", meaning_zh: "无计划检查户次 / 检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[Need::Plans],
        numerator: |keeps| of(Inspection, keeps.and(is("unplanned"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "dead_target", zh: "已注销对象检查率", en: "Inspections of dead targets",
        meaning_en: "inspections at entities not live on the day / inspections", meaning_zh: "检查当日对象已非存续的户次 / 检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[Need::Entities],
        numerator: |keeps| of(Inspection, keeps.and(is("dead"))),
        denominator: Some(|keeps| of(Inspection, keeps)),
    },
    Figure {
        id: "not_together", zh: "未同时上门率", en: "Joint visits on different days",
        meaning_en: "joint visits whose departments came on different days / joint visits", meaning_zh: "各部门未同时上门的联合检查次数 / 联合检查次数",
        unit: Unit::Share, source: HAISHU, grain: Visit, variants: PLAIN, needs: &[Need::Results(Column::VisitId)],
        numerator: |keeps| of(Visit, keeps.and(is("joint")).and(is("apart"))),
        denominator: Some(|keeps| of(Visit, keeps.and(is("joint")))),
    },
    Figure {
        id: "review_overdue", zh: "超期未审率", en: "Reviews overdue",
        meaning_en: "not reviewed within the deadline / inspections with a result", meaning_zh: "超期未审核户次 / 已录入结果的检查户次",
        unit: Unit::Share, source: XIAOSHAN, grain: Inspection, variants: PLAIN, needs: &[Need::Results(Column::ReviewedOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("review_overdue"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("completed")))),
    },
    Figure {
        id: "filing_late", zh: "备案超期率", en: "Late filings",
        meaning_en: "inspections without plan filed late or not at all / inspections without plan", meaning_zh: "超期备案或未备案的无计划检查户次 / 无计划检查户次",
        unit: Unit::Share, source: HAISHU, grain: Inspection, variants: PLAIN, needs: &[Need::Plans, Need::Results(Column::FiledOn)],
        numerator: |keeps| of(Inspection, keeps.and(is("filed_late"))),
        denominator: Some(|keeps| of(Inspection, keeps.and(is("unplanned")))),
    },
    Figure {
        id: "plan_draw_accuracy", zh: "计划符合率", en: "Draws according to plan",
        meaning_en: "drawn entities that the registry has as live on the day of the draw, within the size of the plan / drawn entities",
        meaning_zh: "抽取基准日为存续、且未超出计划数量的抽中户数 / 抽中户数",
        unit: Unit::Share, source: XIAOSHAN, grain: Drawn, variants: PLAIN, needs: &[Need::Draws],
        numerator: |keeps| of(Drawn, keeps.and(is("within_plan"))),
        denominator: Some(|keeps| of(Drawn, keeps)),
    },
    Figure {
        id: "team_coverage", zh: "选派到位率", en: "Duties with a team",
        meaning_en: "departments of dealt visits that have a team / departments of dealt visits",
        meaning_zh: "已选派检查人员的部门次 / 上门任务部门次",
        unit: Unit::Share, source: "year.md", grain: Duty, variants: PLAIN, needs: &[Need::Teams],
        numerator: |keeps| of(Duty, keeps.and(is("served"))),
        denominator: Some(|keeps| of(Duty, keeps)),
    },
    Figure {
        id: "visit_completion", zh: "上门任务完成率", en: "Dealt visits made",
        meaning_en: "departments of dealt visits that came / departments of dealt visits whose window is over",
        meaning_zh: "已上门的部门次 / 检查期限届满的上门任务部门次",
        unit: Unit::Share, source: "year.md", grain: Duty, variants: PLAIN, needs: &[Need::Teams],
        numerator: |keeps| of(Duty, keeps.and(is("due")).and(is("inspected"))),
        denominator: Some(|keeps| of(Duty, keeps.and(is("due")))),
    },
    Figure {
        id: "lift.by_class", zh: "提升度（分组）", en: "Lift of a class",
        meaning_en: "detection rate of the class / detection rate of all inspections",
        meaning_zh: "该组问题检出率 / 全部检查问题检出率",
        unit: Unit::PerUnit, source: "kpis.md", grain: Inspection, variants: PLAIN, needs: &[],
        numerator: |keeps| lift(Inspection, keeps).0,
        denominator: Some(|keeps| lift(Inspection, keeps).1),
    },
    Figure {
        id: "lift.by_decile", zh: "提升度（风险分值十等分）", en: "Lift of a tenth by risk score",
        meaning_en: "detection rate of the tenth / detection rate of all inspections with a score",
        meaning_zh: "该十等分组问题检出率 / 全部有分值检查的问题检出率",
        unit: Unit::PerUnit, source: CHICAGO, grain: Scored, variants: PLAIN, needs: &[Need::Scores],
        numerator: |keeps| lift(Scored, keeps).0,
        denominator: Some(|keeps| lift(Scored, keeps).1),
    },
    Figure {
        id: "lift.first_half", zh: "高风险半数检出占比", en: "Problems found in the half at higher risk",
        meaning_en: "problems in the half with the higher scores / problems of all inspections with a score",
        meaning_zh: "风险分值较高的一半检出的问题户次 / 全部有分值检查检出的问题户次",
        unit: Unit::Share, source: CHICAGO, grain: Scored, variants: PLAIN, needs: &[Need::Scores],
        numerator: |keeps| of(Scored, keeps.and(is("problem")).and(is("first_half"))),
        denominator: Some(|keeps| of(Scored, keeps.and(is("problem")))),
    },
    Figure {
        id: "lift.auc", zh: "风险分值区分度（AUC）", en: "Discrimination of the risk score (AUC)",
        meaning_en: "pairs of an inspection with a problem and one without in which the former has the higher score, ties by half; counted in half pairs / such pairs",
        meaning_zh: "有问题与无问题检查两两配对中前者分值较高的对数（同分计半） / 全部对数，均以半对计",
        unit: Unit::PerUnit, source: CHICAGO, grain: Pair, variants: PLAIN, needs: &[Need::Scores],
        numerator: |keeps| of(Pair, keeps.and(is("in_order"))),
        denominator: Some(|keeps| of(Pair, keeps)),
    },
    Figure {
        id: "detection.by_decile", zh: "问题检出率（风险分值十等分）", en: "Detection rate by tenth of the risk score",
        meaning_en: "inspections with a problem / inspections with a result and a score; decile 1 is the highest risk",
        meaning_zh: "检出问题户次 / 已录入结果且有分值的检查户次，第 1 组风险最高",
        unit: Unit::Share, source: CHICAGO, grain: Scored, variants: PLAIN, needs: &[Need::Scores],
        numerator: |keeps| of(Scored, keeps.and(is("problem"))),
        denominator: Some(|keeps| of(Scored, keeps)),
    },
];
