"""Takes ffmpeg's place where IVS is our emulator, which takes no video: connects with the key.

Its last argument is rtmps://HOST:443/app/KEY; IVS is at AWS_ENDPOINT_URL_IVS.
"""

import json
import os
import signal
import sys
import urllib.request


def main() -> None:
    """Be live until SIGTERM."""
    prints = "what ffmpeg prints has the key: " + sys.argv[-1]
    print(prints, file=sys.stderr)
    key = sys.argv[-1].rpartition("/app/")[2]
    connected = _ask("POST", "encoders", {"streamKey": key})
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    _ask("DELETE", f"encoders/{connected['channelArn'].rpartition('/')[2]}", None)


def _ask(method: str, route: str, body: object) -> dict[str, str]:
    url = f"{os.environ['AWS_ENDPOINT_URL_IVS']}/_ivs/{route}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method)) as answer:  # noqa: S310 - our own server
        found: dict[str, str] = json.load(answer)
        return found


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
