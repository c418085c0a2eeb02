"""What `make setup` says on machines where it can't do its work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "scripts"
TOOLS = ("sh", "cat", "dirname", "env", "touch")

OLD = """\
#!/bin/sh
case "$*" in
    --version) echo Python 3.9.6 ;;
    *) exit 1 ;;
esac
"""
WITHOUT_ENSUREPIP = """\
#!/bin/sh
case "$*" in
    *ensurepip*) exit 1 ;;
    *print*) echo 3.12 ;;
    *sys.exit*) exit 0 ;;
    *) echo "unexpected: $*"; exit 3 ;;
esac
"""


UNPACKED = (
    *("prometheus", "prometheus-alertmanager", "prometheus-node-exporter"),
    *("systemd", "libsystemd-shared", "systemd-journal-remote", "libmicrohttpd12"),
    "nginx",
)


class Machine:
    """A folder with a copy of the scripts, and a PATH that has nothing but what is put there."""

    def __init__(self, directory: Path) -> None:
        self.checkout = directory / "checkout"
        shutil.copytree(SCRIPTS, self.checkout / "scripts")
        self.programs = directory / "bin"
        self.programs.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.programs / tool).symlink_to(found)

    def add_unpacked(self, package: str) -> None:
        (self.checkout / ".cache" / "debian" / package).mkdir(parents=True)

    def add(self, program: str, script: str) -> None:
        path = self.programs / program
        path.write_text(script)
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[int, str]:
        """The exit code, and all that was printed."""
        done = subprocess.run(
            [self.programs / "sh", self.checkout / "scripts" / script, *arguments],
            env={"PATH": str(self.programs), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_old_python_is_named_with_the_ways_to_a_new_one(machine: Machine) -> None:
    """macOS brings Python 3.9."""
    machine.add("python3", OLD)
    code, said = machine.run("setup.sh")
    assert code == 1
    assert "needs Python 3.11 or newer, and found Python 3.9.6" in said
    assert "brew install python" in said
    assert not (machine.checkout / ".venv").exists()


def test_missing_python_is_said(machine: Machine) -> None:
    code, said = machine.run("setup.sh")
    assert code == 1
    assert "found no python3 at all" in said


def test_missing_ensurepip_is_named_with_its_package(machine: Machine) -> None:
    """Debian's python3 comes without python3-venv; somebody else has to install it."""
    machine.add("python3", WITHOUT_ENSUREPIP)
    machine.add("apt-get", "#!/bin/sh\nexit 1\n")
    machine.add("id", "#!/bin/sh\necho 1000\n")
    code, said = machine.run("setup.sh")
    assert code == 1
    assert said.strip().endswith("To install them: sudo apt-get install python3.12-venv")
    assert not (machine.checkout / ".venv").exists()


@pytest.mark.parametrize(("user", "environment"), [("0", {}), ("1000", {"CI": "true"})])
def test_packages_are_installed_as_root_and_in_ci(
    machine: Machine, user: str, environment: dict[str, str]
) -> None:
    for package in UNPACKED:
        machine.add_unpacked(package)
    machine.add("id", f"#!/bin/sh\necho {user}\n")
    machine.add("apt-get", '#!/bin/sh\necho "apt-get as $(id -u)": "$@" >&2\n')
    machine.add("sudo", '#!/bin/sh\necho "sudo $1" >&2; shift; exec "$@"\n')
    code, said = machine.run("setup_system.sh", **environment)
    assert code == 0
    assert ("sudo -n" in said) == (user == "1000")
    update, install = [line for line in said.splitlines() if line.startswith("apt-get as")]
    assert update.endswith(" update")
    assert install.endswith(" chromium default-jdk-headless maven openssl")


def test_nothing_is_installed_where_nothing_is_missing(machine: Machine) -> None:
    for program in ("chromium", "javac", "mvn", "openssl"):
        machine.add(program, "#!/bin/sh\n")
    for package in UNPACKED:
        machine.add_unpacked(package)
    assert machine.run("setup_system.sh") == (0, "")


@pytest.mark.parametrize("failing", ["", "apt-get", "dpkg"])
def test_a_package_is_unpacked_as_a_whole_or_not_at_all(machine: Machine, failing: str) -> None:
    """A folder that is there is taken for complete, so a failure leaves none behind."""
    for tool in ("mkdir", "mktemp", "mv", "rm"):
        (machine.programs / tool).symlink_to(str(shutil.which(tool)))
    scripts = {"apt-get": "touch some.deb", "dpkg": 'mkdir "$3"'}
    for program, script in scripts.items():
        machine.add(program, f"#!/bin/sh\n{'exit 1' if program == failing else script}\n")
    code, _ = machine.run("unpack_debian.sh", "prometheus")
    folders = [path.name for path in (machine.checkout / ".cache" / "debian").iterdir()]
    assert (code == 0, folders) == ((False, []) if failing else (True, ["prometheus"]))


def test_a_failed_step_is_named_and_fails(machine: Machine) -> None:
    machine.add("date", "#!/bin/sh\necho 100\n")
    code, said = machine.run("step.sh", "weighing", "sh", "-c", "exit 3")
    assert code == 3
    assert said == "[   0 s] weighing: failed\n"


def test_scripts_are_plain_shell() -> None:
    """macOS has bash 3.2, Debian dash: each script parses in whatever `sh` is."""
    for script in SCRIPTS.glob("*.sh"):
        assert script.read_text().startswith("#!/bin/sh\n")
        subprocess.run(["sh", "-n", os.fspath(script)], check=True)
