"""Pages of flights, travellers and messages. Thin: reads are selectors, writes are actions."""
