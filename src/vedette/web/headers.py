"""Security headers of every response: no external resources, no inline scripts, no caching, no referrer, no
device features."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from vedette.web.middleware import Handler

#: No inline script, no inline style, nothing from elsewhere, no frames, no plug-ins, no workers.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)
#: Every browser feature that a page could request is disabled, except keys and passkeys at sign-in.
_OFF = (
    "accelerometer", "autoplay",
    "camera", "clipboard-read", "compute-pressure", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid",
    "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
    "otp-credentials", "payment", "picture-in-picture", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(
    [
        *(f"{feature}=()" for feature in _OFF),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Origin-Agent-Cluster": "?1",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def headers(get_response: Handler) -> Handler:
    """Sets the same headers on every response; personal pages are never cached. Django's own middleware sets
    HSTS, `nosniff`, `Referrer-Policy` and `Cross-Origin-Opener-Policy` according to the settings."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in _ALWAYS.items():
            response.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware
