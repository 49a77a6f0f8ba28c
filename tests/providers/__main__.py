"""The stand-in as a process of its own: prints its address, and serves until it is stopped."""

import sys

from tests.providers.server import Server

if __name__ == "__main__":
    server = Server(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(server.address, flush=True)
    server.serve_forever()
