"""People: who signs in, what is known of them, and who may consent for them.

A `User` is the account: what it takes to sign in and to be addressed. A student made by a school
has a user name and nothing else. A mobile or an e-mail counts once it is proven by a code sent to
it; until then it is something somebody typed. A family shares a telephone, so a proven number may
serve several accounts.

A `PersonalRecord` holds what must be seen by nobody who need not: birth date, sex, the hash of
the national code, where home roughly is. It is a table of its own so that no list of users, in
Wagtail's admin or elsewhere, can show it by accident.

A `Guardian` is a student's legal representative; a `Consent` is the fact that a guardian agreed
to something, in which words, through which channel and when, and whether it was taken back.

A `Device` is a browser somebody has wholly signed in with: it remembers a random token, we its
hash. One browser may be known to several accounts, as a family's telephone is.
"""

from datetime import date

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from courses.kit.calendars import full_years
from courses.kit.models import new_public_id


class User(AbstractUser):
    """Somebody with an account. Roles are memberships in organisations, never flags here."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    # Null, not empty: many have none.
    mobile = models.CharField(  # noqa: DJ001
        _("mobile"), max_length=13, null=True, blank=True, db_index=True
    )
    # When a code sent there came back; empty for what was only typed.
    mobile_proven_at = models.DateTimeField(_("mobile proven at"), null=True, blank=True)
    email_proven_at = models.DateTimeField(_("e-mail proven at"), null=True, blank=True)
    # Whoever holds the telephone is asked the password too: a brother's hand, a borrowed phone.
    asks_password = models.BooleanField(
        _("asks the password beside a code"), default=False, db_default=False
    )
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta(AbstractUser.Meta):
        verbose_name = _("person")  # type: ignore[assignment]
        verbose_name_plural = _("people")  # type: ignore[assignment]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(email_proven_at__isnull=False),
                name="a_proven_email_belongs_to_one_person",
            ),
            models.CheckConstraint(
                condition=Q(mobile_proven_at__isnull=True) | Q(mobile__isnull=False),
                name="a_proven_mobile_is_there",
            ),
            models.CheckConstraint(
                condition=Q(email_proven_at__isnull=True) | ~Q(email=""),
                name="a_proven_email_is_there",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def proven_mobile(self) -> str | None:
        """Return the mobile number where it is proven: the only one that receives anything."""
        return self.mobile if self.mobile_proven_at else None

    @property
    def proven_email(self) -> str:
        """Return the e-mail address where it is proven, else nothing."""
        return self.email if self.email_proven_at else ""

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what every session is held against: password and proven number.

        A change of either ends all sessions, wherever they are kept, but for the one that made it.
        """
        mobile = self.proven_mobile
        if mobile is None:
            return super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return salted_hmac(
            "courses.people.session", f"{self.password}\0{mobile}", secret=secret,
            algorithm="sha256",
        ).hexdigest()  # fmt: skip


class Device(models.Model):
    """A browser that an account knows."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64, editable=False)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("known device")
        verbose_name_plural = _("known devices")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "token_hash"], name="an_account_knows_a_device_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.first_seen:%Y-%m-%d}"


class Sex(models.TextChoices):
    """Schools are for girls, for boys or for both; nothing else in the house asks."""

    GIRL = "girl", _("girl")
    BOY = "boy", _("boy")


class PersonalRecord(models.Model):
    """What is known of a person beyond the account."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="record"
    )
    birth_date = models.DateField(_("birth date"))
    sex = models.CharField(_("sex"), max_length=4, choices=Sex)
    national_code_hash = models.CharField(  # noqa: DJ001
        max_length=64, null=True, blank=True, editable=False
    )
    national_code_end = models.CharField(_("last digits"), max_length=4, blank=True)
    grade = models.PositiveSmallIntegerField(_("school grade"), null=True, blank=True)
    prior_field = models.CharField(_("field studied before"), max_length=80, blank=True)
    home_locality = models.CharField(_("home"), max_length=120, blank=True)
    home_lat = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    home_lon = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("personal record")
        verbose_name_plural = _("personal records")
        constraints = [
            models.UniqueConstraint(
                fields=["national_code_hash"], name="a_national_code_belongs_to_one_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"

    def age_on(self, day: date) -> int:
        """Return the age in full years."""
        return full_years(self.birth_date, day)


class Relation(models.TextChoices):
    """How a guardian is related (Civil Code 1180: father and paternal grandfather first)."""

    FATHER = "father", _("father")
    MOTHER = "mother", _("mother")
    GRANDFATHER = "grandfather", _("paternal grandfather")
    APPOINTED = "appointed", _("appointed guardian")


class Origin(models.TextChoices):
    """Who typed a guardian's number; of rows older than the question nobody knows."""

    STUDENT = "student", _("the student")
    SCHOOL = "school", _("the school")
    FILE = "file", _("a file of the school")
    UNKNOWN = "unknown", _("not known")


class LookVerdict(models.TextChoices):
    """What the school found of a number that gave reason to look."""

    GUARDIAN = "guardian", _("it is the guardian's number")
    STRUCK = "struck", _("it is not; struck out")


class Guardian(models.Model):
    """A student's legal representative; reached by mobile, without an account.

    `origin`, `named_by` and `named_at` say who typed the number. A number may give reason to look
    (see `courses.enrolment.queries.guardians`); `looked_*` is what the school found, and
    `looked_at_marks` the reasons it has seen: a new one asks for a new look. Who was struck out
    stays as history and is neither asked nor heard.
    """

    student = models.ForeignKey(User, on_delete=models.CASCADE, related_name="guardians")
    full_name = models.CharField(_("name"), max_length=120)
    relation = models.CharField(_("relation"), max_length=12, choices=Relation)
    mobile = models.CharField(_("mobile"), max_length=13, db_index=True)
    origin = models.CharField(
        _("typed by"), max_length=7, choices=Origin, default=Origin.UNKNOWN,
        db_default=Origin.UNKNOWN,
    )  # fmt: skip
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    named_at = models.DateTimeField(_("typed at"), null=True)
    looked_verdict = models.CharField(
        _("found"), max_length=8, choices=LookVerdict, blank=True, default="", db_default=""
    )
    looked_at_marks = models.JSONField(null=True)
    looked_reason = models.CharField(
        _("how it was found out"), max_length=300, blank=True, default="", db_default=""
    )
    looked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    looked_at = models.DateTimeField(_("looked at"), null=True)
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        verbose_name = _("guardian")
        verbose_name_plural = _("guardians")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "mobile"], name="a_guardian_stands_once_by_a_student"
            ),
            models.CheckConstraint(
                condition=Q(looked_verdict="", looked_by__isnull=True, looked_at__isnull=True)
                | (~Q(looked_verdict="") & ~Q(looked_reason="") & Q(looked_by__isnull=False)
                   & Q(looked_at__isnull=False)),
                name="a_look_has_who_when_and_why",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.full_name


class ConsentChannel(models.TextChoices):
    """How a consent reached us."""

    PAPER = "paper", _("on paper")
    IN_PERSON = "in_person", _("in person")
    SMS = "sms", _("by SMS link")


class Consent(models.Model):
    """A guardian agreed to something for a student."""

    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, related_name="consents")
    scope = models.CharField(_("to what"), max_length=80)
    text_version = models.CharField(_("version of the text"), max_length=20)
    channel = models.CharField(_("channel"), max_length=10, choices=ConsentChannel)
    given_at = models.DateTimeField(_("given at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # Given through a number that gives reason to look: it counts once the school has looked.
    waits = models.BooleanField(_("waits for a look"), default=False, db_default=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "scope"],
                condition=Q(revoked_at__isnull=True),
                name="one_standing_consent_per_scope",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=models.F("given_at")),
                name="a_consent_is_revoked_after_it_was_given",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} {self.scope}"


class SignInKind(models.TextChoices):
    """What happened at the door."""

    SUCCESS = "success", _("signed in")
    FAILURE = "failure", _("wrong name or password")
    CODE = "code", _("wrong code")
    LIMITED = "limited", _("too many tries")
    REFUSED = "refused", _("refused access")
    PASSWORD = "password", _("new password")
    SIGN_OUT = "sign_out", _("signed out")


class SignInWay(models.TextChoices):
    """What somebody showed first at the door."""

    PASSWORD = "password", _("password")
    CODE = "code", _("SMS code")
    LINK = "link", _("one-time link")
    RESET = "reset", _("reset of the password")


class SecondStep(models.TextChoices):
    """What somebody showed after that, in allauth's own words for it."""

    TOTP = "totp", _("code of an app")
    PASSKEY = "webauthn", _("passkey")
    RECOVERY_CODE = "recovery_codes", _("recovery code")


class SignInEvent(models.Model):
    """One line of the sign-in log, which ends after a set time.

    Nothing of it names somebody who is not there: the name typed and the address are kept as keyed
    hashes, to compare by; the network and the kind of browser to recognise oneself by.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    kind = models.CharField(_("kind"), max_length=8, choices=SignInKind)
    account = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, related_name="sign_in_events"
    )
    name_hash = models.CharField(max_length=32, blank=True, db_index=True)
    address_hash = models.CharField(max_length=32, blank=True)
    network = models.CharField(_("network"), max_length=45, blank=True)
    agent = models.CharField(_("browser"), max_length=40, blank=True)
    route = models.CharField(_("where"), max_length=80, blank=True)
    # Empty where nothing tells it, as in lines that were written before these were kept.
    way = models.CharField(
        _("by which way"), max_length=8, choices=SignInWay, blank=True, default="", db_default=""
    )
    second = models.CharField(
        _("second step"), max_length=14, choices=SecondStep, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("sign-in event")
        verbose_name_plural = _("sign-in log")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SignInKind.values), name="a_sign_in_event_is_of_a_known_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id or self.name_hash[:8]}"

    @property
    def ways(self) -> list[str]:
        """Return what was shown, first to last, in words."""
        shown = [self.get_way_display(), self.get_second_display()]
        return [str(words) for words in shown if words]
