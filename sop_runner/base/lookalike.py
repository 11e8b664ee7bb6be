"""Names that look alike: one skeleton for every name that a reader could take for another.

A compact cut of Unicode TS 39 (confusables, version 15.1; Unicode-3.0 licence): the characters
of Latin, Greek, Cyrillic, Armenian, Cherokee, Coptic and Lisu that pass for an ASCII letter or
digit, and kana that pass for ideographs. The packages that carry the whole table load 900 kB
of JSON (30 ms) and do not give a skeleton.
"""

import unicodedata

# What stands on the left is what its characters are taken for.
_LOOK_ALIKES = (
    ("2", "ƧϨꙄꝚ"), ("3", "ƷȜЗӠⳌꝪꞫ"), ("4", "Ꮞ"), ("5", "Ƽ"), ("6", "бᏮⳒ"), ("8", "Ȣȣ"), ("9", "ⳊꝮ"),
    ("a", "ɑαаΑАᎪꓮ"), ("b", "ƄЬᏏΒВᏴꓐꞴ"), ("c", "ϲсᴄⲥꮯϹСᏟⲤꓚ"), ("d", "ԁᏧꓒᎠꓓ"), ("e", "еҽꬲΕЕᎬꓰ"),
    ("f", "ſքẝꞙꬵϜꓝꞘ"), ("g", "ƍɡցᶃԌᏀᏳꓖ"), ("h", "һհᏂΗНᎻⲎꓧ"), ("j", "ϳјͿЈᎫꓙꞲ"), ("k", "ΚКᏦⲔꓗκк"),
    ("l", "ıɩɪͺιіӏᎥꙇꭵƖǀΙІӀⲒꓲᏞⳐꓡ"), ("m", "ΜϺМᎷⲘꓟ"), ("n", "ոռΝⲚꓠ"), ("o", "οσоօᴏᴑⲟꬽΟОՕⲞꓳ"),
    ("p", "ρϱрⲣΡРᏢⲢꓑ"), ("q", "ԛգզ"), ("r", "гᴦⲅꭇꭈꮁƦᎡᏒꓣ"), ("s", "ƽѕꜱꮪЅՏᏕᏚꓢ"), ("t", "ΤТᎢⲦꓔτт"),
    ("u", "ʋυսᴜꞟꭎꭒՍꓴ"), ("v", "νѵᴠꮩѴᏙꓦ"), ("w", "ɯѡԝաᴡꮃԜᎳᏔꓪ"), ("x", "хΧХⲬꓫꞳ"),
    ("y", "ɣʏγуүᶌỿꭚΥϒУҮᎩᎽⲨꓬ"), ("z", "ᴢꮓΖᏃꓜ"),
    ("へ", "ヘ"), ("一", "ー―"), ("口", "ロ"), ("工", "エ"), ("力", "カ"), ("二", "ニ"), ("夕", "タ"), ("卜", "ト"),
    ("八", "ハ"),
)  # fmt: skip
# Within ASCII: a capital I, a small l and the digit 1; O and 0. Case is folded, so i joins them.
_ASCII_ALIKES = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o"})
_PAIRS = (("rn", "m"), ("vv", "w"))


def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for shape, alikes in _LOOK_ALIKES:
        for character in alikes:
            table[ord(character)] = shape
            # Whether the case is folded before or after, the same shape must come out.
            if len(folded := character.casefold()) == 1 and not folded.isascii():
                table.setdefault(ord(folded), shape)
    return table


_TABLE = _table()


def skeleton(name: str) -> str:
    """Fold `name` to what it looks like, for comparing only; equal skeletons look alike.

    Compatibility forms, case, spaces, hyphens, punctuation and invisible characters do not
    count, nor does the script of a letter (UTS 39, section 4). Accents do: `Béla` is not `Bela`.
    The result is never shown: it is not a name.
    """
    folded = unicodedata.normalize("NFKC", name).translate(_TABLE).casefold()
    shapes = unicodedata.normalize("NFKD", folded).translate(_TABLE).translate(_ASCII_ALIKES)
    kept = "".join(c for c in shapes if unicodedata.category(c)[0] not in "ZPC")
    kept = kept.replace("l\u0307", "l")  # the dot that Turkish keeps on a lower-cased İ
    for pair, shape in _PAIRS:
        kept = kept.replace(pair, shape)
    return kept


def shapes(name: str) -> frozenset[str]:
    """The skeletons of `name` as written, in capitals and in small letters.

    Two names that share one can be taken for each other; one skeleton would not do, for a Greek
    capital `Ν` looks like `N` and the small `ν` like `v`.
    """
    return frozenset({skeleton(name), skeleton(name.upper()), skeleton(name.lower())})
