"""Machine-readable descriptors of a snapshot: Croissant, Data Package and RO-Crate, all functions of its manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARQUET = "application/vnd.apache.parquet"
_CROISSANT_PARQUET = "application/x-parquet"  # the only spelling that the format's library reads
REPOSITORY = "repository"
_CROISSANT_TYPES = {
    "string": "sc:Text",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
    "timestamp": "sc:DateTime",
    "date": "sc:Date",
    "list<string>": "sc:Text",
    "list<int32>": "sc:Integer",
}
_PACKAGE_TYPES = {
    "string": "string",
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "timestamp": "datetime",
    "date": "date",
}


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What the manifest says of one table.

    `files` are (path, SHA-256, bytes), `columns` (name, type, description, personal).
    """

    name: str
    description: str
    rows: int
    files: tuple[tuple[str, str, int], ...]
    columns: tuple[tuple[str, str, str, str], ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the descriptors say, drawn from the manifest and the study; no clock among it."""

    snapshot_id: str
    study_id: str
    title: str
    description: str
    licence: str
    creators: tuple[str, ...]
    version: str
    contact: str
    languages: tuple[str, ...]
    window: tuple[str, str, str]
    """First day, last day, zone."""
    first_capture: str | None
    last_capture: str | None
    """Days; the last is the date of everything that needs one."""
    software: tuple[tuple[str, str], ...]
    collection: str
    limits: tuple[str, ...]
    sensitive: str
    maintenance: str
    tables: tuple[TableFacts, ...]

    @property
    def filled(self) -> tuple[TableFacts, ...]:
        """Tables with rows: some readers fail on a table without any."""
        return tuple(table for table in self.tables if table.rows)


def document(content: Any) -> bytes:
    """JSON bytes that depend on the content alone."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


# The key set that the format's own library writes: it warns of any other.
_CROISSANT_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(facts: Facts) -> bytes:
    """A Croissant 1.1 description with its responsible-use block.

    The folder itself stands as a FileObject of coding ``git+https``: measured, the one form in which the format's
    library reads a local folder. Its check of a description compares no digests; only the manifest proves bytes.
    """
    content: dict[str, Any] = {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": facts.study_id,
        "description": facts.description,
        "url": f"urn:huanying:snapshot:{facts.snapshot_id}",
        "license": facts.licence,
        "version": facts.version,
        "citeAs": f"{_names(facts)}: {facts.title}. Snapshot {facts.snapshot_id}.",
        "creator": [{"@type": "sc:Organization", "name": name} for name in facts.creators],
        "inLanguage": list(facts.languages),
        "temporalCoverage": "/".join(facts.window[:2]),
        "rai:dataCollection": facts.collection,
        "rai:dataCollectionTimeframe": [day for day in (facts.first_capture, facts.last_capture) if day],
        "rai:personalSensitiveInformation": facts.sensitive,
        "rai:dataBiases": facts.limits[0],
        "rai:dataLimitations": " ".join(facts.limits[1:]),
        "rai:dataReleaseMaintenancePlan": facts.maintenance,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": REPOSITORY,
                "name": REPOSITORY,
                "description": "The folder of the snapshot",
                "contentUrl": "./",
                "encodingFormat": "git+https",
                "sha256": facts.snapshot_id,
            },
            *(_file_set(table) for table in facts.filled),
        ],
        "recordSet": [_record_set(table) for table in facts.filled],
    }
    if facts.last_capture:
        content["datePublished"] = facts.last_capture
    return document({key: value for key, value in content.items() if value not in ("", [])})


def _file_set(table: TableFacts) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{table.name}-files",
        "name": f"{table.name}-files",
        "description": f"Files of the table {table.name}",
        "containedIn": {"@id": REPOSITORY},
        "encodingFormat": _CROISSANT_PARQUET,
        "includes": f"data/{table.name}/*.parquet",
    }


def _record_set(table: TableFacts) -> dict[str, Any]:
    plain = [column for column in table.columns if column[1] in _CROISSANT_TYPES]
    left = [column[0] for column in table.columns if column[1] not in _CROISSANT_TYPES]
    besides = f". In the files and not here, for the format's library fails on it: {', '.join(left)}" if left else ""
    content: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description + besides,
        "field": [_field(table, *column) for column in plain],
    }
    if len(table.key) == 1:
        content["key"] = {"@id": f"{table.name}/{table.key[0]}"}
    return content


def _field(table: TableFacts, name: str, kind: str, description: str, _: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{name}",
        "name": name,
        "description": description,
        "dataType": _CROISSANT_TYPES[kind],
        "source": {"fileSet": {"@id": f"{table.name}-files"}, "extract": {"column": name}},
    }
    if kind.startswith("list<"):
        content |= {"isArray": True, "arrayShape": "-1"}
    return content


def data_package(facts: Facts) -> bytes:
    """A Data Package v2: the data dictionary for readers of that family.

    Hashes but no byte counts, and nested columns as ``any``: measured, its common reader reports right byte counts of
    Parquet as wrong and nested columns as type errors, and compares no hash. Integrity is the manifest's matter.
    """
    content: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": facts.study_id,
        "id": f"urn:huanying:snapshot:{facts.snapshot_id}",
        "title": facts.title,
        "description": facts.description,
        "version": facts.version,
        "licenses": [{"name": _token(facts.licence), "title": facts.licence}],
        "contributors": [{"title": name, "roles": ["creator"]} for name in facts.creators],
        "resources": [_resource(table) for table in facts.tables],
    }
    if facts.last_capture:
        content["created"] = f"{facts.last_capture}T00:00:00Z"
    return document({key: value for key, value in content.items() if value != []})


def _resource(table: TableFacts) -> dict[str, Any]:
    paths = [path for path, _, _ in table.files]
    content: dict[str, Any] = {
        "name": table.name,
        "description": table.description,
        "path": paths[0] if len(paths) == 1 else paths,
        "format": "parquet",
        "mediatype": PARQUET,
        "schema": {
            "fields": [
                {"name": name, "type": _PACKAGE_TYPES.get(kind, "any"), "description": description}
                for name, kind, description, _ in table.columns
            ]
        },
    }
    if len(paths) == 1:
        content["hash"] = f"sha256:{table.files[0][1]}"
    if len(table.key) == 1:
        content["schema"]["primaryKey"] = list(table.key)
    return content


def ro_crate(facts: Facts, others: Sequence[str]) -> bytes:
    """An RO-Crate 1.1 with the build as its one action. ``others``: names of the snapshot's files that are no table."""
    parts = [path for table in facts.tables for path, _, _ in table.files] + sorted(others)
    people = [{"@id": f"#creator-{number}"} for number, _ in enumerate(facts.creators, start=1)]
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": facts.snapshot_id,
        "name": facts.title,
        "description": facts.description,
        "license": facts.licence,
        "version": facts.version,
        "temporalCoverage": "/".join(facts.window[:2]),
        "author": people,
        "hasPart": [{"@id": path} for path in parts],
        "mentions": {"@id": "#build"},
    }
    if facts.last_capture:
        root["datePublished"] = facts.last_capture
    graph: list[Mapping[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        },
        root,
        *_crate_files(facts, others),
        *({**who, "@type": "Organization", "name": name} for who, name in zip(people, facts.creators, strict=True)),
        *_crate_action(facts),
    ]
    return document({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph})


def _crate_files(facts: Facts, others: Sequence[str]) -> list[dict[str, Any]]:
    described = [
        {
            "@id": path,
            "@type": "File",
            "name": table.name,
            "description": table.description,
            "encodingFormat": PARQUET,
            "contentSize": str(size),
            "sha256": sha256,
        }
        for table in facts.tables
        for path, sha256, size in table.files
    ]
    return described + [{"@id": name, "@type": "File", "name": name} for name in sorted(others)]


def _crate_action(facts: Facts) -> list[dict[str, Any]]:
    software = [
        {"@id": f"#software-{name}", "@type": "SoftwareApplication", "name": name, "version": v}
        for name, v in facts.software
    ]
    action: dict[str, Any] = {
        "@id": "#build",
        "@type": "CreateAction",
        "name": "Build of the corpus from the archive",
        "instrument": [{"@id": one["@id"]} for one in software],
        "object": {"@id": "#archive"},
        "result": {"@id": "./"},
    }
    archive = {
        "@id": "#archive",
        "@type": "CreativeWork",
        "name": "The study's archive of captures (WARC); private and no part of this crate",
        "description": facts.collection,
    }
    return [action, archive, *software]


def _names(facts: Facts) -> str:
    return ", ".join(facts.creators) or f"Study {facts.study_id}"


def _token(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "-" for char in text)
