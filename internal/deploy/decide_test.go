package deploy

import (
	"fmt"
	"testing"
	"time"
)

var zone = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

// at is a time of March 2026, when the clock goes forward on the 29th.
func at(day, hour int) time.Time { return time.Date(2026, time.March, day, hour, 0, 0, 0, zone) }

func put(from, until time.Time) Deferral { return Deferral{At: from, Until: until, How: Chosen} }

func TestAllowed(t *testing.T) {
	hour := Delay{For: time.Hour}
	nine := Delay{Clock: true, Days: 1, At: 9 * time.Hour}
	shown := Facts{FirstShown: at(10, 12), LastAsked: at(10, 12)}
	once := shown
	once.Deferrals = []Deferral{put(at(10, 12), at(10, 13))}
	twice := once
	twice.Deferrals = append(twice.Deferrals[:1:1], put(at(10, 14), at(11, 9)))
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		facts  Facts
		policy Policy
		now    time.Time
		want   string
	}{
		"no limits: nobody can put it off":    {Facts{}, Policy{Times: Unlimited, Delays: []Delay{hour}}, at(10, 12), "forced left=-1"},
		"never asked":                         {Facts{}, Policy{Times: 3, For: 5 * day, Delays: []Delay{hour, nine}}, at(10, 12), "left=3 until=15/12 offers=10/13,11/9"},
		"times alone imply 14 days":           {Facts{}, Policy{Times: 3, Delays: []Delay{hour}}, at(10, 12), "left=3 until=24/12 offers=10/13"},
		"... from when it was first shown":    {shown, Policy{Times: 3, Delays: []Delay{hour}}, at(12, 12), "left=3 until=24/12 offers=12/13"},
		"a deadline implies nothing":          {Facts{}, Policy{Times: 3, Deadline: at(28, 9), Delays: []Delay{hour}}, at(10, 12), "left=3 until=28/9 offers=10/13"},
		"days alone":                          {shown, Policy{Times: Unlimited, For: 2 * day, Delays: []Delay{hour}}, at(11, 12), "left=-1 until=12/12 offers=11/13"},
		"the earlier of days and deadline":    {shown, Policy{Times: Unlimited, For: 2 * day, Deadline: at(11, 9), Delays: []Delay{hour}}, at(10, 13), "left=-1 until=11/9 offers=10/14"},
		"days are over":                       {shown, Policy{Times: 3, For: 2 * day, Delays: []Delay{hour}}, at(12, 12), "forced left=3 until=12/12"},
		"deadline before now":                 {Facts{}, Policy{Times: 3, Deadline: at(1, 9), Delays: []Delay{hour}}, at(10, 12), "forced left=3 until=1/9"},
		"a chosen time is kept":               {once, Policy{Times: 3, Delays: []Delay{hour}}, at(10, 12), "wait=10/13 chosen left=2 until=24/12 offers=10/13"},
		"... and over":                        {once, Policy{Times: 3, Delays: []Delay{hour}}, at(10, 13), "left=2 until=24/12 offers=10/14"},
		"the last one is used up":             {twice, Policy{Times: 2, Delays: []Delay{hour}}, at(11, 9), "forced left=0 until=24/12"},
		"... and kept all the same":           {twice, Policy{Times: 2, Delays: []Delay{hour}}, at(11, 8), "wait=11/9 chosen forced left=0 until=24/12"},
		"fewer times meanwhile":               {twice, Policy{Times: 1, Delays: []Delay{hour}}, at(11, 9), "forced left=0 until=24/12"},
		"more times meanwhile":                {twice, Policy{Times: 5, Delays: []Delay{hour}}, at(11, 9), "left=3 until=24/12 offers=11/10"},
		"a deadline meanwhile ends a delay":   {twice, Policy{Times: 5, Deadline: at(11, 8), Delays: []Delay{hour}}, at(11, 8), "forced left=3 until=11/8"},
		"... or shortens it":                  {twice, Policy{Times: 5, Deadline: at(11, 8), Delays: []Delay{hour}}, at(11, 7), "wait=11/8 chosen left=3 until=11/8 offers=11/8"},
		"interval":                            {shown, Policy{Times: 3, Interval: 4 * time.Hour, Delays: []Delay{hour}}, at(10, 14), "wait=10/16 left=3 until=24/12 offers=10/15"},
		"... is over":                         {shown, Policy{Times: 3, Interval: 4 * time.Hour, Delays: []Delay{hour}}, at(10, 16), "left=3 until=24/12 offers=10/17"},
		"... is nothing to the deadline":      {shown, Policy{Times: 3, Interval: 4 * time.Hour, Deadline: at(10, 13), Delays: []Delay{hour}}, at(10, 13), "forced left=3 until=10/13"},
		"delays beyond the end are not there": {shown, Policy{Times: 3, Deadline: at(10, 20), Delays: []Delay{hour, nine}}, at(10, 12), "left=3 until=10/20 offers=10/13"},
		"none fits: the end itself":           {shown, Policy{Times: 3, Deadline: at(10, 20), Delays: []Delay{nine}}, at(10, 12), "left=3 until=10/20 offers=10/20"},
		"the shortest is first":               {Facts{}, Policy{Times: 3, Delays: []Delay{nine, hour}}, at(10, 12), "left=3 until=24/12 offers=10/13,11/9"},
		"a time that has passed":              {Facts{}, Policy{Times: 3, Delays: []Delay{hour, {Clock: true, At: 8 * time.Hour}}}, at(10, 12), "left=3 until=24/12 offers=10/13"},
		"clock set back: shown in the future": {shown, Policy{Times: 3, For: 5 * day, Delays: []Delay{hour}}, at(8, 12), "left=3 until=13/12 offers=8/13"},
		"clock set back: put off then":        {twice, Policy{Times: 3, For: 30 * day, Delays: []Delay{hour}}, at(9, 12), "left=1 until=8/13 offers=9/13"},
		"clock set back: asked then":          {shown, Policy{Times: 3, Interval: time.Hour, Delays: []Delay{hour}}, at(9, 12), "left=3 until=23/12 offers=9/13"},
		"tomorrow at nine over the change":    {Facts{}, Policy{Times: 3, Delays: []Delay{nine}}, at(28, 12), "left=3 until=11/13 offers=29/9"},
		"an hour that there is not":           {Facts{}, Policy{Times: 3, Delays: []Delay{{Clock: true, Days: 1, At: 150 * time.Minute}}}, at(28, 12), "left=3 until=11/13 offers=29/3"},
		"facts of another zone":               {Facts{FirstShown: at(10, 12).UTC(), Deferrals: []Deferral{put(at(10, 12).UTC(), at(10, 15).In(time.FixedZone("", -9*3600)))}}, Policy{Times: 3, Delays: []Delay{hour}}, at(10, 14), "wait=10/15 chosen left=2 until=24/12 offers=10/15"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := written(allowed(c.facts, c.policy, c.now)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func written(d Decision) string {
	day := func(t time.Time) string {
		t = t.In(zone)
		return fmt.Sprintf("%d/%d", t.Day(), t.Hour())
	}
	s := ""
	if !d.NotBefore.IsZero() {
		s += "wait=" + day(d.NotBefore) + " "
	}
	if d.Chosen {
		s += "chosen "
	}
	if d.Forced {
		s += "forced "
	}
	s += fmt.Sprintf("left=%d", d.Left)
	if !d.Until.IsZero() {
		s += " until=" + day(d.Until)
	}
	for i, o := range d.Offers {
		s += []string{",", " offers="}[min(1, max(0, 1-i))] + day(o.Until)
	}
	return s
}

// Whatever the facts, a job cannot be put off for ever: with every offer taken at
// once it is forced after as many times as there are, or at the end.
func TestAllowedEnds(t *testing.T) {
	for _, p := range []Policy{
		{Times: 3, Delays: []Delay{{For: time.Hour}}},
		{Times: 100, For: 48 * time.Hour, Delays: []Delay{{For: time.Hour}, {Clock: true, Days: 1, At: 9 * time.Hour}}},
		{Times: Unlimited, Deadline: at(31, 9), Interval: 3 * time.Hour, Delays: []Delay{{For: 4 * time.Hour}}},
	} {
		facts, now, times := Facts{}, at(27, 12), 0
		for {
			d := allowed(facts, p, now)
			if !d.NotBefore.IsZero() {
				now = d.NotBefore
				continue
			}
			if d.Forced {
				break
			}
			if facts.FirstShown.IsZero() {
				facts.FirstShown = now
			}
			facts.LastAsked = now
			last := d.Offers[len(d.Offers)-1]
			facts.Deferrals = append(facts.Deferrals, put(now, last.Until))
			if times++; times > 200 || p.Times != Unlimited && times > p.Times {
				t.Fatalf("%+v is put off %d times", p, times)
			}
		}
	}
}

func TestParseDelay(t *testing.T) {
	for s, want := range map[string]Delay{
		"1h":            {For: time.Hour},
		"today@18":      {Clock: true, At: 18 * time.Hour},
		"Tomorrow@9:30": {Clock: true, Days: 1, At: 9*time.Hour + 30*time.Minute},
		"30s":           {}, "yesterday@9": {}, "tomorrow@24": {}, "tomorrow@9:60": {}, "tomorrow@": {}, "x": {},
	} {
		got, err := ParseDelay(s, time.ParseDuration)
		if (err != nil) != (want == Delay{}) || err == nil && got != want {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}
