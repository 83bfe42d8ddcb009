"""What the interval of a figure covers and what it does not, said beside it in both languages."""

from collections.abc import Mapping

Texts = Mapping[str, str]
_CODES = {
    "en": "Of the collected frame: covers what the draw leaves to chance, and slips of coding that differ from document to document; not what coders get wrong alike, nor collection, ranking, deletion.",
    "zh": "仅就已收集的抽样框而言：涵盖抽样误差，以及因文而异的偶然编码失误；不涵盖编码员共同的误判，也不涵盖采集、排序推荐与删除所致的误差。",
}
_BOTH = {
    "en": "Of the collected frame: covers what the draw leaves to chance, errors of the labels, and slips of coding that differ from document to document; not what coders get wrong alike, nor collection, ranking, deletion.",
    "zh": "仅就已收集的抽样框而言：涵盖抽样误差、机器标注误差，以及因文而异的偶然编码失误；不涵盖编码员共同的误判，也不涵盖采集、排序推荐与删除所致的误差。",
}
_CENSUS = {
    "en": "Of the collected frame, all of which was coded: the draw leaves nothing to chance. What coders get wrong is not covered, nor collection, ranking, deletion.",
    "zh": "仅就已收集的抽样框而言，其中文本已全部编码，故无抽样误差；不涵盖编码误差，也不涵盖采集、排序推荐与删除所致的误差。",
}
_WITHOUT = {
    "en": " Left out: {n} documents of strata of which nothing was drawn or nothing is known.",
    "zh": "未计入：{n} 篇文本，其所在层未被抽到或尚无编码。",
}
ALONE = {
    "en": "Labels of a machine alone, over the collected frame; not validated by humans: how wrong they are is not known.",
    "zh": "仅为机器标注在已收集抽样框内的占比；未经人工验证，误差未知。",
}
NAIVE = {
    "en": "Labels of a machine alone, over the collected frame, uncorrected: for comparison with the corrected figure.",
    "zh": "仅为机器标注在已收集抽样框内的占比，未经校正；仅供与校正值对照。",
}


def scope_of(interval: str, labels: bool, uncovered: int) -> Texts:
    """Of a figure by codes, or by ``labels`` that codes correct."""
    said = _CENSUS if interval == "census" else _BOTH if labels else _CODES
    if not uncovered:
        return said
    return {language: text + _WITHOUT[language].format(n=uncovered) for language, text in said.items()}
