"""Forty texts that become a program where a page forgets to escape, and where they are written.

Each calls `zq`, which a page opened by the test reports, and leaves an element of its own, so that
what a content policy stops is seen too.
"""

from typing import Any

from django.apps import apps
from django.db import Error, models, transaction
from wagtail.blocks import CharBlock, ListBlock, StreamBlock, StructBlock, TextBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

MARK = "ZQX"
_ELEMENT = f"<i class={MARK}>"
PAYLOADS = [
    f"<script>zq()</script>{_ELEMENT}",
    f"</script><script>zq()</script>{_ELEMENT}",
    f'"><script>zq()</script>{_ELEMENT}',
    f"'><script>zq()</script>{_ELEMENT}",
    f"<img src=x onerror=zq() class={MARK}>",
    f'"><img src=x onerror=zq() class={MARK}>',
    f"'><img src=x onerror=zq() class={MARK}>",
    f"<svg onload=zq() class={MARK}>",
    f"<svg/onload=zq() class={MARK}>",
    f"<body onload=zq() class={MARK}>",
    f"<iframe srcdoc='<script>parent.zq()</script>' class={MARK}></iframe>",
    f"<details open ontoggle=zq() class={MARK}>",
    f"<input autofocus onfocus=zq() class={MARK}>",
    f"<a href=javascript:zq() class={MARK}>a</a>",
    f"<math><mi xlink:href=javascript:zq() class={MARK}>",
    f'" onmouseover=zq() autofocus onfocus=zq() class={MARK} x="',
    f"' onmouseover=zq() autofocus onfocus=zq() class={MARK} x='",
    f"` onfocus=zq() class={MARK} x=`",
    f"</title><script>zq()</script>{_ELEMENT}",
    f"</textarea><script>zq()</script>{_ELEMENT}",
    f"</style><script>zq()</script>{_ELEMENT}",
    f"--><script>zq()</script>{_ELEMENT}",
    f"]]><script>zq()</script>{_ELEMENT}",
    f"</template><script>zq()</script>{_ELEMENT}",
    f"</noscript><script>zq()</script>{_ELEMENT}",
    f"</option></select><img src=x onerror=zq() class={MARK}>",
    f"&lt;img src=x onerror=zq() class={MARK}&gt;",
    f"&#60;img src=x onerror=zq() class={MARK}&#62;",
    f"\\u003cimg src=x onerror=zq() class={MARK}\\u003e",
    f"%3Cimg src=x onerror=zq() class={MARK}%3E",
    f"{{{{constructor.constructor('zq()')()}}}}{MARK}",
    f"${{zq()}}{MARK}",
    f"';zq();//{MARK}",
    f'";zq();//{MARK}',
    f"\\';zq();//{MARK}",
    f"javascript:zq()//{MARK}",
    f"data:text/html,<script>zq()</script>{MARK}",
    f"<b style=x:expression(zq()) class={MARK}>",
    f"<object data=javascript:zq() class={MARK}>",
    f"<form action=javascript:zq() class={MARK}><button autofocus>a",
]

# Texts of the machine, not of people: what they say is decided by code.
MACHINES = {
    "action", "app_label", "avatar", "backend_name", "capacity_unit", "channel", "code",
    "codename", "color", "commitment", "content_hash", "current_time_zone", "digest", "email",
    "file", "file_hash", "from_state", "hash", "hostname", "key", "kind", "language_code",
    "lease_owner", "locale", "mobile", "model", "name_key", "national_code_end",
    "national_code_hash", "natural_key", "object_id", "object_kind", "password", "path",
    "preferred_language", "pseudonym", "purpose", "queue_name", "root_url", "scope", "seal",
    "seed", "session_data", "session_key", "slug", "state", "subject", "subject_key", "table_key",
    "task_path", "text_version", "to", "to_state", "token_hash", "translation_key", "url_path",
    "username", "uuid", "verb", "worker_ids",
}  # fmt: skip
THEIRS = {
    "wagtailcore.page", "wagtailcore.collection", "wagtailcore.comment", "wagtailcore.commentreply",
    "wagtailcore.workflow", "wagtailcore.task", "wagtailcore.site", "wagtailimages.image",
    "wagtaildocs.document", "taggit.tag",
}  # fmt: skip


def portions(longest: int | None) -> list[str]:
    """Return the payloads packed into texts of at most so many signs; None has no limit."""
    packed: list[str] = []
    for payload in PAYLOADS:
        if longest is not None and len(payload) > longest:
            continue
        if packed and (longest is None or len(packed[-1]) + len(payload) <= longest):
            packed[-1] += payload
        else:
            packed.append(payload)
    return packed


def plant() -> dict[str, int]:
    """Write the payloads into every text field of the database; rows written by field's label."""
    written: dict[str, int] = {}
    for model in apps.get_models():
        ours = model.__module__.startswith(("courses.", "javar."))
        if not (ours or model._meta.label_lower in THEIRS) or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if _is_text(field):
                written[f"{model._meta.label}.{field.name}"] = _write(model, field)
            elif isinstance(field, StreamField):
                written[f"{model._meta.label}.{field.name}"] = _write_stream(model, field)
    for page in Page.objects.order_by("pk")[:40]:
        page.specific.save_revision(clean=False)
    return {name: rows for name, rows in written.items() if rows}


def _is_text(field: Any) -> bool:
    text = isinstance(field, models.CharField | models.TextField | models.JSONField)
    skipped = isinstance(field, RichTextField | StreamField | models.SlugField | models.URLField)
    told = isinstance(field, models.JSONField) and field.name != "values"
    free = not field.choices and not field.unique and field.name not in MACHINES
    return bool(text and not skipped and not told and free)


def _write(model: type[models.Model], field: Any) -> int:
    told = isinstance(field, models.JSONField)
    texts = portions(None if told else field.max_length)
    if not texts:
        return 0
    rows = 0
    for number, row in enumerate(model._base_manager.order_by("pk")[:200]):
        text: Any = texts[number % len(texts)]
        if told:
            now = getattr(row, field.name) or {}
            text = {k: text if isinstance(v, str) else v for k, v in now.items()}
        try:
            with transaction.atomic():
                rows += model._base_manager.filter(pk=row.pk).update(**{field.name: text})
        except Error:
            continue  # a constraint or a trigger says that nobody can write here
    return rows


def _write_stream(model: type[models.Model], field: StreamField) -> int:
    rows = 0
    for row in model._base_manager.order_by("pk")[:40]:
        stream = getattr(row, field.name)
        raw = [
            {**one, "value": _bent(stream.stream_block.child_blocks[one["type"]], one["value"])}
            for one in stream.raw_data
            if one["type"] in stream.stream_block.child_blocks
        ]
        setattr(row, field.name, raw)
        model._base_manager.filter(pk=row.pk).update(
            **{field.name: field.to_python(raw) if raw else stream}
        )
        rows += bool(raw)
    return rows


def _bent(block: Any, value: Any) -> Any:
    """Return a block's value with its plain texts replaced."""
    if isinstance(block, CharBlock | TextBlock):
        return "".join(PAYLOADS)
    if isinstance(block, StructBlock) and isinstance(value, dict):
        return {
            name: _bent(block.child_blocks[name], part) if name in block.child_blocks else part
            for name, part in value.items()
        }
    if isinstance(block, ListBlock) and isinstance(value, list):
        return [
            {**one, "value": _bent(block.child_block, one["value"])} if "value" in one else one
            for one in value
            if isinstance(one, dict)
        ]
    if isinstance(block, StreamBlock) and isinstance(value, list):
        return [
            {**one, "value": _bent(block.child_blocks[one["type"]], one["value"])} for one in value
        ]
    return value
