"""What the user may do, asked of the API itself: one SelfSubjectAccessReview for each right. Changes nothing."""

from tui.model.installation import Access
from tui.model.rights import RIGHTS, Right, Where
from tui.sources.installation.crew import Asked, Crew
from tui.sources.kubernetes import ondemand
from tui.sources.kubernetes.client import KubeClient

MORE_RIGHTS = (
    Right("reach NIMs through the API server", "get", "pods/proxy", Where.PROJECT),
    Right("start load workers", "create", "jobs.batch", Where.PROJECT),
    Right("start load workers", "create", "pods/attach", Where.PROJECT),
)


class AccessPart:
    """The reviews, on their way. ``namespace`` is the project's; ``""``: the rights are asked for all namespaces."""

    def __init__(self, crew: Crew, client: KubeClient, namespace: str) -> None:
        self._asked: list[tuple[Access, Asked[bool]]] = []
        for right in dict.fromkeys((*RIGHTS, *MORE_RIGHTS)):
            where = {Where.PROJECT: namespace, Where.KNATIVE: Where.KNATIVE.value}.get(right.where, "")
            access = Access(right.capability, right.verb, right.resource, where, None)
            self._asked.append((access, _ask(crew, client, access)))

    @property
    def access(self) -> tuple[Access, ...]:
        """As far as the answers came."""
        return tuple(
            Access(one.capability, one.verb, one.resource, one.namespace, asked.value) for one, asked in self._asked
        )


def _ask(crew: Crew, client: KubeClient, access: Access) -> Asked[bool]:
    resource, group = plural_and_group(access.resource)
    return crew.ask(
        f"access/{access.verb} {access.resource}",
        lambda: ondemand.access(client, access.verb, resource, group, access.namespace or None),
    )


def plural_and_group(resource: str) -> tuple[str, str]:
    """``deployments.apps/scale`` is ``deployments/scale`` of ``apps``."""
    whole, slash, subresource = resource.partition("/")
    plural, _, group = whole.partition(".")
    return f"{plural}{slash}{subresource}", group
