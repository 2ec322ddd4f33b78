"""Measures models whose answers are drawn at random, and says whether the true answers were found.

A line of FILE is the result for one seed; seeds that are in FILE already are not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from beehive_conformance.trust.drawn_models import trial


def main() -> None:
    """Run the trials that are missing and print each result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--models", type=int, default=200, help="how many seeds")
    parser.add_argument("--part", default="1/1", help="run only the I-th of N parts, as I/N")
    given = parser.parse_args()
    part, parts = map(int, given.part.split("/"))
    results = [json.loads(line) for line in given.file.read_text().splitlines()] if given.file.exists() else []
    done = {each["seed"] for each in results}
    for seed in range(given.first, given.first + given.models):
        if seed in done or seed % parts != part - 1:
            continue
        started = time.process_time()
        found = trial(seed)
        line = {**found._asdict(), "seconds": round(time.process_time() - started, 1)}
        with given.file.open("a") as file:
            file.write(json.dumps(line) + "\n")
        results.append(line)
        print("right" if found.is_right else "WRONG", json.dumps(line), flush=True)
    wrong = [each["seed"] for each in results if each["wrong"] or each["unexplained"] or each["failing"]]
    print(f"{len(results)} models; not right: {wrong or 'none'}")


if __name__ == "__main__":
    main()
