//! Urdu commands: the verb comes last, and who is asked for it before.

use std::ops::Range;

use domain::Priority;

use super::{Clause, Heard};
use crate::command::Intent;
use crate::marks;
use crate::text::{Kind, Text};

/// "do", in all its politeness, and what it is joined with.
#[rustfmt::skip]
const DO: &[&str] = &[
    "کرو", "کریں", "کر", "کردو", "کردیں", "کر دو", "کر دیں", "کر دیجیے", "کر دیجئے", "کر دینا",
    "کیجیے", "کیجئے", "کرنا", "کر دے", "کردیجیے", "کر لو", "کر لیں", "دو", "دیں", "دیجیے", "دیجئے",
    "کر لیجیے", "لو", "لیں", "لیجیے", "do", "جاؤ", "جائیں", "دے دو", "دے دیں", "لے لو", "لے لیں",
    "لے جاؤ", "لے جائیں",
];
#[rustfmt::skip]
const POLITE: &[&str] = &[
    "غلطی ہو گئی", "اوہ", "معاف کیجیے", "براہ کرم", "براہ مہربانی", "برائے مہربانی", "مہربانی کر کے",
    "مہربانی فرما کر", "پلیز", "please", "ذرا", "اچھا", "ٹھیک ہے", "سنو", "بھائی", "اور", "پھر",
    "پھر سے پلیز",
];
#[rustfmt::skip]
const POLITE_ENDS: &[&str] = &[
    "پلیز", "please", "شکریہ", "مہربانی", "جی", "نا", "بھائی", "پلیز نا",
];

/// What a clause asks for, if its words are Urdu commands.
pub fn hear(clause: &Clause<'_>) -> Option<Heard> {
    let text = clause.text;
    let (mut start, mut end) = (clause.words.start, clause.words.end);
    let mut used = Vec::new();
    loop {
        let free = clause.free(start).min(end);
        let sign = free < end && text.is(free, &["،", ",", ":", "-", "۔"]);
        match text.phrases(free, POLITE).filter(|after| *after < end) {
            Some(after) => {
                used.push(free..after);
                start = after;
            }
            None if sign || free > start => start = free + usize::from(sign),
            None => break,
        }
    }
    while let Some(polite) = clause.ends_with(end, POLITE_ENDS).filter(|polite| *polite > start) {
        used.push(polite..end);
        end = polite;
    }
    let scene = Scene { clause, text, start, end };
    let mut heard =
        [talk, undo, help, snooze, reopen, query, remind, complete, delete, add, change, create]
            .iter()
            .find_map(|pattern| pattern(&scene))?;
    heard.used.extend(used);
    Some(heard)
}

/// Whether a command's verb ends before this word, so that another command may follow اور or a comma.
pub fn ends(text: &Text<'_>, at: usize) -> bool {
    #[rustfmt::skip]
    const LAST: &[&str] = &[
        "ہے", "ہیں", "ھے", "کرو", "کریں", "دو", "دیں", "دیجیے", "دیجئے", "کردو", "کردیں", "دلانا",
        "دلائیں", "دلاؤ", "دینا", "لو", "لیں", "ہوگا", "چاہیے", "چاہئے", "گیا", "گئی", "کیجیے",
        "کیجئے", "چکا", "ہوگیا",
    ];
    at > 0 && text.is(at - 1, LAST)
}

struct Scene<'a> {
    clause: &'a Clause<'a>,
    text: &'a Text<'a>,
    start: usize,
    end: usize,
}

impl Scene<'_> {
    /// The first place of one of some phrases, and where it ends.
    fn find(&self, phrases: &[&str]) -> Option<Range<usize>> {
        (self.start..self.end).find_map(|at| {
            self.text.phrases(at, phrases).filter(|end| *end <= self.end).map(|end| at..end)
        })
    }

    /// The last one.
    fn find_last(&self, phrases: &[&str]) -> Option<Range<usize>> {
        (self.start..self.end).rev().find_map(|at| {
            self.text.phrases(at, phrases).filter(|end| *end <= self.end).map(|end| at..end)
        })
    }

    /// Where a verb and the forms of "do" after it end.
    fn and_do(&self, at: usize) -> usize {
        let mut end = at;
        while let Some(after) = self.text.phrases(end, DO).filter(|after| *after <= self.end) {
            end = after;
        }
        end
    }

    /// Whether only signs and used words follow.
    fn closes(&self, at: usize) -> bool {
        self.clause.is_empty(at..self.end)
    }
}

fn talk(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const TALK: &[&str] = &[
        "سلام", "السلام علیکم", "اسلام علیکم", "وعلیکم السلام", "ہیلو", "ہائے", "شکریہ",
        "بہت شکریہ", "آپ کیسے ہیں", "تم کیسے ہو", "کیا حال ہے", "کیسے ہو", "کیسے ہیں", "خدا حافظ",
        "اللہ حافظ", "ہاہاہا", "ہاہا", "صبح بخیر", "شب بخیر", "ٹھیک ہے", "ہاں", "نہیں",
    ];
    let from = scene.clause.words.start;
    let after = scene.text.phrases(from, TALK)?;
    let short = scene.clause.words.len() <= 6 && !scene.clause.dated;
    (short || scene.closes(after)).then(|| Heard::new(Intent::Unknown, 0.9))
}

fn undo(scene: &Scene<'_>) -> Option<Heard> {
    let words = scene.start..scene.end;
    let back = scene.find(&["واپس", "کالعدم", "undo", "انڈو", "ان ڈو"])?;
    let end = scene.and_do(back.end);
    let last = scene.find(&[
        "آخری تبدیلی",
        "پچھلا قدم",
        "پچھلا عمل",
        "آخری عمل",
        "پچھلی تبدیلی",
        "تبدیلی",
        "آخری کام واپس",
        "یہ",
        "اسے",
    ]);
    let alone = matches!(scene.text.at(back.start), "undo" | "انڈو" | "کالعدم" | "ان")
        || last.is_some_and(|last| last.end <= back.start);
    (alone && scene.closes(end) && !scene.clause.dated)
        .then(|| Heard::new(Intent::Undo, 0.95).using(words))
}

fn help(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const HELP: &[&str] = &[
        "مدد", "ہیلپ", "help", "تم کیا کر سکتے ہو", "تم کیا کیا کر سکتے ہو", "آپ کیا کر سکتے ہیں",
        "آپ کیا کیا کر سکتے ہیں", "کیا کر سکتے ہو", "کیا کر سکتے ہیں", "یہ کیسے چلتا ہے",
        "کیسے کام کرتا ہے", "کیسے استعمال",
    ];
    let found = scene.find(HELP)?;
    let few = scene.end - scene.start <= 10 && !scene.clause.dated;
    (few && (found.start == scene.start || found.start <= scene.start + 1))
        .then(|| Heard::new(Intent::Help, 0.93).using(scene.start..scene.end))
}

fn snooze(scene: &Scene<'_>) -> Option<Heard> {
    let verb = scene.find_last(&["سنوز", "snooze", "مؤخر", "موخر"]).or_else(|| {
        let again = scene.find(&["پھر یاد", "دوبارہ یاد", "بعد میں یاد", "پھر سے یاد"])?;
        Some(again.start..again.end.max(scene.end))
    })?;
    let postpones = matches!(scene.text.at(verb.start), "مؤخر" | "موخر");
    let reminder = scene.find(&["یاد دہانی", "یاددہانی", "reminder", "ریمائنڈر"]);
    if postpones && reminder.is_none() {
        return None;
    }
    let target_end = reminder.map_or(verb.start, |reminder| reminder.end).min(verb.start);
    let end = scene.and_do(verb.end).max(scene.end);
    let named = scene.text.phrase(scene.start, "یاد دہانی").is_none()
        && !scene.clause.is_empty(scene.start..target_end);
    let heard = Heard::new(Intent::SnoozeReminder, 0.93).using(verb.start..end);
    Some(if named { heard.of(scene.start..target_end) } else { heard })
}

fn reopen(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const AGAIN: &[&str] = &[
        "دوبارہ کھول", "پھر سے کھول", "پھر کھول", "دوبارہ کھولیں", "پھر سے کھولیں", "دوبارہ کھولو",
        "reopen", "ری اوپن", "واپس کھول",
    ];
    #[rustfmt::skip]
    const NOT: &[&str] = &[
        "مکمل نہیں", "ابھی مکمل نہیں", "نامکمل", "ہوا نہیں", "نہیں ہوا", "ختم نہیں", "نا مکمل",
    ];
    let not = scene.find(NOT);
    let verb = scene.find(AGAIN).or_else(|| not.clone())?;
    let target_end = not.map_or(verb.start, |not| not.start.min(verb.start));
    Some(
        Heard::new(Intent::ReopenTask, 0.93)
            .using(target_end..scene.end)
            .of(scene.start..target_end),
    )
}

fn query(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const SHOW: &[&str] = &[
        "دکھاؤ", "دکھائیں", "دکھا", "دکھائیے", "دکھاو", "بتاؤ", "بتائیں", "بتا", "بتاو", "بتائیے",
        "show", "list", "سناؤ", "ڈھونڈو",
    ];
    #[rustfmt::skip]
    const ASK: &[&str] = &[
        "کیا کیا کرنا ہے", "کیا کرنا ہے", "کون سے کام", "کونسے کام", "کون سے", "کونسے", "کتنے کام",
        "کتنے", "کیا کام ہیں", "کوئی", "کب ہے", "کیا باقی ہے", "کیا کام", "کیا ہیں", "کیا ہے", "کب", "کون سا کام",
    ];
    let text = scene.text;
    let show = scene.find_last(SHOW).filter(|show| scene.closes(scene.and_do(show.end)));
    let asks = (scene.start..scene.clause.words.end).any(|at| text.is(at, &["؟", "?"]))
        || text.at(scene.start) == "کیا";
    let ask = scene.find(ASK).filter(|_| asks);
    let tasks = scene.find(&[
        "کام",
        "ٹاسک",
        "tasks",
        "task",
        "کاموں",
        "لسٹ",
        "فہرست",
        "میٹنگ",
        "کرنا",
        "todo",
    ]);
    if show.is_none() && (ask.is_none() || tasks.is_none()) {
        return asks.then(|| Heard::new(Intent::Unknown, 0.75));
    }
    let end = show.as_ref().map_or(scene.end, |show| show.start);
    let mut heard = Heard::new(Intent::QueryTasks, 0.93)
        .using(end..scene.end)
        .of(topic(scene, scene.start..end));
    // اہم کام
    heard.priority = (scene.start..end)
        .find(|at| {
            marks::adjective(text.at(*at)).is_some()
                && text.is(at + 1, &["کام", "ٹاسک", "tasks", "task", "کاموں"])
        })
        .map(|_| Priority::High);
    if heard.priority.is_some() {
        heard.target = None;
    }
    Some(heard)
}

/// What a question asks for beyond dates and marks.
fn topic(scene: &Scene<'_>, words: Range<usize>) -> Range<usize> {
    #[rustfmt::skip]
    const FILLER: &[&str] = &[
        "میرے", "میری", "میرا", "مجھے", "سارے", "سب", "تمام", "کام", "کاموں", "ٹاسک", "ٹاسکس",
        "tasks", "task", "کے", "کی", "کا", "کو", "کیا", "کون", "سے", "کونسے", "ہے", "ہیں", "کوئی",
        "والے", "والا", "والی", "لسٹ", "فہرست", "کرنا", "کرنے", "میں", "لیے", "کتنے", "باقی",
        "بھی", "کب", "کہاں", "ہوگا", "ہو", "گا",
    ];
    scene.clause.trimmed(words, FILLER)
}

fn complete(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const DONE: &[&str] = &[
        "مکمل ہو گیا", "مکمل ہوگیا", "مکمل ہو چکا", "مکمل ہو گئی", "مکمل ہو گئے", "پورا ہو گیا",
        "پورا ہوگیا", "پوری ہو گئی", "ہو گیا", "ہوگیا", "ھو گیا", "ہو گئی", "ہو چکا", "ختم ہو گیا",
        "done ہو گیا", "کر لیا", "کر لی", "ہو گئے", "کر دیا", "کر چکا",
    ];
    let text = scene.text;
    let ends = |range: &Range<usize>| {
        let rest = text.phrases(range.end, &["ہے", "ھے", "ہیں", "ہوں"]).unwrap_or(range.end);
        scene.closes(scene.and_do(rest))
    };
    if let Some(done) = scene.find(DONE).filter(|done| ends(done) && !scene.clause.dated) {
        return Some(
            Heard::new(Intent::CompleteTask, 0.93)
                .using(done.start..scene.end)
                .of(strip_i(scene)..done.start),
        );
    }
    let verb = scene.find_last(&["مکمل", "done", "complete", "پورا", "ختم", "کمپلیٹ"])?;
    let order = scene.and_do(verb.end);
    let named = names_a_task(scene, verb.start);
    let order_said = order > verb.end || named;
    (scene.closes(order) && order_said && !scene.clause.dated && verb.start > scene.start).then(
        || {
            Heard::new(Intent::CompleteTask, if named { 0.93 } else { 0.8 })
                .using(verb.start..scene.end)
                .of(scene.start..verb.start)
        },
    )
}

/// میں نے
fn strip_i(scene: &Scene<'_>) -> usize {
    scene.text.phrases(scene.start, &["میں نے", "مجھ سے"]).unwrap_or(scene.start)
}

fn names_a_task(scene: &Scene<'_>, to: usize) -> bool {
    (scene.start..to).any(|at| {
        scene.text.is(
            at,
            &[
                "کام",
                "کاموں",
                "ٹاسک",
                "task",
                "tasks",
                "والا",
                "والی",
                "والے",
                "اسے",
                "یہ",
                "وہ",
                "سب",
                "تمام",
                "میری",
                "میرا",
            ],
        )
    })
}

fn delete(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "حذف", "ڈیلیٹ", "delete", "مٹا", "مٹاؤ", "مٹائیں", "ہٹا", "ہٹاؤ", "ہٹائیں", "نکال",
        "نکالو", "نکالیں", "remove", "ریموو", "منسوخ", "کینسل", "cancel", "خارج",
    ];
    let verb = scene.find_last(VERBS)?;
    let order = scene.and_do(verb.end);
    let inflected = scene.text.at(verb.start).ends_with(['ؤ', 'و'])
        || scene.text.at(verb.start).ends_with("یں");
    if !scene.closes(order) || order == verb.end && !inflected {
        return None;
    }
    let doubtful =
        scene.text.is(verb.start, &["نکال", "نکالو", "نکالیں", "منسوخ", "کینسل", "cancel"]);
    let named = names_a_task(scene, verb.start) || scene.find(&["لسٹ سے", "فہرست سے"]).is_some();
    if !named && (doubtful || scene.clause.dated) {
        return None;
    }
    let target_end = scene
        .find(&["لسٹ سے", "فہرست سے", "نہیں چاہیے", "نہیں چاہئے"])
        .map_or(verb.start, |list| list.start);
    Some(
        Heard::new(Intent::DeleteTask, if named { 0.95 } else { 0.85 })
            .using(target_end..scene.end)
            .of(scene.start..target_end),
    )
}

fn change(scene: &Scene<'_>) -> Option<Heard> {
    rename(scene).or_else(|| shift(scene))
}

/// X کا نام بدل کر Y کر دو, X کا نام Y رکھ دیں.
fn rename(scene: &Scene<'_>) -> Option<Heard> {
    let name = scene.find(&["کا نام", "کا عنوان", "کا ٹائٹل"])?;
    let title_at =
        scene.text.phrases(name.end, &["بدل کر", "تبدیل کر کے", "بدل کے"]).unwrap_or(name.end);
    let verb = scene.find_last(&[
        "رکھ",
        "رکھو",
        "رکھیں",
        "کر دو",
        "کر دیں",
        "کردو",
        "کردیں",
        "کر دیجیے",
        "کرو",
        "کریں",
    ])?;
    (verb.start > title_at).then(|| {
        Heard::new(Intent::UpdateTask, 0.93)
            .using(name.start..title_at)
            .using(verb.start..scene.end)
            .of(scene.start..name.start)
            .titled(title_at..verb.start)
    })
}

/// X کل پر کر دو, X کو فوری قرار دے دو, X پر #گھر لگا دو.
fn shift(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "منتقل", "ملتوی", "بڑھا", "آگے بڑھا", "مؤخر", "موخر", "شفٹ", "move", "reschedule", "تبدیل", "بدل", "قرار",
        "لگا", "لے جاؤ", "لے جائیں", "اپ ڈیٹ", "update", "آگے", "لے",
    ];
    let text = scene.text;
    let mut end = scene.end;
    while end > scene.start && text.kind(end - 1) == Some(Kind::Sign) {
        end -= 1;
    }
    let order = (scene.start..end).find(|at| scene.and_do(*at) == end)?;
    let mut verb = order;
    while verb > scene.start && (text.is(verb - 1, VERBS) || text.is(verb - 1, &["دے"])) {
        verb -= 1;
    }
    // کرنا is what is to be done, not an order.
    if text.is(end - 1, &["کرنا", "کرنی", "کرنے"]) {
        return None;
    }
    let verbal = verb < order || text.is(order, &["لے"]);
    let mut priority = None;
    if verb > scene.start
        && marks::adjective(text.at(verb - 1)).is_some()
        && !scene.clause.is_taken(verb - 1)
    {
        priority = marks::adjective(text.at(verb - 1));
        verb -= 1;
    }
    let changes = scene.clause.dated || scene.clause.marked || priority.is_some();
    let named = names_a_task(scene, verb);
    if !(changes && (named || verbal)) {
        return None;
    }
    let mut target_end = verb;
    if let Some(field) =
        scene.find(&["کی تاریخ", "کا وقت", "کی یاد دہانی", "کی ترجیح", "کی ڈیڈ لائن"])
    {
        target_end = field.start;
    }
    // The postposition before what changes.
    while target_end > scene.start
        && (scene.clause.is_taken(target_end - 1)
            || text.is(target_end - 1, &["کو", "پر", "کی", "یاد", "دہانی", "بدل", "کر"]))
    {
        target_end -= 1;
    }
    let mut heard = Heard::new(Intent::UpdateTask, if named { 0.92 } else { 0.8 })
        .using(target_end..scene.end)
        .of(scene.start..target_end);
    heard.priority = priority;
    Some(heard)
}

/// X یاد دلانا, X کی یاد دہانی لگا دو.
fn remind(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "یاد دلانا", "یاد دلاؤ", "یاد دلاو", "یاد دلا", "یاد دلائیں", "یاد دلائیے", "یاد کروا",
        "یاد کروانا", "یاد کرانا", "یاد کرا", "یاد کرواؤ", "کی یاد دہانی", "یاد دہانی",
        "remind me", "یاد دلا دینا", "کی یاددہانی", "یاد کروائیں",
    ];
    let text = scene.text;
    let verb = scene.find(VERBS)?;
    // A reminder for a task that is there already.
    if scene
        .find(&["والے کام پر", "والا کام", "والے ٹاسک پر", "والے کام کی", "والے task پر"])
        .is_some_and(|task| task.end <= verb.start)
    {
        return None;
    }
    let mut end = verb.end;
    end = text.phrases(end, &["لگا", "سیٹ", "کہ", "بنا"]).unwrap_or(end);
    end = scene.and_do(end);
    end = text.phrases(end, &["دینا", "کہ", "دیجیے", "دیجئے", "گا"]).unwrap_or(end);
    let mut heard = Heard::new(Intent::CreateTask, 0.95).using(verb.start..end);
    let before = clean_start(scene, scene.start..verb.start, &mut heard);
    let after = clean_start(scene, end..scene.end, &mut heard);
    let used =
        |at: usize| heard.used.iter().any(|range| range.contains(&at)) || scene.clause.is_taken(at);
    let empty = before.clone().all(|at| used(at) || text.kind(at) == Some(Kind::Sign));
    let title = if empty { after } else { before };
    Some(finish(scene, heard, title))
}

/// مجھے, میری لسٹ میں
fn clean_start(scene: &Scene<'_>, words: Range<usize>, heard: &mut Heard) -> Range<usize> {
    #[rustfmt::skip]
    const I: &[&str] = &[
        "مجھے", "مجھ کو", "ہمیں", "میری لسٹ میں", "میری فہرست میں", "لسٹ میں", "فہرست میں",
        "ایک کام", "نیا کام", "نیا ٹاسک", "ایک نیا کام", "ایک نیا ٹاسک", "میں نے", "یہ کہ",
    ];
    for at in words.clone() {
        if scene.clause.is_spent(at) {
            continue;
        }
        let Some(end) = scene.text.phrases(at, I).filter(|end| *end <= words.end) else { break };
        heard.used.push(at..end);
    }
    // مجھے may stand after the time.
    if let Some(me) = words.clone().find(|at| scene.text.at(*at) == "مجھے") {
        heard.used.push(me..me + 1);
    }
    words
}

/// Drops the auxiliary that ends an obligation: جانا ہے, بنانے ہیں, لانا ہوگا.
fn finish(scene: &Scene<'_>, mut heard: Heard, title: Range<usize>) -> Heard {
    #[rustfmt::skip]
    const AUXILIARIES: &[&str] = &[
        "ہے", "ہیں", "ھے", "ھیں", "ہوگا", "ہو گا", "ہوگی", "ہو گی", "چاہیے", "چاہئے", "ہوں گے",
        "چاہییں",
    ];
    for at in title.start + 1..title.end {
        if let Some(after) = scene.text.phrases(at, AUXILIARIES).filter(|after| *after <= title.end)
            && scene.clause.is_empty(after..title.end)
        {
            heard.used.push(at..after);
        }
    }
    heard.titled(title)
}

/// X شامل کرو, نیا کام: X.
fn add(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const ADD: &[&str] = &[
        "شامل", "ایڈ", "add", "ٹاسک بناؤ", "ٹاسک بنا", "ٹاسک بنائیں", "کام بناؤ", "نوٹ", "لکھ",
        "لکھو", "لکھیں", "لسٹ میں ڈال", "کا ٹاسک بناؤ", "کا کام شامل", "نیا ٹاسک", "نیا کام",
        "create", "درج", "کا ٹاسک بنا", "ٹاسک شامل", "کام شامل", "نیا کام شامل", "نیا ٹاسک بناؤ",
        "کا ٹاسک",
    ];
    let text = scene.text;
    let add = scene.find(ADD)?;
    let order = scene.and_do(add.end);
    let ordered = order > add.end || text.at(add.end) == ":" || text.at(add.end - 1).ends_with('ؤ');
    if !ordered {
        return None;
    }
    let leads = add.start <= scene.clause.free(scene.start) + 1 && !scene.closes(order);
    let (said, words) = if leads || text.at(order) == ":" {
        (add.start..order, order..scene.end)
    } else if scene.closes(order) {
        (add.start..scene.end, scene.start..add.start)
    } else {
        return None;
    };
    let that = text.phrase(said.end, "کہ").unwrap_or(said.end);
    let (said, words) =
        if words.start == said.end { (said.start..that, that..words.end) } else { (said, words) };
    let mut heard = Heard::new(Intent::CreateTask, 0.95).using(said);
    let title = clean_start(scene, words, &mut heard);
    Some(finish(scene, heard, title))
}

fn create(scene: &Scene<'_>) -> Option<Heard> {
    #[rustfmt::skip]
    const FORGET: &[&str] = &[
        "مت بھولنا", "نہ بھولنا", "مت بھولیں", "نہ بھولیں", "بھولنا نہیں", "بھولنا مت",
        "نہیں بھولنا", "مت بھولیے",
    ];
    let text = scene.text;
    let start = text
        .phrases(scene.start, &["todo :", "task :", "کام :", "ٹاسک :", "todo", "reminder :"])
        .unwrap_or(scene.start);
    let mut heard = Heard::new(Intent::CreateTask, 0.9).using(scene.start..start);
    if let Some(forget) = scene.find(FORGET).filter(|forget| scene.closes(forget.end)) {
        heard.used.push(forget.start..scene.end);
        let title = clean_start(scene, start..forget.start, &mut heard);
        return Some(finish(scene, heard, title));
    }
    let letters = (start..scene.end)
        .filter(|at| text.kind(*at) == Some(Kind::Letters) && !scene.clause.is_taken(*at))
        .count();
    if letters == 0 {
        return Some(Heard::new(Intent::Unknown, 0.6));
    }
    let title = clean_start(scene, start..scene.end, &mut heard);
    let obliged =
        (start..scene.end).any(|at| text.is(at, &["ہے", "ہیں", "ھے", "ہوگا", "چاہیے", "چاہئے"]));
    let infinitive = (start..scene.end)
        .any(|at| ["نا", "نی", "نے"].iter().any(|ending| text.at(at).ends_with(ending)));
    heard.clarity = match (obliged || infinitive, scene.clause.dated || scene.clause.marked) {
        (true, _) => 0.92,
        (false, true) => 0.88,
        (false, false) => 0.72,
    };
    Some(finish(scene, heard, title))
}
