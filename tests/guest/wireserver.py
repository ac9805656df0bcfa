"""Stands in for the platform's address: answers some ports while a command runs, whose exit code it passes on.

Is run as a program: MODE PORT,PORT,… COMMAND …; MODE says what is answered: http, silence, or nothing (hangs up).
"""

import socket
import subprocess
import sys
import threading

_ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def serve(port: int, mode: str) -> None:
    listening = socket.create_server(("168.63.129.16", port))
    kept = []

    def answer() -> None:
        while True:
            connection, _ = listening.accept()
            if mode == "http":
                connection.recv(65536)
                connection.sendall(_ANSWER)
            if mode == "silence":
                kept.append(connection)
            else:
                connection.close()

    threading.Thread(target=answer, daemon=True).start()


def main() -> int:
    mode, ports, *command = sys.argv[1:]
    for port in filter(None, ports.split(",")):
        serve(int(port), mode)
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
