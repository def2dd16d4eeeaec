package deploy

import (
	"cmp"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/catalogue"
	"github.com/deskbell/deskbell/protocol"
)

// now is the button that installs at once; those behind it are the offers, in
// their order.
const now = protocol.ButtonCustom

// texts are the fields of a message in one language.
type texts func(words *catalogue.Printer) protocol.Fields

// message makes a message whose texts are there in every language that we have.
func message(kind string, fields protocol.Fields, say texts) (protocol.Message, error) {
	all := protocol.Fields{"Kind": kind}
	for name, value := range fields {
		all[name] = value
	}
	for i, tag := range catalogue.Languages() {
		for name, value := range say(catalogue.For([]language.Tag{tag})) {
			if i == 0 {
				all[name] = value
			}
			all[name+"."+tag.String()] = value
		}
	}
	return protocol.DecodeMessage(all)
}

// question asks whether to install now or to take one of the offers.
func (j *Job) question(d Decision, open []Owned) (protocol.Message, error) {
	at := j.began
	// Of several people each may put it off for all.
	return message(protocol.KindPopup, protocol.Fields{
		"Title": j.Title, "To": j.to, "Icon": protocol.IconQuestion, "Remind": 15 * 60, "Combine": protocol.CombineVeto,
	}, func(words *catalogue.Printer) protocol.Fields {
		buttons := []string{words.Text("deploy.now")}
		for _, offer := range d.Offers {
			buttons = append(buttons, j.captionOf(offer, at, words))
		}
		lines := j.intro(words, open)
		if d.Left != Unlimited {
			lines = append(lines, words.Text("deploy.left", d.Left))
		}
		if !d.Until.IsZero() {
			lines = append(lines, words.Text("deploy.until", d.Until.In(at.Location()).Format(words.Text("time.moment"))))
		}
		if len(d.Offers) > 0 {
			lines = append(lines, words.Text("deploy.closing", buttons[1]))
		}
		return protocol.Fields{"Text": strings.Join(lines, "\n\n"), "Buttons": buttons}
	})
}

// lastCall tells that the job is about to be installed.
func (j *Job) lastCall(countdown time.Duration, open []Owned) (protocol.Message, error) {
	return message(protocol.KindPopup, protocol.Fields{
		"Title": j.Title, "To": j.to, "Icon": protocol.IconWarning, "Urgency": protocol.UrgencyCritical,
		"Timeout": int(countdown / time.Second), "Unclosable": true,
	}, func(words *catalogue.Printer) protocol.Fields {
		return protocol.Fields{
			"Text":          strings.Join(append(j.intro(words, open), words.Text("deploy.forced")), "\n\n"),
			"Buttons":       []string{words.Text("deploy.now")},
			"CountdownText": words.Text("deploy.countdown"),
		}
	})
}

func (j *Job) bar() (protocol.Message, error) {
	return message(protocol.KindProgress, protocol.Fields{"Title": j.Title, "To": j.to, "Unclosable": true}, func(words *catalogue.Printer) protocol.Fields {
		return protocol.Fields{"Text": words.Text("deploy.progress", j.Title)}
	})
}

// notice tells how it ended; text is the administrator's own, "" = ours.
func (j *Job) notice(key, text string) (protocol.Message, error) {
	icon := protocol.IconInfo
	if key == "deploy.failed" {
		icon = protocol.IconWarning
	}
	return message(protocol.KindNotify, protocol.Fields{"Title": j.Title, "To": j.to, "Icon": icon}, func(words *catalogue.Printer) protocol.Fields {
		if text != "" {
			return protocol.Fields{"Text": text}
		}
		return protocol.Fields{"Text": words.Text(key, j.Title)}
	})
}

// intro is what the job is about, in the administrator's own words or ours, and
// what is going to be closed, by name where only who has it open reads that.
func (j *Job) intro(words *catalogue.Printer, open []Owned) []string {
	lines := []string{cmp.Or(j.Text, words.Text("deploy.ask", j.Title))}
	switch {
	case len(open) == 0:
	case j.To == "" && len(ownersOf(open)) == 1:
		lines = append(lines, words.Text("deploy.closes", NamesOfPrograms(open)))
	default:
		lines = append(lines, words.Text("deploy.closes.some"))
	}
	return lines
}

// captionOf is an offer in words, of a time that is kept, or is the earliest.
func (j *Job) captionOf(o Offer, at time.Time, words *catalogue.Printer) string {
	if !j.NotBefore {
		return captionOf(o, at, words)
	}
	return words.Text("deploy.notbefore", captionOf(Offer{Until: o.Until}, at, words))
}

// captionOf is an offer in words.
func captionOf(o Offer, at time.Time, words *catalogue.Printer) string {
	until := o.Until.In(at.Location())
	if length := o.Delay.For; length > 0 {
		switch day := 24 * time.Hour; {
		case length%day == 0:
			return words.Text("deploy.in.days", int(length/day))
		case length%time.Hour == 0:
			return words.Text("deploy.in.hours", int(length/time.Hour))
		}
		return words.Text("deploy.in.minutes", int(length/time.Minute))
	}
	clock := until.Format(words.Text("time.clock"))
	y, m, day := at.Date()
	for n, key := range []string{"deploy.today", "deploy.tomorrow"} {
		if uy, um, ud := until.Date(); time.Date(y, m, day+n, 0, 0, 0, 0, at.Location()).Equal(time.Date(uy, um, ud, 0, 0, 0, 0, at.Location())) {
			return words.Text(key, clock)
		}
	}
	return words.Text("deploy.on", until.Format(words.Text("time.moment")))
}
