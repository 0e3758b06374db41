"""One request on one connection, every stamp: sockets, HTTP/1.1, server-sent events. No users, points or statistics."""
