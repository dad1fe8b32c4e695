-- A dropped column, and what an update left behind, still stand in the table's file: it is written
-- anew without them.
CLUSTER targeting_decision USING targeting_decision_pkey;
CLUSTER targeting_event USING targeting_event_pkey;
CLUSTER targeting_reason USING targeting_reason_pkey;
