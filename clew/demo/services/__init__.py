"""The five services, a module each; `python -m clew.demo.services NAME ...` runs one."""
