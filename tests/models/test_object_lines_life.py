"""
The life of a log in which objects are printed over several lines: each is stored once, as one
record, wherever its lines stand and whatever happens between two of them.

Not here: an object without its end, which is the lines that it was.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.models.test_log_file_life import LIMITS, LogFileLife, Physical
from tests.support.log_files import Stream, cri_line

EVENTS = ("follow", "collect", "answer", "crash", "rotate", "another stream")
Between = list[tuple[int, str | None]]
BETWEEN: st.SearchStrategy[Between] = st.lists(
    st.tuples(st.integers(0, 300), st.none() | st.sampled_from(EVENTS)), min_size=1, max_size=6
)
"""The size of each element, and what happens before it is written."""

OTHER: dict[Stream, Stream] = {"stdout": "stderr", "stderr": "stdout"}


class ObjectLinesLife(LogFileLife):
    limits = replace(LIMITS, group_seconds=1.0)
    """Longer than an object takes to be written."""

    @rule(stream=st.sampled_from(sorted(OTHER)), elements=BETWEEN)
    def print_object(self, stream: Stream, elements: Between) -> None:
        self.write([(stream, "F", 0, None)])  # a piece before it would be its beginning
        self.write_part(stream, '{"message":', "[", goes_on=True)
        for left, (size, event) in zip(range(len(elements))[::-1], elements, strict=True):
            self.let_happen(event, stream)
            self.texts += 1
            end = "," if left else "]"
            text = f'  "{self.texts} {"x" * size}"{end}'
            self.write_part(stream, "", text, "" if left else "}", goes_on=left > 0)

    def write_part(
        self, stream: Stream, before: str, text: str, behind: str = "", *, goes_on: bool
    ) -> None:
        """In the model, the lines of an object are pieces of its message."""
        data = cri_line(self.log.time, stream, "F", f"{before}{text}{behind}".encode())
        self.clock.advance(0.001)
        file = self.files[-1]
        if not file.lines:
            file.first_line = data[:-1]
        place, late = self.log.append(b""), self.renamed is not None
        tag, text = ("P", f"{text}\n") if goes_on else ("F", text)
        file.lines.append(Physical(place, stream, tag, text, late))
        self.append(data)
        self.end_line()

    def let_happen(self, event: str | None, stream: Stream) -> None:
        if event == "follow":
            self.follow()
        elif event == "collect" and len(self.on_the_way) < 2:
            self.collect(looks=True)
        elif event == "answer" and self.on_the_way:
            self.answer("arrives", last=True)
        elif event == "crash":
            self.crash([])
        elif event == "rotate" and self.may_rename():
            self.rename()
            self.end_rotation(reopens=True)
        elif event == "another stream":
            self.write([(OTHER[stream], "P", 3, None)])


TestObjectLinesLife = ObjectLinesLife.TestCase
TestObjectLinesLife.settings = settings(max_examples=100, stateful_step_count=30)
