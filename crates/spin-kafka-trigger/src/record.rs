//! A record as Kafka has it, as a handler gets it.

use std::ffi::CStr;
use std::ptr;

use rdkafka::Message as _;
use rdkafka::bindings::{rd_kafka_header_get_all, rd_kafka_message_headers};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;

use crate::handler::Message;

/// Copies a record out of librdkafka's memory.
pub(crate) fn message(record: &BorrowedMessage<'_>, topic: &str) -> Message {
    Message {
        topic: topic.to_owned(),
        partition: record.partition(),
        offset: record.offset(),
        timestamp_ms: record.timestamp().to_millis(),
        key: record.key().map(<[u8]>::to_vec),
        value: record.payload().map(<[u8]>::to_vec),
        headers: headers(record),
        attempt: 1,
    }
}

/// The headers, in order. A name that isn't UTF-8 has replacement characters: the interface has no other names, and
/// rdkafka's own reading of headers panics on such a name, which would stop the partition for good.
pub fn headers(record: &BorrowedMessage<'_>) -> Vec<(String, Option<Vec<u8>>)> {
    let mut list = ptr::null_mut();
    let mut headers = Vec::new();
    // SAFETY: `record` keeps its native message alive. librdkafka owns the list and what it points to, until then.
    unsafe {
        if rd_kafka_message_headers(record.ptr(), &raw mut list) != RD_KAFKA_RESP_ERR_NO_ERROR {
            return headers;
        }
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        while rd_kafka_header_get_all(
            list,
            headers.len(),
            &raw mut name,
            &raw mut value,
            &raw mut size,
        ) == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            let name = CStr::from_ptr(name).to_string_lossy().into_owned();
            let value = (!value.is_null())
                .then(|| std::slice::from_raw_parts(value.cast::<u8>(), size).to_vec());
            headers.push((name, value));
        }
    }
    headers
}
