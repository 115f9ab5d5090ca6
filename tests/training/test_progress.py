"""The progress line, by a clock that the test winds."""

import io

import pytest

from experiments.training.progress import ProgressLine


class Clock:
  now = 100.0

  def __call__(self):
    return self.now


class Terminal(io.StringIO):
  def isatty(self):
    return True


@pytest.fixture
def clock():
  return Clock()


def _line(clock, out, total_steps=100, batch_size=8, **options):
  return ProgressLine(total_steps, batch_size, out, clock=clock, **options)


def test_rate_leaves_out_the_first_step_and_pauses(clock):
  """The first step compiles, and validation is other work."""
  line = _line(clock, io.StringIO())
  assert line.images_per_second(40) is None
  clock.now += 60.0
  line.update(41, "")
  assert line.images_per_second(41) is None
  clock.now += 2.0
  line.paused(1.0)
  line.update(46, "")
  assert line.images_per_second(46) == pytest.approx(5 * 8 / (2.0 - 1.0))


def test_pauses_before_the_first_step_do_not_count(clock):
  """They lie before the time that is measured."""
  line = _line(clock, io.StringIO())
  line.paused(1000.0)
  line.update(1, "")
  clock.now += 1.0
  assert line.images_per_second(2) == pytest.approx(8.0)


@pytest.mark.parametrize(
  "total_steps, left",
  [(21, "0:01"), (111, "0:10"), (1601, "2:39"), (36011, "1:00:00")],
)
def test_time_left_follows_from_the_rate(clock, total_steps, left):
  """Ten steps a second; hours only where there are any."""
  out = io.StringIO()
  line = _line(clock, out, total_steps, seconds_between_lines=0.0)
  line.update(1, "")
  clock.now += 1.0
  line.update(11, "loss 1.5")
  step = f"{11:{len(str(total_steps))}d}"
  assert out.getvalue().splitlines()[-1] == (
    f"step {step}/{total_steps}  loss 1.5  80 images/s  ETA {left}"
  )


def test_elsewhere_a_line_comes_now_and_then(clock):
  """A log file is not filled with a line per step, and has no control codes."""
  out = io.StringIO()
  line = _line(clock, out, total_steps=25)
  for step in range(1, 26):
    line.update(step, "", last=step == 25)
    clock.now += 1.0
  lines = out.getvalue().splitlines()
  assert [text.split()[1] for text in lines] == [
    "1/25",
    "11/25",
    "21/25",
    "25/25",
  ]
  assert "\r" not in out.getvalue() and "\x1b" not in out.getvalue()
  line.end_line()
  assert out.getvalue().endswith("\n") and not out.getvalue().endswith("\n\n")


def test_a_terminal_rewrites_one_line(clock):
  """Twice a second, and the line is ended at the end."""
  out = Terminal()
  line = _line(clock, out, total_steps=9)
  for step in range(1, 10):
    line.update(step, "", last=step == 9)
    clock.now += 0.25
  shown = out.getvalue().split("\r\x1b[K")[1:]
  assert [text.split()[1] for text in shown] == [
    f"{step}/9" for step in (1, 3, 5, 7, 9)
  ]
  assert out.getvalue().count("\n") == 1 and out.getvalue().endswith("\n")


def test_others_may_write_below_a_terminal_line(clock):
  """end_line leaves it standing."""
  out = Terminal()
  line = _line(clock, out)
  line.update(1, "")
  line.end_line()
  assert out.getvalue().endswith("step   1/100\n")


def test_the_standard_output_is_the_default(clock, capsys):
  """Looked up when the line is made, so that tests can see it."""
  ProgressLine(5, 1, clock=clock).update(1, "loss 2")
  assert capsys.readouterr().out == "step 1/5  loss 2\n"
