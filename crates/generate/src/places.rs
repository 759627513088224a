//! Regions and stations of the presets. Codes are those of GB/T 2260 (six digits); names of streets and towns are
//! public. The documents that the presets follow name only the district or city, so every weight here is our own
//! assumption: seats of government and industrial towns weigh more.

/// A region that hands out ids, and the stations in it.
#[derive(Debug)]
pub struct Place {
    /// Six digits of GB/T 2260.
    pub code: &'static str,
    /// The full name that some enterprise names begin with, as 重庆市永川区.
    pub full: &'static str,
    /// The short name that most begin with, as 重庆.
    pub short: &'static str,
    /// The name inside a branch's, as 永川.
    pub branch: &'static str,
    /// Relative number of entities (our assumption).
    pub weight: u32,
    /// Streets and towns, each with a station and a relative number of entities (our assumption).
    pub towns: &'static [(&'static str, u32)],
}

const fn place(
    code: &'static str,
    full: &'static str,
    short: &'static str,
    branch: &'static str,
    weight: u32,
    towns: &'static [(&'static str, u32)],
) -> Place {
    Place { code, full, short, branch, weight, towns }
}

/// Yongchuan, 500118: seven streets and sixteen towns.
#[rustfmt::skip]
pub(crate) const YONGCHUAN: &[Place] = &[place("500118", "重庆市永川区", "重庆", "永川", 1, &[
    ("中山路", 180), ("胜利路", 150), ("南大街", 120), ("卫星湖", 45), ("大安", 70), ("陈食", 40), ("茶山竹海", 20),
    ("三教", 70), ("双石", 40), ("来苏", 30), ("朱沱", 45), ("板桥", 25), ("临江", 25), ("何埂", 25), ("仙龙", 20),
    ("吉安", 15), ("青峰", 15), ("金龙", 12), ("五间", 15), ("宝峰", 10), ("红炉", 12), ("永荣", 10), ("松溉", 6),
])];

/// Changde: two districts, six counties and the city of Jinshi.
#[rustfmt::skip]
pub(crate) const CHANGDE: &[Place] = &[
    place("430702", "常德市武陵区", "常德市", "武陵", 26, &[("城东", 4), ("城西", 3), ("城南", 4), ("城北", 3), ("东江", 2), ("德山", 4)]),
    place("430703", "常德市鼎城区", "常德市", "鼎城", 15, &[("武陵镇", 4), ("灌溪", 2), ("蒿子港", 1), ("石公桥", 1)]),
    place("430721", "常德市安乡县", "安乡县", "安乡", 7, &[("深柳", 4), ("黄山头", 1), ("官垱", 1)]),
    place("430722", "常德市汉寿县", "汉寿县", "汉寿", 10, &[("龙阳", 4), ("太子庙", 2), ("蒋家嘴", 1)]),
    place("430723", "常德市澧县", "澧县", "澧县", 12, &[("澧阳", 4), ("澧西", 2), ("小渡口", 1), ("甘溪滩", 1)]),
    place("430724", "常德市临澧县", "临澧县", "临澧", 7, &[("安福", 4), ("合口", 2), ("新安", 1)]),
    place("430725", "常德市桃源县", "桃源县", "桃源", 12, &[("漳江", 4), ("陬市", 2), ("漆河", 1), ("茶庵铺", 1)]),
    place("430726", "常德市石门县", "石门县", "石门", 8, &[("楚江", 4), ("蒙泉", 1), ("皂市", 1)]),
    place("430781", "常德市津市市", "津市市", "津市", 3, &[("汪家桥", 2), ("金鱼岭", 2), ("新洲", 1)]),
];

/// Lianyungang: three districts and three counties.
#[rustfmt::skip]
pub(crate) const LIANYUNGANG: &[Place] = &[
    place("320703", "连云港市连云区", "连云港", "连云", 14, &[("墟沟", 4), ("连云", 2), ("板桥", 2), ("中云", 1)]),
    place("320706", "连云港市海州区", "连云港", "海州", 30, &[("新浦", 4), ("海州", 3), ("浦西", 3), ("朝阳", 2), ("郁洲", 2)]),
    place("320707", "连云港市赣榆区", "连云港", "赣榆", 18, &[("青口", 4), ("柘汪", 2), ("海头", 2), ("石桥", 1)]),
    place("320722", "连云港市东海县", "东海县", "东海", 18, &[("牛山", 4), ("白塔埠", 2), ("曲阳", 1), ("房山", 1)]),
    place("320723", "连云港市灌云县", "灌云县", "灌云", 11, &[("伊山", 4), ("杨集", 2), ("燕尾港", 1)]),
    place("320724", "连云港市灌南县", "灌南县", "灌南", 9, &[("新安", 4), ("堆沟港", 2), ("李集", 1)]),
];

/// Xiaoshan, 330109: its streets and towns in 2021.
#[rustfmt::skip]
pub(crate) const XIAOSHAN: &[Place] = &[place("330109", "杭州市萧山区", "杭州", "萧山", 1, &[
    ("城厢", 90), ("北干", 110), ("蜀山", 60), ("新塘", 70), ("闻堰", 35), ("宁围", 90), ("新街", 60), ("盈丰", 80), ("瓜沥", 90),
    ("临浦", 50), ("义桥", 35), ("衙前", 40), ("所前", 30), ("党湾", 20), ("益农", 20), ("戴村", 15), ("浦阳", 20), ("进化", 15),
    ("河上", 12), ("楼塔", 8),
])];

/// Haishu, 330203: its streets, towns and township.
#[rustfmt::skip]
pub(crate) const HAISHU: &[Place] = &[place("330203", "宁波市海曙区", "宁波", "海曙", 1, &[
    ("南门", 70), ("江厦", 80), ("西门", 60), ("月湖", 60), ("鼓楼", 60), ("白云", 50), ("段塘", 70), ("望春", 80), ("石碶", 90),
    ("高桥", 80), ("横街", 30), ("集士港", 80), ("古林", 90), ("洞桥", 25), ("鄞江", 12), ("章水", 8), ("龙观", 5),
])];

/// One district or more of every province; weights follow the rough size of each province's economy.
#[rustfmt::skip]
pub(crate) const NATIONAL: &[Place] = &[
    place("110105", "北京市朝阳区", "北京", "朝阳", 14, &[]), place("110108", "北京市海淀区", "北京", "海淀", 12, &[]),
    place("120116", "天津市滨海新区", "天津", "滨海", 12, &[]), place("130102", "石家庄市长安区", "河北", "长安", 44, &[]),
    place("140105", "太原市小店区", "山西", "小店", 22, &[]), place("150102", "呼和浩特市新城区", "内蒙古", "新城", 16, &[]),
    place("210102", "沈阳市和平区", "辽宁", "和平", 28, &[]), place("220102", "长春市南关区", "吉林", "南关", 16, &[]),
    place("230103", "哈尔滨市南岗区", "黑龙江", "南岗", 18, &[]), place("310115", "上海市浦东新区", "上海", "浦东", 18, &[]),
    place("310112", "上海市闵行区", "上海", "闵行", 15, &[]), place("320106", "南京市鼓楼区", "江苏", "鼓楼", 36, &[]),
    place("320508", "苏州市姑苏区", "江苏", "姑苏", 40, &[]), place("330106", "杭州市西湖区", "浙江", "西湖", 38, &[]),
    place("330203", "宁波市海曙区", "浙江", "海曙", 28, &[]), place("340102", "合肥市瑶海区", "安徽", "瑶海", 40, &[]),
    place("350102", "福州市鼓楼区", "福建", "鼓楼", 36, &[]), place("360102", "南昌市东湖区", "江西", "东湖", 26, &[]),
    place("370102", "济南市历下区", "山东", "历下", 42, &[]), place("370202", "青岛市市南区", "山东", "市南", 38, &[]),
    place("410105", "郑州市金水区", "河南", "金水", 56, &[]), place("420106", "武汉市武昌区", "湖北", "武昌", 40, &[]),
    place("430102", "长沙市芙蓉区", "湖南", "芙蓉", 36, &[]), place("440106", "广州市天河区", "广东", "天河", 52, &[]),
    place("440305", "深圳市南山区", "广东", "南山", 56, &[]), place("450103", "南宁市青秀区", "广西", "青秀", 26, &[]),
    place("460106", "海口市龙华区", "海南", "龙华", 14, &[]), place("500103", "重庆市渝中区", "重庆", "渝中", 20, &[]),
    place("500118", "重庆市永川区", "重庆", "永川", 4, &[]), place("510104", "成都市锦江区", "四川", "锦江", 50, &[]),
    place("520102", "贵阳市南明区", "贵州", "南明", 24, &[]), place("530102", "昆明市五华区", "云南", "五华", 30, &[]),
    place("540102", "拉萨市城关区", "西藏", "城关", 3, &[]), place("610103", "西安市碑林区", "陕西", "碑林", 32, &[]),
    place("620102", "兰州市城关区", "甘肃", "城关", 14, &[]), place("630103", "西宁市城中区", "青海", "城中", 4, &[]),
    place("640104", "银川市兴庆区", "宁夏", "兴庆", 6, &[]), place("650102", "乌鲁木齐市天山区", "新疆", "天山", 18, &[]),
];
