//! From the text of `storage.toml` to [`Settings`]: a profile's values, over them what the environment says, over them
//! what the file says. What cannot be used is named by line and key.

use std::ops::Range;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::checking;
use super::settings::{Profile, Settings};

/// The profile `production`, with every key and its explanation: also the example to begin with.
pub const PRODUCTION_TOML: &str = include_str!("production.toml");

/// Where `development` differs.
const DEVELOPMENT_TOML: &str = include_str!("development.toml");

/// What holds for keys that the file leaves out, before the profile is asked.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `AWS_S3_BUCKET_NAME`.
    pub bucket: Option<String>,
    /// `AWS_REGION`.
    pub region: Option<String>,
    /// `CORS_ORIGIN`, split.
    pub origins: Vec<String>,
    /// The profile that the command line names; it wins over the file's.
    pub profile: Option<Profile>,
}

/// One thing that is wrong with a `storage.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default(),
    if key.is_empty() { String::new() } else { format!("`{key}`: ") })]
pub struct InvalidSettings {
    /// Where, counted from 1; none when the value is a profile's or the environment's.
    pub line: Option<usize>,
    /// The key with its table, `bucket.name`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

impl Settings {
    /// The values of a profile alone.
    pub fn of(profile: Profile) -> Result<Self, Vec<InvalidSettings>> {
        let surroundings = Surroundings {
            profile: Some(profile),
            ..Surroundings::default()
        };
        Self::read("", &surroundings)
    }

    /// Reads the text of a `storage.toml`; an empty one means a profile's values. All that is wrong is said at once.
    pub fn read(text: &str, surroundings: &Surroundings) -> Result<Self, Vec<InvalidSettings>> {
        let leaves = leaves(text).map_err(|problem| vec![problem])?;
        let profile = profile(&leaves, surroundings).map_err(|problem| vec![problem])?;
        let mut table = defaults(profile)?;
        surround(&mut table, surroundings);
        let known = keys_of(&table);
        let mut problems = Vec::new();
        for leaf in leaves.iter().filter(|leaf| leaf.key != "profile") {
            if !known.contains(&leaf.key) && !leaf.key.starts_with("bucket.tags.") {
                problems.push(leaf.problem(&unknown(&leaf.key, &known)));
                continue;
            }
            if leaf.value.as_table().is_some_and(Table::is_empty) {
                continue;
            }
            let mut with = table.clone();
            put(&mut with, &leaf.key, leaf.value.clone());
            match with.clone().try_into::<Self>() {
                Ok(_) => table = with,
                Err(error) => problems.push(leaf.problem(error.message())),
            }
        }
        let settings: Self = table
            .try_into()
            .map_err(|error: toml::de::Error| vec![flawed(&error)])?;
        problems.extend(
            checking::check(&settings)
                .into_iter()
                .map(|(key, message)| {
                    let line = leaves.iter().find(|leaf| leaf.key == key);
                    InvalidSettings {
                        line: line.map(|leaf| leaf.line),
                        key: key.to_owned(),
                        message,
                    }
                }),
        );
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}

/// A value of the file.
struct Leaf {
    key: String,
    line: usize,
    value: Value,
}

impl Leaf {
    fn problem(&self, message: &str) -> InvalidSettings {
        InvalidSettings {
            line: Some(self.line),
            key: self.key.clone(),
            message: message.trim_end().replace('\n', ": "),
        }
    }
}

fn leaves(text: &str) -> Result<Vec<Leaf>, InvalidSettings> {
    let spans = DeTable::parse(text).map_err(|error| not_toml(text, &error))?;
    let values: Table = text.parse().map_err(|error| not_toml(text, &error))?;
    let mut leaves = Vec::new();
    gather(text, "", spans.get_ref(), &values, &mut leaves);
    leaves.sort_by_key(|leaf| leaf.line);
    Ok(leaves)
}

fn gather(text: &str, above: &str, spans: &DeTable<'_>, values: &Table, leaves: &mut Vec<Leaf>) {
    for (name, inner) in spans {
        let plain = name.get_ref().to_string();
        let key = if above.is_empty() {
            plain.clone()
        } else {
            format!("{above}.{plain}")
        };
        match (inner.get_ref(), values.get(&plain)) {
            (DeValue::Table(spans), Some(Value::Table(values))) if !values.is_empty() => {
                gather(text, &key, spans, values, leaves);
            }
            (_, Some(value)) => leaves.push(Leaf {
                key,
                line: line_of(text, &Spanned::span(name)),
                value: value.clone(),
            }),
            (_, None) => {}
        }
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn not_toml(text: &str, error: &toml::de::Error) -> InvalidSettings {
    InvalidSettings {
        line: error.span().map(|span| line_of(text, &span)),
        key: String::new(),
        message: error.message().trim_end().replace('\n', ": "),
    }
}

/// A profile that is wrong in itself: a test reads both.
fn flawed(error: &toml::de::Error) -> InvalidSettings {
    InvalidSettings {
        line: None,
        key: "profile".to_owned(),
        message: error.message().to_owned(),
    }
}

fn profile(leaves: &[Leaf], surroundings: &Surroundings) -> Result<Profile, InvalidSettings> {
    let named = leaves.iter().find(|leaf| leaf.key == "profile");
    match (surroundings.profile, named) {
        (Some(profile), _) => Ok(profile),
        (None, None) => Ok(Profile::Production),
        (None, Some(leaf)) => match leaf.value.as_str() {
            Some("development") => Ok(Profile::Development),
            Some("production") => Ok(Profile::Production),
            _ => Err(leaf.problem("it must be \"development\" or \"production\"")),
        },
    }
}

fn defaults(profile: Profile) -> Result<Table, Vec<InvalidSettings>> {
    let parse = |text: &str| text.parse::<Table>().map_err(|error| vec![flawed(&error)]);
    let mut table = parse(PRODUCTION_TOML)?;
    if profile == Profile::Development {
        overlay(&mut table, parse(DEVELOPMENT_TOML)?);
    }
    Ok(table)
}

fn overlay(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) => overlay(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn surround(table: &mut Table, surroundings: &Surroundings) {
    if let Some(bucket) = &surroundings.bucket {
        put(table, "bucket.name", Value::String(bucket.clone()));
    }
    if let Some(region) = &surroundings.region {
        put(table, "bucket.region", Value::String(region.clone()));
    }
    if !surroundings.origins.is_empty() {
        let origins = surroundings.origins.iter().cloned().map(Value::String);
        put(table, "cors.origins", Value::Array(origins.collect()));
    }
}

/// Sets what is under a key with dots. The known tables are there already.
fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        Some((name, deeper)) if table.get(name).is_some_and(Value::is_table) => {
            if let Some(Value::Table(inner)) = table.get_mut(name) {
                put(inner, deeper, value);
            }
        }
        // A value where a table belongs: the type says so in a moment.
        _ => {
            table.insert(key.to_owned(), value);
        }
    }
}

/// Every key, with the tables: a table written as a value is known, and refused by its type.
fn keys_of(table: &Table) -> Vec<String> {
    let mut keys = Vec::new();
    for (name, value) in table {
        keys.push(name.clone());
        if let Value::Table(inner) = value {
            keys.extend(keys_of(inner).iter().map(|key| format!("{name}.{key}")));
        }
    }
    keys
}

fn unknown(key: &str, known: &[String]) -> String {
    let nearest = known
        .iter()
        .min_by_key(|candidate| distance(key, candidate));
    match nearest {
        Some(nearest) => format!("there is no such key; the nearest is `{nearest}`"),
        None => "there is no such key".to_owned(),
    }
}

/// How many letters have to change (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let read = Settings::read(text, &Surroundings::default());
        let problems = read.map(|settings| panic!("{settings:?}"));
        let problems: Vec<InvalidSettings> = problems.unwrap_or_else(|problems| problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_profiles_hold_together_and_differ_where_they_say() {
        let production = Settings::of(Profile::Production).unwrap();
        let development = Settings::of(Profile::Development).unwrap();
        assert!(production.bucket.versioning && !development.bucket.versioning);
        assert_eq!(production.lifecycle.delete_after_days, 90);
        assert_eq!(development.lifecycle.delete_after_days, 90);
        assert_eq!(production.lifecycle.infrequent_access_after_days, 30);
        assert_eq!(development.cors.origins, ["http://localhost:5173"]);
        assert_eq!(development.bucket.tags["application"], "revui");
    }

    #[test]
    fn the_file_wins_over_the_environment_and_that_over_the_profile() {
        let surroundings = Surroundings {
            bucket: Some("from-env".to_owned()),
            region: Some("eu-west-1".to_owned()),
            origins: vec!["https://a.example".to_owned()],
            profile: None,
        };
        let text =
            "profile = \"development\"\n[bucket]\nname = \"from-file\"\ntags = { team = \"x\" }\n";
        let settings = Settings::read(text, &surroundings).unwrap();
        assert_eq!(settings.profile, Profile::Development);
        assert_eq!(settings.bucket.name, "from-file");
        assert_eq!(settings.bucket.region, "eu-west-1");
        assert_eq!(settings.cors.origins, ["https://a.example"]);
        assert_eq!(settings.bucket.tags["team"], "x");
        assert_eq!(settings.bucket.tags["application"], "revui");
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_key() {
        for (text, says) in [
            ("profile = \"staging\"\n", "line 1: `profile`: it must be"),
            (
                "[bucket]\nname = \"x-y-z\"\nversionning = true\n",
                "line 3: `bucket.versionning`: there is no such key; the nearest is `bucket.versioning`",
            ),
            (
                "\n[lifecycle]\ndelete_after_days = \"ninety\"\n",
                "line 3: `lifecycle.delete_after_days`: invalid type: string \"ninety\"",
            ),
            (
                "[encryption]\nalgorithm = \"DES\"\n",
                "line 2: `encryption.algorithm`: unknown variant `DES`",
            ),
            ("bucket = \"name\"\n", "line 1: `bucket`: invalid type"),
            ("[bucket]\nname = \n", "line 2: "),
            (
                "[bucket]\nname = \"Recordings\"\n",
                "line 2: `bucket.name`: ",
            ),
            ("[cors]\norigins = [\"app\"]\n", "line 2: `cors.origins`: "),
            (
                "[lifecycle]\ndelete_after_days = -1\n",
                "line 2: `lifecycle.delete_after_days`: ",
            ),
        ] {
            let problems = problems(text);
            assert!(problems[0].starts_with(says), "{text}: {problems:?}");
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let text = "[bucket]\nname = 7\nregoin = \"x\"\n[logging]\nkeep_days = -3\n";
        assert_eq!(problems(text).len(), 3);
    }

    #[test]
    fn the_example_is_the_profile_and_explains_every_key() {
        let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../storage.example.toml");
        let example = std::fs::read_to_string(example)
            .unwrap()
            .replace("\r\n", "\n");
        assert_eq!(example, PRODUCTION_TOML.replace("\r\n", "\n"));
        let lines: Vec<&str> = example.lines().collect();
        let tags = lines
            .iter()
            .position(|line| *line == "[bucket.tags]")
            .unwrap();
        for (number, line) in lines.iter().enumerate() {
            let is_tag = (tags..tags + 3).contains(&number);
            if line.contains(" = ") && !line.starts_with('#') && !is_tag {
                assert!(
                    lines[number - 1].starts_with("# "),
                    "{line} is not explained"
                );
            }
        }
        let production = Settings::of(Profile::Production).unwrap();
        assert_eq!(
            Settings::read(&example, &Surroundings::default()),
            Ok(production)
        );
    }
}
