//! "Why me?": one entity of a published run in words and numbers, in English or Chinese.

use crate::contract::{self, TAKE_ALL, ticket_text};
use crate::publish::Selection;
use crate::publish::manifest::{Manifest, StratumRecord};
use crate::published::{PublishedError, PublishedRun};
use crate::sampling::lots::{LotError, iv, u};
use crate::sampling::{Design, LotKey};
use crate::score::ONE;
use crate::terms::{Color, Grade, Lang, Mode, Status};
use std::collections::BTreeMap;
use std::path::Path;

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The run cannot be read.
    #[error(transparent)]
    Published(#[from] PublishedError),
    /// No such entity.
    #[error(
        "the run's frame holds no entity `{id}`; ids are written as in frame.parquet (capital letters, no blanks), and rows set aside are in quarantine.parquet"
    )]
    NoEntity {
        /// The id.
        id: String,
    },
    /// The published seed or stream cannot be used.
    #[error(transparent)]
    Lot(#[from] LotError),
}

/// The explanation of one entity, a sentence a line.
///
/// # Errors
/// [`ExplainError`] if run or entity is not there.
pub fn explain(run: &Path, id: &str, language: Lang) -> Result<Vec<String>, ExplainError> {
    let run = PublishedRun::open(run)?;
    let manifest = run.manifest()?;
    let columns = run.entity(contract::FRAME.file, id)?.ok_or_else(|| ExplainError::NoEntity { id: id.to_owned() })?;
    let order = columns.iter().map(|(name, _)| name.clone()).collect();
    let values = columns.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let entity = Entity { id, manifest: &manifest, order, values, language };
    let mut lines = vec![entity.heading()];
    lines.extend(entity.ratings());
    match entity.get(contract::REASON.name) {
        Some(reason) => lines.push(entity.exclusion(reason)),
        None => {
            lines.push(entity.weight());
            lines.extend(entity.probability());
            lines.extend(entity.lot()?);
            lines.push(entity.outcome());
            if let Some(order) = reserve_order(&run, id)? {
                lines.push(entity.say(
                    format!("It is number {order} on the reserve list of its stratum."),
                    format!("列入本层候补名单，第 {order} 位。"),
                ));
            }
        }
    }
    Ok(lines)
}

/// Place on the reserve list, if the entity is on it.
fn reserve_order(run: &PublishedRun, id: &str) -> Result<Option<String>, PublishedError> {
    let Some(row) = run.entity(contract::DRAW.file, id)? else { return Ok(None) };
    let cell = |column: contract::Column| row.iter().find(|(name, _)| name == column.name)?.1.clone();
    let is_reserve = cell(contract::SELECTION).as_deref() == Some(Selection::Reserve.name());
    Ok(cell(contract::ORDER).filter(|_| is_reserve))
}

struct Entity<'a> {
    id: &'a str,
    manifest: &'a Manifest,
    order: Vec<String>,
    values: BTreeMap<String, String>,
    language: Lang,
}

impl Entity<'_> {
    fn get(&self, column: &str) -> Option<&str> {
        self.values.get(column).map(String::as_str)
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.get(column)?.parse().ok()
    }

    fn say(&self, english: String, chinese: String) -> String {
        match self.language {
            Lang::En => english,
            Lang::Zh => chinese,
        }
    }

    fn stratum(&self) -> Option<&StratumRecord> {
        let name = self.get(contract::STRATUM.name)?;
        self.manifest.strata.iter().find(|stratum| stratum.name == name)
    }

    fn heading(&self) -> String {
        let name = self.get(contract::NAME.name).map(|name| format!(" {name}")).unwrap_or_default();
        let (plan, date) =
            (self.manifest.plan.title.as_ref().unwrap_or(&self.manifest.plan.name), &self.manifest.as_of);
        self.say(
            format!("{}{name} in \"{plan}\", as of {date}", self.id),
            format!("{}{name}，《{plan}》，截至 {date}", self.id),
        )
    }

    /// What the registries say.
    fn ratings(&self) -> Vec<String> {
        let word = |column: &str, chinese: fn(&str) -> Option<&'static str>| {
            let own = self.get(column).unwrap_or("");
            match self.language {
                Lang::En => own.to_owned(),
                Lang::Zh => chinese(own).unwrap_or(own).to_owned(),
            }
        };
        let status = word(contract::STATUS.name, |word| Status::from_word(word).map(Status::chinese));
        let grade = word(contract::GRADE.name, |word| Grade::from_word(word).map(Grade::chinese));
        let color = word(contract::COLOR.name, |word| Color::from_word(word).map(Color::chinese));
        let mut lines = vec![self.say(
            format!("Status {status}; credit grade {grade}; colour code {color}."),
            format!("登记状态：{status}；信用等级：{grade}；赋码：{color}。"),
        )];
        if let Some(flags) = self.get(contract::FLAGS.name) {
            lines.push(self.say(format!("Flags: {flags}."), format!("标记：{flags}。")));
        }
        let scores: Vec<String> = self
            .order
            .iter()
            .filter_map(|name| Some(format!("{} {}", name.strip_prefix(contract::SCORE.name)?, self.get(name)?)))
            .collect();
        if !scores.is_empty() {
            let risk = self.get(contract::RISK.name).map(|risk| format!(" → {risk}")).unwrap_or_default();
            let scores = scores.join(", ");
            lines.push(self.say(
                format!("Risk scores: {scores}{risk} (risk from 0 to 1)."),
                format!("风险评分：{scores}{risk}（风险值 0 至 1）。"),
            ));
        }
        lines
    }

    /// The reason of an exclusion; the manifest has it in both languages.
    fn exclusion(&self, english: &str) -> String {
        let told = self.manifest.exclusions.iter().map(|exclusion| &exclusion.reason).find(|told| told.en == english);
        let chinese = told.map_or(english, |told| told.zh.as_str());
        self.say(
            format!("It could not be drawn: {english}. Its probability is 0."),
            format!("不参加抽取：{chinese}。抽中概率为 0。"),
        )
    }

    fn weight(&self) -> String {
        let factors: Vec<String> = self
            .order
            .iter()
            .filter_map(|name| {
                let value = self.number(name).filter(|_| name.starts_with(contract::FACTOR.name))?;
                let factor = name.trim_start_matches(contract::FACTOR.name);
                let factor = self.say(factor.to_owned(), factor_in_chinese(factor).to_owned());
                Some(format!("{factor} {}", value / ONE as f64))
            })
            .collect();
        let product = if factors.is_empty() { "1".to_owned() } else { factors.join(" × ") };
        let weight = self.number(contract::WEIGHT.name).unwrap_or(0.0) / ONE as f64;
        self.say(format!("Weight: {product} = {weight}."), format!("权重：{product} = {weight}。"))
    }

    fn probability(&self) -> Vec<String> {
        let pi = self.get(contract::PI.name).unwrap_or("0");
        if let Some(rule) = self.get(contract::CERTAINTY.name) {
            return vec![match (rule, self.stratum()) {
                (TAKE_ALL, Some(stratum)) if stratum.n >= stratum.positive => self.say(
                    format!("All {} entities of its stratum are drawn: π = 1.", stratum.positive),
                    format!("本层 {} 户全部抽取：抽中概率 = 1。", stratum.positive),
                ),
                (TAKE_ALL, _) => self.say(
                    "Its weight is so large in its stratum that it is taken for certain: π = 1.".to_owned(),
                    "权重在本层中足够大，必然抽中：抽中概率 = 1。".to_owned(),
                ),
                (rule, _) => self.say(
                    format!("The rule \"{rule}\" makes it certain: π = 1."),
                    format!("规则“{rule}”使其必查：抽中概率 = 1。"),
                ),
            }];
        }
        let Some(stratum) = self.stratum() else { return Vec::new() };
        let StratumRecord { name, n, take_all, random_n, positive, .. } = stratum;
        let rest = stratum.rest_weight_sum.parse::<f64>().unwrap_or(f64::NAN) / ONE as f64;
        let weight = self.number(contract::WEIGHT.name).unwrap_or(0.0) / ONE as f64;
        let formula = match Design::from_name(&self.manifest.design) {
            Some(Design::Srs) => format!("{random_n} / {positive}"),
            _ => format!("{random_n} × {weight} / {rest}"),
        };
        vec![
            self.say(
                format!("Stratum \"{name}\": {n} of {positive} entities, {take_all} of them taken for their weight, {random_n} by lot."),
                format!("所在层“{name}”：{positive} 户中抽 {n} 户，其中因权重必抽 {take_all} 户，按随机数抽 {random_n} 户。"),
            ),
            self.say(format!("Probability: π = {formula} = {pi}."), format!("抽中概率：π = {formula} = {pi}。")),
        ]
    }

    fn lot(&self) -> Result<Vec<String>, ExplainError> {
        let (Some(seed), Some(stream)) = (&self.manifest.seed, &self.manifest.stream) else {
            let number = self.get("prn").unwrap_or("");
            return Ok(vec![
                self.say(format!("Its permanent random number is u = {number}."), format!("永久随机数 u = {number}。")),
            ]);
        };
        let (key, iv) = (LotKey::derive(seed, stream)?, iv(self.id));
        let ticket = key.ticket(&iv);
        let iv = crate::digest::hex(iv);
        let source = self.manifest.seed_source.as_deref();
        let english = source.map(|source| format!(" ({source})")).unwrap_or_default();
        let chinese = source.map(|source| format!("（{source}）")).unwrap_or_default();
        let (u, ticket) = (u(ticket), ticket_text(ticket));
        Ok(vec![
            self.say(
                format!(
                    "Lot: ticket {ticket}, u = {u}, from seed \"{seed}\"{english}, stream \"{stream}\" and its id."
                ),
                format!("随机数：票号 {ticket}，u = {u}，由种子“{seed}”{chinese}、随机数流“{stream}”和主体代码算出。"),
            ),
            self.say("Check it:".to_owned(), "自行验证：".to_owned()),
            format!("  printf '\\0\\0\\0\\0\\0\\0\\0\\0' | openssl enc -chacha20 -K {key} -iv {iv} | od -An -tx8"),
        ])
    }

    fn outcome(&self) -> String {
        let drawn = self.get(contract::DRAWN.name) == Some("true");
        let mode = self.get(contract::MODE.name).and_then(Mode::from_word);
        let mode = match self.language {
            Lang::En => mode.map(Mode::name),
            Lang::Zh => mode.map(Mode::chinese),
        }
        .unwrap_or("");
        if self.get(contract::CERTAINTY.name).is_some() {
            return self.say(format!("Drawn. Inspection mode: {mode}."), format!("抽中。检查方式：{mode}。"));
        }
        let comparison = self.comparison();
        if drawn {
            self.say(
                format!("{comparison}: drawn. Inspection mode: {mode}."),
                format!("{comparison}：抽中。检查方式：{mode}。"),
            )
        } else {
            self.say(format!("{comparison}: not drawn."), format!("{comparison}：未抽中。"))
        }
    }

    /// The key beside the cut line, or u beside π.
    fn comparison(&self) -> String {
        let pi = self.number(contract::PI.name).unwrap_or(0.0);
        let lot = self.number(contract::U.name).or_else(|| self.number(contract::PRN.name)).unwrap_or(f64::NAN);
        let Some(design) = Design::from_name(&self.manifest.design) else { return String::new() };
        if design == Design::Poisson {
            let sign = if lot < pi { "<" } else { "≥" };
            return self.say(format!("u = {lot} {sign} π = {pi}"), format!("u = {lot} {sign} π = {pi}"));
        }
        if self.stratum().is_some_and(|stratum| stratum.random_n == 0) {
            return self
                .say("No entity of its stratum is selected at random".to_owned(), "本层没有随机抽取的名额".to_owned());
        }
        let key = design.key(lot, pi);
        let cut = self.stratum().and_then(|stratum| stratum.cut_line).map_or("-".to_owned(), |cut| cut.to_string());
        self.say(
            format!("Key ξ = {key}, cut line {cut} (keys up to the cut line are drawn)"),
            format!("排序值 ξ = {key}，截止线 {cut}（不大于截止线者抽中）"),
        )
    }
}

fn factor_in_chinese(factor: &str) -> &str {
    match factor {
        "column" => "名录库权重",
        "grade" => "信用等级",
        "color" => "赋码",
        "risk" => "风险",
        "flags" => "标记",
        other => other,
    }
}
