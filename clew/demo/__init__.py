"""
A small shop of real services, to look at and to test with.

Five processes call each other over HTTP on loopback, log by the schema with trace and transaction
IDs, and fail now and then. Their output goes through a writer that leaves on disk exactly what
containerd and the kubelet leave there. `run_shop` in `clew.demo.shop` is the way in.
"""
