"""Texts of data files, for makemessages alone. Written by scripts/data_texts.py."""
# ruff: noqa: E501

from __future__ import annotations

from django.utils.translation import pgettext_lazy

pgettext_lazy("column", "Carrier")
pgettext_lazy("column", "the carrier is %(value)s")
pgettext_lazy("column", "Flight (carrier and number)")
pgettext_lazy("column", "the flight is %(value)s")
pgettext_lazy("column", "Airport from which the flight leaves")
pgettext_lazy("column", "the airport of departure is %(value)s")
pgettext_lazy("column", "Airport at which the flight lands")
pgettext_lazy("column", "the airport of arrival is %(value)s")
pgettext_lazy("column", "Country from which the flight leaves (two letters)")
pgettext_lazy("column", "the country of departure is %(value)s")
pgettext_lazy("column", "Country in which the flight lands (two letters)")
pgettext_lazy("column", "the country of arrival is %(value)s")
pgettext_lazy("column", "Hour of departure, local (0 to 23)")
pgettext_lazy("column", "the local hour of departure is %(value)s")
pgettext_lazy("column", "Weekday of departure, local (1 is Monday)")
pgettext_lazy("column", "the weekday of departure (1 is Monday) is %(value)s")
pgettext_lazy("column", "Day of departure, local")
pgettext_lazy("column", "the day of departure is %(value)s")
pgettext_lazy("column", "Great-circle distance of the flight")
pgettext_lazy("column", "the flight covers %(value)s")
pgettext_lazy("column", "Crew")
pgettext_lazy("column", "the traveller is crew")
pgettext_lazy("column", "the traveller is not crew")
pgettext_lazy("column", "In transit, by the passenger list")
pgettext_lazy("column", "the passenger list has the traveller in transit")
pgettext_lazy("column", "the passenger list does not have the traveller in transit")
pgettext_lazy("column", "Airport of embarkation, by the passenger list")
pgettext_lazy("column", "the airport of embarkation is %(value)s")
pgettext_lazy("column", "Airport of debarkation, by the passenger list")
pgettext_lazy("column", "the airport of debarkation is %(value)s")
pgettext_lazy("column", "Cabin on this flight")
pgettext_lazy("column", "the cabin is %(value)s")
pgettext_lazy("column", "Airport at which the booked journey starts")
pgettext_lazy("column", "the airport at which the booked journey starts is %(value)s")
pgettext_lazy("column", "Country in which the booked journey starts (two letters)")
pgettext_lazy("column", "the country in which the booked journey starts is %(value)s")
pgettext_lazy(
    "column", "Airport to which the booked journey goes: where it turns back, else its end"
)
pgettext_lazy("column", "the airport to which the booked journey goes is %(value)s")
pgettext_lazy("column", "Country to which the booked journey goes (two letters)")
pgettext_lazy("column", "the country to which the booked journey goes is %(value)s")
pgettext_lazy(
    "column", "Booked route, whole, as ADD-IST-DSS; // where the next flight starts elsewhere"
)
pgettext_lazy("column", "the booked route is %(value)s")
pgettext_lazy("column", "Flights of the booking")
pgettext_lazy("column", "the booking has %(value)s")
pgettext_lazy("column", "Length of the booked route, all flights")
pgettext_lazy("column", "the booked route measures %(value)s")
pgettext_lazy("column", "Detour: outbound kilometres for each kilometre of the great circle")
pgettext_lazy("column", "the ratio of the way out to the great circle is %(value)s")
pgettext_lazy("column", "A flight leads clearly away from where the journey goes")
pgettext_lazy("column", "a flight of the booking leads clearly away from where the journey goes")
pgettext_lazy("column", "no flight of the booking leads clearly away from where the journey goes")
pgettext_lazy("column", "Airports on the way, joined by -")
pgettext_lazy("column", "the list of airports on the way is %(value)s")
pgettext_lazy("column", "Countries on the way (two letters), joined by -")
pgettext_lazy("column", "the list of countries on the way is %(value)s")
pgettext_lazy("column", "One way: the booking leads back to no country that it left")
pgettext_lazy("column", "the booking is one way")
pgettext_lazy("column", "the booking is not one way")
pgettext_lazy("column", "Round trip: the booking ends where it starts")
pgettext_lazy("column", "the booking ends where it starts")
pgettext_lazy("column", "the booking does not end where it starts")
pgettext_lazy("column", "This flight is part of the way back")
pgettext_lazy("column", "this flight is part of the way back")
pgettext_lazy("column", "this flight is not part of the way back")
pgettext_lazy("column", "Nights at the destination until the booked way back")
pgettext_lazy("column", "the booked stay at the destination lasts %(value)s")
pgettext_lazy("column", "A way back is booked after this flight (unknown on the way back itself)")
pgettext_lazy("column", "a way back is booked after this flight")
pgettext_lazy("column", "no way back is booked after this flight")
pgettext_lazy(
    "column",
    "Broken travel: a booked flight starts elsewhere than the last one ended, or this flight is not booked",
)
pgettext_lazy("column", "the booked journey has a gap")
pgettext_lazy("column", "the booked journey has no gap")
pgettext_lazy("column", "Leaves before the place to which the booking connects")
pgettext_lazy(
    "column",
    "the passenger list has the traveller leave before the place to which the booking connects",
)
pgettext_lazy("column", "the traveller debarks where the booking leads")
pgettext_lazy("column", "The booking itself names a stretch without a flight")
pgettext_lazy("column", "the booking names a stretch without a flight")
pgettext_lazy("column", "the booking names no stretch without a flight")
pgettext_lazy("column", "Longest stop on the way")
pgettext_lazy("column", "the longest stop on the way lasts %(value)s")
pgettext_lazy("column", "Shortest stop on the way")
pgettext_lazy("column", "the shortest stop on the way lasts %(value)s")
pgettext_lazy("column", "Airport of the longest stop on the way")
pgettext_lazy("column", "the airport of the longest stop on the way is %(value)s")
pgettext_lazy("column", "The booking goes on after this flight")
pgettext_lazy("column", "the booking goes on after this flight")
pgettext_lazy("column", "the booking ends with this flight")
pgettext_lazy("column", "Time from booking to departure")
pgettext_lazy("column", "the booking was made %(value)s before departure")
pgettext_lazy("column", "Hour at which it was booked, local where the journey starts (0 to 23)")
pgettext_lazy("column", "the hour of booking is %(value)s")
pgettext_lazy("column", "Travellers of the booking on this flight")
pgettext_lazy("column", "Travellers of the booking not known to be minors")
pgettext_lazy(
    "column", "the number of travellers of the booking not known to be minors is %(value)s"
)
pgettext_lazy("column", "Travellers of the booking known to be under 18")
pgettext_lazy("column", "the number of minors of the booking is %(value)s")
pgettext_lazy("column", "Group booking (ten or more, or booked as a group)")
pgettext_lazy("column", "the booking is of a group")
pgettext_lazy("column", "the booking is not of a group")
pgettext_lazy("column", "Bookings split off this one, or that it was split off")
pgettext_lazy("column", "a split links the booking to %(value)s")
pgettext_lazy("column", "Changes to the booking")
pgettext_lazy("column", "the booking was changed %(value)s")
pgettext_lazy("column", "Changes to the booked flights")
pgettext_lazy("column", "the booked flights were changed %(value)s")
pgettext_lazy("column", "Changes to a name of the booking")
pgettext_lazy("column", "a name of the booking was changed %(value)s")
pgettext_lazy("column", "Changes to the booking in the last 48 hours before departure")
pgettext_lazy("column", "the booking was changed %(value)s in the last 48 hours before departure")
pgettext_lazy("column", "Changes of seat")
pgettext_lazy("column", "a seat of the booking was changed %(value)s")
pgettext_lazy("column", "System or carrier through which it was booked")
pgettext_lazy("column", "the system or carrier of the booking is %(value)s")
pgettext_lazy("column", "Travel agency (IATA number, else office)")
pgettext_lazy("column", "the travel agency is %(value)s")
pgettext_lazy("column", "City of the travel agency")
pgettext_lazy("column", "the travel agency’s city is %(value)s")
pgettext_lazy("column", "Country of the travel agency (two letters)")
pgettext_lazy("column", "the travel agency’s country is %(value)s")
pgettext_lazy("column", "The travel agency is in no country of the journey")
pgettext_lazy("column", "the travel agency is in no country of the journey")
pgettext_lazy("column", "the travel agency is in a country of the journey")
pgettext_lazy("column", "Time from booking to ticketing")
pgettext_lazy("column", "the ticket was issued %(value)s after booking")
pgettext_lazy("column", "Booking class on this flight")
pgettext_lazy("column", "the booking class is %(value)s")
pgettext_lazy("column", "No ticket number in the booking")
pgettext_lazy("column", "the booking has no ticket number")
pgettext_lazy("column", "the booking has a ticket number")
pgettext_lazy("column", "Form of payment (CA cash, CC card …), that of the greatest amount")
pgettext_lazy("column", "the form of payment is %(value)s")
pgettext_lazy("column", "Paid in cash, wholly or in part")
pgettext_lazy("column", "the booking was paid in cash, wholly or in part")
pgettext_lazy("column", "nothing of the booking was paid in cash")
pgettext_lazy("column", "Prepaid elsewhere (prepaid ticket advice)")
pgettext_lazy("column", "the booking was prepaid elsewhere")
pgettext_lazy("column", "the booking was not prepaid elsewhere")
pgettext_lazy("column", "Payments of the booking")
pgettext_lazy("column", "Paid by somebody who is not of the booking nor bears a surname of it")
pgettext_lazy("column", "the payer is not of the booking and bears no surname of it")
pgettext_lazy("column", "the payer is of the booking, or bears a surname of it")
pgettext_lazy("column", "Amount paid for the booking, in its currency")
pgettext_lazy("column", "the amount paid for the booking is %(value)s")
pgettext_lazy("column", "Currency of the amount paid")
pgettext_lazy("column", "the currency paid is %(value)s")
pgettext_lazy("column", "A telephone number is given")
pgettext_lazy("column", "a telephone number is given")
pgettext_lazy("column", "no telephone number is given")
pgettext_lazy("column", "An e-mail address is given")
pgettext_lazy("column", "an e-mail address is given")
pgettext_lazy("column", "no e-mail address is given")
pgettext_lazy("column", "The booking gives no way to reach the traveller")
pgettext_lazy("column", "the booking gives no way to reach the traveller")
pgettext_lazy("column", "the booking gives a way to reach the traveller")
pgettext_lazy("column", "Contact was refused when asked for")
pgettext_lazy("column", "contact was refused when asked for")
pgettext_lazy("column", "contact was not refused")
pgettext_lazy("column", "Domain of the e-mail address")
pgettext_lazy("column", "the domain of the e-mail address is %(value)s")
pgettext_lazy("column", "E-mail address of a throw-away service")
pgettext_lazy("column", "the e-mail address is of a throw-away service")
pgettext_lazy("column", "the e-mail address is of no known throw-away service")
pgettext_lazy("column", "Country of the telephone number (two letters)")
pgettext_lazy("column", "the country of the telephone number is %(value)s")
pgettext_lazy("column", "The telephone number is of no country of the journey")
pgettext_lazy("column", "the telephone number is of no country of the journey")
pgettext_lazy("column", "the telephone number is of a country of the journey")
pgettext_lazy("column", "Kind of travel document (P passport, I identity card …)")
pgettext_lazy("column", "the kind of travel document is %(value)s")
pgettext_lazy("column", "Different travel documents of the traveller, visas left out")
pgettext_lazy("column", "the traveller shows %(value)s")
pgettext_lazy("column", "A visa is stated")
pgettext_lazy("column", "a visa is stated")
pgettext_lazy("column", "no visa is stated")
pgettext_lazy("column", "The visa is for no country of the journey")
pgettext_lazy("column", "the visa is for no country of the journey")
pgettext_lazy("column", "the visa is for a country of the journey")
pgettext_lazy("column", "Age of the travel document on the day of travel")
pgettext_lazy("column", "the travel document was issued %(value)s before travel")
pgettext_lazy("column", "Validity of the travel document left on the day of travel")
pgettext_lazy("column", "the travel document stays valid %(value)s after travel")
pgettext_lazy("column", "A document states another name than the booking")
pgettext_lazy("column", "a document states another name than the booking")
pgettext_lazy("column", "the documents state the name of the booking")
pgettext_lazy("column", "Surname and given names are turned between booking and document")
pgettext_lazy("column", "surname and given names are turned between booking and document")
pgettext_lazy("column", "surname and given names stand alike in booking and document")
pgettext_lazy("column", "The booked name stops inside a word of the document’s")
pgettext_lazy("column", "the booked name stops inside a word of the document’s")
pgettext_lazy("column", "the booked name is not cut short")
pgettext_lazy("column", "The booked name is another spelling of the document’s")
pgettext_lazy("column", "the booked name is another spelling of the document’s")
pgettext_lazy("column", "the booked name is no other spelling of the document’s")
pgettext_lazy("column", "Checked bags")
pgettext_lazy("column", "the traveller checks in %(value)s")
pgettext_lazy("column", "Weight of the checked bags")
pgettext_lazy("column", "the checked bags weigh %(value)s")
pgettext_lazy("column", "Checked bags for each traveller of the booking, infants left out")
pgettext_lazy("column", "the booking checks in %(value)s for each traveller")
pgettext_lazy("column", "Weight of the checked bags for each night of the stay")
pgettext_lazy("column", "the checked bags weigh %(value)s for each night of the stay")
pgettext_lazy("column", "A bag is tagged to another place than the traveller’s")
pgettext_lazy("column", "a bag is tagged to another place than the traveller’s")
pgettext_lazy("column", "the bags are tagged to the traveller’s place")
pgettext_lazy("column", "The bags are in a pool")
pgettext_lazy("column", "the bags are in a pool")
pgettext_lazy("column", "the bags are in no pool")
pgettext_lazy("column", "The bags are in a pool with another booking’s")
pgettext_lazy("column", "the bags are in a pool with another booking’s")
pgettext_lazy("column", "the bags are in no pool with another booking’s")
pgettext_lazy("column", "On a passenger or crew list (API)")
pgettext_lazy("column", "the traveller is on a passenger or crew list")
pgettext_lazy("column", "the traveller is on no list")
pgettext_lazy("column", "In a booking (PNR)")
pgettext_lazy("column", "the traveller is in a booking")
pgettext_lazy("column", "the traveller is in no booking")
pgettext_lazy("column", "Name differs between passenger list and booking")
pgettext_lazy("column", "the name differs between passenger list and booking")
pgettext_lazy("column", "the name agrees between passenger list and booking")
pgettext_lazy("column", "Birth date differs between passenger list and booking")
pgettext_lazy("column", "the birth date differs between passenger list and booking")
pgettext_lazy("column", "the birth date agrees between passenger list and booking")
pgettext_lazy("column", "Document differs between passenger list and booking")
pgettext_lazy("column", "the document differs between passenger list and booking")
pgettext_lazy("column", "the document agrees between passenger list and booking")
pgettext_lazy("column", "Sex as stated differs between passenger list and booking")
pgettext_lazy("column", "the sex stated differs between passenger list and booking")
pgettext_lazy("column", "the sex stated agrees between passenger list and booking")
pgettext_lazy("column", "Nationality as stated differs between passenger list and booking")
pgettext_lazy("column", "the nationality stated differs between passenger list and booking")
pgettext_lazy("column", "the nationality stated agrees between passenger list and booking")
pgettext_lazy("column", "Share of what both sources state that agrees (0 to 1)")
pgettext_lazy("column", "the share of what both sources state that agrees is %(value)s")
pgettext_lazy("column", "Booked, not on board by the final list")
pgettext_lazy("column", "the traveller is booked and not on board")
pgettext_lazy("column", "the traveller is booked and on board")
pgettext_lazy("column", "On board without a booking (go-show)")
pgettext_lazy("column", "the traveller is on board without a booking")
pgettext_lazy("column", "the traveller has a booking")
pgettext_lazy("column", "Seat on this flight")
pgettext_lazy("column", "the seat is %(value)s")
pgettext_lazy("column", "Time from check-in to departure")
pgettext_lazy("column", "check-in was %(value)s before departure")
pgettext_lazy("column", "A seat was changed in the last three hours before departure")
pgettext_lazy("column", "a seat was changed in the last three hours before departure")
pgettext_lazy("column", "no seat was changed in the last three hours before departure")
pgettext_lazy("column", "Fellow travellers of the booking")
pgettext_lazy("column", "the traveller is booked together with %(value)s")
pgettext_lazy("column", "Fellow travellers of the booking with the same surname")
pgettext_lazy("column", "the booking has %(value)s of the same surname")
pgettext_lazy("column", "Travels with a child under 12")
pgettext_lazy("column", "the traveller is booked with a child under 12")
pgettext_lazy("column", "the traveller is booked with no child under 12")
pgettext_lazy("column", "A minor without an adult in the booking")
pgettext_lazy("column", "the traveller is a minor without an adult in the booking")
pgettext_lazy("column", "the traveller is no minor without an adult in the booking")
pgettext_lazy("column", "A minor with adults of whom none bears a surname of theirs")
pgettext_lazy("column", "the traveller is a minor with adults of other surnames")
pgettext_lazy("column", "the traveller is no minor with adults of other surnames")
pgettext_lazy("column", "An adult with a minor who bears no surname of any adult of the booking")
pgettext_lazy("column", "the traveller is an adult with a minor of another surname")
pgettext_lazy("column", "the traveller is with no minor of another surname")
pgettext_lazy(
    "column",
    "Travellers of other bookings of this flight linked by contact, card, bags or a joint purchase",
)
pgettext_lazy(
    "column",
    "contact, card, bags or purchase link the traveller to %(value)s of other bookings of this flight",
)
pgettext_lazy("column", "Hidden companions who sit next to the traveller")
pgettext_lazy(
    "column",
    "the traveller sits beside %(value)s of other bookings, linked by contact, card, bags or purchase",
)
pgettext_lazy("column", "Other bookings of this flight paid with the same card")
pgettext_lazy("column", "besides this one, the same card paid %(value)s of this flight")
pgettext_lazy("column", "Travellers under 25 in the other bookings paid with the same card")
pgettext_lazy(
    "column", "the same card paid for %(value)s under 25, in other bookings of this flight"
)
pgettext_lazy(
    "column", "Other bookings by the same agency within 15 minutes, to the same destination"
)
pgettext_lazy(
    "column",
    "besides this one, the same agency made %(value)s within 15 minutes, to the same destination",
)
pgettext_lazy("column", "A ticket number follows directly on one of another booking")
pgettext_lazy("column", "a ticket number follows directly on one of another booking")
pgettext_lazy("column", "no ticket number follows directly on one of another booking")
pgettext_lazy("column", "Share of the flight’s travellers with the same route (0 to 1)")
pgettext_lazy("column", "the share of the flight with the same route is %(value)s")
pgettext_lazy(
    "column", "Share of the flight’s travellers who booked with the same agency or carrier (0 to 1)"
)
pgettext_lazy("column", "the share of the flight with the same seller is %(value)s")
pgettext_lazy("column", "Share of the flight’s travellers who booked as early or late (0 to 1)")
pgettext_lazy("column", "the share of the flight that booked as early or late is %(value)s")
pgettext_lazy("column", "Share of the flight’s travellers with the same form of payment (0 to 1)")
pgettext_lazy("column", "the share of the flight with the same form of payment is %(value)s")
pgettext_lazy(
    "column",
    "Share of the flight’s travellers with the same route, seller, band of lead time and payment (0 to 1)",
)
pgettext_lazy(
    "column",
    "the share of the flight with the same route, seller, lead time and payment is %(value)s",
)
pgettext_lazy(
    "column",
    "Surprise of route, seller, lead time and payment together (−log10 of the product of their shares)",
)
pgettext_lazy(
    "column", "the surprise of route, seller, lead time and payment together is %(value)s"
)
pgettext_lazy("column", "Nationality (three letters)")
pgettext_lazy("column", "the nationality is %(value)s")
pgettext_lazy("column", "Country of residence (three letters)")
pgettext_lazy("column", "the country of residence is %(value)s")
pgettext_lazy("column", "Sex as in the document (M, F, X)")
pgettext_lazy("column", "the sex in the document is %(value)s")
pgettext_lazy("column", "Age on the day of travel")
pgettext_lazy("column", "the traveller’s age is %(value)s")
pgettext_lazy("column", "Place of birth as stated")
pgettext_lazy("column", "the place of birth is %(value)s")
pgettext_lazy("column", "Issuer of the travel document (three letters)")
pgettext_lazy("column", "the issuer of the travel document is %(value)s")
pgettext_lazy("column", "Minor: under 18 by any statement")
pgettext_lazy("column", "the traveller is under 18")
pgettext_lazy("column", "the traveller is not under 18")
pgettext_lazy("column", "Other journeys of the same person in the 12 months before departure")
pgettext_lazy("column", "the same person made %(value)s in the 12 months before")
pgettext_lazy("column", "Other journeys of the same person in the 30 days before departure")
pgettext_lazy("column", "the same person made %(value)s in the 30 days before")
pgettext_lazy(
    "column", "Other journeys between the same airports in the 12 months before departure"
)
pgettext_lazy(
    "column", "the same person made %(value)s between the same airports in the 12 months before"
)
pgettext_lazy("column", "Other journeys between the same airports in the 30 days before departure")
pgettext_lazy(
    "column", "the same person made %(value)s between the same airports in the 30 days before"
)
pgettext_lazy("column", "Time since the first journey known of the same person")
pgettext_lazy("column", "the first journey known of the same person was %(value)s before this one")
pgettext_lazy("column", "Time since the last journey known of the same person")
pgettext_lazy("column", "the last journey known of the same person was %(value)s before this one")
pgettext_lazy("column", "Booked flights that the same person missed in the 12 months before")
pgettext_lazy("column", "the same person missed a booked flight %(value)s in the 12 months before")
pgettext_lazy("column", "Other documents of the same name and birth date in the last 12 months")
pgettext_lazy(
    "column",
    "besides this one, the same name and birth date showed %(value)s in the last 12 months",
)
pgettext_lazy("column", "Other persons who showed the same document")
pgettext_lazy("column", "the same document was shown by %(value)s of another name or birth date")
pgettext_lazy("column", "Bookings of the same person around this journey, this one included")
pgettext_lazy("column", "the same person has %(value)s around this journey")
pgettext_lazy(
    "column", "Travellers of the same agency with a confirmed result in the last 12 months"
)
pgettext_lazy("column", "%(value)s of the same agency had a confirmed result in the last 12 months")
pgettext_lazy("column", "Fellow travellers of the booking with a confirmed result before")
pgettext_lazy("column", "%(value)s of the same booking had a confirmed result before")
pgettext_lazy("column", "Earlier journeys of the same person with a confirmed result")
pgettext_lazy("column", "%(value)s of the same person had a confirmed result")
pgettext_lazy("column", "Earlier hits of the same person were all released")
pgettext_lazy("column", "earlier hits of the same person were all released")
pgettext_lazy("column", "the same person has no earlier hits, or not all were released")
pgettext_lazy("column", "Earlier journeys of the same person without more than a release")
pgettext_lazy("column", "the same person made %(value)s before, without more than a release")
pgettext_lazy(
    "column", "Travellers of other bookings with the same telephone number in the last 90 days"
)
pgettext_lazy(
    "column", "the telephone number is shared with %(value)s of other bookings in 90 days"
)
pgettext_lazy(
    "column",
    "Other travellers with the same telephone number in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column",
    "the telephone number is shared with %(value)s of the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column", "Travellers of other bookings with the same e-mail address in the last 90 days"
)
pgettext_lazy("column", "the e-mail address is shared with %(value)s of other bookings in 90 days")
pgettext_lazy(
    "column",
    "Other travellers with the same e-mail address in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column",
    "the e-mail address is shared with %(value)s of the last 90 days who led to a confirmed result",
)
pgettext_lazy("column", "Travellers of other bookings paid with the same card in the last 90 days")
pgettext_lazy("column", "the card paid for %(value)s of other bookings in 90 days")
pgettext_lazy(
    "column",
    "Other travellers paid for with the same card in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column", "the card paid for %(value)s of the last 90 days who led to a confirmed result"
)
pgettext_lazy("column", "Travellers of other bookings with the same address in the last 90 days")
pgettext_lazy("column", "the address is shared with %(value)s of other bookings in 90 days")
pgettext_lazy(
    "column",
    "Other travellers with the same address in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column",
    "the address is shared with %(value)s of the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column", "Travellers of other bookings with the same loyalty number in the last 90 days"
)
pgettext_lazy("column", "the loyalty number is shared with %(value)s of other bookings in 90 days")
pgettext_lazy(
    "column",
    "Other travellers with the same loyalty number in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column",
    "the loyalty number is shared with %(value)s of the last 90 days who led to a confirmed result",
)
pgettext_lazy("column", "Other persons with the same document in the last 90 days")
pgettext_lazy(
    "column", "the document is shared with %(value)s of another name or birth date in 90 days"
)
pgettext_lazy(
    "column",
    "Other persons with the same document in the last 90 days who led to a confirmed result",
)
pgettext_lazy(
    "column",
    "the document is shared with %(value)s of the last 90 days who led to a confirmed result",
)
pgettext_lazy("column", "An identifier is so common that it is not followed")
pgettext_lazy("column", "an identifier is so common that it is not followed")
pgettext_lazy("column", "no identifier is so common that it is not followed")
pgettext_lazy("starter profile", "Booked less than three days before departure")
pgettext_lazy("starter profile", "to be named by the administration")
pgettext_lazy(
    "starter profile",
    "Thales, report on passenger data: last-minute tickets, recent passports, atypical profiles; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy(
    "starter profile",
    "Funerals, illness and business make people book late; so do seasonal workers and standby staff. Families with small children, groups of four or more and tickets on account are left out.",
)
pgettext_lazy(
    "starter profile",
    "Couriers are sent at short notice, so that nobody can look into the booking.",
)
pgettext_lazy("starter profile", "Paid in cash, or prepaid in another place")
pgettext_lazy(
    "starter profile",
    "Customs baggage-control guide: tickets booked late or paid in cash, light baggage without personal items; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy(
    "starter profile",
    "Where few people have cards, cash is usual; relatives abroad prepay tickets.",
)
pgettext_lazy("starter profile", "Cash and prepaid tickets hide who sends the traveller.")
pgettext_lazy("starter profile", "One-way journey")
pgettext_lazy(
    "starter profile",
    "UN Countering Terrorist Travel Programme; OSCE, passenger data exchange; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy(
    "starter profile",
    "Students, people who move house and those who buy each way apart travel one way.",
)
pgettext_lazy(
    "starter profile", "Who joins a conflict, or is brought to be exploited, has no way back."
)
pgettext_lazy("starter profile", "Short stay at the end of a long journey")
pgettext_lazy(
    "starter profile",
    "WCO/IATA/ICAO, guidance on API and PNR (2017); European Commission, SWD(2020) 128 on the PNR Directive",
)
pgettext_lazy(
    "starter profile",
    "Meetings, weddings and funerals are short, however far. Tickets on account are left out.",
)
pgettext_lazy("starter profile", "Couriers stay as long as a delivery takes.")
pgettext_lazy("starter profile", "Route with a long detour")
pgettext_lazy(
    "starter profile",
    "WCO/IATA/ICAO, guidance on API and PNR (2017); UN Countering Terrorist Travel Programme",
)
pgettext_lazy("starter profile", "Cheap fares lead by odd ways; staff fly where seats are free.")
pgettext_lazy(
    "starter profile",
    "Broken and costlier routes hide where somebody comes from, or where the bag stays.",
)
pgettext_lazy("starter profile", "Departure from or transit through a place under watch")
pgettext_lazy(
    "starter profile",
    "Nearly everybody who comes from there has nothing to hide: the place alone is no reason. Fill the list watched_places, and give it an end.",
)
pgettext_lazy("starter profile", "Current cases come this way.")
pgettext_lazy("starter profile", "Flights changed several times")
pgettext_lazy(
    "starter profile",
    "WCO/IATA/ICAO, guidance on API and PNR (2017); NRL, behavioural report of 2015",
)
pgettext_lazy(
    "starter profile", "Carriers change flights too; illness and work make people change theirs."
)
pgettext_lazy(
    "starter profile", "Plans that change until the last moment follow somebody else’s orders."
)
pgettext_lazy("starter profile", "Booked but not on board")
pgettext_lazy("starter profile", "WCO/IATA/ICAO, guidance on API and PNR (2017)")
pgettext_lazy(
    "starter profile", "Most people who are absent overslept, fell ill or changed their plans."
)
pgettext_lazy("starter profile", "A second booking is a way to see whether one is waited for.")
pgettext_lazy("starter profile", "Passenger list and booking differ in document or birth date")
pgettext_lazy(
    "starter profile",
    "WCO/IATA/ICAO, guidance on API and PNR (2017); OSCE, passenger data exchange",
)
pgettext_lazy(
    "starter profile",
    "Typing errors, new passports and clerks who book for many explain most differences.",
)
pgettext_lazy("starter profile", "Somebody else travels than was booked.")
pgettext_lazy("starter profile", "Recently issued passport")
pgettext_lazy("starter profile", "Passports are renewed before a journey.")
pgettext_lazy("starter profile", "A lost and replaced passport hides earlier journeys.")
pgettext_lazy(
    "starter profile", "Telephone, e-mail, card, address or loyalty number of a known case"
)
pgettext_lazy(
    "starter profile",
    "US House of Representatives, hearing of 2011: history, fellow travellers, payment and contact details",
)
pgettext_lazy(
    "starter profile",
    "Employers, agencies and families share telephones and cards; a relative’s case is not one’s own.",
)
pgettext_lazy("starter profile", "Networks use the same contacts again.")
pgettext_lazy("starter profile", "Several single bookings by one agency within minutes")
pgettext_lazy(
    "starter profile",
    "WCO/IATA/ICAO, guidance on API and PNR (2017); US House of Representatives, hearing of 2011: history, fellow travellers, payment and contact details",
)
pgettext_lazy("starter profile", "Agencies sell to friends and colleagues one after the other.")
pgettext_lazy("starter profile", "People who are sent together are booked apart.")
pgettext_lazy(
    "starter profile",
    "Undeclared fellow travellers: pooled bags, adjacent seats, same card or consecutive tickets",
)
pgettext_lazy("starter profile", "Friends buy apart and sit together.")
pgettext_lazy("starter profile", "A courier is watched by one who does not know him on paper.")
pgettext_lazy("starter profile", "Long journey without checked baggage")
pgettext_lazy(
    "starter profile",
    "Customs baggage-control guide: tickets booked late or paid in cash, light baggage without personal items",
)
pgettext_lazy("starter profile", "Many travel light to save the fee, or live at both ends.")
pgettext_lazy("starter profile", "Light baggage without personal items does not fit the stay.")
pgettext_lazy("starter profile", "Bag tagged to another destination")
pgettext_lazy("starter profile", "Bags are mistagged, and families send prams ahead.")
pgettext_lazy("starter profile", "The bag goes where its owner is not searched.")
pgettext_lazy("starter profile", "Frequent journeys on the same route")
pgettext_lazy(
    "starter profile",
    "WCO statements on Entebbe: people who travel often with much luggage and unclear business; European Commission, SWD(2020) 128 on the PNR Directive",
)
pgettext_lazy(
    "starter profile",
    "Commuters, couples in two countries and traders travel often; tickets on account are left out.",
)
pgettext_lazy("starter profile", "Small quantities are carried often.")
pgettext_lazy("starter profile", "Agency with several known cases")
pgettext_lazy(
    "starter profile",
    "A large agency has known cases by its size alone; its other customers know nothing of them.",
)
pgettext_lazy("starter profile", "Networks buy where nobody asks.")
pgettext_lazy("starter profile", "Contact refused, or disposable e-mail address")
pgettext_lazy("starter profile", "Some refuse for the sake of privacy, or fear advertising.")
pgettext_lazy("starter profile", "Who does not want to be found leaves no trace.")
pgettext_lazy("starter profile", "Name inverted, truncated or spelt differently")
pgettext_lazy(
    "starter profile",
    "UN Countering Terrorist Travel Programme; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy(
    "starter profile",
    "Booking systems cut names, and several alphabets have several spellings: alone it means nothing.",
)
pgettext_lazy("starter profile", "A name written otherwise escapes a list.")
pgettext_lazy("starter profile", "Late check-in or late change of seat")
pgettext_lazy(
    "starter profile",
    "NRL, behavioural report of 2015; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy("starter profile", "Traffic, connections and children make people late.")
pgettext_lazy("starter profile", "Who comes last leaves no time for a look at the bag.")
pgettext_lazy(
    "starter profile",
    "Minor travelling alone or with unrelated adults, with two further kinds of sign",
)
pgettext_lazy(
    "starter profile",
    "Minors are the persons to be protected: trafficking in children cannot be told without knowing that a child travels. Two further kinds of sign are required in every case.",
)
pgettext_lazy(
    "starter profile",
    "Children travel to a parent, with an aunt, or to school; in many countries they bear the other parent’s name.",
)
pgettext_lazy(
    "starter profile",
    "Victims of trafficking are young, one way, and paid for by others. The aim is to protect them.",
)
pgettext_lazy("starter profile", "Visa for a country outside the journey")
pgettext_lazy(
    "starter profile", "A visa lasts for years; crews and frequent travellers hold several."
)
pgettext_lazy("starter profile", "The journey goes on from where no visa is needed.")
pgettext_lazy(
    "starter profile", "Earlier confirmed result, of the traveller or of a fellow traveller"
)
pgettext_lazy("starter profile", "An old case is settled; people change. Look at what it was.")
pgettext_lazy("starter profile", "The same person was found out before.")
pgettext_lazy("starter profile", "Known under another document, or document of a known case")
pgettext_lazy("starter profile", "Passports are renewed; numbers are misread.")
pgettext_lazy("starter profile", "Who was sent back, or whose document was taken, tries another.")
pgettext_lazy("starter profile", "Unique combination of route, agency, booking time and payment")
pgettext_lazy(
    "starter profile",
    "European Commission, SWD(2020) 128 on the PNR Directive; Thales, report on passenger data: last-minute tickets, recent passports, atypical profiles",
)
pgettext_lazy("starter profile", "Somebody is always the exception, on small flights more so.")
pgettext_lazy("starter profile", "What is arranged for one purpose fits no usual journey.")
pgettext_lazy("starter profile", "Paid with another person’s card")
pgettext_lazy(
    "starter profile",
    "US House of Representatives, hearing of 2011: history, fellow travellers, payment and contact details; WCO/IATA/ICAO, guidance on API and PNR (2017)",
)
pgettext_lazy("starter profile", "Parents, partners and friends pay for each other.")
pgettext_lazy("starter profile", "Who pays sends; victims and couriers do not pay themselves.")
pgettext_lazy(
    "starter profile", "On board without a booking, with further signs on the passenger list"
)
pgettext_lazy(
    "starter profile", "Names that do not match hide a booking; commuters buy at the desk."
)
pgettext_lazy("starter profile", "A ticket bought at the desk was looked at by nobody.")
pgettext_lazy("starter profile", "Document already presented by another person")
pgettext_lazy("starter profile", "Numbers are mistyped, and clerks give a family one number.")
pgettext_lazy("starter profile", "A passport passes from hand to hand.")
pgettext_lazy("starter profile", "Too many bags for a short stay")
pgettext_lazy(
    "starter profile",
    "WCO statements on Entebbe: people who travel often with much luggage and unclear business; Customs baggage-control guide: tickets booked late or paid in cash, light baggage without personal items",
)
pgettext_lazy("starter profile", "Musicians, athletes and people who bring gifts carry much.")
pgettext_lazy("starter profile", "Goods for sale, or cash among clothes, go in many bags.")
pgettext_lazy("starter profile", "Agency outside the countries of the journey")
pgettext_lazy(
    "starter profile", "Sellers on the internet sit anywhere; employers use an agency at home."
)
pgettext_lazy("starter profile", "The journey is organised from elsewhere.")
pgettext_lazy("starter profile", "No contact details, and paid in cash or by another person")
pgettext_lazy(
    "starter profile",
    "Many carriers and agencies send no contacts at all: look at the rest of the flight.",
)
pgettext_lazy("starter profile", "No contact and no card: no trace of who travels.")
pgettext_lazy("starter profile", "Adult travelling with an unrelated minor")
pgettext_lazy(
    "starter profile", "UN Countering Terrorist Travel Programme; OSCE, passenger data exchange"
)
pgettext_lazy(
    "starter profile",
    "Teachers, trainers, aunts and step-parents travel with children of another name.",
)
pgettext_lazy("starter profile", "Who brings a child that is not theirs may not act for it.")
pgettext_lazy("starter profile", "Card that pays for young people of other bookings")
pgettext_lazy(
    "starter profile",
    "UN Countering Terrorist Travel Programme; US House of Representatives, hearing of 2011: history, fellow travellers, payment and contact details",
)
pgettext_lazy("starter profile", "Clubs, schools and parents pay for several.")
pgettext_lazy("starter profile", "Several young people are sent by one.")
pgettext_lazy("starter profile", "Journey ended before its booked destination, or booked twice")
pgettext_lazy(
    "starter profile", "Plans change, and a second booking may replace one that was not cancelled."
)
pgettext_lazy(
    "starter profile",
    "Who leaves at a transit, or holds a second booking, hides where he goes or where the bag stays.",
)
pgettext_lazy("starter profile", "Flights missed in the past")
pgettext_lazy(
    "starter profile",
    "Illness, work and late trains make people miss flights; carriers forget to report who flew.",
)
pgettext_lazy("starter profile", "Bookings are kept as a choice, or flown under another name.")
pgettext_lazy("starter profile", "Passenger list and booking differ in sex")
pgettext_lazy(
    "starter profile", "Titles are read wrongly, and names of some languages do not tell the sex."
)
pgettext_lazy(
    "starter profile", "Passport about to expire, or different from that of an earlier journey"
)
pgettext_lazy(
    "starter profile",
    "Everybody’s passport expires one day and is replaced; some people have two nationalities.",
)
pgettext_lazy(
    "starter profile",
    "Somebody hides earlier journeys, or uses up a document that will not be renewed.",
)
pgettext_lazy("starter profile", "Split booking")
pgettext_lazy(
    "starter profile",
    "Families are split when seats run out, groups when one of them changes a flight.",
)
pgettext_lazy("starter profile", "Who is sent with others travels as if alone.")
pgettext_lazy("country", "Andorra")
pgettext_lazy("country", "United Arab Emirates")
pgettext_lazy("country", "Afghanistan")
pgettext_lazy("country", "Antigua and Barbuda")
pgettext_lazy("country", "Anguilla")
pgettext_lazy("country", "Albania")
pgettext_lazy("country", "Armenia")
pgettext_lazy("country", "Angola")
pgettext_lazy("country", "Antarctica")
pgettext_lazy("country", "Argentina")
pgettext_lazy("country", "American Samoa")
pgettext_lazy("country", "Austria")
pgettext_lazy("country", "Australia")
pgettext_lazy("country", "Aruba")
pgettext_lazy("country", "Åland Islands")
pgettext_lazy("country", "Azerbaijan")
pgettext_lazy("country", "Bosnia and Herzegovina")
pgettext_lazy("country", "Barbados")
pgettext_lazy("country", "Bangladesh")
pgettext_lazy("country", "Belgium")
pgettext_lazy("country", "Burkina Faso")
pgettext_lazy("country", "Bulgaria")
pgettext_lazy("country", "Bahrain")
pgettext_lazy("country", "Burundi")
pgettext_lazy("country", "Benin")
pgettext_lazy("country", "Saint Barthélemy")
pgettext_lazy("country", "Bermuda")
pgettext_lazy("country", "Brunei Darussalam")
pgettext_lazy("country", "Bolivia")
pgettext_lazy("country", "Bonaire, Sint Eustatius and Saba")
pgettext_lazy("country", "Brazil")
pgettext_lazy("country", "Bahamas")
pgettext_lazy("country", "Bhutan")
pgettext_lazy("country", "Bouvet Island")
pgettext_lazy("country", "Botswana")
pgettext_lazy("country", "Belarus")
pgettext_lazy("country", "Belize")
pgettext_lazy("country", "Canada")
pgettext_lazy("country", "Cocos (Keeling) Islands")
pgettext_lazy("country", "Democratic Republic of the Congo")
pgettext_lazy("country", "Central African Republic")
pgettext_lazy("country", "Congo")
pgettext_lazy("country", "Switzerland")
pgettext_lazy("country", "Côte d'Ivoire")
pgettext_lazy("country", "Cook Islands")
pgettext_lazy("country", "Chile")
pgettext_lazy("country", "Cameroon")
pgettext_lazy("country", "China")
pgettext_lazy("country", "Colombia")
pgettext_lazy("country", "Costa Rica")
pgettext_lazy("country", "Cuba")
pgettext_lazy("country", "Cabo Verde")
pgettext_lazy("country", "Curaçao")
pgettext_lazy("country", "Christmas Island")
pgettext_lazy("country", "Cyprus")
pgettext_lazy("country", "Czechia")
pgettext_lazy("country", "Germany")
pgettext_lazy("country", "Djibouti")
pgettext_lazy("country", "Denmark")
pgettext_lazy("country", "Dominica")
pgettext_lazy("country", "Dominican Republic")
pgettext_lazy("country", "Algeria")
pgettext_lazy("country", "Ecuador")
pgettext_lazy("country", "Estonia")
pgettext_lazy("country", "Egypt")
pgettext_lazy("country", "Western Sahara")
pgettext_lazy("country", "Eritrea")
pgettext_lazy("country", "Spain")
pgettext_lazy("country", "Ethiopia")
pgettext_lazy("country", "Finland")
pgettext_lazy("country", "Fiji")
pgettext_lazy("country", "Falkland Islands (Malvinas)")
pgettext_lazy("country", "Micronesia")
pgettext_lazy("country", "Faroe Islands")
pgettext_lazy("country", "France")
pgettext_lazy("country", "Gabon")
pgettext_lazy("country", "United Kingdom")
pgettext_lazy("country", "Grenada")
pgettext_lazy("country", "Georgia")
pgettext_lazy("country", "French Guiana")
pgettext_lazy("country", "Guernsey")
pgettext_lazy("country", "Ghana")
pgettext_lazy("country", "Gibraltar")
pgettext_lazy("country", "Greenland")
pgettext_lazy("country", "Gambia")
pgettext_lazy("country", "Guinea")
pgettext_lazy("country", "Guadeloupe")
pgettext_lazy("country", "Equatorial Guinea")
pgettext_lazy("country", "Greece")
pgettext_lazy("country", "South Georgia and the South Sandwich Islands")
pgettext_lazy("country", "Guatemala")
pgettext_lazy("country", "Guam")
pgettext_lazy("country", "Guinea-Bissau")
pgettext_lazy("country", "Guyana")
pgettext_lazy("country", "Hong Kong")
pgettext_lazy("country", "Heard Island and McDonald Islands")
pgettext_lazy("country", "Honduras")
pgettext_lazy("country", "Croatia")
pgettext_lazy("country", "Haiti")
pgettext_lazy("country", "Hungary")
pgettext_lazy("country", "Indonesia")
pgettext_lazy("country", "Ireland")
pgettext_lazy("country", "Israel")
pgettext_lazy("country", "Isle of Man")
pgettext_lazy("country", "India")
pgettext_lazy("country", "British Indian Ocean Territory")
pgettext_lazy("country", "Iraq")
pgettext_lazy("country", "Iran")
pgettext_lazy("country", "Iceland")
pgettext_lazy("country", "Italy")
pgettext_lazy("country", "Jersey")
pgettext_lazy("country", "Jamaica")
pgettext_lazy("country", "Jordan")
pgettext_lazy("country", "Japan")
pgettext_lazy("country", "Kenya")
pgettext_lazy("country", "Kyrgyzstan")
pgettext_lazy("country", "Cambodia")
pgettext_lazy("country", "Kiribati")
pgettext_lazy("country", "Comoros")
pgettext_lazy("country", "Saint Kitts and Nevis")
pgettext_lazy("country", "Democratic People's Republic of Korea")
pgettext_lazy("country", "Republic of Korea")
pgettext_lazy("country", "Kuwait")
pgettext_lazy("country", "Cayman Islands")
pgettext_lazy("country", "Kazakhstan")
pgettext_lazy("country", "Lao People's Democratic Republic")
pgettext_lazy("country", "Lebanon")
pgettext_lazy("country", "Saint Lucia")
pgettext_lazy("country", "Liechtenstein")
pgettext_lazy("country", "Sri Lanka")
pgettext_lazy("country", "Liberia")
pgettext_lazy("country", "Lesotho")
pgettext_lazy("country", "Lithuania")
pgettext_lazy("country", "Luxembourg")
pgettext_lazy("country", "Latvia")
pgettext_lazy("country", "Libya")
pgettext_lazy("country", "Morocco")
pgettext_lazy("country", "Monaco")
pgettext_lazy("country", "Moldova")
pgettext_lazy("country", "Montenegro")
pgettext_lazy("country", "Saint Martin")
pgettext_lazy("country", "Madagascar")
pgettext_lazy("country", "Marshall Islands")
pgettext_lazy("country", "North Macedonia")
pgettext_lazy("country", "Mali")
pgettext_lazy("country", "Myanmar")
pgettext_lazy("country", "Mongolia")
pgettext_lazy("country", "Macao")
pgettext_lazy("country", "Northern Mariana Islands")
pgettext_lazy("country", "Martinique")
pgettext_lazy("country", "Mauritania")
pgettext_lazy("country", "Montserrat")
pgettext_lazy("country", "Malta")
pgettext_lazy("country", "Mauritius")
pgettext_lazy("country", "Maldives")
pgettext_lazy("country", "Malawi")
pgettext_lazy("country", "Mexico")
pgettext_lazy("country", "Malaysia")
pgettext_lazy("country", "Mozambique")
pgettext_lazy("country", "Namibia")
pgettext_lazy("country", "New Caledonia")
pgettext_lazy("country", "Niger")
pgettext_lazy("country", "Norfolk Island")
pgettext_lazy("country", "Nigeria")
pgettext_lazy("country", "Nicaragua")
pgettext_lazy("country", "Netherlands")
pgettext_lazy("country", "Norway")
pgettext_lazy("country", "Nepal")
pgettext_lazy("country", "Nauru")
pgettext_lazy("country", "Niue")
pgettext_lazy("country", "New Zealand")
pgettext_lazy("country", "Oman")
pgettext_lazy("country", "Panama")
pgettext_lazy("country", "Peru")
pgettext_lazy("country", "French Polynesia")
pgettext_lazy("country", "Papua New Guinea")
pgettext_lazy("country", "Philippines")
pgettext_lazy("country", "Pakistan")
pgettext_lazy("country", "Poland")
pgettext_lazy("country", "Saint Pierre and Miquelon")
pgettext_lazy("country", "Pitcairn")
pgettext_lazy("country", "Puerto Rico")
pgettext_lazy("country", "Palestine")
pgettext_lazy("country", "Portugal")
pgettext_lazy("country", "Palau")
pgettext_lazy("country", "Paraguay")
pgettext_lazy("country", "Qatar")
pgettext_lazy("country", "Réunion")
pgettext_lazy("country", "Romania")
pgettext_lazy("country", "Serbia")
pgettext_lazy("country", "Russian Federation")
pgettext_lazy("country", "Rwanda")
pgettext_lazy("country", "Saudi Arabia")
pgettext_lazy("country", "Solomon Islands")
pgettext_lazy("country", "Seychelles")
pgettext_lazy("country", "Sudan")
pgettext_lazy("country", "Sweden")
pgettext_lazy("country", "Singapore")
pgettext_lazy("country", "Saint Helena, Ascension and Tristan da Cunha")
pgettext_lazy("country", "Slovenia")
pgettext_lazy("country", "Svalbard and Jan Mayen")
pgettext_lazy("country", "Slovakia")
pgettext_lazy("country", "Sierra Leone")
pgettext_lazy("country", "San Marino")
pgettext_lazy("country", "Senegal")
pgettext_lazy("country", "Somalia")
pgettext_lazy("country", "Suriname")
pgettext_lazy("country", "South Sudan")
pgettext_lazy("country", "Sao Tome and Principe")
pgettext_lazy("country", "El Salvador")
pgettext_lazy("country", "Sint Maarten")
pgettext_lazy("country", "Syrian Arab Republic")
pgettext_lazy("country", "Eswatini")
pgettext_lazy("country", "Turks and Caicos Islands")
pgettext_lazy("country", "Chad")
pgettext_lazy("country", "French Southern Territories")
pgettext_lazy("country", "Togo")
pgettext_lazy("country", "Thailand")
pgettext_lazy("country", "Tajikistan")
pgettext_lazy("country", "Tokelau")
pgettext_lazy("country", "Timor-Leste")
pgettext_lazy("country", "Turkmenistan")
pgettext_lazy("country", "Tunisia")
pgettext_lazy("country", "Tonga")
pgettext_lazy("country", "Türkiye")
pgettext_lazy("country", "Trinidad and Tobago")
pgettext_lazy("country", "Tuvalu")
pgettext_lazy("country", "Taiwan")
pgettext_lazy("country", "Tanzania")
pgettext_lazy("country", "Ukraine")
pgettext_lazy("country", "Uganda")
pgettext_lazy("country", "United States Minor Outlying Islands")
pgettext_lazy("country", "United States of America")
pgettext_lazy("country", "Uruguay")
pgettext_lazy("country", "Uzbekistan")
pgettext_lazy("country", "Holy See")
pgettext_lazy("country", "Saint Vincent and the Grenadines")
pgettext_lazy("country", "Venezuela")
pgettext_lazy("country", "British Virgin Islands")
pgettext_lazy("country", "United States Virgin Islands")
pgettext_lazy("country", "Viet Nam")
pgettext_lazy("country", "Vanuatu")
pgettext_lazy("country", "Wallis and Futuna")
pgettext_lazy("country", "Samoa")
pgettext_lazy("country", "Kosovo")
pgettext_lazy("country", "Yemen")
pgettext_lazy("country", "Mayotte")
pgettext_lazy("country", "South Africa")
pgettext_lazy("country", "Zambia")
pgettext_lazy("country", "Zimbabwe")
