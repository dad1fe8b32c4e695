"""Records that may leave an organisation, as files of other systems: STIX 2.1, MISP JSON and CSV."""
