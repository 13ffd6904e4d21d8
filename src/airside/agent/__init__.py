"""The node agent, a process of its own: runs pods as processes of this machine, as `runtime` plans it."""
