"""Names and addresses in a cluster, which exist nowhere but in its room."""

NODE = "node1"
BRIDGE = "kube0"
NODE_ADDRESS = "10.77.0.1"
PODS = "10.77.0.0/24"
FIRST_POD = "10.77.0.10"
SERVICES = "10.96.0.0/16"
FIRST_SERVICE = "10.96.0.1"
"""The API server's, as pods know it."""
API_SERVER_PORT = 6443
API_SERVER = f"https://{NODE_ADDRESS}:{API_SERVER_PORT}"
KUBELET_PORT = 10250
ETCD = "http://127.0.0.1:2379"
ETCD_PEER = "http://127.0.0.1:2380"
