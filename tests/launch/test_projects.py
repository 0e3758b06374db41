"""Requests to the control plane, in the shapes that it told itself."""

import pytest

from tui.launch.projects import NotThere, create_project, find_cluster, find_project, set_placement, set_quota

PROJECT = {
    "id": "41",
    "name": "test",
    "resources": [
        {"nodePool": {"id": "1", "name": "default"}, "gpu": {"deserved": 4, "limit": -1}, "cpu": {"deserved": 10}},
        {"nodePool": {"id": "2", "name": "h100"}, "gpu": {"deserved": 0}},
    ],
}


def test_a_quota_is_changed_in_one_pool_and_the_rest_of_it_is_sent_as_it_was_read():
    change = set_quota(PROJECT, "default", 8)
    assert change.resource == "PATCH /api/v1/org-unit/projects/41/resources"
    assert change.body == {
        "items": [
            {"nodePool": {"id": "1", "name": "default"}, "gpu": {"deserved": 8, "limit": -1}, "cpu": {"deserved": 10}}
        ]
    }
    assert "it was 4" in change.title


def test_a_pool_that_the_project_does_not_know_is_named():
    with pytest.raises(NotThere, match="default, h100"):
        set_quota(PROJECT, "a100", 8)


@pytest.mark.parametrize("inner", [True, False])
def test_placement_goes_in_the_shape_that_the_pool_told(inner):
    told = {"cpu": "spread", "gpu": "spread"}
    shape = (
        {"schedulingConfiguration": {"placementStrategy": told, "minGuaranteedRuntime": "1h"}}
        if inner
        else {"placementStrategy": told}
    )
    change = set_placement({"id": "9", "name": "default", **shape}, "binpack")
    assert change is not None
    assert change.resource == "PATCH /api/v1/node-pools/9"
    wanted = {"cpu": "spread", "gpu": "binpack"}
    assert change.body == (
        {"schedulingConfiguration": {"placementStrategy": wanted, "minGuaranteedRuntime": "1h"}}
        if inner
        else {"placementStrategy": wanted}
    )
    assert change.replaces == shape
    assert set_placement({"id": "9", "name": "default", **shape}, "spread") is None


def test_a_new_project_has_its_quota_in_the_first_pool():
    change = create_project("new", "c-1", [{"id": "1", "name": "default"}, {"id": "2", "name": "h100"}], 2)
    resources = change.body["resources"]
    assert [one["gpu"]["deserved"] for one in resources] == [2, 0.0]
    assert [one["nodePool"]["id"] for one in resources] == ["1", "2"]
    assert change.body["clusterId"] == "c-1"


def test_what_is_not_there_is_told_with_what_is():
    def read(path, params):
        return {"items": [{"name": "a", "uuid": "1"}, {"name": "b", "uuid": "2"}]} if "clusters" in path else PAGE

    PAGE = {"projects": [PROJECT]}  # noqa: N806
    assert find_project(read, "test")["id"] == "41"
    with pytest.raises(NotThere, match="no project prod"):
        find_project(read, "prod")
    assert find_cluster(read, "b")["uuid"] == "2"
    with pytest.raises(NotThere, match="a, b"):
        find_cluster(read, None)
