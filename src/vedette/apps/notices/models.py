"""The notifications of users."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from vedette.apps.columns import new_id


class Notice(models.Model):
    """A notification of one user. A notification contains ids, numbers and times, and no values of a subject.

    Row-level security permits only the addressee to read a notification, and only while this user may see the
    hit and the approval to which the notification refers.
    """

    class Kind(models.TextChoices):
        """What happened."""

        HOLD = "hold", _("a hold")
        DEADLINE = "deadline", _("the end of a hold")
        HANDED_OVER = "handed_over", _("a hit handed over")
        LOOKOUT = "lookout", _("a lookout that matched")
        REOPENED = "reopened", _("a reopened hit")
        ASKED = "asked", _("a requested approval")
        ALLOWED = "allowed", _("an allowed request")
        REFUSED = "refused", _("a refused request")
        LATE = "late", _("late messages")
        QUESTION = "question", _("a question to an expert")
        EXPORT_NOTICE = "export_notice", _("a pre-export notice")
        OPERATION = "operation", _("a joint operation")
        ASSISTANCE = "assistance", _("a request for assistance")
        MUTUAL = "mutual", _("a request between administrations")
        ORDER_DUE = "order_due", _("a control order that is past due")
        DETENTION = "detention", _("the end of the period of a detention")

    #: Not a number, because it would count the notifications of others.
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    #: The user who acted; None if a worker wrote the notification.
    by = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    hit = models.ForeignKey("hits.Hit", on_delete=models.CASCADE, null=True, related_name="+")
    approval = models.ForeignKey(
        "accounts.Approval", on_delete=models.CASCADE, null=True, related_name="+"
    )
    #: Identifies what a worker reports, so that it is reported once; otherwise empty.
    ref = models.CharField(max_length=80, blank=True, db_default="")
    params = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    #: The pairs of theme and purpose of the hit, and those of them whose readers are notified, as in an event
    #: of the hit. `seen` is None for a notification without a hit.
    pairs = models.IntegerField(default=0, db_default=0)
    seen = models.JSONField(null=True)
    #: A notification is shown from this time on.
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    #: Whether an e-mail announced it, or it was out of sight when an e-mail was due.
    mailed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notice_of_user"),
            models.Index(
                fields=["user"], name="notice_unread", condition=models.Q(read_at__isnull=True)
            ),
            models.Index(fields=["at"], name="notice_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "ref"],
                name="notice_once",
                condition=~models.Q(ref=""),
            )
        ]


class Mail(models.Model):
    """The address for e-mails about the notifications of a user, and the state of these e-mails.

    The address is used only after the user entered the code that was sent to it. An address that an
    administrator set for the user needs no code.
    """

    user = models.OneToOneField(
        "accounts.User", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    address = models.EmailField()
    confirmed_at = models.DateTimeField(null=True)
    #: The code that confirms the address, until when it is valid, whether it was sent, and how many wrong
    #: codes were entered. Empty if no code is needed.
    code = models.CharField(max_length=6, blank=True, db_default="")
    code_until = models.DateTimeField(null=True)
    code_sent = models.BooleanField(default=False, db_default=False)
    wrong_codes = models.PositiveSmallIntegerField(default=0, db_default=0)
    #: Only later notifications are announced.
    since = models.DateTimeField(db_default=Now())
    #: Nothing is sent before this time.
    next_at = models.DateTimeField(db_default=Now(), db_index=True)
    #: How many attempts have failed since the last e-mail was sent.
    failures = models.PositiveIntegerField(default=0, db_default=0)
