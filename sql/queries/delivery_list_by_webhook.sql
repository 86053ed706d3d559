-- A page of a webhook's deliveries, the newest first. Null: there is no such webhook.
-- $1 user · $2 the webhook's id · $3 state, or null for any
-- $4, $5 created_at and id of the row before the page (infinity and anything at the start) · $6 how many at most
select (
    select coalesce(
               (
                   select json_agg(delivery order by created_at desc, id desc)
                     from (
                       select delivery_json(deliveries) as delivery, created_at, id
                         from deliveries
                        where user_id = $1
                          and webhook_id = $2
                          and ($3::text is null or state = $3)
                          and (created_at, id) < ($4::text::timestamptz, $5::uuid)
                        order by created_at desc, id desc
                        limit $6
                     ) as page
               ),
               '[]'
           )::text
      from webhooks
     where user_id = $1
       and id = $2
) as list
