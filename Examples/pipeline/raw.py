"""Five days of made-up call records, the same every time, with the dirt that real ones have."""

import random

DAYS = [1, 2, 3, 4, 5]
CUSTOMERS = 1500


def write(folder):
    folder.mkdir()
    random_source = random.Random(2026)
    unhappiness = [random_source.random() for _ in range(CUSTOMERS)]
    for day in DAYS:
        lines = ["customer,day,minutes,calls,complaints,left"]
        for customer, unhappy in enumerate(unhappiness):
            minutes = max(0.0, random_source.gauss(40 * (1 - unhappy), 5))
            calls = 1 + int(minutes / 4)
            complaints = sum(random_source.random() < unhappy / 2 for _ in range(4))
            left = int(unhappy + random_source.gauss(0, 0.1) > 0.7)
            line = f"{customer},2026-11-0{day},{minutes:.2f},{calls},{complaints},{left}"
            lines.append(line)
            if random_source.random() < 0.01:
                lines.append(line)
            if random_source.random() < 0.01:
                lines.append(f"{customer},2026-11-0{day},n/a,,{complaints},{left}")
        (folder / f"day-{day}.csv").write_text("\n".join(lines) + "\n")
