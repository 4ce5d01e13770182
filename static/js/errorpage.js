// An error page follows a form that was not taken: its draft is not sent, so it stays.
try {
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft-sent:")) localStorage.removeItem(key);
} catch {
  // Storage may be closed to us; then there is no draft either.
}
