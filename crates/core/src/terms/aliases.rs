//! What registries, platforms and exports write above their columns.

use super::headers::Column;

/// Every column with its canonical name, its Chinese name, and the further headers that mean it, those to prefer first. All are
/// written folded and without blanks: `统一社会信用代码/注册号` stands here as `统一社会信用代码注册号`.
#[rustfmt::skip]
pub(super) const TABLE: &[(Column, &str, &str, &[&str])] = &[
    (Column::EntityId, "entity_id", "统一社会信用代码", &[
        "统一社会信用代码注册号", "注册号统一社会信用代码", "统一社会信用代码或注册号", "统一社会信用代码18位", "社会信用代码", "统一信用代码",
        "统一社会信用码", "社会统一信用代码", "统一社会代码", "统一代码", "信用代码", "机构信用代码", "检查对象代码", "检查对象编码", "检查对象编号",
        "被检查对象代码", "被检查对象编码", "抽查对象代码", "抽查对象编码", "对象代码", "对象编码", "对象编号", "注册号",
        "工商注册号", "营业执照注册号", "营业执照号", "营业执照号码", "营业执照编号", "执照号", "执照注册号", "登记号", "登记证号",
        "纳税人识别号", "税号", "uscc", "uniscid", "uscid", "unifiedsocialcreditcode", "unifiedsocialcreditidentifier", "socialcreditcode",
        "unifiedcreditcode", "creditcode", "entitycode", "companyid", "businessid", "enterpriseid", "regno", "registrationnumber",
        "registrationno", "license", "licensenumber", "licenseno", "主体代码", "主体编码",
        "主体编号", "企业代码", "企业编码", "企业编号", "经营主体代码", "市场主体代码", "市场主体编码", "市场主体编号", "经营主体编号", "产品编号",
        "项目编号", "id",
    ]),
    (Column::Name, "name", "企业名称", &[
        "主体名称", "市场主体名称", "经营主体名称", "被检查对象", "被检查对象名称", "检查对象", "检查对象名称", "抽查对象", "抽查对象名称", "被抽查对象",
        "被抽查对象名称", "被检查单位", "被检查单位名称", "被检查主体", "被检查人", "监管对象", "监管对象名称", "对象名称", "市场主体", "经营主体", "企业",
        "企业机构名称", "企业全称", "单位名称", "公司名称", "公司", "机构名称", "商户名称", "店铺名称", "字号名称", "经营者字号", "个体工商户名称",
        "农民专业合作社名称", "产品名称", "项目名称", "当事人", "当事人名称", "相对人名称", "行政相对人名称", "法人名称", "名称", "entname", "entityname",
        "companyname", "enterprisename", "businessname", "company", "enterprise",
    ]),
    (Column::Status, "status", "登记状态", &[
        "登记状态名称", "经营状态", "企业状态", "主体状态", "市场主体状态", "经营主体状态", "存续状态", "营业状态", "注册状态", "工商状态", "企业登记状态",
        "企业经营状态", "当前状态", "状态", "regstate", "regstatecn", "registrationstatus", "entitystatus", "operatingstatus", "businessstatus",
    ]),
    (Column::Region, "region", "行政区划", &[
        "行政区划代码", "行政区划编码", "行政区划名称", "区划代码", "区划编码", "区划", "住所所在行政区划", "行政区域", "区县", "所属区县", "所在区县",
        "区县名称", "县市区", "县区", "区市县", "所属县区", "所属县市区", "行政区", "地区", "所属地区", "所在地区", "所属区域", "所在区域", "区域", "辖区",
        "所属辖区", "属地", "所在区", "所属区", "地区代码", "domdistrict", "district", "county", "regioncode", "areacode", "adcode",
    ]),
    (Column::Station, "station", "监管所", &[
        "属地监管所", "管辖单位", "管辖单位名称", "所属监管所", "市场监管所", "属地市场监管所", "所属市场监管所", "市场监督管理所", "所属市场监督管理所",
        "管辖所", "管辖机构", "管辖机关", "管辖部门", "管辖监管所", "管辖市场监管所", "所属所", "属地所", "辖区所", "辖区监管所", "属地监管单位",
        "属地监管机构", "日常监管机构", "日常监管单位", "日常监管所", "监管单位", "监管机构", "监管机关", "所属监管单位", "所属监管机构", "所属站所",
        "下级站所", "站所", "基层所", "工商所", "管辖工商所", "所属工商所", "所属分局", "supervisionstation", "localstation", "stationname",
        "jurisdiction", "localorg", "localadm",
    ]),
    (Column::Industry, "industry", "行业", &[
        "行业代码", "行业编码", "国民经济行业代码", "国民经济行业分类代码", "国民经济行业", "国民经济行业分类", "行业分类", "所属行业", "所属行业代码",
        "行业类别", "行业类型", "行业名称", "行业领域", "行业小类", "行业中类", "行业大类", "行业门类", "行业门类代码", "经营类别", "industryco",
        "industrycode", "industryphy", "industryname", "industrycategory", "sector",
    ]),
    (Column::EntityType, "entity_type", "企业类型", &[
        "主体类型", "市场主体类型", "经营主体类型", "企业机构类型", "企业类型名称", "主体类别", "市场主体类别", "经营主体类别", "企业类别", "企业性质",
        "经济性质", "单位类型", "单位性质", "公司类型", "机构类型", "检查对象类型", "检查对象类别", "对象类型", "对象类别", "类型", "enttype",
        "enttypecn", "companytype", "enterprisetype", "businesstype",
    ]),
    (Column::Tags, "tags", "标签", &[
        "标签名称", "主体标签", "企业标签", "监管标签", "对象标签", "检查对象标签", "风险标签", "分类标签", "分类标注", "标注", "tag",
    ]),
    (Column::RegistrationDate, "registration_date", "成立日期", &[
        "注册日期", "登记日期", "设立日期", "成立时间", "注册时间", "登记时间", "设立时间", "开业日期", "开业时间", "设立登记日期", "注册登记日期",
        "注册登记时间", "首次登记日期", "企业注册时间", "estdate", "establishmentdate", "establisheddate", "dateofestablishment", "foundingdate",
        "registeredon", "registrationtime",
    ]),
    (Column::Capital, "capital", "注册资本", &[
        "注册资金", "注册资本金", "注册资本额", "出资额", "资金数额", "成员出资总额", "出资总额", "regcap", "registeredcapital",
    ]),
    (Column::Grade, "grade", "信用风险等级", &[
        "信用风险分类", "信用风险分类等级", "信用风险分类结果", "信用风险类别", "信用风险级别", "信用风险分级", "信用风险", "通用型信用风险分类",
        "通用型信用风险等级", "信用等级", "信用分类", "信用级别", "信用类别", "信用评级", "信用评价等级", "信用评价结果", "信用分级", "风险等级",
        "风险分类", "风险分类等级", "风险分级", "风险类别", "风险级别", "分类等级", "分类结果", "评价等级", "评定等级", "监管等级", "等级", "评级",
        "creditgrade", "riskgrade", "creditriskgrade", "creditrating", "creditlevel", "risklevel", "riskclass", "riskcategory", "rating",
    ]),
    (Column::Color, "color", "红黄绿码", &[
        "赋码颜色", "码色", "三色码", "信用码颜色", "企业码颜色", "监管码颜色", "健康码颜色", "二维码颜色", "颜色码", "颜色", "赋码结果", "赋码情况", "赋码",
        "信用码", "健康码", "企业健康码", "信用健康码", "监管码", "红黄绿", "红黄绿三色码", "红黄绿分类", "红黄绿赋码", "码等级", "三色分级",
        "三色等级", "colour", "colorcode", "colourcode", "codecolor", "healthcode",
    ]),
    (Column::Score, "score", "风险分值", &[
        "风险得分", "风险评分", "风险分数", "风险分", "风险指数", "风险值", "信用风险分值", "信用风险得分", "信用风险评分", "信用得分", "信用分值",
        "信用评分", "信用分数", "信用分", "综合得分", "综合评分", "评价得分", "评价分值", "模型得分", "模型分值", "得分", "分值", "评分", "分数", "总分",
        "riskscore", "creditscore", "totalscore",
    ]),
    (Column::Flag, "flag", "标记", &[
        "风险标记", "标志", "风险标志", "异常标记", "异常标识", "标识", "名单", "名录", "列入名单", "列入名录", "预警", "预警类型",
        "风险预警", "风险类型", "特殊标记", "重点标记", "flags", "flagname", "marker",
    ]),
    (Column::Date, "date", "检查日期", &[
        "检查时间", "检查完成日期", "检查完成时间", "检查结束日期", "检查结束时间", "检查实施日期", "实施检查日期", "抽查日期", "抽查时间", "执法日期",
        "执法时间", "执法检查日期", "检查年月日", "日期", "inspectiondate", "inspectedon", "dateofinspection", "visitdate", "checkdate",
    ]),
    (Column::Department, "department", "检查部门", &[
        "检查实施机关", "检查机关", "检查机构", "检查单位", "检查主体", "执法部门", "执法机关", "执法机构", "执法单位", "执法主体", "行政执法部门",
        "行政执法主体", "行政执法单位", "抽查部门", "抽查机关", "抽查单位", "抽查主体", "实施部门", "实施机关", "实施机构", "实施单位",
        "所属部门", "所在部门", "所属单位", "所在单位", "工作单位", "所属机构", "所属执法部门", "所属机关", "部门", "部门名称", "dept",
        "departmentname", "agency", "authority", "organ", "inspectionagency",
    ]),
    (Column::Level, "level", "检查层级", &[
        "层级", "级别", "部门层级", "执法层级", "抽查层级", "任务层级", "任务级别", "计划级别", "检查级别", "抽查级别", "部门级别", "行政层级", "行政级别", "机关层级",
        "发起层级", "组织层级", "adminlevel", "administrativelevel", "departmentlevel", "tier",
    ]),
    (Column::InspectorId, "inspector_id", "执法人员编号", &[
        "执法人员代码", "执法人员编码", "执法人员随机代码", "检查人员编号", "检查人员代码", "检查人员编码", "执法检查人员编号", "执法检查人员代码",
        "执法证号", "执法证号码", "执法证编号", "执法证件号", "执法证件号码", "执法证件编号", "行政执法证号", "行政执法证号码", "行政执法证编号",
        "行政执法证件号", "行政执法证件号码", "行政执法证件编号", "证件编号", "证件号", "人员编号", "人员代码", "人员编码", "员工编号", "工号", "警号",
        "inspector", "inspectorcode", "inspectornumber", "inspectorno", "officerid", "badge", "badgenumber", "staffid", "sanitarian",
    ]),
    (Column::InspectorName, "inspector_name", "执法人员姓名", &[
        "检查人员姓名", "执法检查人员姓名", "人员姓名", "执法人员", "检查人员", "执法检查人员", "姓名", "专家姓名", "officername", "staffname",
    ]),
    (Column::Qualification, "qualification", "执法资质", &[
        "资质", "资质类型", "资质类别", "执法资格", "执法资格类型", "资格", "资格类型", "资格类别", "执法类别", "执法证类型", "执法证件类型", "执法人员类别",
        "人员类别", "人员类型", "qualifications", "licencetype", "certificatetype",
    ]),
    (Column::Specialty, "specialty", "业务专长", &[
        "专长", "专业专长", "专业特长", "业务特长", "专业", "专业领域", "业务领域", "擅长领域", "执法领域", "监管领域", "专业类别", "专业方向", "specialties",
        "speciality", "expertise",
    ]),
    (Column::CertificateUntil, "certificate_until", "证件有效期至", &[
        "执法证有效期至", "执法证有效期", "执法证件有效期至", "执法证件有效期", "行政执法证有效期至", "行政执法证有效期", "证件有效期", "证书有效期至",
        "证书有效期", "资格有效期至", "资格有效期", "证件有效期止", "证件到期日期", "证件到期日", "证件截止日期", "有效期至", "有效期止", "有效期截止日期",
        "有效期", "到期日期", "到期日", "certificatevaliduntil", "certificateexpiry", "certificateexpires", "validuntil", "validto", "expirydate",
    ]),
    (Column::Expert, "expert", "是否专家", &["专家", "是否为专家", "专家标识", "专家标记", "专家库成员", "isexpert"]),
    (Column::Prn, "prn", "永久随机数", &["随机数", "固定随机数", "抽样随机数", "permanentrandomnumber"]),
    (Column::Figure, "figure", "指标名称", &["指标", "统计指标", "考核指标", "indicator", "kpi", "label"]),
    (Column::Numerator, "numerator", "分子", &["分子数"]),
    (Column::Denominator, "denominator", "分母", &["分母数"]),
    (Column::Printed, "printed", "公布值", &["公布数", "公布数值", "公布结果", "通报值", "通报数", "printedvalue", "reported", "reportedvalue"]),
    (Column::AsOf, "as_of", "截至日期", &["截至时间", "数据截至日期", "统计截至日期", "统计截止日期", "统计截止时间", "asofdate"]),
    (Column::Source, "source", "来源", &[
        "出处", "资料来源", "数据来源", "文件来源", "检查类型", "任务类型", "抽查类型", "任务来源", "检查来源", "inspectiontype",
    ]),
    (Column::InspectionId, "inspection_id", "检查编号", &["检查单号", "检查记录编号", "检查结果编号", "户次编号", "检查记录号", "inspectionno", "inspectionnumber"]),
    (Column::TaskId, "task_id", "任务编号", &["抽查任务编号", "检查任务编号", "任务编码", "任务号", "任务代码", "taskno"]),
    (Column::VisitId, "visit_id", "上门编号", &["现场编号", "联合检查编号", "上门检查编号"]),
    (Column::ItemId, "item_id", "事项编号", &["检查事项编号", "抽查事项编号", "事项编码", "检查事项编码", "抽查事项编码", "事项代码", "检查事项", "抽查事项"]),
    (Column::PlanId, "plan_id", "计划编号", &["检查计划编号", "抽查计划编号", "计划编码", "计划号"]),
    (Column::EnteredOn, "entered_on", "录入日期", &["结果录入日期", "录入时间", "结果录入时间"]),
    (Column::ReviewedOn, "reviewed_on", "审核日期", &["审核时间", "结果审核日期", "结果审核时间"]),
    (Column::PublishedOn, "published_on", "公示日期", &["公示时间", "结果公示日期", "结果公示时间", "公开日期"]),
    (Column::CorrectedOn, "corrected_on", "更正日期", &["公示更正日期", "更正时间"]),
    (Column::FiledOn, "filed_on", "备案日期", &["备案时间", "补备案日期"]),
    (Column::LaboratoryOn, "laboratory_on", "检验报告送达日期", &["检验结果送达日期", "检测报告送达日期", "复检结果送达日期"]),
    (Column::RectifiedOn, "rectified_on", "整改完成日期", &["改正完成日期", "整改完成时间", "改正日期"]),
    (Column::RectifyBy, "rectify_by", "整改期限", &["改正期限", "整改截止日期", "限期整改日期"]),
    (Column::Mobile, "mobile", "是否掌上执法", &["掌上执法", "是否移动执法", "移动执法"]),
    (Column::Joint, "joint", "是否联合检查", &["联合检查", "是否联合", "是否跨部门", "是否跨部门检查", "是否部门联合"]),
    (Column::Outcome, "outcome", "检查结果", &["抽查结果", "检查结论", "检查结果类型", "outcomes", "result", "results"]),
    (Column::Problem, "problem", "发现问题情况", &["是否发现问题", "发现问题", "问题情况", "是否有问题", "problems"]),
    (Column::Disposal, "disposal", "后续处置措施", &["后续处置", "后续处置情况", "处置措施", "处置情况", "处理措施", "后续处理措施", "后续处理", "disposed", "disposals"]),
    (Column::Departments, "departments", "参与部门", &["配合部门", "联合部门", "参加部门", "成员部门", "检查部门列表", "部门清单"]),
    (Column::Lead, "lead", "牵头部门", &["发起部门", "主办部门", "leaddepartment"]),
    (Column::CreditRule, "credit_rule", "是否使用信用规则", &["使用信用规则", "关联信用规则", "是否关联信用规则", "信用规则"]),
    (Column::StartOn, "start_on", "开始日期", &["任务开始日期", "计划开始日期", "开始时间", "起始日期", "任务开始时间"]),
    (Column::DueOn, "due_on", "截止日期", &["任务截止日期", "计划截止日期", "结束日期", "任务结束日期", "计划结束日期", "完成期限", "截止时间"]),
    (Column::FinishedOn, "finished_on", "完成日期", &["任务完成日期", "办结日期", "完成时间"]),
    (Column::Category, "category", "抽查类别", &["事项类别", "检查类别", "抽查事项类别"]),
    (Column::MergedInto, "merged_into", "并入计划编号", &["并入计划", "合并至计划"]),
    (Column::ListedOn, "listed_on", "列入日期", &["列异日期", "列入时间", "列异时间"]),
    (Column::VerifiedOn, "verified_on", "核实日期", &["核实时间", "查实日期"]),
    (Column::ListReason, "list_reason", "列入原因", &["列异原因", "列入事由", "列入经营异常名录原因"]),
    (Column::ListType, "list_type", "名录类型", &["名单类型"]),
    (Column::SentOn, "sent_on", "发放日期", &["发放时间", "下发日期"]),
    (Column::ReturnedOn, "returned_on", "回收日期", &["反馈日期", "回收时间", "反馈时间"]),
    (Column::Satisfied, "satisfied", "是否满意", &["满意度", "满意情况"]),
    (Column::DayKind, "day_kind", "日期类型", &["班休", "工作日类型"]),
    (Column::DeregisteredOn, "deregistered_on", "注销日期", &["注销时间"]),
    (Column::TaskName, "task_name", "任务名称", &["抽查任务名称", "检查任务名称", "抽查任务", "检查任务", "计划名称", "抽查计划名称", "检查计划名称"]),
    (Column::ItemName, "item_name", "事项名称", &["检查事项名称", "抽查事项名称"]),
    (Column::Share, "share", "抽查比例", &["检查比例", "抽取比例", "比例", "抽查比率"]),
    (Column::Count, "count", "抽查户数", &["检查户数", "抽取户数", "抽查数量", "抽取数量", "检查数量", "抽查家数", "户数", "抽查对象数量"]),
    (Column::Frequency, "frequency", "抽查频次", &["检查频次", "频次", "抽查频率", "检查频率"]),
    (Column::Stream, "stream", "随机数流", &[]),
    (Column::LegalReview, "legal_review", "是否合法性审核", &["合法性审核", "合法性审查", "是否合法性审查"]),
    (Column::Active, "active", "是否在岗", &["在岗", "在岗状态", "在岗情况", "是否在职", "onduty"]),
    (Column::CertificateFrom, "certificate_from", "证件有效期起", &["执法证有效期起", "证件有效期自", "有效期起", "有效期自", "发证日期", "validfrom"]),
    (Column::Capacity, "capacity", "每周任务上限", &["周任务上限", "每周上限", "每周最多任务数"]),
    (Column::MayLead, "may_lead", "是否可任组长", &["可任组长", "可担任组长", "组长资格", "是否具备组长资格"]),
];

/// Remarks in brackets that do not change what a column is.
pub(super) const REMARKS: &[&str] = &[
    "万元",
    "元",
    "万",
    "亿元",
    "人民币",
    "万元人民币",
    "人民币万元",
    "万人民币",
    "人民币元",
    "必填",
    "必填项",
    "选填",
    "非必填",
    "可选",
    "可空",
    "全称",
    "年月日",
    "日期格式",
    "yyyymmdd",
    "yyyymd",
    "文本",
    "文本格式",
    "当前",
    "18位",
    "15位",
    "18位或15位",
    "15位或18位",
    "分",
    "百分制",
    "满分100",
    "满分1000",
    "abcd",
    "红黄绿",
    "是否",
    "可多选",
    "多个用分号隔开",
    "required",
    "optional",
    "text",
    "cny",
    "rmb",
];

/// Parts of remarks in brackets that make the column another one: the name in English, a former status, the planned date, the
/// code of a shareholder, capital in dollars.
#[rustfmt::skip]
pub(super) const DISTINCTIONS: &[&str] = &[
    "英", "拼音", "旧", "舊", "原", "曾", "前", "历史", "歷史", "变更", "變更", "上年", "上期", "上次", "去年", "计划", "計划", "拟", "擬",
    "预", "法人", "法定", "股东", "股東", "上级", "母公司", "总公司", "总部", "纳税", "税务", "美", "港", "欧", "歐",
    "日元", "外币", "外方", "old", "former", "previous", "prior", "english", "pinyin", "planned", "parent", "usd", "hkd", "eur",
];

/// Parts of headers that may mean a status although the header is not known.
pub(super) const LIKE_STATUS: &[&str] = &["状态", "状况", "存续", "在业", "state", "status", "经营情况"];

/// Words before a header that say whose attribute it is: 企业登记状态, 被检查对象统一社会信用代码.
pub(super) const OWNERS: &[&str] = &[
    "被检查对象",
    "被抽查对象",
    "检查对象",
    "抽查对象",
    "监管对象",
    "市场主体",
    "经营主体",
    "企业",
    "主体",
    "对象",
    "单位",
    "公司",
];

/// Columns that an owner may stand before.
pub(super) const OWNED: &[Column] = &[
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
];
