//! Every text of the app, in English and Urdu.

/// A language that the app speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    English,
    Urdu,
}

/// The texts in the language of this tag (BCP 47); English unless we speak it.
pub fn words(tag: &str) -> &'static Words {
    if tag == "ur" || tag.starts_with("ur-") { &URDU } else { &ENGLISH }
}

macro_rules! words {
    ($($name:ident: $english:literal, $urdu:literal;)*) => {
        /// The texts of a language.
        pub struct Words {
            pub tongue: Tongue,
            $(pub $name: &'static str,)*
        }

        const ENGLISH: Words = Words { tongue: Tongue::English, $($name: $english,)* };
        const URDU: Words = Words { tongue: Tongue::Urdu, $($name: $urdu,)* };
    };
}

words! {
    // Around each page
    skip: "Skip to the tasks", "کاموں پر جائیں";
    menu: "Pages", "صفحات";
    today: "Today", "آج";
    upcoming: "Upcoming", "آنے والے";
    all: "All", "سب";
    completed: "Completed", "مکمل";
    trash: "Trash", "ردی";
    activity: "Activity", "سرگرمی";
    chat: "Chat", "گفتگو";
    settings: "Settings", "ترتیبات";
    not_found: "There is no such page.", "ایسا کوئی صفحہ نہیں۔";
    back: "Go to today's tasks", "آج کے کاموں پر جائیں";
    offline: "No connection to Spindle.", "سپنڈل سے رابطہ نہیں۔";
    waiting: "Changes that wait to be sent:", "بھیجنے کے انتظار میں تبدیلیاں:";
    no_script: "Changing something needs JavaScript.", "تبدیلی کے لیے جاوا اسکرپٹ ضروری ہے۔";

    // Days
    day_today: "today", "آج";
    day_tomorrow: "tomorrow", "آنے والا کل";
    day_yesterday: "yesterday", "گزرا کل";
    overdue: "Overdue", "تاخیر شدہ";
    no_date: "No date", "بغیر تاریخ";

    // Lists
    add: "Add a task", "کام شامل کریں";
    add_hint: "Try “call mom every sunday at 3pm #family”", "مثلاً: ہر اتوار شام 5 بجے امی کو فون کرنا ہے";
    add_button: "Add", "شامل کریں";
    understood: "Understood as", "یوں سمجھا گیا";
    keep_as_text: "Keep as text", "بطور متن رکھیں";
    find: "Find", "تلاش";
    more: "Show more", "مزید دکھائیں";
    none_today: "Nothing is due today. Enjoy it, or add a task above.", "آج کچھ کرنا باقی نہیں۔ لطف اٹھائیں، یا اوپر کام شامل کریں۔";
    none_upcoming: "Nothing is due in the days to come.", "آنے والے دنوں میں کچھ باقی نہیں۔";
    none_all: "No tasks here. Add one above.", "یہاں کوئی کام نہیں۔ اوپر شامل کریں۔";
    none_completed: "Nothing has been completed yet.", "ابھی تک کچھ مکمل نہیں ہوا۔";
    none_trash: "The trash is empty. What comes here is kept for 30 days.", "ردی خالی ہے۔ یہاں کی چیزیں 30 دن رکھی جاتی ہیں۔";
    none_found: "No task has these words.", "ان الفاظ والا کوئی کام نہیں۔";
    high: "high priority", "اہم";
    low: "low priority", "کم اہم";
    repeats: "Repeats", "دہرایا جاتا ہے";
    restore: "Restore", "واپس لائیں";
    purge: "Delete for good", "ہمیشہ کے لیے مٹائیں";

    // A task
    title: "Title", "عنوان";
    notes: "Notes", "نوٹ";
    due: "Due", "وقت";
    time: "Time", "گھڑی";
    time_hint: "empty: some time that day", "خالی: اس دن کسی وقت";
    priority: "Priority", "اہمیت";
    priority_low: "Low", "کم";
    priority_medium: "Medium", "درمیانی";
    priority_high: "High", "زیادہ";
    tags: "Tags", "ٹیگ";
    tags_hint: "with commas between them", "درمیان میں کوما";
    repeat: "Repeat", "دہرائیں";
    repeat_hint: "such as FREQ=WEEKLY;BYDAY=MO, or daily, weekly, monthly, yearly", "مثلاً FREQ=WEEKLY;BYDAY=MO یا daily, weekly, monthly, yearly";
    scope: "Changes concern", "تبدیلی کس کے لیے";
    scope_auto: "this one's date, all else for the series", "تاریخ صرف اس کی، باقی پورے سلسلے کی";
    scope_this: "this one alone", "صرف یہ";
    scope_series: "the whole series", "پورا سلسلہ";
    save: "Save", "محفوظ کریں";
    complete: "Complete", "مکمل کریں";
    reopen: "Reopen", "دوبارہ کھولیں";
    skip_one: "Skip this one", "اسے چھوڑ دیں";
    move_to_trash: "Move to trash", "ردی میں ڈالیں";
    is_completed: "This task is completed.", "یہ کام مکمل ہے۔";
    reminders: "Reminders", "یاد دہانیاں";
    no_reminders: "No reminders.", "کوئی یاد دہانی نہیں۔";
    how: "How", "کیسے";
    by_email: "E-mail", "ای میل";
    by_push: "Notification", "اطلاع";
    by_webhook: "Webhook or ntfy", "ویب ہُک یا ntfy";
    when: "When", "کب";
    at_due: "when it is due", "عین وقت پر";
    before_10m: "10 minutes before", "10 منٹ پہلے";
    before_1h: "1 hour before", "1 گھنٹہ پہلے";
    before_1d: "1 day before", "1 دن پہلے";
    before_1w: "1 week before", "1 ہفتہ پہلے";
    address: "Address", "پتہ";
    address_hint: "of a webhook, such as ntfys://ntfy.sh/my-topic", "ویب ہُک کا، مثلاً ntfys://ntfy.sh/my-topic";
    add_reminder: "Add a reminder", "یاد دہانی شامل کریں";
    snooze: "Snooze 10 minutes", "10 منٹ بعد";
    cancel: "Cancel", "منسوخ کریں";
    pending: "to come", "آنی ہے";
    sending: "on its way", "راستے میں";
    sent: "sent", "بھیج دی گئی";
    failed: "failed", "ناکام";
    cancelled: "cancelled", "منسوخ";
    next_dates: "Next dates", "اگلی تاریخیں";
    no_dates: "It doesn't come back after this one.", "اس کے بعد یہ دوبارہ نہیں آئے گا۔";
    history: "History", "تاریخچہ";
    undo_last: "Undo last change", "آخری تبدیلی واپس لیں";
    no_history: "Its history appears here in a moment.", "اس کا تاریخچہ تھوڑی دیر میں آئے گا۔";

    // What happened
    was_created: "created", "بنایا گیا";
    was_updated: "changed", "بدلا گیا";
    was_completed: "completed", "مکمل ہوا";
    was_reopened: "reopened", "دوبارہ کھولا گیا";
    was_deleted: "deleted", "مٹایا گیا";
    was_purged: "deleted for good", "ہمیشہ کے لیے مٹایا گیا";
    was_scheduled: "scheduled", "مقرر ہوئی";
    was_due: "came due", "وقت آ گیا";
    was_sent: "sent", "بھیجی گئی";
    was_failed: "failed", "ناکام ہوئی";
    was_cancelled: "cancelled", "منسوخ ہوئی";
    was_snoozed: "put off", "مؤخر ہوئی";
    was_ended: "ended", "ختم ہوا";
    was_revoked: "revoked", "منسوخ ہوا";
    of_task: "Task", "کام";
    of_reminder: "Reminder", "یاد دہانی";
    of_session: "Log-in", "لاگ اِن";
    of_token: "Access token", "رسائی ٹوکن";
    of_user: "Account", "اکاؤنٹ";
    of_webhook: "Webhook", "ویب ہُک";
    of_conversation: "Conversation", "گفتگو";
    by_system: "by Spindle", "سپنڈل نے";
    no_activity: "Nothing has happened yet.", "ابھی کچھ نہیں ہوا۔";
    one_story: "Everything that one request led to, in the order in which it happened.", "ایک درخواست سے جو کچھ ہوا، اسی ترتیب میں۔";
    follow: "Follow", "پیروی کریں";
    whole_trail: "Show all activity", "پوری سرگرمی دکھائیں";

    // Chat
    message: "Message", "پیغام";
    send: "Send", "بھیجیں";
    chat_hint: "Say what you want: “what is due today?”, “move the report to friday”, “undo”.", "جو چاہیں لکھیں: ”آج کیا کرنا ہے؟“";
    forget: "Forget this conversation", "یہ گفتگو بھلا دیں";

    // Settings
    zone_and_language: "Time zone and language", "ٹائم زون اور زبان";
    time_zone: "Time zone", "ٹائم زون";
    language: "Language", "زبان";
    reminders_by_mail: "Reminders may come by e-mail", "یاد دہانیاں ای میل سے آ سکتی ہیں";
    password: "Password", "پاس ورڈ";
    password_hint: "10 characters or more", "کم از کم 10 حروف";
    current_password: "Current password", "موجودہ پاس ورڈ";
    new_password: "New password", "نیا پاس ورڈ";
    change_password: "Change the password", "پاس ورڈ بدلیں";
    password_ends: "This ends every log-in, this one too.", "اس سے ہر لاگ اِن ختم ہو جائے گا، یہ بھی۔";
    tokens: "Access tokens", "رسائی ٹوکن";
    tokens_hint: "For scripts and AI assistants. A token is shown once.", "اسکرپٹس اور اے آئی معاونین کے لیے۔ ٹوکن ایک بار دکھایا جاتا ہے۔";
    name: "Name", "نام";
    may: "May", "اجازت";
    make_token: "Make a token", "ٹوکن بنائیں";
    revoke: "Revoke", "منسوخ کریں";
    last_used: "last used", "آخری استعمال";
    never_used: "never used", "کبھی استعمال نہیں ہوا";
    webhooks: "Webhooks", "ویب ہُک";
    webhooks_hint: "Addresses that your events are posted to, signed.", "پتے جن پر آپ کے واقعات دستخط کے ساتھ بھیجے جاتے ہیں۔";
    add_webhook: "Add a webhook", "ویب ہُک شامل کریں";
    inactive: "inactive", "بند";
    remove: "Remove", "ہٹائیں";
    notifications: "Notifications", "اطلاعات";
    notifications_hint: "Reminders appear in this browser, also while this page is closed.", "یاد دہانیاں اس براؤزر میں آئیں گی، چاہے یہ صفحہ بند ہو۔";
    notify_here: "Turn on notifications here", "یہاں اطلاعات چالو کریں";
    no_push: "Whoever runs this Spindle has not turned notifications on (spindle vapid).", "اس سپنڈل پر اطلاعات بند ہیں (spindle vapid)۔";
    log_out: "Log out", "لاگ آؤٹ";
    local_mode: "This is local mode: whoever is at this machine is its one user, and nobody logs in.", "یہ مقامی موڈ ہے: اس مشین پر ایک ہی صارف ہے اور لاگ اِن نہیں ہوتا۔";

    // Entry
    log_in: "Log in", "لاگ اِن";
    sign_up: "Create an account", "اکاؤنٹ بنائیں";
    create_account: "Create account", "اکاؤنٹ بنائیں";
    email: "E-mail", "ای میل";
    have_account: "I have an account", "میرا اکاؤنٹ ہے";
    tagline: "A to-do list that you talk to.", "کاموں کی فہرست جس سے آپ بات کریں۔";

    // What the script says
    undo: "Undo", "واپس";
    dismiss: "Dismiss", "ہٹائیں";
    added_notice: "Added:", "شامل ہوا:";
    done_notice: "Completed:", "مکمل ہوا:";
    reopened_notice: "Reopened:", "دوبارہ کھولا:";
    deleted_notice: "In the trash:", "ردی میں:";
    purged_notice: "Deleted for good:", "ہمیشہ کے لیے مٹایا:";
    restored_notice: "Restored:", "واپس آیا:";
    saved_notice: "Saved", "محفوظ ہوا";
    undone_notice: "The last change is taken back", "آخری تبدیلی واپس لی گئی";
    refused_notice: "This didn't work:", "یہ نہیں ہو سکا:";
    kept_notice: "No connection. It is kept and sent when there is one:", "رابطہ نہیں۔ محفوظ ہے، رابطہ ہونے پر بھیجا جائے گا:";
    changed_notice: "It was changed elsewhere meanwhile. What you typed is still here, and the rest is as it is now; do it again if you still want it.", "اس دوران کہیں اور سے بدلا گیا۔ آپ کا لکھا ہوا یہاں ہے اور باقی تازہ ہے؛ اب بھی چاہیں تو دوبارہ کریں۔";
    no_answer_notice: "Spindle doesn't answer. Please try again.", "سپنڈل جواب نہیں دے رہا۔ دوبارہ کوشش کریں۔";
    really_log_out: "These changes have not been sent yet, and are lost if you log out now:", "یہ تبدیلیاں ابھی نہیں بھیجی گئیں، لاگ آؤٹ کرنے سے ضائع ہو جائیں گی:";
    really_purge: "Delete it for good? This can't be undone.", "ہمیشہ کے لیے مٹائیں؟ یہ واپس نہیں ہو سکتا۔";
    secret_notice: "Copy it now; it is not shown again:", "ابھی نقل کر لیں؛ دوبارہ نہیں دکھایا جائے گا:";
    rule_notice: "Nobody understands how it repeats:", "دہرانے کا طریقہ سمجھ نہیں آیا:";
    push_on_notice: "Reminders appear in this browser from now on", "اب یاد دہانیاں اس براؤزر میں آئیں گی";
    push_denied_notice: "This browser doesn't allow notifications for this page", "یہ براؤزر اس صفحے کی اطلاعات کی اجازت نہیں دیتا";
}

impl Words {
    /// Its tag (BCP 47).
    pub fn tag(&self) -> &'static str {
        match self.tongue {
            Tongue::English => "en",
            Tongue::Urdu => "ur",
        }
    }

    /// How it runs, as HTML's `dir` says it.
    pub fn direction(&self) -> &'static str {
        match self.tongue {
            Tongue::English => "ltr",
            Tongue::Urdu => "rtl",
        }
    }

    /// What the script says, by the names that it has for it.
    pub fn of_script(&self) -> serde_json::Value {
        serde_json::json!({
            "undo": self.undo,
            "dismiss": self.dismiss,
            "add": self.added_notice,
            "complete": self.done_notice,
            "reopen": self.reopened_notice,
            "delete": self.deleted_notice,
            "purge": self.purged_notice,
            "restore": self.restored_notice,
            "saved": self.saved_notice,
            "undone": self.undone_notice,
            "refused": self.refused_notice,
            "kept": self.kept_notice,
            "changed": self.changed_notice,
            "noAnswer": self.no_answer_notice,
            "reallyLogOut": self.really_log_out,
            "reallyPurge": self.really_purge,
            "secret": self.secret_notice,
            "rule": self.rule_notice,
            "pushOn": self.push_on_notice,
            "pushDenied": self.push_denied_notice,
            "keepAsText": self.keep_as_text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_tag() {
        for (tag, expected) in
            [("ur", "ur"), ("ur-PK", "ur"), ("en", "en"), ("", "en"), ("uru", "en")]
        {
            assert_eq!(words(tag).tag(), expected, "{tag}");
        }
        assert_eq!((words("ur").direction(), words("en").direction()), ("rtl", "ltr"));
    }
}
