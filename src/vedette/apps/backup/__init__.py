"""Backup and restore: a set of sealed files that can be read only as long as the law permits.

| file | what | sealed under |
|---|---|---|
| `<class>.<YYYY-MM>.vb` | rows of the subjects of that month: spine, clear values, vault | the month key |
| `rest.vb` | accounts, lists, groups, messages, settings | the key `backup` |
| `journal.vb` | acts, seals, rows to be sealed | the key `backup` |
| `heads.jsonl` | the signed heads of the journal | not sealed: it contains hashes and signatures |
| `manifest.json`, `manifest.sig` | the list of files with hashes and counts, signed | not sealed |

When the month key is destroyed, no copy of `<class>.<YYYY-MM>.vb` can be opened any more. No file
contains data that is kept for less than seven days.
"""
