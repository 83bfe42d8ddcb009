"""The queries that give again what a report says of names, quotations, quantities, stories, emotions and stances."""

from analysis.reporting.counting import K
from analysis.reporting.mentions import LEAST_COUNT, SPEAKING
from analysis.reporting.queries import SCRIPT, table_files

_WIDE = table_files("documents_wide")
_WRITTEN = "kind IN ('post', 'comment')"


def _of(version: str) -> str:
    quoted = version.replace("'", "''")
    return f"version = '{quoted}'"


def _kept(name: str, version: str, groups: str) -> str:
    """Labels of whole posts and comments beside their documents, without groups of fewer than K authors, as `kept`."""
    return f"""labels AS (
  SELECT document_id AS id, label FROM {table_files(name)}
  WHERE start IS NULL AND {_of(version)} AND label <> 'not_applicable'),
of AS (SELECT *, {SCRIPT} FROM {_WIDE} JOIN labels USING (id) WHERE {_WRITTEN}),
kept AS (SELECT * FROM of SEMI JOIN (
  SELECT {groups} FROM of GROUP BY ALL HAVING count(DISTINCT author_key) >= {K}) USING ({groups}))"""


def emotion(version: str) -> str:
    parts = ",\n  ".join(
        f"max_by(label, n) FILTER (script = '{script}') AS {script}_emotion, "
        f"max(n / total) FILTER (script = '{script}') AS {script}_share, "
        f"any_value(total) FILTER (script = '{script}') AS {script}_n"
        for script in ("zh", "en")
    )
    return f"""WITH {_kept("emotion", version, "script")},
totals AS (SELECT script, count(DISTINCT id) AS total FROM kept GROUP BY script),
counted AS (
  SELECT script, label, count(*) AS n FROM kept WHERE label NOT IN ('none', 'abstain') GROUP BY ALL)
SELECT {parts}
FROM counted JOIN totals USING (script)"""


def stance(version: str) -> str:
    parts = ", ".join(
        f"count(*) FILTER (label = '{label}') / total AS {name}"
        for name, label in (
            ("unknown", "abstain"),
            *((one, one) for one in ("none", "welcoming", "worried", "hostile")),
        )
    )
    return f"""WITH {_kept("stance", version, "script, kind")}
SELECT count(*) AS total, {parts}
FROM kept"""


def irony(version: str) -> str:
    return f"""SELECT count(*) AS total, count(*) FILTER (label = 'cue') AS cues, cues / total AS share
FROM {table_files("ironic_cue")} c JOIN {_WIDE} d ON d.id = c.document_id
WHERE start IS NULL AND {_of(version)} AND label IN ('cue', 'none') AND {_WRITTEN}"""


def names(version: str) -> str:
    return f"""WITH marked AS (
  SELECT e.label, e.name, e.document_id FROM {table_files("entities")} e JOIN {_WIDE} d ON d.id = e.document_id
    JOIN {table_files("documents")} o ON o.id = e.document_id
  WHERE e.start IS NOT NULL AND e.{_of(version)} AND NOT coalesce(e.byline, false)
    AND NOT coalesce(list_contains(o.bylines, e.name), false)
    AND (e.score = 1 OR (d.kind IN ('article', 'turn') AND d.platform = 'news'))),
counted AS (
  SELECT label, name, count(*) AS mentions, count(DISTINCT document_id) AS documents FROM marked GROUP BY ALL)
SELECT (SELECT count(*) FROM marked) AS mentions, (SELECT count(DISTINCT document_id) FROM marked) AS documents,
  count(*) AS names, list(name ORDER BY documents DESC, mentions DESC, name, label)[1:3] AS first
FROM counted"""


def speakers(quotes: str, entities: str) -> str:
    speaking = ", ".join(f"'{kind}'" for kind in SPEAKING)
    return f"""WITH parts AS (
  SELECT q.* FROM {table_files("quotes")} q JOIN {_WIDE} d ON d.id = q.document_id
  WHERE q.start IS NOT NULL AND q.{_of(quotes)} AND d.kind = 'article'),
said AS (
  SELECT * FROM parts QUALIFY row_number() OVER (PARTITION BY document_id, quotation ORDER BY start) = 1),
who AS (
  SELECT s.document_id, s.quotation, arg_min(struct_pack(label := e.label, name := e.name), (
    list_position([{speaking}], e.label), e.start)) AS speaker
  FROM said s JOIN {table_files("entities")} e ON e.document_id = s.document_id
    AND e.start < s.speaker_end AND e."end" > s.speaker_start
  WHERE e.{_of(entities)} AND e.label IN ({speaking}) GROUP BY ALL)
SELECT count(DISTINCT document_id) AS articles, count(*) AS utterances,
  count(*) FILTER (label = 'direct') / count(*) AS direct, (SELECT count(*) FROM who) AS named,
  (SELECT count(DISTINCT speaker) FROM who) AS speakers
FROM said"""


def amounts(version: str) -> str:
    return f"""WITH marked AS (
  SELECT q.* FROM {table_files("quantities")} q JOIN {_WIDE} d ON d.id = q.document_id
  WHERE q.start IS NOT NULL AND q.{_of(version)} AND d.kind = 'article' AND q.label <> 'time'),
shared AS (
  SELECT label, value, count(DISTINCT subject) AS subjects FROM marked
  WHERE value IS NOT NULL AND (label <> 'count' OR value >= {LEAST_COUNT})
  GROUP BY ALL HAVING count(DISTINCT document_id) > 1)
SELECT (SELECT count(DISTINCT document_id) FROM marked) AS articles, (SELECT count(*) FROM marked) AS quantities,
  count(*) AS "values", count(*) FILTER (subjects > 1) AS split
FROM shared"""


def stories(version: str) -> str:
    return f"""WITH told AS (
  SELECT d.id, s.story FROM {_WIDE} d LEFT JOIN {table_files("story")} s ON s.document_id = d.id AND s.{_of(version)}
  WHERE d.kind = 'article')
SELECT count(story) AS articles, count(DISTINCT story) AS stories, count(*) AS "of", count(story) / count(*) AS share
FROM told"""
