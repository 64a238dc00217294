"""How a terminal of the security push is registered, and the configuration it then waits for."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.protocols.reading import Digest, Request

FACTS = ("security", "registrycode", "sessionid")
_CONFIGURATION = (
    "ServerVersion=3.0.1",
    "ServerName=ADMS",
    "PushVersion=3.0.1",
    "PushProtVer=3.0.1",
    "ErrorDelay=60",
    "RequestDelay=30",
    "TransTimes=00:00;14:05",
    "TransInterval=1",
    "TransTables=User Transaction",
    "Realtime=1",
    "TimeoutSec=30",
)


def asked(request: Request, route: str, serial: str, digest: Digest) -> dict[str, str]:
    """Facts that say what a terminal of the security push asks for; none of one that asks for nothing of the kind.

    Its codes are always the same for a serial, so that nothing need be kept to answer it again; keyed, so that
    nobody else can work them out.
    """
    kind, version = request.parameter("DeviceType").lower(), request.parameter("pushver")
    handshake = route == "cdata" and request.parameter("options") and not request.parameter("table")
    if route in ("registry", "push"):
        asks = route
    elif handshake and (kind == "acc" or (kind != "att" and version.startswith("3.") and _speaks_push(request))):
        asks = "options"
    else:
        return {}
    named = {"registrycode": b"registry:", "sessionid": b"session:"}
    codes = {name: digest(purpose + serial.encode("utf-8", "replace"))[:32] for name, purpose in named.items()}
    return {"security": asks, "devicetype": "acc"} | codes


def _speaks_push(request: Request) -> bool:
    kinds = request.header("Accept") + request.header("Content-Type")
    return "application/push" in kinds.lower() or request.header("Connection").lower() == "starting"


def told(facts: Mapping[str, str], *, first_contact: bool) -> str:
    """The answer to what `asked` found. A bare OK at the first handshake sends the terminal to register itself."""
    registered = f"RegistryCode={facts['registrycode']}"
    if facts["security"] == "registry":
        return registered  # without a line end
    block = [*_CONFIGURATION, f"SessionID={facts['sessionid']}", ""]
    if facts["security"] == "push":
        return "\n".join(block)
    return "OK" if first_contact else "\n".join(["registry=ok", registered, *block])


def encode_registry(serial: str) -> Request:
    """What a terminal says of itself when it is not registered yet."""
    body = b"DeviceType=acc,~DeviceName=F20/M,FirmVer=Ver 8.0.1.3-20151229,PushVersion=Ver 2.0.22-20161201,LockCount=1"
    return Request("POST", "/iclock/registry", (("SN", serial),), headers(body), body)


def encode_handshake(serial: str) -> Request:
    """The first request after power on."""
    told = (("options", "all"), ("pushver", "3.0.1"), ("DeviceType", "acc"))
    return Request("GET", "/iclock/cdata", (("SN", serial), *told), headers(b""))


def headers(body: bytes) -> dict[str, str]:
    """How a terminal of the security push introduces each request."""
    kind = {"Content-Type": "application/push;charset=UTF-8", "Content-Length": str(len(body))}
    return {"User-Agent": "iClock Proxy/1.09", "Connection": "starting", "Accept": "application/push"} | kind
