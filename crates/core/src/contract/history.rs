//! What became of plans that are run every night.

use super::CellType::{Float64, Int64, Text};
use super::{Column, Table};

/// A file of the history of a list; there is one a night, in a folder.
pub const HISTORY: Table = Table {
    file: "history.parquet",
    en: "a plan of a list in one night",
    zh: "一夜之中清单的一份计划",
    columns: &[
        Column::new(
            "ended_at",
            Int64,
            "when the plan ended, in seconds since 1970 (UTC)",
            "结束时间，自 1970 年起的秒数（协调世界时）",
        ),
        Column::new("list", Text, "name of the list", "清单名称"),
        Column::new("plan", Text, "the plan, as the list writes it", "计划文件，与清单所写一致"),
        Column::new("outcome", Text, "done, unchanged, failed or left-out", "结果：已执行、未变动、失败、暂不执行"),
        Column::new("error", Text, "what stopped the plan", "失败原因").nullable(),
        Column::new("seconds", Float64, "how long it took, in seconds", "用时，秒"),
        Column::new("fairdraw", Text, "version of the program", "程序版本"),
        Column::new("plan_digest", Text, "SHA-256 of the plan", "计划文件的 SHA-256"),
        Column::new(
            "made",
            Text,
            "SHA-256 of what stands published, if it is whole",
            "已公布成果的 SHA-256，成果完整时有值",
        )
        .nullable(),
        Column::new("rows_read", Int64, "rows read of all tables of the published run", "已公布成果读入的总行数")
            .nullable(),
        Column::new("rows_set_aside", Int64, "rows of these that were set aside", "其中搁置的行数").nullable(),
        Column::new("population", Int64, "entities of the published run", "已公布成果的主体数").nullable(),
        Column::new("eligible", Int64, "those that could be drawn", "其中可抽的主体数").nullable(),
        Column::new("drawn", Int64, "those drawn", "其中抽中的主体数").nullable(),
        Column::new("figures", Int64, "figures of a published folder of figures", "已公布的指标数").nullable(),
        Column::new(
            "drift",
            Int64,
            "changes since the last run beyond the limits of the plan",
            "与上一次相比超过限度的变动数",
        ),
    ],
};
