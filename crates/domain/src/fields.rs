use serde_json::{Map, Value};

use crate::error::Errors;
use crate::{Error, FieldError};

/// A document's fields, taken one by one; what is left is unknown.
pub(crate) struct Fields {
    document: Map<String, Value>,
    known: &'static [(&'static str, &'static str)],
    of: &'static str,
    errors: Errors,
}

impl Fields {
    /// Of a client's document. `known` are the fields, with what they may be.
    pub fn new(
        document: Value,
        known: &'static [(&'static str, &'static str)],
        of: &'static str,
    ) -> Result<Self, Error> {
        let Value::Object(document) = document else { return Err(Error::NotAnObject) };
        Ok(Self { document, known, of, errors: Errors::default() })
    }

    /// The field's value; null is the same as nothing.
    pub fn optional<T>(&mut self, field: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let value = self.document.remove(field).filter(|value| !value.is_null())?;
        self.errors.keep(read(value), || FieldError::among(self.known, field, self.of))
    }

    /// The field's value, where null is one of them: null clears, and nothing leaves as it is.
    pub fn clearable<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.document.remove(field)? {
            Value::Null => Some(None),
            value => {
                let wrong = || FieldError::among(self.known, field, self.of);
                self.errors.keep(read(value), wrong).map(Some)
            }
        }
    }

    /// The field's value; without one, what is wrong is noted.
    pub fn required<T: Default>(
        &mut self,
        field: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> T {
        let value = self.document.remove(field).and_then(read);
        let wrong = || FieldError::among(self.known, field, self.of);
        self.errors.keep(value, wrong).unwrap_or_default()
    }

    /// The field may not stand beside `other`.
    pub fn refuse(&mut self, field: &'static str, other: &'static str) {
        if self.document.remove(field).is_some_and(|value| !value.is_null()) {
            self.errors.push(FieldError::Beside { field, other });
        }
    }

    /// `value`, if nothing was wrong.
    pub fn finish<T>(mut self, value: T) -> Result<T, Error> {
        for field in self.document.keys() {
            self.errors.push(FieldError::among(self.known, field, self.of));
        }
        self.errors.finish(value)
    }
}
