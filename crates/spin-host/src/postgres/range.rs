//! Ranges on the wire (Postgres's src/include/utils/rangetypes.h): a byte of flags, then each bound that there is, with
//! its length before it.
//!
//! The crate `postgres_range` would do it, but it panics on a bound at the end of its type, which a guest may send.

use std::error::Error;

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, WrongType};

use crate::imports::postgres::RangeBoundKind;

type Failure = Box<dyn Error + Sync + Send>;

/// A bound; None is without limit.
pub(super) type Bound<T> = Option<(T, RangeBoundKind)>;

const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// Writes a range. A lower bound above the upper one is Postgres's to refuse.
pub(super) fn write<T: ToSql>(
    (lower, upper): (Bound<T>, Bound<T>),
    type_: &Type,
    out: &mut BytesMut,
) -> Result<IsNull, Failure> {
    let Kind::Range(element) = type_.kind() else {
        return Err(Box::new(WrongType::new::<T>(type_.clone())));
    };
    let flag = |bound: &Bound<T>, inclusive, infinite| match bound {
        None => infinite,
        Some((_, RangeBoundKind::Inclusive)) => inclusive,
        Some((_, RangeBoundKind::Exclusive)) => 0,
    };
    out.put_u8(
        flag(&lower, LOWER_INCLUSIVE, LOWER_INFINITE)
            | flag(&upper, UPPER_INCLUSIVE, UPPER_INFINITE),
    );
    for (value, _) in [lower, upper].into_iter().flatten() {
        let at = out.len();
        out.put_i32(0);
        value.to_sql_checked(element, out)?;
        let length = i32::try_from(out.len() - at - 4)?;
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(IsNull::No)
}

/// A range that was read. An empty one has no bounds, like one without limits: the interface has no word for it.
pub(super) struct Range<T>(pub Bound<T>, pub Bound<T>);

impl<'a, T: FromSql<'a>> FromSql<'a> for Range<T> {
    fn from_sql(type_: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let Kind::Range(element) = type_.kind() else {
            return Err("not a range".into());
        };
        let (&flags, mut rest) = raw.split_first().ok_or("a range without flags")?;
        let mut bound = |inclusive, infinite| -> Result<Bound<T>, Failure> {
            if flags & (EMPTY | infinite) != 0 {
                return Ok(None);
            }
            let (length, after) = rest.split_first_chunk().ok_or("a range is too short")?;
            let length = usize::try_from(i32::from_be_bytes(*length))?;
            let (value, after) = after.split_at_checked(length).ok_or("a range is too short")?;
            rest = after;
            let kind = if flags & inclusive != 0 {
                RangeBoundKind::Inclusive
            } else {
                RangeBoundKind::Exclusive
            };
            Ok(Some((T::from_sql(element, value)?, kind)))
        };
        Ok(Self(bound(LOWER_INCLUSIVE, LOWER_INFINITE)?, bound(UPPER_INCLUSIVE, UPPER_INFINITE)?))
    }

    fn accepts(type_: &Type) -> bool {
        matches!(type_.kind(), Kind::Range(element) if T::accepts(element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RangeBoundKind::{Exclusive, Inclusive};

    #[test]
    fn what_is_written_is_read() {
        let bounds = [None, Some((i32::MAX, Inclusive)), Some((-1, Exclusive))];
        for (lower, upper) in
            bounds.iter().flat_map(|lower| bounds.iter().map(move |upper| (*lower, *upper)))
        {
            let mut out = BytesMut::new();
            write((lower, upper), &Type::INT4_RANGE, &mut out).unwrap();
            let Range(read_lower, read_upper) =
                Range::<i32>::from_sql(&Type::INT4_RANGE, &out).unwrap();
            assert_eq!((read_lower, read_upper), (lower, upper));
        }
    }

    #[test]
    fn malformed_ranges_are_errors() {
        for raw in [&[][..], &[0], &[0, 0, 0, 0, 4, 0], &[0, 255, 255, 255, 255], &[LOWER_INFINITE]]
        {
            assert!(Range::<i32>::from_sql(&Type::INT4_RANGE, raw).is_err(), "{raw:?}");
        }
        let Range(lower, upper) = Range::<i32>::from_sql(&Type::INT4_RANGE, &[EMPTY]).unwrap();
        assert_eq!((lower, upper), (None, None));
        assert!(
            write((Some((1_i32, Inclusive)), None), &Type::INT4, &mut BytesMut::new()).is_err()
        );
    }
}
