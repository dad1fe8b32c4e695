"""A second, tiny kind of subject: parcels. It shows that a new kind is one folder and one name in
`VEDETTE_KINDS`.

A parcel has one party (its sender), one text (its contents), two columns and one side table.
"""
