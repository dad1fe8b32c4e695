"""Contains the queries for the pages of travellers, with one module for each page. All queries run with the
database role of the web server and with the access rights of the user."""
