//! The contract as the server itself describes it, call by call: what a call takes, and what it answers.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};
use wire::ErrorBody;

/// One call of a served document.
#[derive(Clone, Copy)]
pub(crate) struct Call<'d> {
    document: &'d Value,
    method: &'d str,
    pub(crate) path: &'d str,
    operation: &'d Value,
}

/// What a body is filled with.
pub(crate) struct Filling<'f> {
    /// In the field that is wanted.
    pub(crate) text: &'f str,
    /// In a field of this name that has to be there; `None` where any value of its type will do.
    pub(crate) ordinary: &'f dyn Fn(&str) -> Option<Value>,
}

/// Every call of a document.
pub(crate) fn calls(document: &Value) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            calls.push(Call {
                document,
                method,
                path,
                operation,
            });
        }
    }
    calls
}

impl<'d> Call<'d> {
    pub(crate) fn method(&self) -> Method {
        self.method.to_uppercase().parse().unwrap()
    }

    /// Whether anybody may make it.
    pub(crate) fn is_public(&self) -> bool {
        self.operation.get("security").is_none()
    }

    /// The names of its parameters in `path` or `query`.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&'d str> {
        let all = self.operation["parameters"].as_array();
        let there = all.into_iter().flatten().filter(|one| one["in"] == place);
        there.map(|one| one["name"].as_str().unwrap()).collect()
    }

    /// The types of what it answers with this status: none of them where it answers without a body, `None` where it does not
    /// say that it answers so.
    pub(crate) fn answers(&self, status: u16) -> Option<Vec<&'d str>> {
        let answer = self.operation["responses"].get(status.to_string())?;
        let types = answer["content"].as_object();
        Some(
            types
                .into_iter()
                .flat_map(|types| types.keys().map(String::as_str))
                .collect(),
        )
    }

    /// Every field of its body, by the names that lead to it; a list stands for what is in it.
    pub(crate) fn fields(&self) -> Vec<Vec<&'d str>> {
        let mut found = Vec::new();
        if let Some(body) = self.body() {
            self.add_fields(body, &[], &mut found);
        }
        found
    }

    fn add_fields(&self, schema: &'d Value, within: &[&'d str], found: &mut Vec<Vec<&'d str>>) {
        let schema = self.resolved(schema);
        if let Some(properties) = schema["properties"].as_object() {
            for (name, property) in properties {
                self.add_fields(property, &[within, &[name.as_str()]].concat(), found);
            }
        } else if schema["items"].is_object() {
            self.add_fields(&schema["items"], within, found);
        } else if !within.is_empty() {
            found.push(within.to_vec());
        }
    }

    /// A body with everything that has to be in it, and with the text in the field that these names lead to. `None` where it
    /// takes none.
    pub(crate) fn filled(&self, field: Option<&[&str]>, filling: &Filling<'_>) -> Option<Value> {
        Some(self.fill(self.body()?, "", field, filling))
    }

    fn fill(
        &self,
        schema: &'d Value,
        name: &str,
        wanted: Option<&[&str]>,
        filling: &Filling<'_>,
    ) -> Value {
        let schema = self.resolved(schema);
        if let Some(properties) = schema["properties"].as_object() {
            let mut object = Map::new();
            for (name, property) in properties {
                let further = match wanted.and_then(<[_]>::split_first) {
                    Some((first, further)) if first == name => Some(further),
                    _ => None,
                };
                if further.is_some() || is_required(schema, name) {
                    let value = self.fill(property, name, further, filling);
                    object.insert(name.clone(), value);
                }
            }
            return object.into();
        }
        if schema["items"].is_object() {
            return json!([self.fill(&schema["items"], name, wanted, filling)]);
        }
        if wanted.is_some() {
            return filling.text.into();
        }
        (filling.ordinary)(name).unwrap_or_else(|| any(schema))
    }

    fn body(&self) -> Option<&'d Value> {
        let place = "/requestBody/content/application~1json/schema";
        let schema = self.operation.pointer(place)?;
        Some(self.resolved(schema))
    }

    /// What a schema refers to; of several forms the first that is something.
    fn resolved(&self, schema: &'d Value) -> &'d Value {
        if let Some(name) = schema["$ref"].as_str() {
            let there = self.document.pointer(name.trim_start_matches('#'));
            return self.resolved(there.unwrap());
        }
        match schema["oneOf"].as_array() {
            Some(forms) => {
                let something = forms.iter().find(|form| form["type"] != "null");
                self.resolved(something.unwrap())
            }
            None => schema,
        }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema["required"].as_array();
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

/// Something of this type.
fn any(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("object") => json!({}),
        _ => json!("x"),
    }
}

/// What was answered, and to what.
#[derive(Debug)]
pub(crate) struct Told {
    #[allow(dead_code, reason = "a test that fails prints it with the rest")]
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Told {
    /// It is one of the answers that the call has by the contract, in its form; and no failure.
    pub(crate) fn is_described(&self, call: &Call<'_>) {
        assert!(self.status < 500, "{self:?}");
        let Some(described) = call.answers(self.status) else {
            panic!("no such answer is described: {self:?}");
        };
        let content_type = self.headers.get("content-type");
        let is_described = match content_type {
            Some(value) => described.contains(&value.to_str().unwrap()),
            None => described.is_empty(),
        };
        assert!(is_described, "of {described:?}: {self:?}");
        if self.status >= 400 {
            let refusal: ErrorBody = serde_json::from_str(&self.text).unwrap();
            let id = self.headers["x-request-id"].to_str().unwrap();
            assert_eq!(refusal.status_code, self.status, "{self:?}");
            assert_eq!(refusal.request_id.as_deref(), Some(id), "{self:?}");
        }
    }
}
