//! The keys of one table, taken one by one, so that what nobody asked for is found.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::time::Duration;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::units;
use super::{FaultsError, Problem};

/// A table that is being read.
pub(super) struct Fields<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    /// Where the table begins, for what is missing in it.
    begin: usize,
    asked: RefCell<Vec<&'static str>>,
}

/// The number of the line that holds the byte at `place`, from 1.
pub(super) fn line(text: &str, place: usize) -> usize {
    let before = text.as_bytes().iter().take(place);
    1 + before.filter(|byte| **byte == b'\n').count()
}

impl<'a> Fields<'a> {
    pub(super) fn new(text: &'a str, table: &'a Spanned<DeTable<'a>>) -> Self {
        Self::of(text, table.get_ref(), table.span().start)
    }

    fn of(text: &'a str, table: &'a DeTable<'a>, begin: usize) -> Self {
        Self {
            text,
            table,
            begin,
            asked: RefCell::default(),
        }
    }

    /// `None` when the key isn't there; an error when its value is not what `read` takes.
    fn read<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
    ) -> Result<Option<T>, FaultsError> {
        match self.find(key) {
            None => Ok(None),
            Some(value) => match read(value.get_ref()) {
                Some(value) => Ok(Some(value)),
                None => Err(self.wrong(key, expected)),
            },
        }
    }

    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Option<T>,
    ) -> Result<T, FaultsError> {
        self.read(key, expected, read)?
            .ok_or_else(|| self.missing(key))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, FaultsError> {
        self.read(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn truth(&mut self, key: &'static str) -> Result<Option<bool>, FaultsError> {
        self.read(key, "true or false", |value| match value {
            DeValue::Boolean(truth) => Some(*truth),
            _ => None,
        })
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<u64>, FaultsError> {
        self.read(key, "a number of 1 or more", natural)
    }

    pub(super) fn status(&mut self, key: &'static str) -> Result<Option<u16>, FaultsError> {
        self.read(key, "a status from 200 to 599", |value| {
            let status = u16::try_from(natural(value)?).ok()?;
            (200..=599).contains(&status).then_some(status)
        })
    }

    /// One, or a list.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, FaultsError> {
        let texts = self.read(key, "a text, or a list of texts", |value| {
            one_or_more(value, |value| value.as_str().map(str::to_owned))
        })?;
        Ok(texts.unwrap_or_default())
    }

    /// One, or a list.
    pub(super) fn numbers(&mut self, key: &'static str) -> Result<Vec<u64>, FaultsError> {
        let expected = "a number of 1 or more, or a list of such";
        let numbers = self.read(key, expected, |value| one_or_more(value, natural))?;
        Ok(numbers.unwrap_or_default())
    }

    /// `3`, `"2-5"`, or a list of such.
    pub(super) fn ranges(
        &mut self,
        key: &'static str,
    ) -> Result<Vec<RangeInclusive<u32>>, FaultsError> {
        let expected = "a number of a part, a range (\"2-5\"), or a list of such";
        let ranges = self.read(key, expected, |value| one_or_more(value, range))?;
        Ok(ranges.unwrap_or_default())
    }

    pub(super) fn size(&mut self, key: &'static str) -> Result<Option<u64>, FaultsError> {
        let expected = "bytes: a number, or a text such as \"64KiB\" or \"1MB\"";
        self.read(key, expected, |value| match value.as_str() {
            Some(text) => units::size(text),
            None => integer(value),
        })
    }

    /// Bytes a second.
    pub(super) fn rate(&mut self, key: &'static str) -> Result<Option<u64>, FaultsError> {
        let expected = "a speed such as \"1MiB/s\" or \"64kbit/s\"";
        self.read(key, expected, |value| units::rate(value.as_str()?))
    }

    pub(super) fn duration(&mut self, key: &'static str) -> Result<Option<Duration>, FaultsError> {
        let expected = "a duration such as \"200ms\", \"2s\" or \"20m\"";
        self.read(key, expected, |value| units::duration(value.as_str()?))
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, FaultsError> {
        self.read(key, expected, |value| {
            let chosen = value.as_str()?;
            let found = choices.iter().find(|(name, _)| *name == chosen)?;
            Some(found.1)
        })
    }

    /// `[[key]]`, as often as it is there.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Fields<'a>>, FaultsError> {
        let expected = "written [[rule]]";
        let Some(value) = self.find(key) else {
            return Ok(Vec::new());
        };
        let entries = value.get_ref().as_array();
        let entries = entries.ok_or_else(|| self.wrong(key, expected))?;
        let tables: Option<Vec<_>> = entries
            .iter()
            .map(|entry| {
                let table = entry.get_ref().as_table()?;
                Some(Self::of(self.text, table, entry.span().start))
            })
            .collect();
        tables.ok_or_else(|| self.wrong(key, expected))
    }

    /// What nobody asked for is an error.
    pub(super) fn finish(self) -> Result<(), FaultsError> {
        let asked = self.asked.borrow();
        let unknown = self
            .table
            .keys()
            .find(|key| !asked.contains(&key.get_ref().as_ref()));
        match unknown {
            None => Ok(()),
            Some(key) => Err(FaultsError {
                line: line(self.text, key.span().start),
                problem: Problem::UnknownKey {
                    key: key.get_ref().to_string(),
                    known: asked.join(", "),
                },
            }),
        }
    }

    pub(super) fn missing(&self, key: &'static str) -> FaultsError {
        FaultsError {
            line: line(self.text, self.begin),
            problem: Problem::Missing { key },
        }
    }

    /// The value of `key` is not what it must be.
    pub(super) fn wrong(&self, key: &'static str, expected: &'static str) -> FaultsError {
        let begin = self
            .find(key)
            .map_or(self.begin, |value| value.span().start);
        FaultsError {
            line: line(self.text, begin),
            problem: Problem::Value {
                key: key.to_owned(),
                expected,
            },
        }
    }

    fn find(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        let mut entries = self.table.iter();
        let found = entries.find(|(name, _)| name.get_ref().as_ref() == key);
        found.map(|(_, value)| value)
    }
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn natural(value: &DeValue<'_>) -> Option<u64> {
    integer(value).filter(|number| *number > 0)
}

fn range(value: &DeValue<'_>) -> Option<RangeInclusive<u32>> {
    let Some(text) = value.as_str() else {
        let number = u32::try_from(natural(value)?).ok()?;
        return Some(number..=number);
    };
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(first..=last)
}

fn one_or_more<T>(value: &DeValue<'_>, read: impl Fn(&DeValue<'_>) -> Option<T>) -> Option<Vec<T>> {
    match value.as_array() {
        Some(values) => values.iter().map(|value| read(value.get_ref())).collect(),
        None => Some(vec![read(value)?]),
    }
}
