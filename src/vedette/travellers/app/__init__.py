"""The kind "traveller", Django part: tables, store, history, pages and API."""
