//! What was measured, and whether it is what it has to be.

use serde::{Deserialize, Serialize};

/// A figure that has to be reached: so much or less.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figure {
    name: String,
    /// None where it could not be measured.
    is: Option<f64>,
    at_most: f64,
    unit: String,
    /// What else is worth knowing of it.
    note: String,
}

impl Figure {
    pub(crate) fn at_most(name: &str, at_most: f64, unit: &str, is: f64) -> Self {
        Self {
            name: name.to_owned(),
            is: Some(is),
            at_most,
            unit: unit.to_owned(),
            note: String::new(),
        }
    }

    /// One that could not be measured, and why.
    pub(crate) fn not_measured(name: &str, why: &str) -> Self {
        Self {
            name: name.to_owned(),
            is: None,
            at_most: 0.0,
            unit: String::new(),
            note: why.to_owned(),
        }
    }

    /// What another copy of this program has printed as a line.
    pub(crate) fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    pub(crate) fn with_note(self, note: String) -> Self {
        Self { note, ..self }
    }

    fn is_reached(&self) -> bool {
        self.is.is_some_and(|is| is <= self.at_most)
    }

    fn row(&self) -> [String; 4] {
        let Self {
            name,
            is,
            at_most,
            unit,
            note,
        } = self;
        let bound = if *at_most > 0.0 {
            format!("{at_most}{unit} or less")
        } else {
            format!("{at_most}{unit}")
        };
        let is = match is {
            None => "none".to_owned(),
            Some(is) if is.fract() == 0.0 => format!("{is}{unit}"),
            Some(is) => format!("{is:.2}{unit}"),
        };
        [name.clone(), is, bound, note.clone()]
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn add(&mut self, figures: Vec<Figure>) {
        for figure in &figures {
            // Minutes pass until the end: what is known is told.
            eprintln!("{}", figure.row().join("; "));
        }
        self.figures.extend(figures);
    }

    pub(crate) fn all_reached(&self) -> bool {
        self.figures.iter().all(Figure::is_reached)
    }

    /// For the copy of this program that has started this one.
    pub(crate) fn print_lines(&self) {
        for figure in &self.figures {
            println!("{}", serde_json::to_string(figure).unwrap());
        }
    }

    pub(crate) fn print(&self, markdown: bool) {
        let head = ["", "measured", "has to be", ""].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(head)
            .chain(self.figures.iter().map(Figure::row))
            .collect();
        for (number, row) in rows.iter().enumerate() {
            if markdown {
                println!("| {} |", row.join(" | "));
                if number == 0 {
                    println!("|---|---|---|---|");
                }
            } else {
                let [name, is, bound, note] = row;
                println!("{name:<62} {is:>12}  {bound:<18} {note}");
            }
        }
        for figure in self.figures.iter().filter(|figure| !figure.is_reached()) {
            let [name, is, bound, _] = figure.row();
            eprintln!("not reached: {name}: {is}, has to be {bound}");
        }
    }
}

/// The middle one; of an even number, the lower of the two in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(f64::NAN)
}
