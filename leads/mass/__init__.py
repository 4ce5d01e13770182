"""One act over every lead that matches, in the background: assign, qualify, disqualify, archive, tag, and all of it taken back."""
