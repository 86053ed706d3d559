use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines() {
        let row: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let now = row["reference"].as_str().unwrap().parse().unwrap();
        let commands = language::parse(row["input"].as_str().unwrap(), now, None);
        let out: Vec<_> = commands.iter().map(|c| serde_json::json!({
            "id": row["id"], "intent": c.intent, "title": c.title, "due": c.due.map(|d| d.at.format("%Y-%m-%dT%H:%M:%S").to_string()), "all_day": c.due.is_some_and(|d| d.all_day),
            "rrule": c.recurrence.as_ref().map(|r| r.rule.clone()), "after_completion": c.recurrence.as_ref().is_some_and(|r| r.after_completion), "reminder": c.reminder.map(|r| r.to_string()), "priority": c.priority, "tags": c.tags, "target": c.target.as_ref().map(|t| t.words.clone()), "confidence": c.confidence })).collect();
        let mut first = out[0].clone();
        if out.len() > 1 {
            first["and"] = serde_json::json!(out[1..]);
        }
        println!("{first}");
    }
}
