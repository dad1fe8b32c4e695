"""The worker process, and the pages and the API of the queue and of hits."""
