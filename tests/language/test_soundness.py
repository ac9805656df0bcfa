"""Over documents with holes, every known answer is the one plain JMESPath gives however the holes are filled."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.language.parse import ExpressionError, Scope, parse
from tests.language.grammar import completed, dice, documents, holed, plain_expressions
from tests.language.plain import PlainError, admits, examples, is_true, plain, truth, value

COMPLETIONS = 8


def whole_ones(document: Any, original: Any, seed: random.Random) -> list[Any]:
    """The document as it was before it got holes, the one where every hole stays, and some random others."""
    return [original, document, *(completed(document, seed) for _ in range(COMPLETIONS))]


@examples()
@given(plain_expressions, documents, dice, st.sampled_from((0.0, 0.03, 0.1, 0.3)))
def test_a_known_answer_that_a_completion_contradicts(
    text: str, original: dict[str, Any], seed: random.Random, rate: float
) -> None:
    try:
        node = parse(text, Scope(strict=False))
    except ExpressionError:
        return
    document = {name: holed(part, seed, rate) for name, part in original.items() if seed.random() >= rate}
    answer, yes = value(node, document), truth(node, document)
    if answer is None and yes is None:
        return
    for whole in whole_ones(document, original, seed):
        try:
            result = plain(text, whole)
        except PlainError:
            continue
        assert admits(answer, result), f"{text} over {document} gave {answer!r}; over {whole} plain gives {result!r}"
        assert yes in (None, is_true(result)), f"{text} over {document} is {yes}; over {whole} plain gives {result!r}"
