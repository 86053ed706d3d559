//! From the clock on the wall to an instant.

use chrono::{
    DateTime, Days, MappedLocalTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _,
};
use chrono_tz::Tz;

/// What a time on the wall means: RFC 5545, section 3.3.5. Of a time that comes twice, the first; one that doesn't
/// exist is read with the offset before the gap, and so lies as far behind its end: 2:30 is 3:30.
///
/// None at the end of the calendar.
pub fn resolve(zone: Tz, local: NaiveDateTime) -> Option<DateTime<Tz>> {
    find(zone, local).map(|(at, _)| at)
}

/// The same, and whether the time doesn't exist.
pub(crate) fn find(zone: Tz, local: NaiveDateTime) -> Option<(DateTime<Tz>, bool)> {
    // So that no offset leads out of the calendar.
    local.checked_add_days(Days::new(3))?;
    local.checked_sub_days(Days::new(3))?;
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some((at, false)),
        MappedLocalTime::None => {
            // The longest gap is a day: Samoa had no 30 December 2011.
            let before = (1..=26).find_map(|hours| {
                let earlier = local - TimeDelta::hours(hours);
                zone.offset_from_local_datetime(&earlier).latest()
            })?;
            let utc = local - TimeDelta::seconds(before.fix().local_minus_utc().into());
            Some((zone.from_utc_datetime(&utc), true))
        }
    }
}
