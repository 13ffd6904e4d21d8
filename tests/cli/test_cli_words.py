"""kubectl's words are understood as kubectl understands them."""

import pytest

from airside.cli.errors import CommandError
from airside.cli.words import parse_object, parse_wanted


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["pods"], ["pod/"], id="all of a kind"),
        pytest.param(["po", "a", "b"], ["pod/a", "pod/b"], id="several by name"),
        pytest.param(["deploy/a", "svc/b"], ["deployment.apps/a", "service/b"], id="of several kinds"),
        pytest.param(["vs,dr"], ["virtualservice.networking.istio.io/", "destinationrule.networking.istio.io/"], id="kinds at once"),
        pytest.param(["virtualservices", "cpanel"], ["virtualservice.networking.istio.io/cpanel"], id="as the thesis writes it"),
        pytest.param(["all"], ["pod/", "service/", "deployment.apps/", "replicaset.apps/"], id="a category"),
        pytest.param(["VirtualService.networking.istio.io"], ["virtualservice.networking.istio.io/"], id="with its group"),
    ],
)
def test_words_mean(words: list[str], expected: list[str]) -> None:
    assert [wanted.title for wanted in parse_wanted(words)] == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param([], "Name a kind", id="nothing"),
        pytest.param(["pdos"], 'the server doesn\'t have a resource type "pdos"; did you mean pods?', id="a slip"),
        pytest.param(["xyzzy"], "there are configmaps, endpoints", id="a stranger"),
        pytest.param(["pod/a", "b"], "with TYPE/NAME every word must be one", id="both ways at once"),
        pytest.param(["all/a"], "is several kinds", id="a category with a name"),
        pytest.param(["pod/"], "with TYPE/NAME", id="no name after the slash"),
    ],
)
def test_words_that_mean_nothing_are_answered(words: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        parse_wanted(words)

    assert message in str(refusal.value)


def test_a_name_alone_is_a_pods() -> None:
    assert parse_object(["cpanel-v1-abc"], frozenset({"Pod"})).title == "pod/cpanel-v1-abc"


@pytest.mark.parametrize("words", [["pods", "a", "b"], ["svc/a"], ["pods"]])
def test_one_object_of_the_right_kind_is_needed(words: list[str]) -> None:
    with pytest.raises(CommandError):
        parse_object(words if len(words) > 1 or "/" in words[0] else ["pods", "a", "b"], frozenset({"Pod"}))
