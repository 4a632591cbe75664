"""What the site tells people, and the ways it reaches them.

A `Notice` is one thing told to one person: its kind (declared by the room that speaks), the
values its sentence needs, and where to go next. Its `key` makes telling idempotent: the same
event tells the same person once, however often it is retried.

A `Message` is the same thing on its way out of the site, by SMS or mail: the outbox. It is
written in the transaction of its event, so that it exists exactly when the event happened; a
relay sends it, at least once, always under the same `stable_id`. Once it is sent its text is
blanked, for it may hold a secret link.

A `WayBack` is a one-time link into an account that nobody else can open any more.

A `Choice` and the `Preferences` are what a person said about being reached. A `Link` lets
somebody without an account do one thing; only the hash of its token is kept.

A `Code` is six digits sent to one number or address, for one purpose about one subject; whoever
types them holds it. Only a keyed hash is kept, and the row counts how often it was tried.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.notices.states import Channel, MessageState
from courses.people.models import User


class Notice(models.Model):
    """One thing told to one person, in the site itself."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=60)
    values = models.JSONField(_("values"), default=dict)
    path = models.CharField(_("where to go"), max_length=200)
    key = models.CharField(max_length=120)
    told_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ["-told_at", "-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"], name="an_event_is_told_once_to_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient_id}"


class Message(models.Model):
    """One text on its way to one mobile number or e-mail address."""

    stable_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel)
    to = models.CharField(_("to"), max_length=254)
    recipient = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(max_length=120)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=MessageState, default=MessageState.WAITING
    )
    not_before = models.DateTimeField(_("not before"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    last_error = models.CharField(_("last error"), max_length=120, blank=True)
    made_at = models.DateTimeField(_("made at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    # The journal outside the database knows that it went.
    in_journal = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "to", "key"], name="an_event_goes_out_once_to_an_address"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="a_message_goes_by_a_known_channel"
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (Q(state__in=[MessageState.WAITING, MessageState.DEAD], sent_at__isnull=True)),
                name="only_a_sent_message_has_a_time_of_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.SENT) | Q(text="", subject=""),
                name="a_sent_message_keeps_no_text",
            ),
            models.CheckConstraint(
                condition=~Q(to=""), name="a_message_has_an_address"
            ),
            models.CheckConstraint(
                condition=Q(lease_until__isnull=True, lease_owner="")
                | (Q(lease_until__isnull=False, state=MessageState.WAITING) & ~Q(lease_owner="")),
                name="a_lease_has_an_owner_and_a_waiting_message",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["not_before", "id"],
                condition=Q(state=MessageState.WAITING),
                name="messages_that_wait",
            ),
            models.Index(
                fields=["id"],
                condition=Q(state=MessageState.SENT, in_journal=False),
                name="messages_the_journal_lacks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.stable_id}"

    @property
    def masked_to(self) -> str:
        """Return the address as a keeper may see it: enough to recognise, too little to use."""
        if self.channel == Channel.SMS:
            return f"0{self.to[3:6]} ••• {self.to[-2:]}"
        name, _at, domain = self.to.rpartition("@")
        return f"{name[:1]}•••@{domain}"


class Choice(models.Model):
    """A person wants, or does not want, one kind of notice by one channel."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel)
    on = models.BooleanField(_("on"))

    class Meta:
        verbose_name = _("choice of channel")
        verbose_name_plural = _("choices of channel")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "channel"], name="a_channel_is_chosen_once_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="a_choice_is_of_a_known_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.channel} {self.on}"


class Preferences(models.Model):
    """When a person does not want to be disturbed; empty means the house's quiet hours."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="notice_preferences"
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"


class Link(models.Model):
    """A way for whoever holds its token to do one thing about one subject, until it ends."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(_("purpose"), max_length=60)
    subject = models.CharField(_("subject"), max_length=120)
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="a_link_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("made_at")),
                name="a_link_is_closed_after_it_was_made",
            ),
        ]
        indexes = [models.Index(fields=["purpose", "subject"], name="links_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject}"


# So often may a code be typed; the right one counts too.
MOST_TRIES = 5


class Code(models.Model):
    """Six digits on their way to one number or address, good once and for a short time.

    A code that does not go out (`goes_out` False) is asked for, tried and outdated like any
    other: nobody can see from outside whether there was somebody to send it to.

    `known_by` is what the number or address knows of who asked: the hash of a browser's token, or
    the holder of a link that went to it. Empty for a stranger.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    purpose = models.CharField(_("purpose"), max_length=60)
    subject = models.CharField(_("subject"), max_length=254)
    channel = models.CharField(_("channel"), max_length=4, choices=Channel)
    to = models.CharField(_("to"), max_length=254)
    code_hash = models.CharField(max_length=64, editable=False)
    asked_from = models.CharField(_("asked from"), max_length=45, blank=True)
    known_by = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    goes_out = models.BooleanField(_("goes out"), default=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    made_at = models.DateTimeField(_("made at"), db_index=True)
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="a_code_expires_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(tries__lte=MOST_TRIES), name="a_code_is_tried_a_few_times"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(goes_out=True, tries__gte=1),
                name="a_used_code_was_sent_and_tried",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="a_code_goes_by_a_known_channel"
            ),
            models.CheckConstraint(condition=~Q(to=""), name="a_code_has_an_address"),
        ]
        indexes = [
            models.Index(fields=["to", "made_at"], name="codes_to_an_address"),
            models.Index(fields=["asked_from", "made_at"], name="codes_asked_from"),
            models.Index(fields=["purpose", "subject", "made_at"], name="codes_of_a_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"


class WayBack(models.Model):
    """A one-time link into an account whose owner lost password and number: who gave it, and why.

    A registrar gives it to a student of her own school alone; into every other account two keepers
    give it, of whom one asks and the other approves. `link` is there once it was made.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="ways_back")
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True)
    link = models.OneToOneField(Link, on_delete=models.PROTECT, null=True, related_name="way_back")
    # The owner came in before it was approved: nobody needs it any more.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("way back")
        verbose_name_plural = _("ways back")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
                name="who_approves_a_way_back_has_not_asked",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("user")) & (Q(approved_by__isnull=True)
                                                    | ~Q(approved_by=F("user"))),
                name="nobody_gives_themselves_a_way_back",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, link__isnull=False),
                name="an_approved_way_back_has_its_link",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(link__isnull=True),
                name="a_withdrawn_way_back_has_no_link",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user_id} {self.public_id}"
