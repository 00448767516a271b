"""Made-up exports for the demo, written the way the old programs write them."""

from datetime import date, timedelta

Names = dict[str, list[str]]
COURSES = [("Morning Flow", 49), ("Breath and Balance", 129), ("Teacher Training", 1290), ("Retreat Deposit", 250)]
PLANS = [("Studio Online", 19, "month"), ("Studio Online", 190, "year"), ("Teacher Circle", 39, "month")]


def _person(names: Names, number: int) -> str:
    first = names["first"][number % len(names["first"])]
    last = names["last"][number // len(names["first"]) % len(names["last"])]
    return f"{first}.{last}.{number}@mail.example".lower()


def purchase_rows(names: Names, rows: int, today: date) -> str:
    """Payments with refunds, a failed card, two currencies, and four of the usual mistakes."""
    lines = ["id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Description,Status,Customer Email"]
    for number in range(rows):
        course, price = COURSES[number * 7 % 11 % len(COURSES)]
        day = today - timedelta(days=2 + number * 3 % 900)
        currency = "usd" if number % 13 == 0 else "eur"
        status, back = ("Refunded", price) if number % 37 == 5 else ("Paid", 0)
        status = "Failed" if number % 41 == 7 else status
        address = _person(names, number * 5 % (rows * 2 // 3))
        lines.append(
            f"ch_{number:06},{day} 09:{number % 60:02}:00,{price}.00,{back}.00,{currency},true,"
            f"{course},{status},{address}"
        )
    lines[40] = lines[39]
    for at, old, new in ((90, ",eur,", ",,"), (140, ".00,0.00", ".00,999999.00"), (190, "@", " at ")):
        lines[at] = lines[at].replace(old, new, 1).replace(",usd,", ",,", 1 if at == 90 else 0)
    return "\n".join(lines) + "\n"


def subscription_rows(names: Names, rows: int, today: date) -> str:
    """Running, late, on trial and cancelled subscriptions; some without a next charge."""
    lines = ["id,Customer ID,Customer Email,Plan,Amount,Currency,Interval,Status,Start Date (UTC),"
             "Current Period End (UTC),Trial End (UTC),Canceled At (UTC)"]  # fmt: skip
    for number in range(rows):
        plan, price, interval = PLANS[number * 5 % 7 % len(PLANS)]
        start = today - timedelta(days=400 - number * 3)
        next_charge = today + timedelta(days=1 + number * 7 % 28)
        trial = f"{next_charge} 08:00:00" if number % 12 == 3 else ""
        status = "trialing" if trial else {5: "past_due", 9: "canceled"}.get(number % 14, "active")
        ended = f"{today - timedelta(days=9)} 08:00:00" if number % 14 == 9 or number == 20 else ""
        until = "" if number in (31, 62) or status == "canceled" else f"{next_charge} 08:00:00"
        currency = "usd" if number % 17 == 0 else "eur"
        lines.append(
            f"sub_{number:05},cus_{number:05},{_person(names, number * 11)},{plan},{price}.00,{currency},{interval},"
            f"{status},{start} 08:00:00,{until},{trial},{ended}"
        )
    return "\n".join(lines) + "\n"
