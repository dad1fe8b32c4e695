"""Pages of contacts, of officials, and of requests to other administrations."""
