//! The figures of each preset, with where they come from. "Assumed" marks our own choice where the documents say
//! nothing; shares that agencies keep to themselves (grades, colors, industries) are always assumed.
//!
//! Assumed for all: grades A .36, B .42, C .13, D .04, unrated .05 of those in the credit table; green .80, yellow
//! .185, red .015; one entity in twenty without credit, one in ten without a score; mix of industries, kinds and
//! places; who still carries a 15-digit number.

use jiff::civil::{Date, date};

use super::places;
use super::preset::{Profile, RegistryColumn as Col, RiskModel, Scale, StatusClass};
use super::words::{ENTERPRISES, MARKET_ENTITIES};

const LIVE: &[(&str, u32)] = &[("存续", 62), ("在业", 18), ("开业", 15), ("正常", 5)];
const DEREGISTERED: &[(&str, u32)] = &[("注销", 1)];
const REVOKED: &[(&str, u32)] = &[("吊销", 3), ("吊销，未注销", 2)];

const GRADES: [u32; 5] = [36, 42, 13, 4, 5];
const COLORS: [u32; 3] = [800, 185, 15];

const INTEGRATED: RiskModel = RiskModel { name: "integrated", scale: Scale::Thousand, coverage: 0.90 };
const PUBLIC_CREDIT: RiskModel = RiskModel { name: "public-credit", scale: Scale::Trust, coverage: 0.90 };
const INDUSTRY: RiskModel = RiskModel { name: "industry", scale: Scale::Unit, coverage: 0.90 };

const WITH_REGION: &[Col] = &[
    Col::Name,
    Col::EntityId,
    Col::Status,
    Col::Region,
    Col::Station,
    Col::Industry,
    Col::EntityType,
    Col::RegistrationDate,
];

/// 永川市监函〔2024〕48号, 2024-05-22:
/// * 24,738 firms ("从全区24738户企业中"), all of them live here, because the shares of the document are of that number;
/// * 31 departments ("31个行政执法部门");
/// * red, yellow and green, grades A to D and firms "还未划分等级" (unrated);
/// * one visit a firm and year ("由过去的每年7.4次减少至1次"): the ledger's 24,738 visits in a year;
/// * the first quarter's draw was in February 2023; the day (the 7th) is assumed.
///
/// Assumed: 600 firms on the abnormal list (the document has 93 put on it among 1,032 inspected, not the stock),
/// 25 serious violations, 250 complaints, 620 inspectors.
pub(crate) const YONGCHUAN: Profile = Profile {
    rows: 24_738,
    as_of: date(2023, 2, 7),
    title: "永川区检查对象名录库（模拟数据）",
    statuses: &[StatusClass { count: 24_738, words: LIVE }],
    places: places::YONGCHUAN,
    kinds: ENTERPRISES,
    old_numbers: 0.02,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED],
    listings: &[("report-late", 410), ("address-lost", 185), ("false-information", 5)],
    flags: &[("serious-violation", 25), ("complaint", 250)],
    visits: 24_738,
    ledger_days: 365,
    departments: 31,
    inspectors: 620,
    columns: &[
        Col::Name,
        Col::EntityId,
        Col::Status,
        Col::Station,
        Col::Industry,
        Col::EntityType,
        Col::RegistrationDate,
        Col::IndustryGroup,
    ],
};

/// 《常德“双随机、一公开”落实落地》, end of 2017: "53万多户次市场主体信息(含注销280808户,吊销23169户)", taken as
/// 530,000 records, so 226,023 live.
///
/// Assumed: the abnormal list (12,000 late reports, 6,000 whose address cannot be contacted, 40 false statements),
/// 400 serious violations, 5,000 complaints, 160,000 visits in the year, 31 departments with 1,500 inspectors (the
/// document counts 240 units that share data), 15-digit numbers still common.
pub(crate) const CHANGDE: Profile = Profile {
    rows: 530_000,
    as_of: date(2017, 12, 31),
    title: "常德市市场主体名录库（模拟数据）",
    statuses: &[
        StatusClass { count: 226_023, words: LIVE },
        StatusClass { count: 280_808, words: DEREGISTERED },
        StatusClass { count: 23_169, words: REVOKED },
    ],
    places: places::CHANGDE,
    kinds: MARKET_ENTITIES,
    old_numbers: 0.15,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED],
    listings: &[("report-late", 12_000), ("address-lost", 6_000), ("false-information", 40)],
    flags: &[("serious-violation", 400), ("complaint", 5_000)],
    visits: 160_000,
    ledger_days: 365,
    departments: 31,
    inspectors: 1_500,
    columns: WITH_REGION,
};

/// 《连云港市“双随机、一公开”工作实施意见》的解读, 2019-05-21: rules, no counts (at most two visits a year, experts
/// beside inspectors). Everything is assumed: 200,000 entities, status 92/6/2 %, 120,000 visits in the year (so that
/// some entities reach two and more), 31 departments with 1,200 inspectors. As of the end of the document's year.
pub(crate) const LIANYUNGANG: Profile = Profile {
    rows: 200_000,
    as_of: date(2019, 12, 31),
    title: "连云港市检查对象名录库（模拟数据）",
    statuses: &[
        StatusClass { count: 184_000, words: LIVE },
        StatusClass { count: 12_000, words: DEREGISTERED },
        StatusClass { count: 4_000, words: REVOKED },
    ],
    places: places::LIANYUNGANG,
    kinds: MARKET_ENTITIES,
    old_numbers: 0.05,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED],
    listings: &[("report-late", 6_000), ("address-lost", 2_500), ("false-information", 20)],
    flags: &[("serious-violation", 150), ("complaint", 4_000)],
    visits: 120_000,
    ledger_days: 365,
    departments: 31,
    inspectors: 1_200,
    columns: WITH_REGION,
};

/// 《2021年萧山部门联合“双随机、一公开”监管工作分析》:
/// * three models: 综合信用风险模型, 公共信用评价模型, 行业监管风险模型;
/// * abnormal list in 2021 (to 11-25): 4,415 not found at their address, 11,206 late reports, 1 false statement
///   (15,622 in all), 63 serious violations; each taken as one entity;
/// * 36,821 visits from January to 2021-11-26.
///
/// Assumed: 300,000 entities (the document says "数十万家"), status 94/5/1 %, 3,000 complaints, 31 departments with
/// 900 inspectors.
pub(crate) const XIAOSHAN: Profile = Profile {
    rows: 300_000,
    as_of: date(2021, 11, 26),
    title: "萧山区监管对象库（模拟数据）",
    statuses: &[
        StatusClass { count: 282_000, words: LIVE },
        StatusClass { count: 15_000, words: DEREGISTERED },
        StatusClass { count: 3_000, words: REVOKED },
    ],
    places: places::XIAOSHAN,
    kinds: MARKET_ENTITIES,
    old_numbers: 0.02,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED, PUBLIC_CREDIT, INDUSTRY],
    listings: &[("report-late", 11_206), ("address-lost", 4_415), ("false-information", 1)],
    flags: &[("serious-violation", 63), ("complaint", 3_000)],
    visits: 36_821,
    ledger_days: 330,
    departments: 31,
    inspectors: 900,
    columns: WITH_REGION,
};

/// 宁波市海曙区综合行政执法局, 2024-05-30: 30,102 inspections in 2023; 32 departments ("32个重点执法部门").
///
/// Assumed: 120,000 entities, status 94/5/1 %, abnormal list and flags, 700 inspectors.
pub(crate) const HAISHU: Profile = Profile {
    rows: 120_000,
    as_of: date(2023, 12, 31),
    title: "海曙区检查对象名录库（模拟数据）",
    statuses: &[
        StatusClass { count: 112_800, words: LIVE },
        StatusClass { count: 6_000, words: DEREGISTERED },
        StatusClass { count: 1_200, words: REVOKED },
    ],
    places: places::HAISHU,
    kinds: MARKET_ENTITIES,
    old_numbers: 0.01,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED, INDUSTRY],
    listings: &[("report-late", 4_000), ("address-lost", 1_500), ("false-information", 10)],
    flags: &[("serious-violation", 60), ("complaint", 2_500)],
    visits: 30_102,
    ledger_days: 365,
    departments: 32,
    inspectors: 700,
    columns: WITH_REGION,
};

/// Nothing but size: the country has some 190 million market entities. A million by default. Status 90/7/3 %, all
/// other figures assumed.
pub(crate) const NATIONAL: Profile = Profile {
    rows: 1_000_000,
    as_of: date(2023, 12, 31),
    title: "市场主体名录（模拟数据）",
    statuses: &[
        StatusClass { count: 900_000, words: LIVE },
        StatusClass { count: 70_000, words: DEREGISTERED },
        StatusClass { count: 30_000, words: REVOKED },
    ],
    places: places::NATIONAL,
    kinds: MARKET_ENTITIES,
    old_numbers: 0.01,
    credit_coverage: 0.95,
    grades: GRADES,
    colors: COLORS,
    models: &[INTEGRATED],
    listings: &[("report-late", 25_000), ("address-lost", 12_000), ("false-information", 100)],
    flags: &[("serious-violation", 600), ("complaint", 10_000)],
    visits: 200_000,
    ledger_days: 365,
    departments: 31,
    inspectors: 2_000,
    columns: &[Col::EntityId, Col::Status, Col::Region, Col::Industry, Col::EntityType, Col::RegistrationDate],
};

/// No entity is registered before this day (assumed).
pub(crate) const FIRST_REGISTRATION: Date = date(1984, 1, 1);
/// From this day on new firms get a unified code (国发〔2015〕33号).
pub(crate) const UNIFIED_CODE: Date = date(2015, 10, 1);
