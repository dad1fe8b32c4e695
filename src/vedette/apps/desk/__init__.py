"""Contains the worker process, and the pages and API operations for the queue and for hits."""
