-- Firearm records and tracing requests (`apps/enforcement`), and the links between seizures.

SELECT vedette_cascade(child, parent) FROM (VALUES
    ('enforcement_firearm', 'enforcement_seizure'),
    ('enforcement_firearmversion', 'enforcement_firearm'),
    ('enforcement_tracerequest', 'enforcement_firearm'),
    ('enforcement_traceevent', 'enforcement_tracerequest')) t (child, parent);

-- A reader sees a firearm if he sees its seizure, and a tracing request if he sees the firearm.
SELECT vedette_policy(child, true, format('(SELECT vedette_whole())
    OR EXISTS (SELECT FROM %I p WHERE p.id = %I OFFSET 0)', parent, link)) FROM (VALUES
    ('enforcement_firearm', 'enforcement_seizure', 'seizure_id'),
    ('enforcement_firearmversion', 'enforcement_firearm', 'firearm_id'),
    ('enforcement_tracerequest', 'enforcement_firearm', 'firearm_id'),
    ('enforcement_traceevent', 'enforcement_tracerequest', 'trace_id')) t (child, parent, link);
REVOKE DELETE, TRUNCATE ON enforcement_firearm, enforcement_firearmversion, enforcement_tracerequest,
    enforcement_traceevent FROM vedette_web;
REVOKE UPDATE ON enforcement_firearmversion, enforcement_traceevent FROM vedette_web;
