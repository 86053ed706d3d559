-- Tell a browser no more. Null: there is no such subscription. $1 user · $2 its id
with deleted as (
    delete from push_subscriptions
     where user_id = $1
       and id = $2
    returning id
)
select (select to_json(id)::text from deleted) as id
