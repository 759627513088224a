//! "Why me?": one entity of a published run in words and numbers, in English or Chinese.

use crate::amendment::{BrokenChain, Chain};
use crate::contract::{self, MANIFEST_FILE, TAKE_ALL, ticket_text};
use crate::digest::hex;
use crate::keys::PLAIN_LENGTH;
use crate::lottery::LotColumn;
use crate::part::Part;
use crate::plan::{Plan, Task};
use crate::publish::Selection;
use crate::publish::manifest::{DrawRecord, Manifest, StratumRecord, TaskRecord};
use crate::published::{PublishedError, PublishedRun, TextRow};
use crate::sampling::lots::{LotError, iv, u};
use crate::sampling::{Design, LotKey};
use crate::score::ONE;
use crate::scoring::ScoreError;
use crate::spread::Arcs;
use crate::task::{Divider, SizeRule, Standing, Weights};
use crate::terms::{Bilingual as _, Color, Grade, Lang, Mode, Reason, Status};
use crate::verify;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

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
    /// A run of one draw has no tasks.
    #[error("the run is one draw and has no tasks; leave --task out")]
    NoTasks,
    /// No such task.
    #[error("the round has no task `{id}`; tasks.parquet lists them")]
    NoTask {
        /// The id.
        id: String,
    },
    /// The amendments of the round cannot be read.
    #[error(transparent)]
    Chain(#[from] BrokenChain),
    /// The published plan cannot be read.
    #[error(transparent)]
    Plan(#[from] verify::VerifyError),
    /// What a task makes of the entity cannot be recomputed.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// The published seed or stream cannot be used.
    #[error(transparent)]
    Lot(#[from] LotError),
}

/// The explanation of one entity, a sentence a line. In a round of tasks, `task` is explained in full; without it, every task gets
/// a line.
///
/// # Errors
/// [`ExplainError`] if run, entity or task is not there.
pub fn explain(run: &Path, id: &str, task: Option<&str>, language: Lang) -> Result<Vec<String>, ExplainError> {
    let folder = run;
    let run = Arc::new(PublishedRun::open(run)?);
    let manifest = run.manifest()?;
    let chain = Chain::read(folder, &hex(Sha256::digest(run.text(MANIFEST_FILE)?)))?;
    let columns = run.entity(contract::FRAME.file, id)?.ok_or_else(|| ExplainError::NoEntity { id: id.to_owned() })?;
    let order: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let values: BTreeMap<String, String> =
        columns.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let listed = run.entity_rows(contract::DRAW.file, id)?;
    if manifest.tasks.is_empty() {
        if task.is_some() {
            return Err(ExplainError::NoTasks);
        }
        let draw = DrawRecord {
            stream: manifest.stream.clone(),
            design: manifest.design.clone().unwrap_or_default(),
            alpha: manifest.alpha.unwrap_or_default(),
            certainties: String::new(),
            counts: manifest.counts,
            exclusions: manifest.exclusions.clone(),
            strata: manifest.strata.clone(),
        };
        let entity = Entity { id, manifest: &manifest, draw: &draw, order, values, language };
        let mut lines = vec![entity.heading()];
        lines.extend(entity.ratings());
        lines.extend(entity.story(listed.first())?);
        lines.extend(chain.told(id, None, language));
        return Ok(lines);
    }
    let plan = verify::published_plan(&run, &manifest)?;
    let alone = alone(&run, &plan, id)?;
    let arcs = Arcs::of_round(&run, false)?.unwrap_or_default();
    let of_task = |record: &TaskRecord| cell(&listed, &record.id);
    let mut lines = Vec::new();
    for (record, own) in manifest.tasks.iter().zip(plan.tasks()) {
        let is_asked = task.is_none_or(|task| task == record.id);
        if !is_asked {
            continue;
        }
        let row = of_task(record);
        let (order, values) = outcome_of(own, &record.draw, &alone, (&plan, &arcs), (&order, &values), row)?;
        let entity = Entity { id, manifest: &manifest, draw: &record.draw, order, values, language };
        if lines.is_empty() {
            lines.push(entity.heading());
            lines.extend(entity.ratings());
        }
        let name = own.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let heading = entity.say(format!("Task {}{name}", own.id), format!("任务 {}{name}", own.id));
        if task.is_some() {
            lines.push(entity.say(format!("{heading}."), format!("{heading}。")));
            lines.extend(entity.story(row)?);
        } else {
            let line = entity.in_short(row);
            lines.push(entity.say(format!("{heading}: {line}"), format!("{heading}：{line}")));
        }
    }
    if let (true, Some(task)) = (lines.is_empty(), task) {
        return Err(ExplainError::NoTask { id: task.to_owned() });
    }
    lines.extend(chain.told(id, task, language));
    Ok(lines)
}

/// The row of a task among those of an entity in `draw.parquet`.
fn cell<'r>(rows: &'r [TextRow], task: &str) -> Option<&'r TextRow> {
    let is_own =
        |(name, value): &(String, Option<String>)| name == contract::TASK_ID.name && value.as_deref() == Some(task);
    rows.iter().find(|row| row.iter().any(is_own))
}

/// The entity as a part of one row.
fn alone(run: &Arc<PublishedRun>, plan: &Plan, id: &str) -> Result<Part, ExplainError> {
    let no_entity = || ExplainError::NoEntity { id: id.to_owned() };
    let frame = run.frame(plan, 0)?;
    for part in frame.parts() {
        let (_, part) = part.map_err(ScoreError::from)?;
        let place = part.keys.binary_search_by(|&key| part.space.unpack(key, &mut [0; PLAIN_LENGTH]).cmp(id));
        if let Ok(place) = place {
            let mut whole = part.clone();
            let mut own = whole.split_off(place);
            own.split_off(1);
            return Ok(own);
        }
    }
    Err(no_entity())
}

/// What a task makes of an entity, as `frame.parquet` would say it of one draw: columns in order, and their values.
fn outcome_of(
    task: &Task,
    record: &DrawRecord,
    alone: &Part,
    (plan, arcs): (&Plan, &Arcs),
    (order, values): (&[String], &BTreeMap<String, String>),
    row: Option<&TextRow>,
) -> Result<(Vec<String>, BTreeMap<String, String>), ExplainError> {
    let method = &task.method;
    let (mut order, mut values) = (order.to_vec(), values.clone());
    let mut add = |name: String, value: String| {
        order.push(name.clone());
        values.insert(name, value);
    };
    let weights = Weights::of(alone, &method.weighting).map_err(ScoreError::from)?;
    let mut standing = Standing::new(&method.rules, 1);
    standing.push(alone, &method.scope, &method.rules, &weights.weight);
    if let Some(place) = standing.place_of_reason(0) {
        add(contract::REASON.name.to_owned(), standing.reasons[place].en());
        return Ok((order, values));
    }
    let by_grade = matches!(method.size.rule, SizeRule::GradeShares { .. });
    let mut divider = Divider::new(&method.division, by_grade, false, 1);
    divider.push(alone, &standing).map_err(ScoreError::from)?;
    let stratum = divider.names()[0].to_owned();
    let of_stratum = record.strata.iter().find(|own| own.name == stratum);
    if method.division.catch_up && of_stratum.is_none() {
        add(contract::REASON.name.to_owned(), Reason::CaughtUp.en());
        return Ok((order, values));
    }
    for factor in &weights.factors {
        let value = factor.as_factor().values.get(0);
        add(format!("{}{}", contract::FACTOR.name, factor.name()), value.to_string());
    }
    let weight = weights.weight[0];
    add(contract::WEIGHT.name.to_owned(), weight.to_string());
    let mut lots = LotColumn::new(plan, arcs, &method.stream).map_err(ScoreError::from)?;
    lots.push(alone).map_err(ScoreError::from)?;
    add(contract::U.name.to_owned(), lots.lots().u(0).to_string());
    let of_row = |column: contract::Column| {
        row.and_then(|row| row.iter().find(|(name, _)| name == column.name)).and_then(|(_, value)| value.clone())
    };
    let design = Design::from_name(&record.design).unwrap_or_default();
    let pi = of_row(contract::PI).or_else(|| {
        let own = of_stratum?;
        let rest: u128 = own.rest_weight_sum.parse().ok()?;
        let product = u128::from(own.random_n) * u128::from(design.size_measure(weight));
        Some(if rest == 0 { 0.0 } else { product as f64 / rest as f64 }.to_string())
    });
    add(contract::PI.name.to_owned(), pi.unwrap_or_default());
    add(contract::STRATUM.name.to_owned(), stratum);
    if let Some(certainty) = of_row(contract::CERTAINTY) {
        add(contract::CERTAINTY.name.to_owned(), certainty);
    }
    let is_drawn = of_row(contract::SELECTION).is_some_and(|word| word != Selection::Reserve.name());
    add(contract::DRAWN.name.to_owned(), is_drawn.to_string());
    Ok((order, values))
}

/// Place on the reserve list, if the row of the list is of the reserve.
fn reserve_order(row: &TextRow) -> Option<String> {
    let cell = |column: contract::Column| row.iter().find(|(name, _)| name == column.name)?.1.clone();
    let is_reserve = cell(contract::SELECTION).as_deref() == Some(Selection::Reserve.name());
    cell(contract::ORDER).filter(|_| is_reserve)
}

struct Entity<'a> {
    id: &'a str,
    manifest: &'a Manifest,
    /// The draw that is explained.
    draw: &'a DrawRecord,
    order: Vec<String>,
    values: BTreeMap<String, String>,
    language: Lang,
}

impl Entity<'_> {
    /// Why it has its probability and its lot, and what came of it; `row` is its row on the list.
    fn story(&self, row: Option<&TextRow>) -> Result<Vec<String>, ExplainError> {
        let mut lines = Vec::new();
        match self.get(contract::REASON.name) {
            Some(reason) => lines.push(self.exclusion(reason)),
            None => {
                lines.push(self.weight());
                lines.extend(self.probability());
                lines.extend(self.lot()?);
                lines.push(self.outcome());
                if let Some(order) = row.and_then(reserve_order) {
                    lines.push(self.say(
                        format!("It is number {order} on the reserve list of its stratum."),
                        format!("列入本层候补名单，第 {order} 位。"),
                    ));
                }
            }
        }
        Ok(lines)
    }

    /// The same in a line.
    fn in_short(&self, row: Option<&TextRow>) -> String {
        if let Some(reason) = self.get(contract::REASON.name) {
            return self.exclusion(reason);
        }
        let reserve = row
            .and_then(reserve_order)
            .map(|order| self.say(format!(" It is number {order} in reserve."), format!("列入候补第 {order} 位。")));
        let pi = self.get(contract::PI.name).unwrap_or("0");
        self.say(format!("π = {pi}. "), format!("抽中概率 = {pi}。"))
            + &self.outcome()
            + reserve.as_deref().unwrap_or_default()
    }

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
        self.draw.strata.iter().find(|stratum| stratum.name == name)
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
        let told = self.draw.exclusions.iter().map(|exclusion| &exclusion.reason).find(|told| told.en == english);
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
        let formula = match Design::from_name(&self.draw.design) {
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
        let (Some(seed), Some(stream)) = (&self.manifest.seed, &self.draw.stream) else {
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
        let (of_ticket, ticket) = (u(ticket), ticket_text(ticket));
        let u = self.number(contract::U.name).unwrap_or(of_ticket);
        let on_arc = (u != of_ticket).then(|| {
            self.say(
                "With spread, u comes from the position that the ticket picks on the arc it has left (spread.parquet)."
                    .to_owned(),
                "启用 spread：u 取票号在其剩余弧上的位置（见 spread.parquet）。".to_owned(),
            )
        });
        let lines = vec![
            self.say(
                format!(
                    "Lot: ticket {ticket}, u = {u}, from seed \"{seed}\"{english}, stream \"{stream}\" and its id."
                ),
                format!("随机数：票号 {ticket}，u = {u}，由种子“{seed}”{chinese}、随机数流“{stream}”和主体代码算出。"),
            ),
            self.say("Check it:".to_owned(), "自行验证：".to_owned()),
            format!("  printf '\\0\\0\\0\\0\\0\\0\\0\\0' | openssl enc -chacha20 -K {key} -iv {iv} | od -An -tx8"),
        ];
        Ok(lines.into_iter().chain(on_arc).collect())
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
        let Some(design) = Design::from_name(&self.draw.design) else { return String::new() };
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
