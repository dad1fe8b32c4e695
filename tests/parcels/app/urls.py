"""The page of a parcel."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from tests.parcels.app.models import Parcel, ParcelClear

from vedette.apps.accounts.rules import requires


@requires("record.see")
def parcel(request: HttpRequest, pk: str) -> HttpResponse:
    """One parcel, for readers who see it."""
    found = get_object_or_404(Parcel, pk=pk)
    clear = ParcelClear.objects.filter(parcel_id=found.pk).first()
    return render(request, "parcels/parcel.html", {"parcel": found, "clear": clear})


urlpatterns = [path("parcels/<uuid:pk>/", parcel, name="parcel")]
