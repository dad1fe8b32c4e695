"""Words looked up as they are written."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.screening.names import text
from vedette.screening.names.tokens import Vocabulary

_WORDS = (
    "Ann ANN Özil Müller O'Neil Al-Hassan Anne-Marie abdurrahman Abdulkader Иван Петров محمد علي "
    "山田 太郎 김 정은 कान्ता Đorđe Ltd LLC aka alias A.K.A. a / | ; , . - ' J. J.R. S.R.L. AT&T A+B "
    "Forty four 4 twenty-five one ten Seven People's Liberation Army Aktiengesellschaft "
    "Aktiengeselschaft III _ x_y ʼn ー · \u212a a\u212aa İ ß 3rd"
)
WORDS = _WORDS.split(" ")
GAPS = st.sampled_from([" ", " ", "  ", ", ", ",", "\t", "\u3000", "\xa0"])


@st.composite
def _names(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), max_size=20))
    return "".join(word + draw(GAPS) for word in words)


@settings(max_examples=500, deadline=None)
@given(st.lists(_names(), max_size=4))
def test_names_are_read_as_if_nothing_was_remembered(names: list[str]) -> None:
    """A word is remembered only where its tokens do not depend on what stands beside it."""
    vocabulary = Vocabulary()
    for name in names:
        read = vocabulary.read(name)
        words = list(vocabulary._numbers)
        assert [[words[n] for n in variant] for variant in read] == text.variants(name)


def test_a_surname_before_a_comma_is_spoken_last() -> None:
    """A legal form after the comma stays where it is."""
    assert text.given_first("PUTIN, Vladimir") == " Vladimir PUTIN"
    assert text.given_first("Muster, Ltd") is text.given_first("Muster,") is None
