//! Lists, searches and changes among a thousand tasks, beside the same statements by pgbench.

use anyhow::Result;
use spindle_tests::Spindle;
use uuid::Uuid;

use crate::load::{self, Pgbench, Rate, Wrk, bind, statement, user_literal};
use crate::{DEMO_USER, ROUNDS, system};

/// A thousand tasks of the demo user, with ids that end in their numbers; every tenth is about milk.
const SEED: &str = r#"
    insert into tasks (user_id, id, title, description, tags, created_at)
    select $1, ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid,
           (array['call', 'write', 'read', 'fix', 'buy'])[1 + n % 5] || ' '
               || (array['mom', 'report', 'book', 'bike', 'trip', 'letter', 'kitchen', 'car', 'desk',
                         'milk'])[1 + n % 10],
           'as it was said on the telephone', '["home"]', now() - n * interval '1 minute'
      from generate_series(1, 1000) as n"#;

/// Each request changes one of them.
const PATCHES: &str = "
    local n = 0
    request = function()
      n = n + 1
      local path = string.format('/api/tasks/00000000-0000-7000-9000-%012d', n % 1000 + 1)
      return wrk.format('PATCH', path, nil, '{\"description\":\"' .. n .. '\"}')
    end";

/// Measures and prints.
pub async fn tasks(spindle: &Spindle, seconds: u32) -> Result<()> {
    let wrk = Wrk { seconds, url: spindle.running.url.clone(), token: None };
    let (url, folder) = (&spindle.running.database_url, spindle.data());
    let nobody = Uuid::nil().to_string();
    let pgbench = Pgbench::prepare(url, &folder, seconds, DEMO_USER, &nobody).await?;
    let user: Uuid = DEMO_USER.parse()?;
    for database in [spindle.database().await?, pgbench.connect().await?] {
        database.execute(SEED, &[&user]).await?;
        database.batch_execute("vacuum analyze tasks").await?;
    }
    pgbench.script("list.sql", &list()?)?;
    pgbench.script("search.sql", &search()?)?;
    pgbench.script("update.sql", &update()?)?;

    let mut measured: [Vec<Rate>; 6] = Default::default();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}, {seconds} s each");
        measured[0].push(wrk.get("/api/tasks?limit=50")?);
        measured[1].push(pgbench.run("list.sql")?);
        measured[2].push(wrk.get("/api/tasks?limit=50&q=milk")?);
        measured[3].push(pgbench.run("search.sql")?);
        measured[4].push(wrk.scripted(PATCHES)?);
        system::drained(spindle).await?;
        measured[5].push(pgbench.run("update.sql")?);
    }
    let names = [
        "list 50 tasks of 1,000",
        "  list by pgbench",
        "search, 50 of 100",
        "  search by pgbench",
        "PATCH a task",
        "  update by pgbench",
    ];
    let [list, its_list, search, its_search, patch, its_update] = load::table(&names, measured);
    for (name, ours, its) in
        [("list", list, its_list), ("search", search, its_search), ("PATCH", patch, its_update)]
    {
        println!("{:<22} {:>10.3}", format!("{name} / pgbench"), ours.per_second / its.per_second);
    }
    Ok(())
}

/// As `store::tasks::list_newest` asks for fifty.
fn list() -> Result<String> {
    let start = ["'infinity'".to_owned(), format!("'{}'::uuid", Uuid::max()), "51".to_owned()];
    let mut values = vec![user_literal(DEMO_USER)];
    values.extend(start);
    Ok(bind(&statement("task_list_by_user")?, &values))
}

/// As `store::tasks::list_chosen` asks for fifty about milk.
fn search() -> Result<String> {
    let mut values = vec![user_literal(DEMO_USER)];
    let others = [
        "null",
        "'{}'",
        "'UTC'",
        "'milk'",
        "'created'",
        "true",
        "null",
        "null",
        "51",
        "'{active,completed}'",
    ];
    values.extend(others.map(str::to_owned));
    Ok(bind(&statement("task_list_by_filter")?, &values))
}

fn update() -> Result<String> {
    let values = [
        user_literal(DEMO_USER),
        "('00000000-0000-7000-9000-' || lpad(:number::text, 12, '0'))::uuid".to_owned(),
        "('{\"description\":\"' || :chance::text || '\"}')".to_owned(),
        "'2026-11-21T12:00:00Z'".to_owned(),
        "gen_random_uuid()".to_owned(),
        "'0192d1a0-7b7c-7e3a-9d5f-2b8a5a0c6f11'".to_owned(),
        "'task'".to_owned(),
        "null".to_owned(),
        "null".to_owned(),
        "null".to_owned(),
        "null".to_owned(),
    ];
    let random = "\\set number random(1, 1000)\n\\set chance random(1, 1000000000)\n";
    Ok(format!("{random}{}", bind(&statement("task_update")?, &values)))
}
