"""A thread dies, a program does not compile, then the main thread dies; no logger is asked."""

import sys
import threading


def deep(level: int) -> int:
    return deep(level + 1)


print("connecting", file=sys.stderr)
thread = threading.Thread(target=deep, args=(0,), name="worker")
thread.start()
thread.join()
print("compiling", file=sys.stderr)
try:
    compile("x = (1,\ny = 2\n", "order.py", "exec")
except SyntaxError:
    sys.excepthook(*sys.exc_info())
print("leaving", file=sys.stderr)
sys.exit(int("seventeen"))
