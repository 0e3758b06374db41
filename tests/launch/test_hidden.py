"""No credential reaches what is shown: the YAML page, a preview, a difference."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.launch.hidden import hide

KEY = "nvapi-abcDEF0123456789_x"


@pytest.mark.parametrize(
    "found",
    [
        {"env": [{"name": "NGC_API_KEY", "value": KEY}]},
        {"env": [{"name": "HF_TOKEN", "value": KEY}]},
        {"spec": {"environment": {"items": {"NGC_API_KEY": {"value": KEY}}}}},
        {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"value":"' + KEY + '"}'}},
        {"args": ["--header", f"Authorization: Bearer {KEY}"]},
        {"stringData": {"password": KEY}},
        {"env": [{"name": "AWS_SECRET_ACCESS_KEY", "value": "plain-words"}]},
        {"env": [{"name": "TLS_PRIVATE_KEY", "value": "plain-words"}]},
        {"auth": {"clientSecret": "plain-words", "accessToken": "plain-words", "dbPassword": "plain-words"}},
        {"properties": {"apiKey": {"default": "plain-words"}}},
        {"kind": "Secret", "data": {"anything": "plain-words"}},
    ],
)
def test_a_literal_key_is_hidden(found: dict[str, Any]) -> None:
    assert KEY not in str(hide(found))
    assert "plain-words" not in str(hide(found))


@pytest.mark.parametrize(
    "found",
    [
        {"env": [{"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc", "key": "NGC_API_KEY"}}}]},
        {"items": {"NGC_API_KEY": {"value": "SECRET:ngc-api-key,NGC_API_KEY"}}},
        {"env": [{"name": "NIM_CACHE_PATH", "value": "/opt/nim/.cache"}]},
        {"imagePullSecrets": [{"name": "nvcr"}], "labels": {"app": "x"}, "replicas": 2, "none": None},
        {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]},
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "values": ["node001"]}]},
        {"podAntiAffinity": {"topologyKey": "kubernetes.io/hostname"}, "labelKey": "runai/node-pool"},
        {"spec": {"authSecret": "ngc-api-key", "imagePullSecret": "nvcr"}},
    ],
)
def test_what_is_no_secret_stays_readable(found: dict[str, Any]) -> None:
    assert hide(found) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_redacting_keeps_the_shape_and_is_done_after_once(found: Any) -> None:
    once = hide(found)
    assert hide(once) == once
    assert type(once) is type(found)
