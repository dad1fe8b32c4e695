"""Queries for the pages of travellers, with one module for each page. All queries run as the web
role in the scope of the request."""
