//! The two plots of docs/privacy-evaluation.md.

use crate::Measured;
use plotters::prelude::*;

type Failed = Box<dyn std::error::Error>;

/// Colours that the colour-blind tell apart (Okabe and Ito).
const HALF_ONE_BIRTHDAY: RGBColor = RGBColor(213, 94, 0);
const HALF_ALL_AGES: RGBColor = RGBColor(0, 114, 178);
const NONE_ALL_AGES: RGBColor = RGBColor(0, 158, 115);

/// Shares below this are drawn here, since the scale is logarithmic.
const LEAST: f64 = 0.02;

fn height(share: f64) -> f64 {
    (share * 100.0).max(LEAST)
}

/// Re-identification against F1, a point an encoding.
pub(crate) fn against_f1(all: &[Measured], path: &str) -> Result<(), Failed> {
    let root = SVGBackend::new(path, (900, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    let worst = all.iter().map(|m| m.f1).fold(1.0, f64::min);
    let mut chart = ChartBuilder::on(&root)
        .caption(
            "Rows named by an attacker without the key, against F1",
            ("sans-serif", 20),
        )
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((worst - 0.01)..1.005, (LEAST..150.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("F1 of linking two files by the encoding alone")
        .y_desc("per cent of the unknown rows named rightly")
        .x_label_formatter(&|x| format!("{x:.2}"))
        .y_label_formatter(&|y| format!("{y}"))
        .light_line_style(WHITE)
        .draw()?;
    let bound = LineSeries::new([(worst - 0.01, 3.0), (1.005, 3.0)], BLACK.mix(0.5));
    chart
        .draw_series(bound)?
        .label("3 per cent: the bound with half the file known")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], BLACK.mix(0.5)));
    type Value = fn(&Measured) -> Option<f64>;
    let series: [(&str, RGBColor, Value); 3] = [
        ("half known, one birthday", HALF_ONE_BIRTHDAY, |m| {
            Some(m.seeded[1][1])
        }),
        ("half known, all ages", HALF_ALL_AGES, |m| {
            Some(m.seeded[0][1])
        }),
        ("no name known, all ages", NONE_ALL_AGES, |m| {
            m.seedless.map(|s| s[0])
        }),
    ];
    for (label, colour, value) in series {
        let points = all.iter().filter_map(|m| Some((m.f1, height(value(m)?))));
        chart
            .draw_series(points.map(|p| Circle::new(p, 4, colour.filled())))?
            .label(label)
            .legend(move |(x, y)| Circle::new((x + 7, y), 4, colour.filled()));
    }
    let mut placed = Vec::new();
    for one in all {
        let at = free(
            &mut placed,
            (one.f1, height(one.seeded[1][1]) * 1.2),
            &one.name,
        );
        let style = ("sans-serif", 11).into_font();
        chart.draw_series([Text::new(one.name.clone(), at, style)])?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}

/// Where a name is written: beside its point, or below the names that stand there.
fn free(placed: &mut Vec<(f64, f64, f64)>, (x, mut y): (f64, f64), name: &str) -> (f64, f64) {
    let end = |from: f64, letters: usize| from + 8e-4 * letters as f64;
    let right = end(x, name.len());
    let taken = |y: f64, placed: &[(f64, f64, f64)]| {
        placed
            .iter()
            .any(|(left, end, other)| *left < right && x < *end && (y / other).ln().abs() < 0.17)
    };
    while taken(y, placed) {
        y /= 1.1;
    }
    placed.push((x, right, y));
    (x, y)
}

/// Re-identification against the inputs of each bit sent, for 2,048 bits with the weights of the residue.
pub(crate) fn against_inputs(all: &[Measured], path: &str) -> Result<(), Failed> {
    let inputs = |m: &Measured| {
        let rest = m.name.strip_prefix("t = ")?.strip_suffix(", 2048 bits")?;
        rest.parse::<f64>().ok()
    };
    let root = SVGBackend::new(path, (900, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(
            "Rows named by an attacker without the key, against inputs a bit",
            ("sans-serif", 20),
        )
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(6.0..34.0, (LEAST..150.0).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("bits that are added into one bit sent (t); 2,048 bits are sent")
        .y_desc("per cent of the unknown rows named rightly")
        .y_label_formatter(&|y| format!("{y}"))
        .light_line_style(WHITE)
        .draw()?;
    let lines = [
        ("half known, one birthday", HALF_ONE_BIRTHDAY, 1, 1),
        ("half known, all ages", HALF_ALL_AGES, 0, 1),
        ("a tenth known, one birthday", NONE_ALL_AGES, 1, 0),
    ];
    for (label, colour, file, known) in lines {
        let points: Vec<(f64, f64)> = all
            .iter()
            .filter_map(|m| Some((inputs(m)?, height(m.seeded[file][known]))))
            .collect();
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)).point_size(3))?
            .label(label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], colour));
    }
    let bound = LineSeries::new([(6.0, 3.0), (34.0, 3.0)], BLACK.mix(0.5));
    chart.draw_series(bound)?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}
