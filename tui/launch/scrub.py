"""What a credential looks like in running text: a log line, a message, an argument. Hides it, and says nothing else.

Wider than it need be: a word hidden in vain costs a look, a key that is shown costs a key. Pure.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

HIDDEN = "***"
LONGEST_LINE = 16_384  # characters; a longer line is cut before it is searched
_SHORTEST_KNOWN = 6  # a shorter value stands in too many words to be hidden wherever it is seen

_NAME = (
    r"(?:passw(?:or)?d|passphrase|[_-]pass|pwd|secrets?|credentials?|tokens?|(?:api|access|private|client|signing)[_-]?keys?"
    r"|access[_-]?key[_-]?id|(?:client-key|certificate-authority|client-certificate)-data|signature|dockerconfigjson"
    r"|(?<=[\"'])auth(?=\\*[\"'])|(?-i:_KEYS?))"
)
_QUOTE = r"\\*[\"']"
_VALUE = rf"(?:(?P<open>{_QUOTE})(?P<quoted>.*?)(?P=open)|(?P<cut>{_QUOTE}.*)|(?P<bare>[^\s,;&\"'<>)}}\]\\]+))"
_NAMED = re.compile(rf"(?P<name>{_NAME})(?P<between>(?:{_QUOTE})?\s*[:=]\s*){_VALUE}", re.IGNORECASE)
_FLAG = re.compile(rf"(?<![\w/.-])(?P<name>--?[\w-]*{_NAME})(?P<between>\s+){_VALUE}", re.IGNORECASE)
_VARIABLE = re.compile(
    rf"(?P<name>\bname{_QUOTE}?\s*[:=]\s*(?:{_QUOTE})?\w*{_NAME}(?:{_QUOTE})?[,;\s]+(?:{_QUOTE})?value)"
    rf"(?P<between>(?:{_QUOTE})?\s*[:=]\s*){_VALUE}",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"(?P<name>authorization|cookie|x-api-key|x-auth-token)(?P<between>(?:{_QUOTE})?\s*[:=]\s*)"
    rf"(?:(?P<open>{_QUOTE})(?P<quoted>.*?)(?P=open)|(?P<bare>[^\r\n]+))",
    re.IGNORECASE,
)
_BASIC = re.compile(r"(?<=[Bb]asic )[A-Za-z0-9+/_-]{6,}={0,2}")
_USER_IN_URL = re.compile(r"(?<=://)[^\s\"'`<>]*@(?!sha(?:256|384|512):)")
_SHAPES = re.compile(
    r"nvapi-[\w-]+"  # NGC
    r"|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?"  # a JSON web token
    r"|(?i:(?<=bearer ))[\w.~+/-]{8,}=*"
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"  # AWS
    r"|\b(?:hf_|gh[opsur]_|github_pat_|glpat-|dckr_pat_|xox[a-z]-|sk-|npm_)[\w-]{10,}"
    r"|\bAIza[\w-]{30,}"
    r"|LS0tLS1CRUdJTi[\w+/=]+"  # a PEM block in base64
)
_PEM = re.compile(r"-----BEGIN [^-\n]*-----(?:.*?-----END [^-\n]*-----|.*)", re.DOTALL)
_PEM_BEGINS = re.compile(r"-----BEGIN [^-\n]*-----")
_PEM_ENDS = re.compile(r"^.*?-----END [^-\n]*-----")
_KEY_LINE = re.compile(r"^\s*[A-Za-z0-9+/]{40,}={0,2}\s*$")  # of a block whose first line is not seen
_ASSIGNED = re.compile(rf"{_NAME}(?:{_QUOTE})?\s*[:=]", re.IGNORECASE)
_SENTENCE = re.compile(r"[a-z]{2,12} [a-z]{2,}\b")
_GOES_ON = re.compile(r"[\w.~+/$-]")
_HOLDS_NOTHING = frozenset({"null", "none", "nil", "true", "false", "{}", "[]", "{", "[", "|", ">", HIDDEN})
_REFERENCE = re.compile(r"(?<!\w)SECRET:[^,\s]+,[^,\s]+")  # as Run:ai writes where to look


def scrub(text: str) -> str:
    """``text`` with ``***`` for what looks like a credential; done twice it stays as it is after once."""
    if "-----BEGIN" in text:
        text = _PEM.sub(HIDDEN, text)
    text = _SHAPES.sub(HIDDEN, text)
    text = _HEADER.sub(_header, text)
    text = _BASIC.sub(_basic, text)
    if "://" in text:
        text = _USER_IN_URL.sub(f"{HIDDEN}@", text)
    for pattern in (_VARIABLE, _NAMED, _FLAG):
        text = _hide_values(pattern, text)
    return text


def names_credential(flag: str) -> bool:
    """Whether the argument that follows this one is a credential: ``--password``, ``--api-key``."""
    return re.fullmatch(rf"--?[\w-]*{_NAME}", flag, re.IGNORECASE) is not None


class Scrubber:
    """Hides besides the shapes also ``known`` values, wherever they stand, as they are and in base64."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        worth = {value for value in known if len(value) >= _SHORTEST_KNOWN and HIDDEN not in value}
        forms = {form for value in worth for form in _forms(value)}
        self._known = re.compile("|".join(re.escape(one) for one in sorted(forms, key=len, reverse=True)) or r"(?!)")

    def text(self, text: str) -> str:
        """A text of one piece: a message, a value."""
        return scrub(self.known(text))

    def known(self, text: str) -> str:
        """Only the known values: for a text whose values have been scrubbed one by one."""
        return self._known.sub(HIDDEN, text)

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of a log; a PEM block, or what is seen of one, becomes one line."""
        inside = False
        for line in lines:
            line = line[:LONGEST_LINE]
            if inside:
                ended = _PEM_ENDS.match(line)
                if ended is None:
                    continue
                inside, line = False, line[ended.end() :]
                if not line.strip():
                    continue
            inside = _leaves_open(line)
            yield HIDDEN if _KEY_LINE.match(line) else self.text(_PEM_ENDS.sub(HIDDEN, _PEM.sub(HIDDEN, line)))


def _leaves_open(line: str) -> bool:
    """Whether a PEM block that begins in this line does not end in it."""
    begins = [match.end() for match in _PEM_BEGINS.finditer(line)]
    return bool(begins) and _PEM_ENDS.match(line[begins[-1] :]) is None


def _hide_values(pattern: re.Pattern[str], text: str) -> str:
    """``text`` with the values that ``pattern`` finds hidden: the name stays, and the quotes."""
    parts, done = [], 0
    while match := pattern.search(text, done):
        value = match["quoted"] or match["bare"] or match["cut"] or ""
        end = match.end()
        if _holds_nothing(match, value):
            parts.append(text[done:end])
        else:
            quote = match["open"] or ""
            if quote and (_ASSIGNED.search(value) or _GOES_ON.match(text, end)):
                # A quote that was never closed, cut off with its line: what follows may belong to either value.
                end = len(text) if (stop := text.find("\n", end)) < 0 else stop
            parts += text[done : match.start()], match["name"], match["between"], quote, HIDDEN, quote
        done = end
    return "".join((*parts, text[done:]))


def _holds_nothing(match: re.Match[str], value: str) -> bool:
    """Whether it only says that there is none, where to look for one, or how many tokens a model takes."""
    points = _REFERENCE.match(match.string, match.start()) or _REFERENCE.match(value)
    if not value or value.lower() in _HOLDS_NOTHING or points is not None or _counts(match["name"], value):
        return True
    return match["bare"] is not None and _is_prose(match)


def _is_prose(match: re.Match[str]) -> bool:
    """``failed to fetch anonymous token: unexpected status``: a sentence goes on after the word."""
    told = match["name"].lower().endswith(("token", "tokens", "secret", "secrets", "credentials"))
    return told and match["between"] == ": " and _SENTENCE.match(match.string, match.start("bare")) is not None


def _header(match: re.Match[str]) -> str:
    """A value in quotes ends with them; any other is the rest of the line, whatever stands there."""
    quote = match["open"] or ""
    return f"{match['name']}{match['between']}{quote}{HIDDEN}{quote}"


def _counts(name: str, value: str) -> bool:
    """``max_tokens=2048``: the tokens of a model, not one that opens a door."""
    return name.lower().endswith(("token", "tokens")) and re.fullmatch(r"\d{1,7}(\.\d+)?", value) is not None


def _basic(match: re.Match[str]) -> str:
    """``basic authentication`` is a word; a user with a password is not."""
    try:
        plain = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return match[0]
    return HIDDEN if b":" in plain else match[0]


def _forms(value: str) -> Iterator[str]:
    yield value
    yield base64.b64encode(value.encode()).decode()
    yield base64.b64encode(value.encode() + b"\n").decode()  # as ``echo`` leaves it
