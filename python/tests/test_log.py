import io
import json
import unittest

from dreamnet_agent.log import Log


def written(encoding, **fields):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    Log("worker", stream).info("using", **fields)
    return raw.getvalue()


class LogTest(unittest.TestCase):
    def test_letters_are_written_as_they_are_so_that_a_secret_is_found_by_whoever_hides_it(self):
        line = written("utf-8", pw="p\u00e4ssw\u00f6rd \u65e5\u672c \U0001f511")
        self.assertIn("p\u00e4ssw\u00f6rd \u65e5\u672c \U0001f511".encode(), line)
        self.assertNotIn(b"\\u", line)

    def test_what_the_stream_cannot_write_is_an_escape_of_json_and_nothing_is_lost(self):
        pw = "p\u00e4ss \u65e5 \U0001f511 \ud800"
        for encoding in ("ascii", "latin-1", "utf-8", "cp1252"):
            line = written(encoding, pw=pw)
            self.assertEqual(pw, json.loads(line.decode(encoding))["pw"])
        self.assertIn("p\u00e4ss".encode("latin-1"), written("latin-1", pw=pw))

    def test_fields_of_the_caller_may_have_any_name_and_take_nobodys_place(self):
        line = json.loads(written("utf-8", level="deep", msg="mine", agent="me", self="it", other=1))
        self.assertEqual(["info", "using", "worker"], [line[name] for name in ("level", "msg", "agent")])
        self.assertEqual(1, line["other"])

    def test_a_line_is_one_line_whatever_its_fields_are(self):
        line = written("utf-8", odd="a\nb\r\u0000c", time="other")
        self.assertEqual(1, line.count(b"\n"))
        self.assertNotEqual("other", json.loads(line)["time"])

    def test_a_stream_that_names_no_encoding_is_written_to(self):
        out = io.StringIO()
        Log("worker", out).warn("k\u00f6nnte")
        self.assertIn("k\u00f6nnte", out.getvalue())


if __name__ == "__main__":
    unittest.main()
