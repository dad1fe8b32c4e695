"""Models: organisations and units, users, API tokens, approvals by a second person, and journal
entries.
"""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import Purpose, Theme, new_id


def all_themes() -> list[str]:
    """Returns all themes, which are the default for a new account."""
    return list(Theme.values)


def all_purposes() -> list[str]:
    """Returns all purposes, which are the default for a new account."""
    return list(Purpose.values)


class Organisation(models.Model):
    """An organisation that owns data: an administration, a partner agency, a foreign member or an
    international body.
    """

    class Kind(models.TextChoices):
        """The relation of an organisation to the administration that runs this installation."""

        ADMINISTRATION = "administration", _("administration")
        PARTNER = "partner", _("partner agency")
        FOREIGN = "foreign", _("foreign member")
        INTERNATIONAL = "international", _("international body")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ADMINISTRATION)
    #: ISO 3166 alpha-2.
    country = models.CharField(max_length=2, blank=True)
    #: True in the demonstration: every page then states that the data is fictitious.
    synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit of an organisation, for example the officers of one airport. The users of a unit see
    only the subjects of the unit's airports, customs offices and places.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=200)
    #: IATA codes of the airports for which the unit is responsible.
    airports = ArrayField(models.CharField(max_length=3), default=list)
    #: Codes of the customs offices for which the unit is responsible, and UN/LOCODEs of places of loading or
    #: unloading.
    offices = ArrayField(models.CharField(max_length=17), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="unit_name"),
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. The role determines the permitted actions. The organisation, the unit,
    the themes and the purposes determine which data the user may see.
    """

    class Role(models.TextChoices):
        """The roles of users. `rules.py` defines the rights of each role."""

        OFFICER = "officer", _("officer")
        SUPERVISOR = "supervisor", _("supervisor")
        ANALYST = "analyst", _("analyst")
        LIST_MANAGER = "list_manager", _("list manager")
        DPO = "dpo", _("data-protection officer")
        AUDITOR = "auditor", _("auditor")
        ADMINISTRATOR = "administrator", _("administrator")
        COORDINATOR = "coordinator", _("coordinator of operations")
        CONTACT = "contact", _("national contact point")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.OFFICER)
    #: None: the user sees the subjects of every unit.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True)
    themes = ArrayField(models.CharField(max_length=20), default=all_themes)
    purposes = ArrayField(models.CharField(max_length=20), default=all_purposes)
    #: From this time on, nobody can sign in with the account. It was unused for too long, or an
    #: administrator suspended it.
    suspended_at = models.DateTimeField(null=True, blank=True)
    #: The time at which an administrator last ended a suspension. The time without use is counted from
    #: then on.
    reactivated_at = models.DateTimeField(null=True, blank=True)
    #: The password was set by an administrator and must be changed before any other page is available.
    password_given = models.BooleanField(default=False, db_default=False)
    #: Empty until the user chooses a language. While it is empty, the language of the cookie or the
    #: browser is used.
    language = models.CharField(max_length=5, default="", blank=True)
    theme_choice = models.CharField(max_length=5, default="", blank=True)
    #: Rights of the API token of the current request. None for a session, which has all rights of the
    #: role.
    granted: frozenset[str] | None = None

    def display(self) -> str:
        """Returns the initial of the given name and the surname, as the queue shows them. Sarr`."""
        if self.last_name:
            return f"{self.first_name[:1]}. {self.last_name}" if self.first_name else self.last_name
        return self.username


class Session(AbstractBaseSession):
    """The session of a user, or of a visitor who signs in. `sessions.py` reads and writes this
    table.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    #: Last use by the user. Automatic requests of a page do not count.
    active_at = models.DateTimeField()


class Refusal(models.Model):
    """The number of refusals in one minute, for one kind of refusal (sign-in or token) and one account if the
    account is known. The worker writes one journal entry for each row.
    """

    #: The kind of journal entry that is written, for example `token.refused`.
    act = models.CharField(max_length=40)
    #: Id of the account. None if the given name or token belongs to no account.
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
    """A token by which a program uses the API. Only the hash of the token is stored. The token
    itself is shown once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)
    digest = models.BinaryField(max_length=32, unique=True)
    #: Rights of `rules.RULES` that the token has, a subset of the user's.
    rights = ArrayField(models.CharField(max_length=40), default=list)
    #: True if its user made it. Older tokens, made by an administrator, do not count as consent.
    own = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class Act(models.Model):
    """One journal entry, which records one action. The table is append-only: only the database role
    `owner` may change a row.

    `detail` contains ids and numbers, but no names and no search terms. Names and search terms that must be
    kept are encrypted in the column `sealed`. Only the holder of the journal's private key can decrypt this
    column.
    """

    at = models.DateTimeField(auto_now_add=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    #: For example `hit.decide`, `list.import`, `record.search`, `message.store`.
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(default=dict)
    #: Search terms and reasons, encrypted.
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"])]


class BreakGlass(models.Model):
    """An emergency access. For a short time, a user who is alone on duty may act without the
    approval of a second person. Colleagues of the user are notified of the emergency access. Another person
    reviews the emergency access afterwards.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    #: The reason, encrypted for the journal's key.
    why = models.BinaryField()
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    #: The result of the review: `right` or `wrong`. Empty until the review.
    finding = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("user")), name="reviewed_by_another"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-started_at"], name="glass_recent")]


class Approval(models.Model):
    """A request of one user that another user must approve before it is carried out (four eyes)."""

    class Kind(models.TextChoices):
        """Actions that need the approval of a second person, because the law requires it or because
        of the risk.
        """

        LIST = "list", _("activate a list")
        PROFILE = "profile", _("activate a profile")
        CODES = "codes", _("change a code list")
        UNMASK = "unmask", _("unmask the data of a person")
        DELETE = "delete", _("delete records")
        EXPORT = "export", _("export many records")
        RETENTION = "retention", _("change the retention periods")
        AGREEMENT = "agreement", _("put an agreement about exchange into force")
        RELEASE = "release", _("disclosure to another organisation")
        MATRIX = "matrix", _("change the purpose matrix")
        OFFENCE = "offence", _("change a class of offence")
        OPERATION = "operation", _("change of an operation")

    class State(models.TextChoices):
        """The states of an approval, from request to completion."""

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
    #: Id of the object.
    subject = models.CharField(max_length=60)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    #: Number of the related case. Empty if there is none.
    case = models.CharField(max_length=60, blank=True)
    #: The reason, encrypted for the journal's key.
    why = models.BinaryField()
    #: Ids and numbers needed to carry the action out.
    detail = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    #: The emergency access during which the approval was allowed without a second person.
    glass = models.ForeignKey(BreakGlass, on_delete=models.PROTECT, null=True, related_name="+")
    #: The deadline for the decision. After the decision, the end of the validity of the approval.
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
