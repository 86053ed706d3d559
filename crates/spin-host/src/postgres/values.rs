//! Rows of Postgres as values of the interface. Which type becomes which is Spin's
//! (crates/factor-outbound-pg/src/types.rs), its gap included: a `timestamptz` can't be read as it is.

use std::error::Error;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rust_decimal::Decimal;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::range::Range;
use crate::imports::postgres::{DbDataType, DbValue, Interval};

/// The type of a column, by the interface's name.
pub(super) fn data_type(type_: &Type) -> DbDataType {
    match *type_ {
        Type::BOOL => DbDataType::Boolean,
        Type::BYTEA => DbDataType::Binary,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::NUMERIC => DbDataType::Decimal,
        Type::INT4_RANGE => DbDataType::RangeInt32,
        Type::INT8_RANGE => DbDataType::RangeInt64,
        Type::NUM_RANGE => DbDataType::RangeDecimal,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::NUMERIC_ARRAY => DbDataType::ArrayDecimal,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::BPCHAR_ARRAY => DbDataType::ArrayStr,
        Type::INTERVAL => DbDataType::Interval,
        _ => DbDataType::Other(type_.name().to_owned()),
    }
}

/// One column of a row. `data_type` is that of the column.
pub(super) fn value(
    row: &Row,
    index: usize,
    data_type: &DbDataType,
) -> Result<DbValue, tokio_postgres::Error> {
    fn read<'a, T: FromSql<'a>>(
        row: &'a Row,
        index: usize,
        value: impl FnOnce(T) -> DbValue,
    ) -> Result<DbValue, tokio_postgres::Error> {
        Ok(row.try_get::<_, Option<T>>(index)?.map_or(DbValue::DbNull, value))
    }
    match data_type {
        DbDataType::Boolean => read(row, index, DbValue::Boolean),
        DbDataType::Int8 => read(row, index, DbValue::Int8),
        DbDataType::Int16 => read(row, index, DbValue::Int16),
        DbDataType::Int32 => read(row, index, DbValue::Int32),
        DbDataType::Int64 => read(row, index, DbValue::Int64),
        DbDataType::Floating32 => read(row, index, DbValue::Floating32),
        DbDataType::Floating64 => read(row, index, DbValue::Floating64),
        DbDataType::Str => read(row, index, DbValue::Str),
        DbDataType::Binary => read(row, index, DbValue::Binary),
        DbDataType::Date => read(row, index, |date: NaiveDate| DbValue::Date(date_parts(date))),
        DbDataType::Time => read(row, index, |time: NaiveTime| DbValue::Time(time_parts(time))),
        DbDataType::Datetime | DbDataType::Timestamp => {
            read(row, index, |datetime: NaiveDateTime| {
                let ((year, month, day), (hour, minute, second, nano)) =
                    (date_parts(datetime.date()), time_parts(datetime.time()));
                DbValue::Datetime((year, month, day, hour, minute, second, nano))
            })
        }
        DbDataType::Uuid => read(row, index, |uuid: Uuid| DbValue::Uuid(uuid.to_string())),
        DbDataType::Jsonb => read(row, index, |Jsonb(json)| DbValue::Jsonb(json.to_vec())),
        DbDataType::Decimal => {
            read(row, index, |decimal: Decimal| DbValue::Decimal(decimal.to_string()))
        }
        DbDataType::RangeInt32 => {
            read(row, index, |Range(lower, upper)| DbValue::RangeInt32((lower, upper)))
        }
        DbDataType::RangeInt64 => {
            read(row, index, |Range(lower, upper)| DbValue::RangeInt64((lower, upper)))
        }
        DbDataType::RangeDecimal => read(row, index, |Range::<Decimal>(lower, upper)| {
            let text =
                |bound: Option<(Decimal, _)>| bound.map(|(value, kind)| (value.to_string(), kind));
            DbValue::RangeDecimal((text(lower), text(upper)))
        }),
        DbDataType::ArrayInt32 => read(row, index, DbValue::ArrayInt32),
        DbDataType::ArrayInt64 => read(row, index, DbValue::ArrayInt64),
        DbDataType::ArrayDecimal => read(row, index, |values: Vec<Option<Decimal>>| {
            DbValue::ArrayDecimal(
                values.into_iter().map(|value| value.map(|value| value.to_string())).collect(),
            )
        }),
        DbDataType::ArrayStr => read(row, index, DbValue::ArrayStr),
        DbDataType::Interval => {
            read(row, index, |IntervalValue(interval)| DbValue::Interval(interval))
        }
        DbDataType::Other(_) => read(row, index, |Raw(bytes)| DbValue::Unsupported(bytes.to_vec())),
    }
}

/// Months, days, hours and the like fit a byte.
#[allow(clippy::cast_possible_truncation)]
fn date_parts(date: NaiveDate) -> (i32, u8, u8) {
    (date.year(), date.month() as u8, date.day() as u8)
}

#[allow(clippy::cast_possible_truncation)]
fn time_parts(time: NaiveTime) -> (u8, u8, u8, u32) {
    (time.hour() as u8, time.minute() as u8, time.second() as u8, time.nanosecond())
}

type Failure = Box<dyn Error + Sync + Send>;

/// Any value, as it was sent.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The text of a `jsonb`, which follows a version byte. Spin parses it and writes it anew.
struct Jsonb<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Jsonb<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        raw.strip_prefix(&[1]).map(Self).ok_or_else(|| "a jsonb of another version than 1".into())
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::JSONB
    }
}

/// An `interval` on the wire: microseconds, days, months.
struct IntervalValue(Interval);

impl FromSql<'_> for IntervalValue {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Failure> {
        let (micros, rest) = raw.split_first_chunk().ok_or("an interval is too short")?;
        let (days, rest) = rest.split_first_chunk().ok_or("an interval is too short")?;
        let (months, _) = rest.split_first_chunk().ok_or("an interval is too short")?;
        Ok(Self(Interval {
            micros: i64::from_be_bytes(*micros),
            days: i32::from_be_bytes(*days),
            months: i32::from_be_bytes(*months),
        }))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::INTERVAL
    }
}
