"""What the start of the server sets for the whole process."""

import socket

from dashboard.lifecycle import send_at_once


def test_connections_to_a_listening_socket_send_at_once() -> None:
    # Bound without a protocol, as Streamlit does it.
    with socket.socket() as listening, socket.socket() as visitor:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        assert send_at_once() >= 1
        visitor.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
