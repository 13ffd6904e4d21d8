"""Commands in containers, over a WebSocket."""
