//! Probabilities, draws and estimates over whole columns.

use crate::columns::{codes_of, ids_of, numbers_of, of_length, texts_of, truths_of, weights_of};
use crate::{Column, Fault, array, column};
use arrow::array::{Array, ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, StringViewArray};
use arrow::pyarrow::PyArrowType;
use fairdraw_core::sampling::estimate::{DomainEstimates, Observed, domain as estimate_domain};
use fairdraw_core::sampling::lots::u;
use fairdraw_core::sampling::{
    Design, DrawRequest, Inclusion, LotKey, Lots, OUTSIDE, Population, StratumDraw, draw as draw_all,
    fill_probabilities,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn design_of(name: &str) -> Result<Design, Fault> {
    let names = || Design::ALL.map(Design::name).join(", ");
    Design::from_name(name).ok_or_else(|| Fault::text(format!("{name:?} is no design; give one of {}", names())))
}

/// Sizes by the code of the stratum; every stratum of the population needs one that is meant for it.
fn sizes_of(sizes: BTreeMap<String, u64>, names: &[String]) -> Result<Vec<u64>, Fault> {
    if let Some(unknown) = sizes.keys().find(|name| !names.contains(name)) {
        let known = names.join(", ");
        return Err(Fault::text(format!("n names the stratum {unknown:?}, which no entity is in; there are {known}")));
    }
    Ok(names.iter().map(|name| sizes.get(name).copied().unwrap_or(0)).collect())
}

fn alpha_of(alpha: f64) -> Result<f64, Fault> {
    if (0.0..1.0).contains(&alpha) {
        return Ok(alpha);
    }
    Err(Fault::text(format!("alpha is {alpha}; it is at least 0 and below 1")))
}

fn draw_fault(names: &[String], error: fairdraw_core::sampling::DrawError) -> Fault {
    let name = names.get(error.stratum as usize).map_or("", String::as_str);
    let place = if name.is_empty() { String::new() } else { format!("stratum {name:?}: ") };
    Fault::text(format!("{place}{}; lower n, or raise the number of entities with a positive weight", error.reason))
}

/// See `fairdraw.inclusion_probabilities`.
#[pyfunction]
pub fn inclusion_probabilities(
    py: Python<'_>,
    weights: Column,
    sizes: BTreeMap<String, u64>,
    strata: Option<Column>,
    alpha: f64,
    design: &str,
) -> PyResult<Column> {
    let weights = weights_of(&array(weights), "weights")?;
    let (codes, names) = strata_of(strata, weights.len())?;
    let (sizes, design, alpha) = (sizes_of(sizes, &names)?, design_of(design)?, alpha_of(alpha)?);
    let pi = py.detach(|| -> Result<Vec<f64>, Fault> {
        // Of equal weights at the border of those taken, the earlier rows are.
        let lots = vec![0; weights.len()];
        let population = Population { weights: &weights, lots: Lots::Tickets(&lots), strata: Some(&codes) };
        let request = DrawRequest { sizes: &sizes, design, alpha, reserve: 0 };
        let inclusions = fairdraw_core::sampling::draw::inclusion_probabilities(&population, &request);
        let inclusions = inclusions.map_err(|error| draw_fault(&names, error))?;
        let undrawn = |inclusion: Inclusion| StratumDraw {
            inclusion,
            drawn: Vec::new(),
            reserve: Vec::new(),
            cut_line: None,
            next_key: None,
        };
        let draws: Vec<StratumDraw> = inclusions.into_iter().map(undrawn).collect();
        let mut pi = vec![0.0; weights.len()];
        fill_probabilities(&population, design, &draws, 0, &mut pi);
        Ok(pi)
    })?;
    Ok(column(&Float64Array::from(pi)))
}

/// Stratum codes and names; one stratum without a name where none are given.
fn strata_of(strata: Option<Column>, rows: usize) -> Result<(Vec<u32>, Vec<String>), Fault> {
    let Some(strata) = strata else { return Ok((vec![0; rows], vec![String::new()])) };
    let strata = texts_of(&array(strata), "strata")?;
    of_length(&strata, "strata", rows)?;
    Ok(codes_of(&strata))
}

/// The lots of a draw.
enum OwnLots {
    Tickets(Vec<u64>),
    Numbers(Vec<f64>),
}

impl OwnLots {
    fn lots(&self) -> Lots<'_> {
        match self {
            Self::Tickets(tickets) => Lots::Tickets(tickets),
            Self::Numbers(numbers) => Lots::Prn(numbers),
        }
    }
}

fn all_differ(tickets: &[u64]) -> bool {
    let mut sorted = tickets.to_vec();
    sorted.par_sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// Rows in the order of their ids, each of which comes once.
fn order_of(ids: &StringViewArray) -> Result<Vec<u32>, Fault> {
    let mut order: Vec<u32> = (0..ids.len() as u32).collect();
    order.par_sort_unstable_by(|&a, &b| ids.value(a as usize).cmp(ids.value(b as usize)).then(a.cmp(&b)));
    match order.windows(2).find(|pair| ids.value(pair[0] as usize) == ids.value(pair[1] as usize)) {
        None => Ok(order),
        Some(pair) => {
            let id = ids.value(pair[0] as usize);
            Err(Fault::text(format!("the id {id:?} is in rows {} and {}; deduplicate first", pair[0], pair[1])))
        }
    }
}

/// A row of the list.
struct Listed {
    stratum: u32,
    selection: usize,
    key: f64,
    tie: u64,
    row: u32,
}

const SELECTIONS: [&str; 3] = ["certain", "drawn", "reserve"];

/// See `fairdraw.draw`.
#[pyfunction]
#[pyo3(signature = (ids, weights, sizes, strata, certain, prn, seed, stream, design, alpha, reserve))]
#[allow(clippy::too_many_arguments, reason = "the package in Python has the arguments with their defaults")]
pub fn draw(
    py: Python<'_>,
    ids: Column,
    weights: Option<Column>,
    sizes: BTreeMap<String, u64>,
    strata: Option<Column>,
    certain: Option<Column>,
    prn: Option<Column>,
    seed: Option<&str>,
    stream: &str,
    design: &str,
    alpha: f64,
    reserve: u64,
) -> PyResult<PyArrowType<RecordBatch>> {
    let ids = ids_of(&array(ids), "ids")?;
    let rows = ids.len();
    let weights = match weights {
        None => vec![1_000_000; rows],
        Some(weights) => {
            let weights = array(weights);
            of_length(&weights, "weights", rows)?;
            weights_of(&weights, "weights")?
        }
    };
    let (codes, names) = strata_of(strata, rows)?;
    let certain = match certain {
        None => vec![false; rows],
        Some(certain) => {
            let certain = truths_of(&array(certain), "certain")?;
            of_length(&certain, "certain", rows)?;
            certain.iter().map(|own| own.unwrap_or(false)).collect()
        }
    };
    let (sizes, design, alpha) = (sizes_of(sizes, &names)?, design_of(design)?, alpha_of(alpha)?);
    let lots = match (prn, seed) {
        (Some(_), Some(_)) => return Err(Fault::text("both seed and prn are given; give one").into()),
        (None, None) => return Err(Fault::text("give a seed, or permanent random numbers as prn").into()),
        (None, Some(seed)) => Err(LotKey::derive(seed, stream).map_err(Fault::from)?),
        (Some(prn), None) => {
            let numbers = numbers_of(&array(prn), "prn")?;
            of_length(&numbers, "prn", rows)?;
            if let Some(row) = numbers.values().iter().position(|&number| !(number > 0.0 && number < 1.0)) {
                let number = numbers.value(row);
                let text = format!("prn is {number} in row {row} (counted from 0); it is above 0 and below 1");
                return Err(Fault::text(text).into());
            }
            Ok(numbers)
        }
    };
    let list = py.detach(|| -> Result<RecordBatch, Fault> {
        // Everything goes by lots, and where these are alike by the order of ids. Of tickets that all differ, no id comes twice
        // and none decides, so that rows may stay as they are.
        let of_row = |row: usize, bytes: &mut Vec<u8>| bytes.extend_from_slice(ids.value(row).as_bytes());
        let tickets = lots.as_ref().err().map(|key| key.tickets_of(rows, of_row));
        let order = match &tickets {
            Some(tickets) if all_differ(tickets) => (0..rows as u32).collect(),
            _ => order_of(&ids)?,
        };
        let by_id = |place: usize| order[place] as usize;
        let own_lots = match (&lots, &tickets) {
            (Ok(numbers), _) => OwnLots::Numbers((0..rows).map(|place| numbers.value(by_id(place))).collect()),
            (Err(_), tickets) => {
                let tickets = tickets.as_deref().unwrap_or_default();
                OwnLots::Tickets((0..rows).map(|place| tickets[by_id(place)]).collect())
            }
        };
        let weights: Vec<u64> = (0..rows).map(|at| if certain[by_id(at)] { 0 } else { weights[by_id(at)] }).collect();
        let of_lot = |at: usize| if certain[by_id(at)] { OUTSIDE } else { codes[by_id(at)] };
        let strata: Vec<u32> = (0..rows).map(of_lot).collect();
        let population = Population { weights: &weights, lots: own_lots.lots(), strata: Some(&strata) };
        let request = DrawRequest { sizes: &sizes, design, alpha, reserve };
        let draws = draw_all(&population, &request).map_err(|error| draw_fault(&names, error))?;
        let mut pi = vec![0.0; rows];
        fill_probabilities(&population, design, &draws, 0, &mut pi);
        (0..rows).filter(|&at| certain[by_id(at)]).for_each(|at| pi[at] = 1.0);
        let tie = |row: u32| own_lots.lots().tie(row as usize);
        let listed = |row: u32, selection: usize, key: f64| Listed {
            stratum: codes[by_id(row as usize)],
            selection,
            key,
            tie: tie(row),
            row,
        };
        let is_certain = (0..rows as u32).filter(|&row| certain[by_id(row as usize)]);
        let mut list: Vec<Listed> = is_certain.map(|row| listed(row, 0, f64::NEG_INFINITY)).collect();
        for stratum in &draws {
            list.extend(stratum.inclusion.take_all.iter().map(|&row| listed(row, 0, f64::NEG_INFINITY)));
            list.extend(stratum.drawn.iter().map(|own| listed(own.row, 1, own.key)));
            list.extend(stratum.reserve.iter().map(|own| listed(own.row, 2, own.key)));
        }
        list.sort_unstable_by(|a, b| {
            let place = (a.stratum, a.selection).cmp(&(b.stratum, b.selection));
            place.then_with(|| a.key.total_cmp(&b.key)).then_with(|| (a.tie, a.row).cmp(&(b.tie, b.row)))
        });
        table(&list, &ids, &names, &own_lots, &pi, by_id)
    })?;
    Ok(PyArrowType(list))
}

fn table(
    list: &[Listed],
    ids: &StringViewArray,
    names: &[String],
    lots: &OwnLots,
    pi: &[f64],
    by_id: impl Fn(usize) -> usize,
) -> Result<RecordBatch, Fault> {
    let (mut orders, mut last) = (Vec::with_capacity(list.len()), None);
    for own in list {
        let group = (own.stratum, own.selection);
        let before = orders.last().copied().filter(|_| last == Some(group)).unwrap_or(0);
        orders.push(before + 1);
        last = Some(group);
    }
    let of = |own: &Listed| own.row as usize;
    let ticket = |own: &Listed| match lots {
        OwnLots::Tickets(tickets) => Some(format!("{:016x}", tickets[of(own)])),
        OwnLots::Numbers(_) => None,
    };
    let uniform = |own: &Listed| match lots {
        OwnLots::Tickets(tickets) => u(tickets[of(own)]),
        OwnLots::Numbers(numbers) => numbers[of(own)],
    };
    let weight = |own: &Listed| (SELECTIONS[own.selection] != "reserve").then(|| 1.0 / pi[of(own)]);
    let reals = |value: &dyn Fn(&Listed) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(list.iter().map(value)))
    };
    let columns: [(&str, ArrayRef, bool); 9] = [
        ("entity_id", Arc::new(list.iter().map(|own| Some(ids.value(by_id(of(own))))).collect::<StringArray>()), false),
        (
            "stratum",
            Arc::new(list.iter().map(|own| Some(&names[own.stratum as usize])).collect::<StringArray>()),
            false,
        ),
        ("selection", Arc::new(list.iter().map(|own| Some(SELECTIONS[own.selection])).collect::<StringArray>()), false),
        ("order", Arc::new(Int32Array::from(orders)), false),
        ("ticket", Arc::new(list.iter().map(ticket).collect::<StringArray>()), true),
        ("u", reals(&uniform), false),
        (
            "key",
            Arc::new(list.iter().map(|own| Some(own.key).filter(|key| key.is_finite())).collect::<Float64Array>()),
            true,
        ),
        ("pi", reals(&|own| pi[of(own)]), false),
        ("design_weight", Arc::new(list.iter().map(weight).collect::<Float64Array>()), true),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// See `fairdraw.estimate`.
#[pyfunction]
pub fn estimate<'py>(
    py: Python<'py>,
    findings: Column,
    pi: Column,
    strata: Option<Column>,
    domain: Option<Column>,
    design: &str,
    z: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let (findings, pi) = (numbers_of(&array(findings), "findings")?, numbers_of(&array(pi), "pi")?);
    let rows = findings.len();
    of_length(&pi, "pi", rows)?;
    if let Some(row) = findings.values().iter().position(|&found| found != 0.0 && found != 1.0) {
        let found = findings.value(row);
        return Err(Fault::text(format!("findings is {found} in row {row} (counted from 0); it is 0 or 1")).into());
    }
    if let Some(row) = pi.values().iter().position(|&pi| !(pi > 0.0 && pi <= 1.0)) {
        let text = format!("pi is {} in row {row} (counted from 0); it is above 0 and at most 1", pi.value(row));
        return Err(Fault::text(text).into());
    }
    let (codes, _) = strata_of(strata, rows)?;
    let inside = match domain {
        None => vec![true; rows],
        Some(domain) => {
            let domain = truths_of(&array(domain), "domain")?;
            of_length(&domain, "domain", rows)?;
            domain.iter().map(|own| own.unwrap_or(false)).collect()
        }
    };
    let design = design_of(design)?;
    let observed = |row: usize| Observed {
        stratum: codes[row],
        lambda: pi.value(row),
        finding: findings.value(row),
        in_domain: inside[row],
    };
    let mut sample: Vec<Observed> = (0..rows).map(observed).collect();
    sample.sort_by_key(|own| own.stratum);
    let count = inside.iter().filter(|&&own| own).count() as u64;
    let estimates = estimate_domain(design, &sample);
    let DomainEstimates { rate, total, collapsed } = estimates
        .ok_or_else(|| Fault::text("nobody of the domain is in the sample, so that nothing can be said of it"))?;
    let out = PyDict::new(py);
    let interval = rate.share_interval(count, z);
    out.set_item("rate", rate.value)?;
    out.set_item("rate_error", rate.error)?;
    out.set_item("rate_low", interval.map(|own| own.0))?;
    out.set_item("rate_high", interval.map(|own| own.1))?;
    out.set_item("total", total.value)?;
    out.set_item("total_error", total.error)?;
    out.set_item("total_low", total.error.map(|error| (total.value - z * error).max(0.0)))?;
    out.set_item("total_high", total.error.map(|error| total.value + z * error))?;
    out.set_item("observed", count)?;
    out.set_item("collapsed_strata", collapsed)?;
    Ok(out)
}
