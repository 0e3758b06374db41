"""Kubernetes' rules for names, each as the fault of a text (``""``: none). They are the API server's, word for word
where a rule has limits; ours only where a later object is named after the first."""

import re

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?"
_IMAGE = re.compile(
    rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::[\w][\w.-]{{0,127}})?(?:@[a-z0-9]+:[0-9a-fA-F]{{32,}})?"
)
_MODEL = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})+")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NFS_SERVER = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|[0-9a-fA-F:]+")

LONGEST_LABEL = 63
LONGEST_SUBDOMAIN = 253
LONGEST_IMAGE = 512
# Knative names the Deployment of the first revision after its Service, and a Deployment's name becomes a label.
REVISION_SUFFIX = "-00001-deployment"


def label(text: str, longest: int = LONGEST_LABEL) -> str:
    """RFC 1123 label: namespaces, projects."""
    if len(text) > longest:
        return f"is {len(text)} characters long; use at most {longest}"
    if not _LABEL.fullmatch(text):
        return "is no name; use lower-case letters, digits and -, with a letter or digit at both ends"
    return ""


def service(text: str, longest: int = LONGEST_LABEL) -> str:
    """RFC 1035 label: what becomes a Service must begin with a letter."""
    if not label(text, longest) and not _SERVICE.fullmatch(text):
        return "begins with a digit; begin with a letter, for a Service is named after it"
    return label(text, longest)


def subdomain(text: str) -> str:
    """RFC 1123 subdomain: Secrets, claims, classes."""
    if len(text) > LONGEST_SUBDOMAIN:
        return f"is {len(text)} characters long; use at most {LONGEST_SUBDOMAIN}"
    if not _SUBDOMAIN.fullmatch(text):
        return "is no name; use lower-case letters, digits, - and ., with a letter or digit at both ends"
    return ""


def qualified(text: str) -> str:
    """The key of a label or annotation, with or without a prefix."""
    prefix, slash, name = text.rpartition("/")
    if slash and subdomain(prefix):
        return "has a prefix that is no DNS name; write it as example.com/name"
    if len(name) > LONGEST_LABEL or not _QUALIFIED.fullmatch(name):
        return "is no key; use up to 63 letters, digits, -, _ and ., with a letter or digit at both ends"
    return ""


def label_value(text: str) -> str:
    """The value of a label; it may be empty."""
    if text and (len(text) > LONGEST_LABEL or not _QUALIFIED.fullmatch(text)):
        return "is no label value; use up to 63 letters, digits, -, _ and ., with a letter or digit at both ends"
    return ""


def secret_key(text: str) -> str:
    """A key in a Secret."""
    if len(text) > LONGEST_SUBDOMAIN or not _SECRET_KEY.fullmatch(text):
        return "is no key of a Secret; use letters, digits, -, _ and ."
    return ""


def variable(text: str) -> str:
    """The name of an environment variable."""
    if len(text) > LONGEST_SUBDOMAIN or not _VARIABLE.fullmatch(text):
        return "is no variable name; use letters, digits, _, - and ., not beginning with a digit"
    return ""


def image(text: str) -> str:
    """An image reference."""
    return (
        ""
        if len(text) <= LONGEST_IMAGE and _IMAGE.fullmatch(text)
        else "is no image; write it as registry/path:tag, lower-case"
    )


def model(text: str) -> str:
    """A model as the catalogue names it."""
    if ":" in text:
        return "has a tag; write it as version"
    if len(text) > LONGEST_IMAGE or not _MODEL.fullmatch(text):
        return "is no model; write publisher/name, such as meta/llama-3.1-8b-instruct"
    return ""


def tag(text: str) -> str:
    """The tag of an image."""
    return "" if _TAG.fullmatch(text) else "is no tag; use letters, digits, _, . and -, such as 1.8.4"


def path(text: str) -> str:
    """A folder in a container."""
    if not text.startswith("/") or text.strip("/") == "" or ":" in text or ".." in text.split("/"):
        return "is no folder in the container; write it in full, without : or .., such as /opt/nim/.cache"
    return ""


def nfs_server(text: str) -> str:
    """A host name or address."""
    return (
        ""
        if len(text) <= LONGEST_SUBDOMAIN and _NFS_SERVER.fullmatch(text)
        else "is no server; write a host name or an address, without a path"
    )
