"""Whether what figures read of a snapshot is as it was built: its documents, and the tables of labels."""

from analysis.coding.schemes import Scheme
from corpus.errors import VerificationError
from corpus.manifest import Altered, altered
from corpus.snapshot import Snapshot


def damage(snapshot: Snapshot, scheme: Scheme) -> Altered | None:
    """What is wrong with the tables that figures by this scheme are made from; null where nothing is."""
    labels = (variable.labelled_by.annotator for variable in scheme.variables)
    return altered(snapshot, ("documents", "documents_wide", *labels))


def refuse_damaged(snapshot: Snapshot, scheme: Scheme) -> None:
    """Raises VerificationError where a table was changed since it was built: no figure could be made from it again."""
    if fault := damage(snapshot, scheme):
        raise VerificationError(
            f"the snapshot is not as it was built: {fault.told}",
            where=snapshot.folder,
            hint="restore it from a copy, or run `huanying build`, and `huanying annotate` where labels are meant",
        )
