import cProfile
import pstats
import time
from datetime import timedelta

from scheduling.models import CalendarWindow
from tests.scheduling.test_availability import hosts_page


def test_profile(alice):
    _, path = hosts_page(8)
    for row in CalendarWindow.objects.filter(kind="slots"):
        row.content=[{"status":"available","invitees_remaining":1,"start_time":(row.starts_at+timedelta(minutes=30*n)).isoformat(),"scheduling_url":"https://calendly.com/x/y"} for n in range(28*24) if (n//2)%24 in (9,10,11,13,14,15,16)]; row.save()
    alice.get(path)
    ts=[]
    for _ in range(8):
        t=time.perf_counter(); r=alice.get(path); ts.append(time.perf_counter()-t)
    print(sorted(ts), r.context["slots"].count)
    pr=cProfile.Profile(); pr.enable(); alice.get(path); pr.disable()
    pstats.Stats(pr).sort_stats("cumulative").print_stats(70)
