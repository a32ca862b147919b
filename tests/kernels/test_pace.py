from forecast.kernels.threads import Pace


def test_both_are_tried_and_the_faster_one_kept() -> None:
    pace, taken = Pace(), []
    for _ in range(40):
        count = pace.choose(4)
        taken.append(count)
        pace.note(count, 1.0 if count == 4 else 3.0)
    assert taken[:3] == [4, 1, 4]
    assert taken.count(1) == 1 + 40 // Pace.AGAIN


def test_on_a_machine_that_becomes_busy_one_thread_takes_over() -> None:
    pace = Pace()
    for _ in range(5):
        count = pace.choose(2)
        pace.note(count, 1.0 if count == 2 else 2.0)
    taken = []
    for _ in range(40):
        count = pace.choose(2)
        taken.append(count)
        pace.note(count, 9.0 if count == 2 else 2.0)
    assert taken[-8:].count(1) >= 7
