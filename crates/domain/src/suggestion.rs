/// The name among `known` that `given` was probably meant to be: at most two letters away, and
/// closer than half of it.
pub(crate) fn suggestion(
    given: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if given.len() > 64 {
        return None;
    }
    let given = given.to_ascii_lowercase();
    known
        .map(|name| (distance(&given, name), name))
        .filter(|(distance, name)| *distance <= 2 && distance * 2 < name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Levenshtein's distance, by one row of his table at a time.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["title", "tags", "due_date", "priority"];
        for (given, expected) in [
            ("titel", Some("title")),
            ("Title", Some("title")),
            ("tag", Some("tags")),
            ("dueDate", Some("due_date")),
            ("prioritee", Some("priority")),
            ("colour", None),
            ("t", None),
            ("", None),
        ] {
            assert_eq!(suggestion(given, known.into_iter()), expected, "{given}");
        }
    }
}
