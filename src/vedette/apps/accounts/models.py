"""Organisations and units, users, API tokens, approvals by a second person, and the append-only acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme, new_id

if TYPE_CHECKING:
    from vedette.apps.accounts.sessions import SessionStore


def all_themes() -> list[str]:
    """Every theme: what a new account may see until somebody narrows it."""
    return list(Theme.values)


def all_purposes() -> list[str]:
    """Every purpose: what a new account may ask for until somebody narrows it."""
    return list(Purpose.values)


class Organisation(models.Model):
    """Whose data it is: an administration, a partner agency, a foreign member, an international body."""

    class Kind(models.TextChoices):
        """Who they are to the administration that runs this installation."""

        ADMINISTRATION = "administration", _("administration")
        PARTNER = "partner", _("partner agency")
        FOREIGN = "foreign", _("foreign member")
        INTERNATIONAL = "international", _("international body")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ADMINISTRATION)
    #: ISO 3166 alpha-2.
    country = models.CharField(max_length=2, blank=True)
    #: Demonstration: every page carries the strip.
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A post of an organisation: who works there sees the flights of its airports, and no others."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=200)
    #: IATA codes of the airports it serves.
    airports = ArrayField(models.CharField(max_length=3), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="unit_name"),
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. The role says what may be done; organisation, unit, themes and purposes
    say whose data is seen and what for."""

    class Role(models.TextChoices):
        """What somebody is there for; `rules.py` says what each may do."""

        OFFICER = "officer", _("officer")
        SUPERVISOR = "supervisor", _("supervisor")
        ANALYST = "analyst", _("analyst")
        LIST_MANAGER = "list_manager", _("list manager")
        DPO = "dpo", _("data-protection officer")
        AUDITOR = "auditor", _("auditor")
        ADMINISTRATOR = "administrator", _("administrator")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OFFICER)
    #: None sees the flights of every unit.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    themes = ArrayField(models.CharField(max_length=20), default=all_themes)
    purposes = ArrayField(models.CharField(max_length=20), default=all_purposes)
    #: Since when nobody may sign in with it: unused for too long, or stopped by an administrator.
    suspended_at = models.DateTimeField(null=True, blank=True)
    #: When an administrator last let it be used again: from then on the time without use counts anew.
    reactivated_at = models.DateTimeField(null=True, blank=True)
    #: The password is one that an administrator gave: it is changed before anything else opens.
    password_given = models.BooleanField(default=False, db_default=False)
    #: Chosen by the person; empty until then: the cookie's, else the browser's.
    language = models.CharField(max_length=5, default="", blank=True)
    theme_choice = models.CharField(max_length=5, default="", blank=True)
    #: Rights of the API token that a request came with; None for a session: all rights of the role.
    granted: frozenset[str] | None = None

    def display(self) -> str:
        """Initial and surname, as on the queue: `M. Sarr`."""
        if self.last_name:
            return f"{self.first_name[:1]}. {self.last_name}" if self.first_name else self.last_name
        return self.username


class Session(AbstractBaseSession):
    """Somebody signed in, or on the way there: `sessions.py` reads and writes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    #: Last use by a hand; what a page asks for by itself is none.
    active_at = models.DateTimeField()

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        """What reads its cipher."""
        from vedette.apps.accounts.sessions import SessionStore

        return SessionStore


class Refusal(models.Model):
    """How often a kind of entry was refused in one minute, at one account where it was one's: a flood
    becomes one act a minute."""

    #: The act it becomes, e.g. `token.refused`.
    act = models.CharField(max_length=40)
    #: Id of the account; None where the name or token given is nobody's.
    about = models.UUIDField(null=True)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["act", "minute", "about"], name="refusal_minute", nulls_distinct=False
            ),
        ]


class ApiToken(models.Model):
    """A machine's way in: only the hash is kept; the value is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    #: Rights of `rules.RULES` it may use, of those that its user has.
    rights = ArrayField(models.CharField(max_length=40), default=list)
    #: Made by its user. Those of before, made by an administrator, are nobody's consent.
    own = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class Act(models.Model):
    """One thing somebody did: append-only (no role but the owner may change a row).

    `detail` holds ids and numbers, never a name or a searched term: what must be kept of those is in
    `sealed`, which only the holder of the journal's private key opens.
    """

    at = models.DateTimeField(auto_now_add=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: e.g. `hit.decide`, `list.import`, `traveller.search`, `message.store`.
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)
    #: Searched terms and reasons, as ciphertext.
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"])]


class BreakGlass(models.Model):
    """One person alone on a post at night acts without the second: for a short time, loudly, and
    reviewed by another the next morning."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: Why, as ciphertext to the journal's key.
    why = models.BinaryField()
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    #: What the reviewer found: `right`, `wrong`; None until then.
    finding = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("user")), name="reviewed_by_another"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-started_at"], name="glass_recent")]


class Approval(models.Model):
    """What one person asks for and another must allow before it is done (four eyes)."""

    class Kind(models.TextChoices):
        """Where the law or the risk asks for a second person."""

        LIST = "list", _("activate a list")
        PROFILE = "profile", _("activate a profile")
        CODES = "codes", _("change a code list")
        UNMASK = "unmask", _("unmask a person")
        DELETE = "delete", _("delete records")
        EXPORT = "export", _("export many records")
        RETENTION = "retention", _("change retention")

    class State(models.TextChoices):
        """From asked to carried out."""

        ASKED = "asked", _("waiting for a second person")
        ALLOWED = "allowed", _("allowed")
        REFUSED = "refused", _("refused")
        DONE = "done", _("carried out")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    #: Id of what it is about.
    subject = models.CharField(max_length=60)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: Number of the case it serves; may be empty where there is none.
    case = models.CharField(max_length=60, blank=True)
    #: Why, as ciphertext to the journal's key.
    why = models.BinaryField()
    #: Ids and numbers that the carrying out needs.
    detail = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    #: The broken glass under which nobody else decided.
    glass = models.ForeignKey(BreakGlass, on_delete=models.PROTECT, null=True, related_name="+")
    #: Until when it may be decided; once allowed, until when it holds.
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("asked_by"))
                | models.Q(glass__isnull=False),
                name="decided_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-asked_at"], name="approval_open"),
        ]
