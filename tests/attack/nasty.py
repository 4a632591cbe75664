"""What nobody types by mistake twice, and what programs send that people never would."""

NASTY = [
    "", " ", "0", "-1", "1", "9" * 30, "1e309", "nan", "inf", "1.5", "９", "²", "½", "۱۲", "١٢٣",
    "9223372036854775808", "-9223372036854775809", "2147483648", "0x10", "1_000", "+1",
    "\x00", "a\x00b", "\ud800", "\u202e\u200f", "\u200c", "\ufeff", "😀" * 300, "x" * 256,
    "x" * 20_000, "ي" * 300, "'", "' OR 1=1--", "\"><script>window.zq=1</script>", "{{7*7}}",
    "${7*7}",
    "%s%n%x", "{0.__class__}", "../../../etc/passwd", "..%2f..%2f", "\r\nX-Evil: 1",
    "=HYPERLINK(1)",
    "null", "None", "true", "[]", "{}", "[[]]", '{"a":', "[object Object]", "undefined",
    "1399/13/40", "0000/00/00", "9999/99/99", "1405/12/30", "1404/12/30", "1405/9/2", "2024-02-30",
    "2024-02-30T99:99", "24:00", "25:61", "۸:۳۰", "0001-01-01", "9999-12-31T23:59:59.999999",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "+98914", "09140000000", "a@b", "a@" + "b" * 250, "javascript:alert(1)", "//evil.example/",
    "https://evil.example/", "on", "off", "A" * 63 + ".", "/", "//", "?", "#", "%", "%00", "%ff",
]  # fmt: skip

# Names that some view or library reads from the address or the form.
FIELDS = [
    "q", "page", "p", "o", "ordering", "filter", "search", "locale", "lang", "next", "action",
    "id",
    "pk", "ids", "object_id", "content_type", "content_type_id", "collection_id", "collection",
    "tag",
    "tags", "title", "slug", "file", "files[]", "export", "fields", "limit", "offset", "order",
    "child_of", "parent_page_id", "page_type", "user", "from", "to", "term", "multiple", "mode",
    "comments-TOTAL_FORMS", "form-TOTAL_FORMS", "form-INITIAL_FORMS", "body-count", "body",
    "password", "login", "code", "birth_date", "mobile", "email", "reason", "sure", "answer",
    "version", "wish", "policy", "only", "csrfmiddlewaretoken", "revision", "usage", "confirm",
]  # fmt: skip
