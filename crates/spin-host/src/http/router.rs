//! Which route a path takes (Spin's crates/routes/src/lib.rs and the crate `routefinder` below it).
//!
//! A route is exact segments, `:names` and at most one trailing `/...`. Slashes before and after a path don't count.
//! Among the routes that match, the first segment in which two differ decides: exact before `:name` before `/...`. Of two
//! routes that are written alike the later one wins.

use std::cmp::Ordering;

/// The routes of an application, best first, each with what it leads to.
#[derive(Debug)]
pub(super) struct Router<T> {
    routes: Vec<(Pattern, T)>,
}

/// A parsed route.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    segments: Vec<Segment>,
    /// Ends in `/...`.
    trailing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Exact(String),
    Name(String),
}

/// A route that a path takes.
#[derive(Debug)]
pub(super) struct Match<'router, 'path, T> {
    /// What the route leads to.
    pub target: &'router T,
    /// The values of its names, in their order.
    pub captures: Vec<&'path str>,
    /// What `/...` stands for, from its slash to the path's end, a slash there included; else empty.
    pub trailing: &'path str,
}

impl<T> Router<T> {
    pub fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Adds a route. Returns what an earlier route, written alike, led to: it is replaced.
    pub fn add(&mut self, route: &str, target: T) -> Result<Option<T>, &'static str> {
        let pattern = Pattern::parse(route)?;
        if let Some((_, same)) = self.routes.iter_mut().find(|(other, _)| *other == pattern) {
            return Ok(Some(std::mem::replace(same, target)));
        }
        let place =
            self.routes.partition_point(|(other, _)| other.order(&pattern) != Ordering::Greater);
        self.routes.insert(place, (pattern, target));
        Ok(None)
    }

    /// The best route for a path.
    pub fn find<'path>(&self, path: &'path str) -> Option<Match<'_, 'path, T>> {
        self.routes.iter().find_map(|(pattern, target)| {
            let (captures, trailing) = pattern.matches(path)?;
            Some(Match { target, captures, trailing })
        })
    }
}

/// The names in a route, in their order.
pub(super) fn names(route: &str) -> impl Iterator<Item = &str> {
    route.split('/').filter_map(|segment| segment.strip_prefix(':'))
}

impl Pattern {
    fn parse(route: &str) -> Result<Self, &'static str> {
        let (path, trailing) = match route.strip_suffix("/...").or_else(|| route.strip_suffix("/*"))
        {
            Some(path) => (path, true),
            None => (route, false),
        };
        let mut segments = Vec::new();
        for segment in path.trim_matches('/').split('/').filter(|segment| !segment.is_empty()) {
            segments.push(match segment.strip_prefix(':') {
                Some(name)
                    if !name.is_empty()
                        && name
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') =>
                {
                    Segment::Name(name.to_owned())
                }
                Some(_) => return Err("a name is a colon and then letters, digits, _ or -"),
                None if segment.contains(['*']) || segment == "..." => {
                    return Err("a wildcard may only stand at the end, as /...");
                }
                None => Segment::Exact(segment.to_owned()),
            });
        }
        Ok(Self { segments, trailing })
    }

    /// `Less` is better. Routes that no path could both take may stand in any order.
    fn order(&self, other: &Self) -> Ordering {
        let rank = |pattern: &Self, index: usize| match pattern.segments.get(index) {
            Some(Segment::Exact(_)) => 0,
            Some(Segment::Name(_)) => 1,
            None if pattern.trailing => 2,
            None => 0,
        };
        let longest = self.segments.len().max(other.segments.len());
        (0..=longest)
            .map(|index| rank(self, index).cmp(&rank(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    fn matches<'path>(&self, path: &'path str) -> Option<(Vec<&'path str>, &'path str)> {
        let mut captures = Vec::new();
        let mut rest = path.trim_start_matches('/').trim_end_matches('/');
        let mut first = true;
        for segment in &self.segments {
            // `None`: the path is at its end. An empty segment inside of it is one.
            rest =
                if first { (!rest.is_empty()).then_some(rest)? } else { rest.strip_prefix('/')? };
            first = false;
            let (value, after) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            match segment {
                Segment::Exact(exact) if exact != value => return None,
                Segment::Exact(_) => {}
                Segment::Name(_) => captures.push(value),
            }
            rest = after;
        }
        if !self.trailing {
            return rest.is_empty().then_some((captures, ""));
        }
        // The rest of the path as it came, from the slash where the route's own segments end.
        let start = path.len() - path.trim_start_matches('/').len();
        let consumed = path.trim_start_matches('/').trim_end_matches('/').len() - rest.len();
        let from = if consumed == 0 { start.saturating_sub(1) } else { start + consumed };
        let trailing = &path[from..];
        // Spin gives one slash at the end, however many there are.
        let kept = trailing.trim_end_matches('/').len();
        Some((captures, &trailing[..(kept + 1).min(trailing.len())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds the routes in this order and in the opposite one, and finds the route, its captures and its rest.
    fn check(routes: &[&'static str], path: &str, expected: Option<(&str, &[&str], &str)>) {
        for reversed in [false, true] {
            let mut router = Router::new();
            let mut routes = routes.to_vec();
            if reversed {
                routes.reverse();
            }
            for route in routes {
                assert_eq!(router.add(route, route), Ok(None));
            }
            let found = router.find(path);
            let found =
                found.as_ref().map(|found| (*found.target, &found.captures[..], found.trailing));
            assert_eq!(found, expected, "{path} reversed: {reversed}");
        }
    }

    #[test]
    fn exact_before_name_before_wildcard() {
        let routes = ["/", "/foo", "/foo/bar", "/:x", "/foo/:x", "/foo/...", "/:x/baz", "/..."];
        check(&routes, "/", Some(("/", &[], "")));
        check(&routes, "/foo", Some(("/foo", &[], "")));
        check(&routes, "/foo/", Some(("/foo", &[], "")));
        check(&routes, "/foo/bar", Some(("/foo/bar", &[], "")));
        check(&routes, "/foo/one", Some(("/foo/:x", &["one"], "")));
        check(&routes, "/foo/baz", Some(("/foo/:x", &["baz"], "")));
        check(&routes, "/one/baz", Some(("/:x/baz", &["one"], "")));
        check(&routes, "/foo/one/two", Some(("/foo/...", &[], "/one/two")));
        check(&routes, "/one", Some(("/:x", &["one"], "")));
        check(&routes, "/one/two/three", Some(("/...", &[], "/one/two/three")));
    }

    #[test]
    fn the_longest_prefix_wins() {
        let routes = ["/...", "/a/...", "/a/b/...", "/a/:x/c/..."];
        check(&routes, "/a", Some(("/a/...", &[], "")));
        check(&routes, "/a/b", Some(("/a/b/...", &[], "")));
        check(&routes, "/a/b/c/d", Some(("/a/b/...", &[], "/c/d")));
        check(&routes, "/a/z/c/d", Some(("/a/:x/c/...", &["z"], "/d")));
        check(&routes, "/z", Some(("/...", &[], "/z")));
        check(&["/a/..."], "/z", None);
        check(&["/a/..."], "/ab", None);
    }

    #[test]
    fn what_a_wildcard_stands_for() {
        check(&["/test/..."], "/test", Some(("/test/...", &[], "")));
        check(&["/test/..."], "/test/", Some(("/test/...", &[], "/")));
        check(&["/test/..."], "/test/hello", Some(("/test/...", &[], "/hello")));
        check(&["/test/..."], "/test/hello/", Some(("/test/...", &[], "/hello/")));
        check(&["/test/..."], "/test/hello//", Some(("/test/...", &[], "/hello/")));
        check(&["/..."], "/", Some(("/...", &[], "/")));
        check(&["/..."], "/1/2/3", Some(("/...", &[], "/1/2/3")));
        check(&["/1/:two/..."], "/1/2/3", Some(("/1/:two/...", &["2"], "/3")));
        check(&["/*"], "/x", Some(("/*", &[], "/x")));
    }

    #[test]
    fn slashes_around_a_path_do_not_count_and_those_inside_do() {
        check(&["/a/b"], "//a/b//", Some(("/a/b", &[], "")));
        check(&["/a/b"], "/a//b", None);
        check(&["/a/:x/b"], "/a//b", Some(("/a/:x/b", &[""], "")));
        check(&["/:x"], "/", None);
        check(&["a"], "/a", Some(("a", &[], "")));
        check(&["/a.b"], "/a.b", Some(("/a.b", &[], "")));
        check(&["/a"], "/A", None);
        check(&["/a"], "/%61", None);
    }

    #[test]
    fn a_later_duplicate_wins() {
        let mut router = Router::new();
        router.add("/a", 1).unwrap();
        assert_eq!(router.add("/a/", 2), Ok(Some(1)));
        assert_eq!(router.find("/a").map(|found| *found.target), Some(2));
    }

    #[test]
    fn what_is_no_route() {
        for route in ["/a/.../b", "/a*b", "/a/*/b", "/:", "/:a.json", "/:a/:b!/..."] {
            assert!(Router::new().add(route, ()).is_err(), "{route}");
        }
        assert_eq!(names("/1/:two/:three/...").collect::<Vec<_>>(), ["two", "three"]);
    }
}
