"""The directory of contacts, and requests for mutual assistance between administrations.

All organisations of the installation can read the directory. Each organisation keeps its own entries.

A request is sent to officials that the other administration designated for the agreement. Row-level security
and triggers (`apps/sql/cooperation.sql`) decide who can read which row. The rows contain only ids, codes and
times. The texts of a request and of its answers are objects of `apps/release`, so that recalls, confirmations
of receipt and retention periods apply to them. Until the texts are sent, they are in `MutualDraft`.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vedette.apps.hits.models import Owned


class Contact(Owned):
    """A contact: a person or service, the subjects and languages, the hours, and how to reach the contact.
    The hours are in the time zone of the contact. If the end is an earlier time of day than the beginning,
    the hours end on the next day.
    """

    class Kind(models.TextChoices):
        """The kinds of contacts."""

        POINT = "point", _("contact point")
        DEPUTY = "deputy", _("deputy contact point")
        REGION = "region", _("regional office")
        EXPERT = "expert", _("expert")
        DESK = "desk", _("partner desk")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=160)
    #: The name and the country of the organisation. Other organisations do not read its own row.
    organisation_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    post = models.CharField(max_length=160, blank=True)
    #: Codes of `Theme`.
    themes = ArrayField(models.CharField(max_length=20))
    #: Codes of languages (ISO 639-1).
    languages = ArrayField(models.CharField(max_length=2))
    zone = models.CharField(max_length=40)
    #: Days of the week on which the hours begin, 1 is Monday.
    days = ArrayField(models.SmallIntegerField())
    opens = models.TimeField()
    closes = models.TimeField()
    #: How to reach the contact: a telephone number, an e-mail address, a channel.
    channel = models.CharField(max_length=200)
    #: Who keeps the entry, and when it was confirmed last. Nobody is asked twice for the same confirmation.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(themes=[]) & ~models.Q(languages=[]) & ~models.Q(days=[]),
                name="contact_answers",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_name", "name", "id"], name="contact_list"),
            models.Index(fields=["confirmed_at"], name="contact_to_ask"),
        ]


class Official(Owned):
    """A person whom an administration designated to receive and to answer requests under an agreement.

    The parties of the agreement can read the name. No official can designate himself or herself.
    """

    #: `Agreement.root`.
    agreement = models.UUIDField()
    user = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The name and the post, as other organisations read them.
    name = models.CharField(max_length=160)
    post = models.CharField(max_length=160, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    ended_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "user"], name="official_once",
                condition=models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=~models.Q(by=models.F("user")), name="official_by_another"
            ),
        ]  # fmt: skip


class MutualRequest(Owned):
    """A request for assistance to another administration, or information that is sent without a request
    (`spontaneous`). `organisation` sends the request or the information. A database trigger changes the state
    when an event is added."""

    class State(models.TextChoices):
        """The states of a request."""

        DRAFT = "draft", pgettext_lazy("request", "draft")
        SENT = "sent", pgettext_lazy("request", "sent")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("request", "receipt confirmed")
        PARTIAL = "partial", pgettext_lazy("request", "answered in part")
        ANSWERED = "answered", pgettext_lazy("request", "answered")
        REFUSED = "refused", pgettext_lazy("request", "refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    #: States in which the other administration has still to answer.
    OPEN = (State.SENT, State.ACKNOWLEDGED, State.PARTIAL)

    class Assistance(models.TextChoices):
        """The types of assistance of the customs conventions (Nairobi 1977, WCO model agreement 2004)."""

        INFORMATION = "information", pgettext_lazy("mutual assistance", "information")
        DOCUMENTS = "documents", pgettext_lazy("mutual assistance", "documents or certified copies")
        VERIFICATION = (
            "verification",
            pgettext_lazy("mutual assistance", "verification of documents"),
        )
        ENQUIRY = "enquiry", pgettext_lazy("mutual assistance", "enquiry")
        SURVEILLANCE = "surveillance", pgettext_lazy("mutual assistance", "surveillance")
        DELIVERY = "delivery", pgettext_lazy("mutual assistance", "controlled delivery")
        NOTIFICATION = (
            "notification",
            pgettext_lazy("mutual assistance", "notification of a decision"),
        )
        OFFICIALS = (
            "officials",
            pgettext_lazy("mutual assistance", "presence of officials, experts"),
        )

    requested = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    spontaneous = models.BooleanField(default=False)
    #: The agreement (`Agreement.root`) with the purpose and the legal basis on which the request rests.
    agreement = models.UUIDField()
    purpose = models.CharField(max_length=100)
    legal_basis = models.CharField(max_length=200)
    #: The users who receive the request: officials of the requested administration.
    addressees = ArrayField(models.UUIDField(), default=list)
    assistance = models.CharField(max_length=12, choices=Assistance.choices, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    #: Until when an answer is needed. None for spontaneous information and for a draft.
    due_at = models.DateTimeField(null=True)
    #: When the request was made orally, if it was; the request in writing confirms it.
    oral_at = models.DateTimeField(null=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The name of the author, as the other administration reads it.
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    #: The first answer, partial or complete, or refusal.
    first_answer_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    #: Whether the passed deadline, and the missing confirmation of an oral request, were notified.
    overdue_told = models.BooleanField(default=False)
    oral_told = models.BooleanField(default=False)

    @property
    def code(self) -> str:
        """The number that people use to identify the request."""
        return f"MA-{str(self.pk)[-8:].upper()}"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(requested=models.F("organisation")), name="mutual_to_another"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | models.Q(sent_at__isnull=False)
                & ~models.Q(addressees=[])
                & (models.Q(spontaneous=True) | models.Q(due_at__isnull=False)),
                name="mutual_sent",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "-at", "-id"], name="mutual_list"),
            models.Index(fields=["requested", "-at", "-id"], name="mutual_inbox"),
            models.Index(
                fields=["due_at"], name="mutual_open",
                condition=models.Q(state__in=["sent", "acknowledged", "partial"]),
            ),
        ]  # fmt: skip


class MutualDraft(Owned):
    """The text of a request or of an answer that has not been sent.

    Only the organisation that writes the text reads the text. The row is deleted when the text is sent, and
    otherwise at `delete_at`.
    """

    request = models.ForeignKey(MutualRequest, on_delete=models.CASCADE, related_name="drafts")
    values = models.JSONField()
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    delete_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "organisation"], name="mutual_draft_once")
        ]


class MutualEvent(Owned):
    """An event of a request. `organisation` is the organisation that acted. Events are not changed."""

    class What(models.TextChoices):
        """The events. The first three members of the enumeration are answers."""

        PARTIAL = "partial", pgettext_lazy("request", "partial answer")
        COMPLETE = "complete", pgettext_lazy("request", "answer")
        REFUSED = "refused", pgettext_lazy("request", "refusal")
        SENT = "sent", pgettext_lazy("request", "sent")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("request", "receipt confirmed")
        REMINDED = "reminded", pgettext_lazy("request", "reminder")
        WITHDRAWN = "withdrawn", pgettext_lazy("request", "withdrawn")

    ANSWERS = (What.PARTIAL, What.COMPLETE, What.REFUSED)

    request = models.ForeignKey(MutualRequest, on_delete=models.PROTECT, related_name="events")
    what = models.CharField(max_length=12, choices=What.choices)
    #: The object (`apps/release`) with the text of an answer.
    object = models.UUIDField(null=True)
    #: The ground of a refusal (`core.releasable.REFUSALS`), one of those that the agreement permits.
    ground = models.CharField(max_length=14, blank=True)
    by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: The name, as the other administration reads it.
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    #: Whether the other administration was notified.
    told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    what__in=["partial", "complete", "refused"], object__isnull=False
                )
                | ~models.Q(what__in=["partial", "complete", "refused"])
                & models.Q(object__isnull=True),
                name="mutual_answer_with_text",
            ),
            models.CheckConstraint(
                condition=models.Q(what="refused") & ~models.Q(ground="")
                | ~models.Q(what="refused") & models.Q(ground=""),
                name="mutual_refusal_with_ground",
            ),
            # Two officials who answer at the same moment do not send two texts under one number.
            models.UniqueConstraint(
                fields=["organisation", "object"],
                name="mutual_answer_once",
                condition=models.Q(object__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["request", "at"], name="mutual_events"),
            models.Index(fields=["id"], name="mutual_untold", condition=models.Q(told=False)),
        ]
