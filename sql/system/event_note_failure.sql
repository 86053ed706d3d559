-- Note that a consumer gave up an event, or that it was sent again. Several consumers may give up the same
-- event, so `error_message` has a line for each dead letter, and the event has failed as long as there is one.
-- $1 the event · $2 the dead letter's id · $3 why, on one line; null: it was sent again
update events
   set (processing_status, error_message) = (
       select case when count(*) = 0 then 'processed' else 'failed' end,
              string_agg(line, e'\n' order by place)
         from (
               select line, place
                 from unnest(string_to_array(error_message, e'\n')) with ordinality as known (line, place)
                where split_part(line, ': ', 1) <> $2::text
                union all
               select $2::text || ': ' || $3::text, null
                where $3::text is not null
         ) as failures
   )
 where id = $1
