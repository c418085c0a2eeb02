"""What the kubelet of this node says of its pods: labels, annotations, owner, QoS class."""
