-- Entries that devices make without a network (`apps/offline`). A person sees the entries that he made, delivered or
-- accepted. Those who read the national record see all of the organisation.
SELECT vedette_policy('offline_entry', true, $$(SELECT vedette_user()) IN (author_id, delivered_by_id, accepted_by_id)
    OR (SELECT vedette_reads_national())$$);
SELECT vedette_policy('offline_part', true, 'author_id = (SELECT vedette_user())');
-- Who only handed an entry in does not see its photographs.
SELECT vedette_policy('offline_photograph', true, $$EXISTS (SELECT FROM offline_entry e WHERE e.id = entry_id
    AND ((SELECT vedette_user()) IN (e.author_id, e.accepted_by_id) OR (SELECT vedette_reads_national())))$$);
REVOKE UPDATE, DELETE, TRUNCATE ON offline_entry FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON offline_photograph FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON offline_part FROM vedette_web;
GRANT UPDATE (state, code, problems, content, sealed, kind, amends, result, accepted_by_id, accepted_at, sent_at,
              delete_at) ON offline_entry TO vedette_web;
