//! Departments of unequal size: their shares of tasks, their items, and who works together.

use super::super::counting::Classes;
use super::super::randomness::{Choice, Draws};
use super::super::words::DEPARTMENTS;

/// What is looked at, and the category that the item belongs to.
#[rustfmt::skip]
const CATEGORIES: [(&str, [&str; 5]); 10] = [
    ("证照资质", ["许可证件", "营业资格", "从业资格", "备案手续", "年度审验"]),
    ("安全生产", ["安全责任制", "隐患排查", "应急预案", "安全培训", "作业现场"]),
    ("档案台账", ["进货台账", "检查记录", "合同档案", "培训档案", "销售记录"]),
    ("设施设备", ["设备检定", "设备维护", "消防设施", "监控设施", "环保设施"]),
    ("从业人员", ["健康证明", "持证上岗", "劳动合同", "人员配备", "人员公示"]),
    ("信息公示", ["年度报告", "即时信息", "收费公示", "证照公示", "承诺公示"]),
    ("服务质量", ["服务规范", "投诉处理", "产品质量", "标签标识", "售后服务"]),
    ("价格行为", ["明码标价", "收费项目", "促销行为", "价格承诺", "押金管理"]),
    ("资金管理", ["专项资金", "预付资金", "票据管理", "财务制度", "资金用途"]),
    ("环境管理", ["污染排放", "废物处置", "场所卫生", "噪声控制", "油烟净化"]),
];

/// An item of the list of items to be inspected.
pub(super) struct Item {
    pub name: String,
    pub department: usize,
    pub category: &'static str,
}

/// Relative sizes of the first departments of the list (assumed): from 61 down to 4.
fn sizes(departments: usize) -> impl Iterator<Item = u32> {
    (0..departments.min(DEPARTMENTS.len()) as u32).map(|place| 1 + 120 / (place + 2))
}

/// How many of `total` each department has. More in all are never fewer for one (Webster).
pub(super) fn by_size(total: usize, departments: usize) -> Vec<usize> {
    let shares = Classes::new(sizes(departments).map(u64::from)).counts(total as u64);
    shares.into_iter().map(|share| share as usize).collect()
}

/// The department of each of `total` tasks, in the order of the departments.
pub(super) fn leads(total: usize, departments: usize) -> impl Iterator<Item = usize> {
    by_size(total, departments).into_iter().enumerate().flat_map(|(place, count)| std::iter::repeat_n(place, count))
}

/// `count` different departments that work together, the lead first; larger ones more often.
pub(super) fn partners(count: usize, departments: usize, draws: &mut Draws) -> Vec<usize> {
    let choice = Choice::new(sizes(departments));
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let one = choice.draw(draws);
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    chosen
}

/// `total` in `parts` parts, none of them empty, the largest about eight times the smallest; `total >= parts`.
pub(super) fn spread(total: usize, parts: usize, draws: &mut Draws) -> Vec<usize> {
    let weights: Vec<u64> = (0..parts).map(|_| 1 + draws.below(8)).collect();
    Classes::new(weights).counts((total - parts) as u64).into_iter().map(|more| 1 + more as usize).collect()
}

/// Whether `at` is one of `marks` places, evenly apart, among the places below `of`.
pub(super) fn marked(at: usize, marks: usize, of: usize) -> bool {
    (at + 1) * marks / of > at * marks / of
}

/// The list of items, from which tasks take theirs in turn.
pub(super) struct ItemList {
    pub items: Vec<Item>,
    departments: Vec<OfDepartment>,
}

/// The items of a department: the first `in_use` of them are inspected.
struct OfDepartment {
    first: usize,
    in_use: usize,
    next: usize,
}

impl ItemList {
    /// A list of `in_use + idle` items.
    pub(super) fn new(in_use: usize, idle: usize, departments: usize) -> Self {
        let (mut items, mut of) = (Vec::with_capacity(in_use + idle), Vec::with_capacity(departments));
        let counts = by_size(in_use, departments).into_iter().zip(by_size(idle, departments));
        for (department, (in_use, idle)) in counts.enumerate() {
            of.push(OfDepartment { first: items.len(), in_use, next: 0 });
            for number in 0..in_use + idle {
                let (category, matters) = CATEGORIES[number % CATEGORIES.len()];
                let matter = matters[number / CATEGORIES.len() % matters.len()];
                items.push(Item { name: format!("{matter}的监督检查"), department, category });
            }
        }
        ItemList { items, departments: of }
    }

    /// The next `count` items of a department, in turn: as many tasks as it has items in use meet all of them.
    pub(super) fn deal(&mut self, department: usize, count: usize) -> Vec<usize> {
        let OfDepartment { first, in_use, next } = &mut self.departments[department];
        let count = count.min(*in_use);
        let mut dealt: Vec<usize> = (*next..*next + count).map(|number| *first + number % *in_use).collect();
        *next = (*next + count) % (*in_use).max(1);
        dealt.sort_unstable();
        dealt
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::randomness::{Purpose, Randomness};
    use super::*;

    #[test]
    fn shares_add_up_and_marks_are_counted() {
        assert_eq!(by_size(432, 31).iter().sum::<usize>(), 432);
        assert!(by_size(432, 31).iter().zip(by_size(289, 31)).all(|(tasks, items)| *tasks >= items && items > 0));
        assert_eq!(leads(50, 31).count(), 50);
        assert_eq!((0..483).filter(|&at| marked(at, 36, 483)).count(), 36);
        let mut draws = Randomness::new("test", "spread").draws(Purpose::Results, 0);
        let parts = spread(3_779, 809, &mut draws);
        assert_eq!((parts.len(), parts.iter().sum::<usize>()), (809, 3_779));
        assert!(parts.iter().all(|&part| part > 0));
    }

    #[test]
    fn items_are_dealt_in_turn() {
        let mut list = ItemList::new(289, 31, 31);
        assert_eq!(list.items.len(), 320);
        let in_use = by_size(289, 31)[0];
        let mut dealt: Vec<usize> = (0..in_use).flat_map(|_| list.deal(0, 1)).collect();
        dealt.sort_unstable();
        assert!(dealt.into_iter().eq(0..in_use));
        assert_eq!(list.deal(0, 2), [0, 1]);
    }
}
