//! The certificate of a draw: one page that states how it was made, lists the drawn, and recomputes every lot and their order in
//! the reader's own browser.

use super::numbers::{bracketed, colon, count};
use super::parts::{Section, Table, document, text};
use crate::publish::Selection;
use crate::terms::Lang;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

/// What the certificate states.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Title.
    pub title: String,
    /// Its as-of day.
    pub as_of: String,
    /// The seed.
    pub seed: String,
    /// Where the seed comes from.
    pub seed_source: Option<String>,
    /// The commitment announced before the seed.
    pub commitment: Option<String>,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
    /// SHA-256 of the manifest of the run.
    pub manifest_sha256: String,
    /// Input files and their SHA-256.
    pub inputs: Vec<(String, String)>,
    /// Program and version.
    pub program: String,
    /// Whether the probabilities of all entities stand in files beside the page.
    pub has_shards: bool,
    /// The draws, one or one a task.
    pub draws: Vec<CertifiedDraw>,
    /// Rows of the list that are left out of the page.
    pub left_out: usize,
}

/// One draw of a certificate, as the page's script reads it.
#[derive(Clone, Debug, Serialize)]
pub struct CertifiedDraw {
    /// Place among the draws.
    pub place: usize,
    /// The task; empty where the plan is one draw.
    pub task: String,
    /// The stream of its lots.
    pub stream: String,
    /// The design.
    pub design: String,
    /// Its strata.
    pub strata: Vec<CertifiedStratum>,
    /// Its part of the list, in order.
    pub rows: Vec<CertifiedRow>,
}

/// A stratum of a draw.
#[derive(Clone, Debug, Serialize)]
pub struct CertifiedStratum {
    /// Its name.
    pub name: String,
    /// Key of the last one drawn.
    pub cut: Option<f64>,
    /// Key of the first one not drawn.
    pub next: Option<f64>,
}

/// A row of the list: id, name, place of the stratum, selection, order, ticket, π, key, and the arc before the draw where it was
/// not full.
#[derive(Clone, Debug, Serialize)]
pub struct CertifiedRow(
    pub String,
    pub Option<String>,
    pub usize,
    pub &'static str,
    pub i64,
    pub String,
    pub f64,
    pub Option<f64>,
    pub Option<[String; 2]>,
);

/// What the script reads.
#[derive(Serialize)]
struct Data<'a> {
    seed: &'a str,
    shards: bool,
    draws: &'a [CertifiedDraw],
    words: Words,
}

/// The script's sentences.
#[derive(Serialize)]
struct Words {
    right: &'static str,
    wrong: &'static str,
    ticket: &'static str,
    cut: &'static str,
    certain: &'static str,
    drawn: &'static str,
    reserve: &'static str,
    none: &'static str,
    unknown: &'static str,
}

fn words(lang: Lang) -> Words {
    match lang {
        Lang::En => Words {
            right: "All {of} lots, keys and places were recomputed in this browser and agree.",
            wrong: "{wrong} of {of} do not agree:",
            ticket: "ticket",
            cut: "cut line",
            certain: "certain: probability 1",
            drawn: "drawn",
            reserve: "in reserve",
            none: "not on the list",
            unknown: "This code is not in the registry of the draw.",
        },
        Lang::Zh => Words {
            right: "本机浏览器已重算全部 {of} 个随机数、排序值及次序，均相符。",
            wrong: "{of} 个中有 {wrong} 个不符：",
            ticket: "票号",
            cut: "截止线",
            certain: "必查，抽中概率为 1",
            drawn: "抽中",
            reserve: "候补",
            none: "不在名单",
            unknown: "该代码不在本次抽查的名录库中。",
        },
    }
}

/// The page in one language.
///
/// # Errors
/// Numbers that JSON does not have; a published draw has none.
pub fn page(certificate: &Certificate, lang: Lang) -> Result<String, serde_json::Error> {
    let Certificate { seed, has_shards, draws, .. } = certificate;
    let data = serde_json::to_string(&Data { seed, shards: *has_shards, draws, words: words(lang) })?;
    // Inside a script element only `<` could end it.
    let data = data.replace('<', "\\u003c");
    let head = html! {
        p.about { (lang.choose("Certificate of the draw, as of ", "抽取证书，截至")) (certificate.as_of) }
        p #verdict { (lang.choose("This page needs its script to check the draw.", "本页须允许运行脚本方可核验。")) }
        ul #faults {}
    };
    let mut sections = vec![
        Section::new("made", ("How the draw was made", "抽取依据"), lang, made(certificate, lang)),
        Section::new("own", ("Why me? Enter a code", "查询本企业"), lang, question(certificate, lang)),
    ];
    sections.push(Section::new("list", ("The list", "抽查名单"), lang, list(certificate, lang)));
    let page = document(&certificate.title, &head, &sections, lang);
    let style = "#list code,#list thead th,#list td:nth-child(3){white-space:nowrap}.right{color:#116329}.wrong{color:#b3261e;font-weight:600}\
                 @media(prefers-color-scheme:dark){.right{color:#7ee787}.wrong{color:#ffb4ab}}";
    let script = html! {
        style { (PreEscaped(style)) }
        script #data type="application/json" { (PreEscaped(&data)) }
        script { (PreEscaped(include_str!("certificate.js"))) }
    };
    Ok(page.replacen("</body>", &format!("{}</body>", script.into_string()), 1))
}

fn made(certificate: &Certificate, lang: Lang) -> Markup {
    let mut facts = Table::default().words(lang.choose("What", "事项")).words(lang.choose("Value", "内容"));
    let mut fact = |en: &str, zh: &str, value: &str| {
        facts.row(vec![text(lang.choose(en, zh)), html! { code { (value) } }]);
    };
    fact("Seed", "种子", &certificate.seed);
    fact(
        "Where it comes from",
        "种子来源",
        certificate.seed_source.as_deref().unwrap_or(lang.choose("the plan does not say", "计划未载明")),
    );
    let none = lang.choose("none", "无");
    fact("Commitment", "承诺值", certificate.commitment.as_deref().unwrap_or(none));
    fact("Plan, SHA-256", "计划 SHA-256", &certificate.plan_sha256);
    fact("Manifest, SHA-256", "成果清单 SHA-256", &certificate.manifest_sha256);
    for (file, sha256) in &certificate.inputs {
        fact(file, file, sha256);
    }
    fact("Program", "程序", &certificate.program);
    let mut lines = Table::default()
        .words(lang.choose("Stratum", "层"))
        .words(lang.choose("Stream", "随机数流"))
        .words(lang.choose("Design", "抽样设计"))
        .numbers(lang.choose("Cut line", "截止线"))
        .numbers(lang.choose("Next key", "下一排序值"))
        .at_most(200);
    for draw in &certificate.draws {
        for stratum in &draw.strata {
            let name =
                if draw.task.is_empty() { stratum.name.clone() } else { format!("{} · {}", draw.task, stratum.name) };
            let line = |line: Option<f64>| text(line.map_or("–".to_owned(), |line| line.to_string()));
            lines.row(vec![text(name), text(&draw.stream), text(&draw.design), line(stratum.cut), line(stratum.next)]);
        }
    }
    html! {
        (facts.show(lang))
        p {
            (lang.choose(
                "A lot is the first eight bytes of ChaCha20 under the key SHA-256(\"fairdraw/1/ticket\", seed, stream) and the iv SHA-256(code), a line each. Those with the smallest keys ξ are drawn.",
                "随机数为 ChaCha20 密钥流的前 8 字节，密钥为 SHA-256（“fairdraw/1/ticket”、种子、随机数流，各占一行），初始向量取 SHA-256（代码）。排序值 ξ 最小者抽中。",
            ))
        }
        (lines.show(lang))
    }
}

fn question(certificate: &Certificate, lang: Lang) -> Markup {
    html! {
        form #ask {
            label { (lang.choose("Unified social credit code", "统一社会信用代码")) (colon(lang)) input #code name="code" autocomplete="off" size="24"; }
            " " button { (lang.choose("Show my lot", "查询")) }
        }
        div #answer role="status" {}
        @if !certificate.has_shards {
            p.about {
                (lang.choose(
                    "Of entities that are not on the list this page knows the lot and not the probability; ask for it (fairdraw explain).",
                    "名单以外的主体，本页可算出随机数，抽中概率请向公示单位查询（fairdraw explain）。",
                ))
            }
        }
    }
}

fn list(certificate: &Certificate, lang: Lang) -> Markup {
    let selection = |word: &str| {
        let words = Selection::ALL.into_iter().find(|own| own.name() == word).map_or(("", ""), Selection::words);
        lang.choose(words.0, words.1)
    };
    html! {
        @if certificate.left_out > 0 {
            p.about { (lang.choose("Further rows, in drawn.csv", "其余各行见 drawn.zh.csv")) (bracketed(&count(certificate.left_out as i64, lang), lang)) }
        }
        @for draw in &certificate.draws {
            @if !draw.task.is_empty() { h3 { (draw.task) } }
            div.table tabindex="0" role="region" aria-label=(lang.choose("The list", "名单")) {
                table {
                    thead { tr {
                        th scope="col" { (lang.choose("Code", "代码")) }
                        th scope="col" { (lang.choose("Name", "名称")) }
                        th scope="col" { (lang.choose("How", "方式")) }
                        th.number scope="col" { (lang.choose("Order", "次序")) }
                        th scope="col" { (lang.choose("Ticket", "票号")) }
                        th.number scope="col" { "π" }
                        th scope="col" { (lang.choose("Checked", "核验")) }
                    } }
                    tbody {
                        @for (place, CertifiedRow(id, name, _, how, order, ticket, pi, ..)) in draw.rows.iter().enumerate() {
                            tr {
                                th scope="row" { (id) }
                                td { (name.as_deref().unwrap_or("")) }
                                td { (selection(how)) }
                                td.number { (order) }
                                td { code { (ticket) } }
                                td.number { (format!("{pi:.6}")) }
                                td id={ "mark-" (draw.place) "-" (place) } {}
                            }
                        }
                    }
                }
            }
        }
    }
}
