"""The queries that give a report's findings again: DuckDB, run in a snapshot's folder, one row each."""

from collections.abc import Sequence

from analysis.reporting.counting import K
from corpus.study import Window

SCRIPT = (
    "CASE WHEN language LIKE 'zh%' THEN 'zh' WHEN language = 'en' THEN 'en' "
    "WHEN language = 'mul' THEN 'mixed' ELSE 'other' END AS script"
)


def table_files(table: str) -> str:
    """A table of the snapshot in whose folder a query runs."""
    return f"'data/{table}/*.parquet'"


_WIDE = table_files("documents_wide")


def _inside(window: Window) -> str:
    return f"day_shanghai BETWEEN DATE '{window.start}' AND DATE '{window.end}'"


def _kept(groups: str, where: str) -> str:
    """Documents but posts and comments of groups by fewer than K authors, as the table `kept`."""
    return f"""of AS (SELECT *, {SCRIPT}, kind NOT IN ('article', 'turn') AS personal FROM {_WIDE} WHERE {where}),
kept AS (SELECT * FROM of SEMI JOIN (
  SELECT {groups}, personal FROM of GROUP BY ALL HAVING NOT personal OR count(DISTINCT author_key) >= {K}
) USING ({groups}, personal))"""


def peak(window: Window) -> str:
    return f"""SELECT day_shanghai AS day, count(*) AS n, sum(count(*)) OVER () AS total, n / total AS share
FROM {_WIDE} WHERE {_inside(window)}
GROUP BY day ORDER BY n DESC, day LIMIT 1"""


def sources(top: int) -> str:
    return f"""WITH news AS (
  SELECT s.id, s.name, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, s.id) AS place
  FROM {_WIDE} d JOIN {table_files("sources")} s ON s.id = d.source_id WHERE s.kind = 'news' GROUP BY s.id, s.name)
SELECT {top} AS top, count(*) AS sources, sum(n) AS total, sum(n) FILTER (place <= {top}) / sum(n) AS share,
  list(name ORDER BY place) FILTER (place <= {top}) AS names
FROM news"""


def silence(window: Window) -> str:
    return f"""WITH asked AS (
  SELECT s.id, count(c.id) AS captures,
    max((c.fetched_at AT TIME ZONE 'Asia/Shanghai')::DATE) FILTER (c.format <> 'robots') AS last
  FROM {table_files("sources")} s LEFT JOIN {table_files("captures")} c ON c.source_id = s.id
  WHERE s.kind <> 'archive' GROUP BY s.id),
state AS (
  SELECT CASE WHEN id IN (SELECT source_id FROM {_WIDE}) THEN 'documents' WHEN last IS NOT NULL THEN 'nothing'
    WHEN captures > 0 THEN 'refused' ELSE 'not_asked' END AS state FROM asked),
days AS (
  SELECT id, unnest(generate_series(DATE '{window.start}', DATE '{window.end}', INTERVAL 1 DAY))::DATE AS day, last
  FROM asked),
cells AS (
  SELECT count(d.id) AS n FROM days
  LEFT JOIN {_WIDE} d ON d.source_id = days.id AND d.day_shanghai = days.day
  WHERE day <= last GROUP BY days.id, day),
states AS (
  SELECT count(*) AS sources, count(*) FILTER (state = 'documents') AS gave, count(*) FILTER (state = 'nothing') AS nothing,
    count(*) FILTER (state = 'refused') AS refused, count(*) FILTER (state = 'not_asked') AS not_asked FROM state),
silent AS (SELECT count(*) AS asked_days, count(*) FILTER (n = 0) AS silent_days FROM cells)
SELECT *, silent_days / asked_days AS share FROM states, silent"""


def reuse() -> str:
    return f"""WITH widest AS (
  SELECT c.id, c.documents, c.sources, s.name AS first
  FROM {table_files("clusters")} c JOIN {_WIDE} d ON d.id = c.first_document_id JOIN {table_files("sources")} s ON s.id = d.source_id
  WHERE d.kind = 'article' AND c.sources > 1 ORDER BY c.sources DESC, c.documents DESC, c.id LIMIT 1)
SELECT count(*) FILTER (cluster_id IS NOT NULL) AS documents, count(*) AS total, documents / total AS share,
  count(DISTINCT cluster_id) AS clusters,
  (SELECT documents FROM widest) AS texts, (SELECT sources FROM widest) AS reached, (SELECT first FROM widest) AS first,
  (SELECT CASE WHEN bool_and(published_precision IN ('second', 'minute'))
     THEN ceil((epoch(max(published_at)) - epoch(min(published_at))) / 3600)::INTEGER END
   FROM {_WIDE} WHERE cluster_id = (SELECT id FROM widest)) AS hours
FROM {_WIDE}"""


def comments() -> str:
    return f"""SELECT sum(comments) AS declared, coalesce(sum(comments_captured), 0) AS captured,
  captured / declared AS share, count(*) AS posts, count(*) FILTER (coalesce(comments_captured, 0) >= comments) AS complete
FROM {_WIDE} WHERE kind = 'post' AND comments IS NOT NULL"""


def checked() -> str:
    return f"""WITH newest AS (
  SELECT document_id, arg_max(state, (checked_at, capture_id)) AS state
  FROM {table_files("availability")} GROUP BY document_id HAVING count(*) > 1)
SELECT count(*) AS documents, count(*) FILTER (state = 'gone') AS gone, count(*) FILTER (state = 'edited') AS edited,
  count(*) FILTER (state = 'private') AS private, gone / documents AS share
FROM newest"""


def tone(kinds: Sequence[str]) -> str:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    parts = ",\n  ".join(
        f"count(*) FILTER (script = '{script}') AS {script}_n, "
        + ", ".join(
            f"count(*) FILTER (script = '{script}' AND sentiment = '{label}') / {script}_n AS {script}_{label}"
            for label in ("positive", "negative")
        )
        for script in ("zh", "en")
    )
    return f"""WITH {_kept("script, kind", "sentiment IS NOT NULL")}
SELECT {parts}
FROM kept WHERE kind IN ({named})"""


def themes() -> str:
    parts = ",\n  ".join(
        f"max_by(theme, n) FILTER (script = '{script}') AS {script}_theme, "
        f"max(n / total) FILTER (script = '{script}') AS {script}_share, "
        f"any_value(total) FILTER (script = '{script}') AS {script}_n"
        for script in ("zh", "en")
    )
    return f"""WITH {_kept("script", "themes IS NOT NULL")},
totals AS (SELECT script, count(*) AS total FROM kept GROUP BY script),
counted AS (SELECT script, theme, count(*) AS n FROM (SELECT script, unnest(themes) AS theme FROM kept) GROUP BY ALL)
SELECT {parts}
FROM counted JOIN totals USING (script)"""


def languages() -> str:
    parts = ", ".join(
        f"count(*) FILTER (script = '{script}') / count(*) AS {script}" for script in ("zh", "en", "mixed", "other")
    )
    return f"SELECT {parts} FROM (SELECT {SCRIPT} FROM {_WIDE})"


def tone_days(window: Window, least: int) -> str:
    parts = ",\n  ".join(
        f"count(*) FILTER (script = '{script}') AS {script}_days, "
        f"count(*) FILTER (script = '{script}' AND positive > negative) AS {script}_positive_days"
        for script in ("zh", "en")
    )
    return f"""WITH {_kept("day_shanghai, script", f"sentiment IS NOT NULL AND {_inside(window)}")},
days AS (
  SELECT day_shanghai, script, count(*) FILTER (sentiment = 'positive') AS positive,
    count(*) FILTER (sentiment = 'negative') AS negative
  FROM kept GROUP BY ALL HAVING count(*) >= {least})
SELECT {least} AS least, {parts}
FROM days"""


def theme_days(window: Window) -> str:
    return f"""WITH {_kept("day_shanghai", f"themes IS NOT NULL AND {_inside(window)}")},
counted AS (
  SELECT day, theme, count(*) AS n FROM (SELECT day_shanghai AS day, unnest(themes) AS theme FROM kept) GROUP BY ALL),
first AS (SELECT theme, sum(n) AS total FROM counted GROUP BY theme ORDER BY total DESC, theme LIMIT 1)
SELECT theme, day, n, total FROM counted JOIN first USING (theme) ORDER BY n DESC, day LIMIT 1"""


def flow() -> str:
    return f"""SELECT count(*) AS captures, count(*) FILTER (outcome = 'documents') AS with_documents,
  count(*) FILTER (outcome = 'rejected') AS rejected, (SELECT count(*) FROM {table_files("documents")}) AS documents
FROM {table_files("captures")}"""


def permission() -> str:
    return f"""SELECT count(*) AS captures, count(*) FILTER (permission = 'allowed') AS allowed,
  count(*) FILTER (permission = 'no-robots') AS free, count(*) FILTER (permission = 'asking') AS robots,
  count(*) FILTER (permission = 'own-capture') AS own
FROM {table_files("captures")}"""
