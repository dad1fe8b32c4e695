"""Backup and restore: a set of sealed files whose readability ends with the law's time.

| file | what | sealed under |
|---|---|---|
| `<class>.<YYYY-MM>.vb` | all of persons of that month: spine, clear values, vault | the month key |
| `rest.vb` | accounts, lists, flights, messages, settings | the key `backup` |
| `journal.vb` | acts, seals, what waits for one | the key `backup` |
| `heads.jsonl` | the journal's signed heads, as they are | not sealed: it proves, and tells nothing |
| `manifest.json`, `manifest.sig` | what there is, with hashes and counts; signed | not sealed |

When the month key is destroyed, `<class>.<YYYY-MM>.vb` opens nowhere any more: in no folder, on no
tape. What lives less than seven days is in none of them.
"""
