-- Draw again from frame.parquet what sample.json describes, and hold it against sample.parquet.
-- In the draw's folder: duckdb < verify_draw.sql      The last statement fails where a check does.
-- Seen: that the files are those named, that the seed follows from study, family and public value, and that frame and
-- sample.json give this draw, its chances, reserves and second coding. Not seen here, but by `huanying sample verify` in its
-- study: plan.toml (SQL reads no TOML: verify_draw.py holds its seed, n, reserves, registration and what was found against
-- the draw; here only the ids of what was found are looked for in it),
-- texts, the log of draws, whether the corpus gives this frame, its strata and the flow before the draw, how n was shared
-- out over strata, and what else sample.json tells. The checks have the same numbers there.

CREATE OR REPLACE TEMP TABLE said AS
  SELECT rtrim(content, chr(10)) AS raw, content::JSON AS doc FROM read_text('sample.json');
CREATE OR REPLACE TEMP TABLE stage AS
  SELECT s FROM (SELECT unnest((doc->'stages')::JSON[]) AS s FROM said) WHERE (s->>'name') = 'draw';
CREATE OR REPLACE TEMP TABLE draw AS  -- one row of what is joined to every document, and so no JSON
  SELECT s->>'method' AS method, s->>'order' AS ordered_by, (s->>'rate')::DOUBLE AS rate, (s->>'take')::BIGINT AS take,
         (s->>'unit') = 'cluster' AS clusters, coalesce((s->>'within') = 'representative', false) AS one_each,
         doc->>'$.estimand' AS estimand FROM stage, said;
CREATE OR REPLACE TEMP TABLE cells AS
  SELECT c->>'stratum' AS stratum, (c->>'wave')::INTEGER AS wave, (c->>'N')::BIGINT AS there, (c->>'n')::BIGINT AS drawn,
         c->>'tau' AS tau
  FROM (SELECT unnest((s->'strata')::JSON[]) AS c FROM stage);
CREATE OR REPLACE TEMP TABLE frame AS FROM read_parquet('frame.parquet', file_row_number = true);
CREATE OR REPLACE TEMP TABLE sample AS  -- SQL takes N_h and n_h for one name: units that are there, units drawn
  SELECT * RENAME (N_h AS there, n_h_1 AS drawn) FROM read_parquet('sample.parquet', file_row_number = true);
CREATE OR REPLACE TEMP TABLE faults (number INTEGER, fault VARCHAR);
SET VARIABLE seed = (SELECT doc->>'$.seed.hex' FROM said);
SET VARIABLE reserves = (SELECT (doc->>'$.reserves.n')::BIGINT FROM said);
SET VARIABLE twice = (SELECT (doc->>'$.second_coding.fraction')::DECIMAL(20, 18) FROM said);
CREATE OR REPLACE TEMP MACRO digest(stream, id) AS
  sha256(concat('huanying-sample/1', chr(10), getvariable('seed'), chr(10), stream, chr(10), id));
CREATE OR REPLACE TEMP MACRO uniform(d) AS
  (('0x' || substr(d, 1, 13))::UBIGINT::DOUBLE + 0.5::DOUBLE) / 4503599627370496::DOUBLE;  -- 2^52

-- 1 files, 2 plan and seed
INSERT INTO faults SELECT 1, 'sample.json: draw_id is not the digest of the rest' FROM said
  WHERE sha256(replace(raw, '"draw_id":"' || (doc->>'draw_id') || '",', '')) IS DISTINCT FROM (doc->>'draw_id');
INSERT INTO faults SELECT number, name || ' is not the file that sample.json names' FROM (
    SELECT 1 AS number, 'frame.parquet' AS name, doc->'outputs'->'frame.parquet'->>'sha256' AS made FROM said UNION ALL
    SELECT 1, 'sample.parquet', doc->'outputs'->'sample.parquet'->>'sha256' FROM said UNION ALL
    SELECT 2, 'plan.toml', doc->'plan'->>'sha256' FROM said)
  LEFT JOIN (SELECT parse_filename(filename) AS name, sha256(content) AS found
             FROM read_blob(['frame.parquet', 'sample.parquet', 'plan.toml'])) USING (name)
  WHERE found IS DISTINCT FROM made;
INSERT INTO faults SELECT 2, 'the seed does not follow from study, family and public value' FROM said
  WHERE getvariable('seed') <> sha256(concat_ws(chr(10), 'huanying-seed/1', doc->>'study_id', doc->>'$.seed.family',
                                                 doc->>'$.seed.public_value'));

-- 3 frame
INSERT INTO faults SELECT 3, 'other documents were frozen' FROM said
  WHERE (doc->>'$.frame.frame_digest') IS DISTINCT FROM
        (SELECT sha256(string_agg(id || chr(10), '' ORDER BY id)) FROM frame);
INSERT INTO faults SELECT 3, 'a column of the frame is not as it was frozen' FROM said
  WHERE (doc->>'$.frame.design_digest') IS DISTINCT FROM
        (SELECT sha256(string_agg(concat(id, chr(9), stratum, chr(9), cluster, chr(9), author, chr(9),
                size::BIGINT || '.0', chr(9), wave, chr(9), text_commitment, chr(10)), '' ORDER BY file_row_number))
         FROM frame);

-- The order of the draw: the cap on authors, units, the chance of each, its key
CREATE OR REPLACE TEMP TABLE kept AS
  SELECT frame.*, coalesce(author, id) AS owner, CASE WHEN clusters THEN cluster ELSE id END AS unit_id,
         CASE WHEN take IS NULL THEN 1 ELSE count(*) OVER (PARTITION BY coalesce(author, id), wave) END AS volume
  FROM frame, draw
  QUALIFY take IS NULL
       OR row_number() OVER (PARTITION BY coalesce(author, id), wave ORDER BY digest('author', id), id) <= take;
CREATE OR REPLACE TEMP TABLE units AS
  SELECT unit_id, wave, arg_min(stratum, id) AS stratum, coalesce(arg_min(size, id), 1)::BIGINT AS size, count(*) AS members
  FROM kept GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE sized AS  -- by PPS the largest are certain as long as n * size / total would reach 1
  SELECT *, bool_and((wanted - before) * size >= rest) OVER (PARTITION BY stratum, wave ORDER BY size DESC, unit_id
                                                        ROWS UNBOUNDED PRECEDING) AS sure
  FROM (SELECT units.*, coalesce(drawn, 0) AS wanted,
               row_number() OVER one - 1 AS before,
               sum(size) OVER (one ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest
        FROM units LEFT JOIN cells USING (stratum, wave)
        WINDOW one AS (PARTITION BY stratum, wave ORDER BY size DESC, unit_id));
CREATE OR REPLACE TEMP TABLE chances AS
  SELECT sized.* EXCLUDE (before, rest, sure), digest('draw', unit_id) AS digest, uniform(digest) AS u,
         count(*) OVER cell AS there,
         CASE WHEN method = 'poisson' THEN least(1.0::DOUBLE, rate * size)
              WHEN method <> 'pps' THEN NULL
              WHEN sure THEN 1.0::DOUBLE
              ELSE ((wanted - count(*) FILTER (sure) OVER cell) * size)::DOUBLE / (sum(size) FILTER (NOT sure) OVER cell)::DOUBLE
         END AS share,
         CASE WHEN share IS NULL THEN NULL WHEN share >= 1 THEN 0.0::DOUBLE
              WHEN ordered_by = 'pareto' THEN (u * (1.0::DOUBLE - share)) / (share * (1.0::DOUBLE - u))
              ELSE u / share END AS key
  FROM sized, draw WHERE method <> 'pps' OR wanted > 0
  WINDOW cell AS (PARTITION BY stratum, wave);
CREATE OR REPLACE TEMP TABLE ranked AS
  SELECT chances.* EXCLUDE (wanted),
         CASE method WHEN 'poisson' THEN count(*) FILTER (key < 1) OVER (PARTITION BY stratum, wave)
                     WHEN 'census' THEN there ELSE wanted END AS drawn,
         row_number() OVER (PARTITION BY stratum, wave ORDER BY coalesce(key, 0), digest, unit_id) AS rank
  FROM chances, draw;
CREATE OR REPLACE TEMP TABLE expected AS
  SELECT ranked.stratum, wave, rank, unit_id, id AS doc_id, there, drawn, rank > drawn AS is_reserve, share, key,
         CASE WHEN clusters THEN unit_id WHEN take IS NULL THEN id ELSE owner END AS psu_id,
         CASE WHEN clusters THEN members ELSE volume END AS cluster_size,
         least(volume, coalesce(take, volume)) AS taken,
         drawn * CASE WHEN estimand = 'documents' THEN taken ELSE 1 END AS up,
         there * CASE WHEN one_each THEN members ELSE 1 END * CASE WHEN estimand = 'documents' THEN volume ELSE 1 END AS down
  FROM ranked JOIN kept USING (unit_id, wave), draw WHERE rank <= drawn + getvariable('reserves')
  QUALIFY NOT one_each OR row_number() OVER (PARTITION BY unit_id, wave ORDER BY digest('within', id), id) = 1;

-- 4 ranks, 5 selection
INSERT INTO faults SELECT 4, doc_id || ': digest or u is not that of its unit' FROM sample
  WHERE digest IS DISTINCT FROM digest('draw', unit_id) OR u IS DISTINCT FROM uniform(digest('draw', unit_id));
INSERT INTO faults
  SELECT 5, 'row ' || place || ': ' || doc_id || ' is not the unit of the smallest key' FROM (
    SELECT file_row_number + 1 AS place, stratum, wave, rank, unit_id, doc_id, there, drawn, is_reserve FROM sample
    EXCEPT SELECT row_number() OVER (ORDER BY stratum, wave, rank, doc_id), stratum, wave, rank, unit_id, doc_id, there,
                  drawn, is_reserve FROM expected);
INSERT INTO faults SELECT 5, 'drawn again there are other units: ' || doc_id
  FROM expected WHERE doc_id NOT IN (SELECT doc_id FROM sample);
INSERT INTO faults SELECT 5, concat(stratum, ', wave ', wave, ': N, n or tau') FROM cells
  FULL JOIN (SELECT stratum, wave, count(*) AS units FROM units GROUP BY ALL) USING (stratum, wave)
  LEFT JOIN (SELECT stratum, wave, any_value(drawn) AS n, arg_min(coalesce(key::VARCHAR, digest), rank)
                    FILTER (rank > drawn) AS line FROM ranked GROUP BY ALL) USING (stratum, wave)
  WHERE there IS DISTINCT FROM units OR drawn IS DISTINCT FROM coalesce(n, 0)
     OR CASE WHEN length(line) = 64 THEN tau ELSE tau::DOUBLE::VARCHAR END IS DISTINCT FROM line;

-- 6 weights, 9 texts
INSERT INTO faults SELECT 6, doc_id || ': its chance or weight does not follow from the design'
  FROM (SELECT *, status IS NOT DISTINCT FROM 'replaced' OR (is_reserve AND replaces IS NULL) AS out FROM sample) AS given
  JOIN (SELECT *, share IS NULL AND up > 0 AS plain FROM expected) AS again USING (doc_id), draw
  WHERE "lambda" IS DISTINCT FROM share OR order_key IS DISTINCT FROM key
     OR given.psu_id IS DISTINCT FROM again.psu_id OR given.cluster_size IS DISTINCT FROM again.cluster_size
     OR pi_num IS DISTINCT FROM CASE WHEN NOT out AND plain THEN up END
     OR pi_den IS DISTINCT FROM CASE WHEN NOT out AND plain THEN down END
     OR pi IS DISTINCT FROM CASE WHEN out THEN NULL WHEN plain THEN up::DOUBLE / down::DOUBLE ELSE share END
     OR weight IS DISTINCT FROM CASE WHEN out THEN NULL WHEN NOT plain THEN 1.0::DOUBLE / share
          ELSE down::DOUBLE / up::DOUBLE / CASE WHEN estimand = 'author-means' THEN taken ELSE 1 END::DOUBLE END
     OR fpc IS DISTINCT FROM CASE WHEN NOT out AND plain THEN 1.0::DOUBLE - again.drawn::DOUBLE / again.there::DOUBLE END;
INSERT INTO faults SELECT 9, doc_id || ': not the text that was frozen' FROM sample JOIN frame ON doc_id = id
  WHERE sample.text_commitment IS DISTINCT FROM frame.text_commitment;

-- 7 flow
CREATE OR REPLACE TEMP TABLE flow AS
  SELECT i, (f->>'n_in')::BIGINT AS n_in, (f->>'n_out')::BIGINT AS n_out, f->>'stage' AS stage,
         coalesce(list_sum(list_transform((f->'excluded')::JSON[], lambda one: (one->>'n')::BIGINT)), 0) AS lost
  FROM (SELECT unnest((doc->'flow')::JSON[]) AS f, generate_subscripts((doc->'flow')::JSON[], 1) AS i FROM said);
INSERT INTO faults SELECT 7, 'the step ' || stage || ' does not add up'
  FROM (SELECT *, coalesce(lead(n_in) OVER (ORDER BY i), (SELECT count(*) FROM sample WHERE NOT is_reserve)) AS after FROM flow)
  WHERE n_in - lost <> n_out OR n_out <> after OR (stage = 'draw' AND n_in <> (SELECT count(*) FROM kept));
INSERT INTO faults SELECT 7, 'the flow counts other reserves'
  FROM (SELECT unnest((doc->'$.flow[-1].excluded')::JSON[]) AS one FROM said)
  HAVING coalesce(sum((one->>'n')::BIGINT) FILTER ((one->>'reason') = 'reserve'), 0)
         <> (SELECT count(*) FROM sample WHERE is_reserve);

-- 8 who is out is named by the plan (read as text); reserves in order of rank, each for the next unit that was replaced; the second coding
INSERT INTO faults SELECT 8, coalesce(r.doc_id, g.doc_id) || ': a reserve out of its turn'
  FROM (SELECT *, row_number() OVER (PARTITION BY stratum, wave ORDER BY rank) AS turn FROM sample WHERE is_reserve) AS r
  FULL JOIN (SELECT *, row_number() OVER (PARTITION BY stratum, wave ORDER BY rank) AS turn FROM sample
             WHERE status = 'replaced') AS g USING (stratum, wave, turn)
  WHERE r.replaces IS DISTINCT FROM g.doc_id;
INSERT INTO faults SELECT 8, doc_id || ': plan.toml does not say that it was found so'
  FROM sample, read_text('plan.toml') AS plan WHERE status <> 'drawn' AND NOT contains(content, doc_id);
INSERT INTO faults
  WITH RECURSIVE twice AS (
    SELECT doc_id FROM sample WHERE NOT is_reserve
    QUALIFY row_number() OVER (PARTITION BY wave ORDER BY digest('second', doc_id), doc_id)
         <= ceil(getvariable('twice') * (count(*) OVER (PARTITION BY wave))::DECIMAL(18, 0))
    UNION SELECT sample.doc_id FROM sample JOIN twice ON sample.replaces = twice.doc_id)
  SELECT 8, doc_id || ': coded twice, or not, against the order' FROM sample
  WHERE double_code IS DISTINCT FROM (doc_id IN (SELECT doc_id FROM twice));

CREATE OR REPLACE TEMP TABLE checks AS
  SELECT number, name, count(fault) = 0 AS ok, min(fault) AS fault, count(fault) AS in_all
  FROM (VALUES (1, 'files'), (2, 'plan and seed'), (3, 'frame'), (4, 'ranks'), (5, 'selection'), (6, 'weights'), (7, 'flow'),
               (8, 'reserves and second coding'), (9, 'texts')) AS names(number, name)
  LEFT JOIN faults USING (number) GROUP BY ALL;
FROM checks ORDER BY number;
SELECT CASE WHEN bool_and(ok) THEN 'drawn again: the same' ELSE error('the draw is not as it says') END AS verdict FROM checks;
