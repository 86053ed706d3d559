//! Values of the interface as parameters of a statement.

use std::error::Error;

use bytes::BufMut;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, WrongType, to_sql_checked};
use uuid::Uuid;

use super::range::{self, Bound};
use crate::imports::postgres::{Interval, ParameterValue, RangeBoundKind};

type Failure = Box<dyn Error + Sync + Send>;

/// A value that is not what its kind says: a date that isn't one, a malformed UUID.
#[derive(Debug, thiserror::Error)]
#[error("{value} is no {kind}")]
pub(super) struct BadValue {
    kind: &'static str,
    value: String,
}

fn bad(kind: &'static str, value: impl std::fmt::Debug) -> Failure {
    Box::new(BadValue { kind, value: format!("{value:?}") })
}

/// A parameter, converted where it is written.
#[derive(Debug)]
pub(super) struct Parameter<'a>(pub &'a ParameterValue);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, type_: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        use ParameterValue as P;
        match self.0 {
            P::Boolean(value) => value.to_sql_checked(type_, out),
            P::Int8(value) => value.to_sql_checked(type_, out),
            P::Int16(value) => value.to_sql_checked(type_, out),
            P::Int32(value) => value.to_sql_checked(type_, out),
            P::Int64(value) => value.to_sql_checked(type_, out),
            P::Floating32(value) => value.to_sql_checked(type_, out),
            P::Floating64(value) => value.to_sql_checked(type_, out),
            P::Str(value) => value.to_sql_checked(type_, out),
            P::Binary(value) => value.to_sql_checked(type_, out),
            P::Date(value) => date(*value)?.to_sql_checked(type_, out),
            P::Time(value) => time(*value)?.to_sql_checked(type_, out),
            P::Datetime((year, month, day, hour, minute, second, nano)) => {
                let date = date((*year, *month, *day))?;
                NaiveDateTime::new(date, time((*hour, *minute, *second, *nano))?)
                    .to_sql_checked(type_, out)
            }
            P::Timestamp(value) => DateTime::from_timestamp(*value, 0)
                .ok_or_else(|| bad("timestamp", value))?
                .to_sql_checked(type_, out),
            P::Uuid(value) => {
                Uuid::parse_str(value).map_err(|_| bad("uuid", value))?.to_sql_checked(type_, out)
            }
            P::Jsonb(value) => jsonb(value, type_, out),
            P::Decimal(value) => decimal(value)?.to_sql_checked(type_, out),
            P::RangeInt32(bounds) => range::write(*bounds, type_, out),
            P::RangeInt64(bounds) => range::write(*bounds, type_, out),
            P::RangeDecimal((lower, upper)) => {
                range::write((decimal_bound(lower)?, decimal_bound(upper)?), type_, out)
            }
            P::ArrayInt32(values) => values.to_sql_checked(type_, out),
            P::ArrayInt64(values) => values.to_sql_checked(type_, out),
            P::ArrayDecimal(values) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|value| value.as_deref().map(decimal).transpose())
                    .collect::<Result<_, _>>()?;
                values.to_sql_checked(type_, out)
            }
            P::ArrayStr(values) => values.to_sql_checked(type_, out),
            P::Interval(value) => interval(value, type_, out),
            P::DbNull => Ok(IsNull::Yes),
        }
    }

    /// Each kind decides for itself.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn date((year, month, day): (i32, u8, u8)) -> Result<NaiveDate, Failure> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .ok_or_else(|| bad("date", (year, month, day)))
}

fn time((hour, minute, second, nano): (u8, u8, u8, u32)) -> Result<NaiveTime, Failure> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nano)
        .ok_or_else(|| bad("time", (hour, minute, second, nano)))
}

fn decimal(value: &str) -> Result<Decimal, Failure> {
    Decimal::from_str_exact(value).map_err(|_| bad("decimal", value))
}

/// The text goes as it is, after a version byte where the column is a `jsonb`; Postgres would find an error, too, but in
/// the middle of a transaction.
fn jsonb(value: &[u8], type_: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    match *type_ {
        Type::JSONB => out.put_u8(1),
        Type::JSON => {}
        _ => return Err(Box::new(WrongType::new::<serde_json::Value>(type_.clone()))),
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(value)
        .map_err(|_| bad("jsonb", String::from_utf8_lossy(value)))?;
    out.put_slice(value);
    Ok(IsNull::No)
}

fn interval(value: &Interval, type_: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
    if *type_ != Type::INTERVAL {
        return Err(Box::new(WrongType::new::<std::time::Duration>(type_.clone())));
    }
    out.put_i64(value.micros);
    out.put_i32(value.days);
    out.put_i32(value.months);
    Ok(IsNull::No)
}

fn decimal_bound(bound: &Option<(String, RangeBoundKind)>) -> Result<Bound<Decimal>, Failure> {
    bound.as_ref().map(|(value, kind)| Ok((decimal(value)?, *kind))).transpose()
}
