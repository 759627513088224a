//! What is worth knowing of single rows that are used.

use serde::{Deserialize, Serialize};

/// What can be noted of a row that is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Note {
    /// A unified social credit code with a wrong check character.
    WrongCheckDigit,
    /// A registration number with a wrong check digit.
    WrongCheckDigit15,
    /// A registration number of 13 or 14 digits.
    LegacyNumber,
    /// An id of no official form, in a registry of official ids.
    UnknownIdForm,
    /// An id of official form, in a registry of other ids.
    OfficialIdForm,
    /// Digits of an id were probably lost to a spreadsheet.
    RoundedId,
    /// An id kept as a floating number.
    NumberAsId,
    /// An id from which invisible or decomposed characters were removed.
    RepairedId,
    /// A date that cannot be read.
    BadDate,
    /// A cell of more than 1,024 characters.
    LongField,
    /// Undecodable bytes in a column that is not read.
    UndecodableElsewhere,
}

impl Note {
    /// The code in kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            Self::WrongCheckDigit => "wrong-check-digit",
            Self::WrongCheckDigit15 => "wrong-check-digit-15",
            Self::LegacyNumber => "legacy-number",
            Self::UnknownIdForm => "unknown-id-form",
            Self::OfficialIdForm => "official-id-form",
            Self::RoundedId => "rounded-id",
            Self::NumberAsId => "number-as-id",
            Self::RepairedId => "repaired-id",
            Self::BadDate => "bad-date",
            Self::LongField => "long-field",
            Self::UndecodableElsewhere => "undecodable-elsewhere",
        }
    }

    /// The sentence behind the number of rows, in English and in Chinese.
    pub(super) fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::WrongCheckDigit => (
                "unified social credit codes (18 characters) have a wrong check character; they stay, compare them with the register",
                "个统一社会信用代码（18 位）校验码有误，照原样保留，请与登记信息核对",
            ),
            Self::WrongCheckDigit15 => (
                "registration numbers (15 digits) have a wrong check digit; they stay, compare them with the register",
                "个注册号（15 位）校验位有误，照原样保留，请与登记信息核对",
            ),
            Self::LegacyNumber => (
                "registration numbers have the old form of 13 or 14 digits, which has no check digit",
                "个注册号为 13 或 14 位旧号，没有校验位",
            ),
            Self::UnknownIdForm => (
                "entity ids are neither unified social credit codes nor registration numbers; they are used as they are",
                "个主体代码既非统一社会信用代码也非注册号，照原样使用",
            ),
            Self::OfficialIdForm => (
                "entity ids have the form of official codes in a registry whose other ids do not",
                "个主体代码为官方代码形式，与本名录库其余代码不同",
            ),
            Self::RoundedId => (
                "ids of 18 digits end in 000 and have a wrong check character, as a spreadsheet leaves codes that it took for numbers; different entities may have become one: export the column as text",
                "个 18 位代码以 000 结尾且校验码有误，疑被电子表格当作数值处理，不同主体可能已混为一个，请将该列按文本导出",
            ),
            Self::NumberAsId => (
                "ids are kept as floating numbers; their digits are whole, but leading zeros would be lost: write ids as text",
                "个代码以浮点数存放，数字完整，但前导零会丢失，请按文本存放代码",
            ),
            Self::RepairedId => (
                "ids held invisible or decomposed characters, which were removed or composed",
                "个代码中含不可见字符或分解形式的字符，已清除或合并",
            ),
            Self::BadDate => (
                "dates cannot be read and are left empty; write them as 2023-02-07 or 2023年2月7日",
                "个日期无法识别，留空处理，请写作 2023-02-07 或 2023年2月7日",
            ),
            Self::LongField => {
                ("cells hold more than 1,024 characters; they are kept whole", "个单元格超过 1,024 个字符，完整保留")
            }
            Self::UndecodableElsewhere => (
                "rows hold undecodable bytes in columns that are not read; the rows are used",
                "行在未使用的列中含无法解码的字节，该行照常使用",
            ),
        }
    }
}
