use dika_contract::{BindingId, CardId, ErrorCode, IdempotencyKey, OrderId, endpoint};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::openapi::links;

use ErrorCode as E;

/// One call of the API.
pub struct Operation {
    /// HTTP method in lower case.
    pub method: &'static str,
    /// Pattern below the base path.
    pub path: &'static str,
    pub(super) id: &'static str,
    summary: &'static str,
    access: Access,
    request: Option<TypeSchema>,
    /// The answers that are no refusals.
    answers: &'static [Answer],
    /// What it may be refused with, besides what every call may be refused with.
    codes: &'static [ErrorCode],
    /// Refusals with another status than their code's own.
    statuses: &'static [(u16, ErrorCode)],
    parameters: &'static [Parameter],
}

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody.
    Open,
    /// Anybody; one who is signed in sends the CSRF token.
    OpenWrite,
    /// The signed-in student.
    Read,
    /// The signed-in student, with the CSRF token.
    Write,
    /// Whoever signs the body; nobody's session counts.
    Signed,
}

/// Makes a type's schema.
pub(super) type TypeSchema = fn(&mut SchemaGenerator) -> schemars::Schema;

/// A type's schema.
pub(super) fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> schemars::Schema {
    schemas.subschema_for::<T>()
}

/// Some JSON object.
pub(super) fn an_object(_: &mut SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object" })
}

/// An answer that is no refusal.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) content: Content,
}

/// What an answer holds.
pub(super) enum Content {
    /// Nothing.
    None,
    /// JSON of this shape.
    Json(TypeSchema),
    /// Text of this media type.
    Text(&'static str),
}

/// What stands in the query or in a header.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// `query` or `header`.
    pub(super) place: &'static str,
    pub(super) required: bool,
    pub(super) description: &'static str,
    pub(super) schema: TypeSchema,
}

impl Operation {
    /// A call without body, answers and refusals of its own.
    pub(super) const fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        access: Access,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            access,
            request: None,
            answers: &[],
            codes: &[],
            statuses: &[],
            parameters: &[],
        }
    }

    pub(super) const fn takes(self, request: TypeSchema) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    pub(super) const fn gives(self, answers: &'static [Answer]) -> Self {
        Self { answers, ..self }
    }

    pub(super) const fn refuses(self, codes: &'static [ErrorCode]) -> Self {
        Self { codes, ..self }
    }

    pub(super) const fn refuses_as(self, statuses: &'static [(u16, ErrorCode)]) -> Self {
        Self { statuses, ..self }
    }

    pub(super) const fn with(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    pub(super) fn describe(&self, schemas: &mut SchemaGenerator) -> Value {
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "responses": self.responses(schemas),
        });
        let parameters = self.parameters(schemas);
        if !parameters.is_empty() {
            described["parameters"] = Value::Array(parameters);
        }
        if let Some(schema) = self.request {
            described["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema(schemas) } },
            });
        }
        match self.access {
            Access::Open | Access::Signed => {}
            Access::OpenWrite => {
                described["security"] = json!([{}, { "session": [], "csrf": [] }]);
            }
            Access::Read => described["security"] = json!([{ "session": [] }]),
            Access::Write => described["security"] = json!([{ "session": [], "csrf": [] }]),
        }
        described
    }

    fn responses(&self, schemas: &mut SchemaGenerator) -> Map<String, Value> {
        let mut responses = Map::new();
        for answer in self.answers {
            let mut described = json!({ "description": answer.description });
            match answer.content {
                Content::None => {}
                Content::Json(schema) => {
                    described["content"] =
                        json!({ "application/json": { "schema": schema(schemas) } });
                }
                Content::Text(media_type) => {
                    described["content"] =
                        json!({ media_type: { "schema": { "type": "string" } } });
                }
            }
            let links = links::from(self.id, answer.status);
            if !links.is_empty() {
                described["links"] = Value::Object(links);
            }
            responses.insert(answer.status.to_string(), described);
        }
        for (status, codes) in self.refusals() {
            let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            responses.insert(
                status.to_string(),
                json!({
                    "description": format!("Refused: `{}`.", words.join("`, `")),
                    "content": { "application/problem+json": {
                        "schema": { "$ref": "#/components/schemas/Problem" }
                    } },
                    "x-codes": words,
                }),
            );
        }
        responses
    }

    fn parameters(&self, schemas: &mut SchemaGenerator) -> Vec<Value> {
        let mut parameters = Vec::new();
        if self.path.contains("{id}") {
            parameters.push(json!({
                "name": "id", "in": "path", "required": true, "schema": self.path_id(schemas),
            }));
        }
        for parameter in self.parameters {
            parameters.push(json!({
                "name": parameter.name, "in": parameter.place, "required": parameter.required,
                "description": parameter.description, "schema": (parameter.schema)(schemas),
            }));
        }
        parameters
    }

    /// What stands for `{id}`.
    fn path_id(&self, schemas: &mut SchemaGenerator) -> schemars::Schema {
        let below = |pattern: &str| self.path.starts_with(pattern);
        if below(endpoint::BINDING) {
            of::<BindingId>(schemas)
        } else if below(endpoint::CARD) {
            of::<CardId>(schemas)
        } else if below(endpoint::TOP_UP) {
            of::<OrderId>(schemas)
        } else {
            schemars::json_schema!({ "type": "string" })
        }
    }

    /// Everything that this call may be refused with, by status.
    fn refusals(&self) -> Vec<(u16, Vec<ErrorCode>)> {
        let mut codes = self.codes.to_vec();
        let mut statuses = self.statuses.to_vec();
        let is_read = |parameter: &Parameter| parameter.place == "query";
        if self.request.is_some() || self.parameters.iter().any(is_read) {
            codes.push(E::InvalidRequest);
        }
        if self.request.is_some() {
            // By HTTP itself: too large, not JSON.
            statuses.push((413, E::InvalidRequest));
            if self.access != Access::Signed {
                statuses.push((415, E::InvalidRequest));
            }
        }
        if matches!(self.access, Access::Read | Access::Write) {
            codes.push(E::SessionExpired);
        }
        if matches!(self.access, Access::Write | Access::OpenWrite) {
            codes.extend([E::CsrfRejected, E::RateLimited]);
        }
        codes.extend([E::Internal, E::Busy, E::Maintenance]);
        let own = codes.into_iter().map(|code| (code.status(), code));
        let mut by_status: Vec<(u16, Vec<ErrorCode>)> = Vec::new();
        for (status, code) in own.chain(statuses) {
            match by_status.iter_mut().find(|(known, _)| *known == status) {
                Some((_, list)) if list.contains(&code) => {}
                Some((_, list)) => list.push(code),
                None => by_status.push((status, vec![code])),
            }
        }
        by_status.sort_by_key(|(status, _)| *status);
        by_status
    }

    /// The codes that the document names for this call.
    pub fn named_codes(&self) -> Vec<ErrorCode> {
        self.refusals()
            .into_iter()
            .flat_map(|(_, codes)| codes)
            .collect()
    }

    /// The statuses of answers that are no refusals.
    pub fn good_statuses(&self) -> Vec<u16> {
        self.answers.iter().map(|answer| answer.status).collect()
    }
}

impl Parameter {
    /// In the query, may be left out.
    pub(super) const fn query(
        name: &'static str,
        schema: TypeSchema,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            place: "query",
            required: false,
            description,
            schema,
        }
    }

    /// In a header, may be left out.
    pub(super) const fn header(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            place: "header",
            required: false,
            description,
            schema: of::<String>,
        }
    }

    /// The key that is made once per intent to pay.
    pub(super) const IDEMPOTENCY_KEY: Self = Self {
        name: endpoint::IDEMPOTENCY_HEADER,
        place: "header",
        required: true,
        description: "Made once per intent to pay; 1 to 36 of A-Z a-z 0-9 - _.",
        schema: of::<IdempotencyKey>,
    };
}

impl Answer {
    /// An answer with JSON of a type.
    pub(super) const fn json(status: u16, schema: TypeSchema, description: &'static str) -> Self {
        Self {
            status,
            description,
            content: Content::Json(schema),
        }
    }

    /// An answer without a body.
    pub(super) const fn empty(status: u16, description: &'static str) -> Self {
        Self {
            status,
            description,
            content: Content::None,
        }
    }
}
