"""Reads of the intake app, one module a page. All run as the web role, in the scope of the request."""
