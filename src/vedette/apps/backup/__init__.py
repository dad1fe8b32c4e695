"""Backup and restore. A backup is a set of encrypted files that can be decrypted only as long as
the law permits.

| file | content | encrypted with |
|---|---|---|
| `<class>.<YYYY-MM>.vb` | the rows about the subjects of that month, in clear and masked | the monthly key |
| `rest.vb` | accounts, lists, groups, messages, settings | the key `backup` |
| `journal.vb` | journal entries, seals, rows to be sealed | the key `backup` |
| `heads.jsonl` | the signed latest hashes of the journal | not encrypted: only hashes and signatures |
| `manifest.json`, `manifest.sig` | the signed list of files with hashes and counts | not encrypted |

After a monthly key is destroyed, no copy of its file `<class>.<YYYY-MM>.vb` can be decrypted. A
backup does not contain data with a retention period of less than seven days.
"""
