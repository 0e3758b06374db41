"""MetalLB: LoadBalancer Services get an address."""

from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.context import Context


class LoadBalancer:
    """Gives each Service of type LoadBalancer the first free address of the context's pool, .40 to .239."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        service = self._context.api.get(api.SERVICE, namespace, name)
        if service is None or service["spec"].get("type") != "LoadBalancer" or _address(service):
            return
        taken = {_address(other) for other in self._context.api.list(api.SERVICE)}
        pool = (f"{self._context.address_pool}{last}" for last in range(40, 240))
        free = next((address for address in pool if address not in taken), None)
        if free is None:
            return
        self._context.api.change(
            api.SERVICE,
            namespace,
            name,
            lambda obj: obj.update(status={"loadBalancer": {"ingress": [{"ip": free, "ipMode": "VIP"}]}}),
        )
        now = self._context.clock.now()
        self._context.recorder.event(
            service, "Normal", "IPAllocated", f'Assigned IP ["{free}"]', "metallb-controller", now
        )


def _address(service: Json) -> str | None:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return ingress[0].get("ip") if ingress else None
