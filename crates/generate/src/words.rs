//! The words that made-up names and tables are composed of. Names are invented; one that equals a real firm's is
//! an accident. All shares here are our own assumption unless a line says otherwise.

/// A kind of market entity (企业类型) and how its name ends.
#[derive(Debug)]
pub struct Kind {
    /// The word in the 企业类型 column.
    pub name: &'static str,
    /// Relative number of entities.
    pub weight: u32,
    /// Second character of the unified code: `1` enterprise, `2` sole trader, `3` farmers' cooperative.
    pub category: u8,
    /// Last part of the name; `{}` stands for the place's short branch name.
    pub ending: &'static str,
    /// Whether every entity of this kind belongs to agriculture (A01).
    pub farming: bool,
}

const fn kind(name: &'static str, weight: u32, category: u8, ending: &'static str) -> Kind {
    Kind { name, weight, category, ending, farming: category == b'3' }
}

/// Enterprises only (the registry of Yongchuan holds 企业).
pub(crate) const ENTERPRISES: &[Kind] = &[
    kind("有限责任公司", 800, b'1', "有限公司"),
    kind("个人独资企业", 70, b'1', "经营部"),
    kind("分公司", 70, b'1', "有限公司{}分公司"),
    kind("农民专业合作社", 35, b'3', "专业合作社"),
    kind("合伙企业", 15, b'1', "中心(普通合伙)"),
    kind("股份有限公司", 10, b'1', "股份有限公司"),
];

/// Enterprises and sole traders (市场主体); two thirds are sole traders.
pub(crate) const MARKET_ENTITIES: &[Kind] = &[
    kind("个体工商户", 660, b'2', "经营部"),
    kind("有限责任公司", 280, b'1', "有限公司"),
    kind("个人独资企业", 15, b'1', "厂"),
    kind("分公司", 15, b'1', "有限公司{}分公司"),
    kind("农民专业合作社", 20, b'3', "专业合作社"),
    kind("合伙企业", 6, b'1', "中心(普通合伙)"),
    kind("股份有限公司", 4, b'1', "股份有限公司"),
];

/// Industries: letter and division (大类) of GB/T 4754-2017, relative number of entities, third digits of its groups
/// (中类; four at most are used here), words for names.
#[rustfmt::skip]
pub(crate) const INDUSTRIES: &[(&str, u32, &str, &[&str])] = &[
    ("A01", 30, "1234", &["农业", "种植", "果蔬"]), ("A03", 12, "1239", &["养殖", "牧业"]), ("B10", 2, "1239", &["矿业", "石材"]),
    ("C13", 10, "1234", &["食品加工", "粮油"]), ("C14", 10, "1234", &["食品", "糕点"]), ("C18", 8, "123", &["服饰", "制衣"]),
    ("C21", 8, "1234", &["家具", "木业"]), ("C26", 5, "1234", &["化工", "新材料"]), ("C30", 16, "1234", &["建材", "陶瓷", "石材"]),
    ("C33", 14, "1234", &["金属制品", "五金"]), ("C34", 12, "1234", &["机械", "液压"]), ("C36", 14, "1234", &["汽车配件", "机电"]),
    ("C38", 6, "1234", &["电气", "电器"]), ("C39", 6, "1234", &["电子", "光电"]), ("D44", 3, "123", &["电力", "新能源"]),
    ("D46", 1, "1239", &["供水"]), ("E47", 22, "129", &["建筑", "建设"]), ("E50", 30, "1239", &["装饰", "装饰工程"]),
    ("F51", 160, "1234", &["贸易", "商贸", "物资"]), ("F52", 180, "1234", &["百货", "商贸", "电子商务"]), ("G54", 22, "1234", &["运输", "物流"]),
    ("G59", 6, "1234", &["仓储", "供应链"]), ("H61", 12, "1234", &["酒店", "宾馆"]), ("H62", 45, "1234", &["餐饮", "餐饮管理"]),
    ("I64", 10, "1234", &["网络", "网络科技"]), ("I65", 40, "1234", &["科技", "软件", "信息技术"]), ("J69", 2, "1234", &["投资管理"]),
    ("K70", 28, "1234", &["物业", "房地产", "房产经纪"]), ("L71", 16, "123", &["租赁", "设备租赁"]), ("L72", 85, "1234", &["商务", "企业管理", "广告", "人力资源"]),
    ("M73", 10, "1234", &["技术", "生物科技"]), ("M74", 14, "1234", &["检测", "工程咨询", "设计"]), ("N77", 8, "12", &["环保", "生态"]),
    ("N78", 8, "1234", &["园林", "保洁"]), ("O80", 26, "1234", &["家政", "美容"]), ("O81", 14, "1239", &["汽车服务", "维修"]),
    ("P83", 10, "1234", &["教育", "培训"]), ("Q84", 8, "1239", &["医疗", "健康管理"]), ("R88", 8, "1234", &["体育", "健身"]),
    ("R90", 12, "1234", &["文化", "文化传媒"]), ("S95", 1, "1234", &["会展服务"]),
];

/// First and second characters of a trade name (字号).
#[rustfmt::skip]
pub(crate) const FIRST: &[&str] = &[
    "鑫", "恒", "宏", "华", "永", "金", "瑞", "盛", "泰", "嘉", "汇", "德", "丰", "荣", "祥", "和", "博", "创", "佳", "万", "远", "天", "润",
    "锦", "旭", "腾", "聚", "众", "百", "诚", "信", "安", "康", "美", "新", "正", "同", "福", "吉", "海", "云", "星", "凯", "亿", "隆", "森",
    "益", "渝", "江", "启", "铭", "优", "卓", "捷", "顺", "科", "睿", "中", "东", "南", "西", "北", "兴", "昌", "广", "宇", "晨", "明",
];
#[rustfmt::skip]
pub(crate) const SECOND: &[&str] = &[
    "源", "达", "通", "兴", "隆", "盛", "丰", "昌", "泰", "和", "安", "顺", "发", "利", "诚", "信", "德", "佳", "美", "康", "荣", "祥", "瑞",
    "嘉", "华", "邦", "成", "创", "科", "宇", "航", "辉", "腾", "锦", "润", "泽", "鸿", "鹏", "阳", "旺", "捷", "力", "元", "升", "凯", "铭",
    "川", "峰", "林", "程", "联", "众", "益", "景", "尚", "卓", "悦", "逸", "皓", "朗", "茂", "恩", "浩", "博", "洋", "强", "聚", "庆",
];

/// Law-enforcement departments of a district. Yongchuan has 31 (永川市监函〔2024〕48号), Haishu 32
/// (海曙区综合行政执法局, 2024-05-30); the documents give the counts, not the list.
#[rustfmt::skip]
pub(crate) const DEPARTMENTS: [&str; 32] = [
    "市场监管局", "公安局", "生态环境局", "应急管理局", "消防救援支队", "人力社保局", "住房城乡建设局", "交通运输局", "农业农村局", "商务局",
    "文化旅游局", "卫生健康局", "税务局", "统计局", "规划自然资源局", "城市管理局", "水利局", "林业局", "教育局", "民政局", "司法局", "财政局",
    "发展改革局", "经济信息局", "科技局", "医保局", "体育局", "气象局", "烟草专卖局", "邮政管理局", "档案局", "综合行政执法局",
];

/// What inspectors are qualified for, and their specialties.
pub(crate) const QUALIFICATIONS: &[(&str, u32)] =
    &[("行政执法", 88), ("特种设备安全监察", 5), ("药品检查员", 4), ("计量检定", 3)];
/// Specialties of inspectors.
pub(crate) const SPECIALTIES: &[(&str, u32)] = &[
    ("综合", 40),
    ("食品安全", 18),
    ("特种设备", 8),
    ("产品质量", 10),
    ("价格与公平竞争", 6),
    ("安全生产", 8),
    ("环境保护", 6),
    ("财务税务", 4),
];

/// Levels of the units that inspect.
pub(crate) const LEVELS: &[(&str, u32)] = &[("区级", 82), ("市级", 14), ("省级", 4)];
