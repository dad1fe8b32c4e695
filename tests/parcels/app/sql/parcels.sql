-- The side table of parcels, and which rows the web role sees.
CREATE TABLE parcels_parcelclear (
    parcel_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    reference text NOT NULL,
    surname text NOT NULL,
    given_names text NOT NULL,
    date_of_birth date,
    document text NOT NULL,
    contents text NOT NULL,
    weight_kg double precision,
    arrives timestamptz,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (parcel_id, retention_class, month)
) PARTITION BY LIST (retention_class);
SELECT vedette_cascade('parcels_parcel', 'subjects_subject');
SELECT vedette_policy('parcels_parcel', true, 'unit', 'about');
SELECT vedette_policy('parcels_parcelclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM parcels_parcel p WHERE p.id = parcel_id)');
