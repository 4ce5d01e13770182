"""Every declared limit of the product, in one file."""

MAX_TEXT = 10_000  # characters of one pasted answer or note
MAX_NAME = 300
PAGE_ROWS = 50
MOST_SAVED_VIEWS = 30  # of one person and kind of list
MAX_PAGE_ROWS = 100
EXACT_COUNT = 10_000  # lists count exactly up to here, then say "10,000+"
IMPORT_FILE = 200 * 1024 * 1024
SEARCH_COUNT = 1_000  # what is searched by its words is counted up to here, "1,000+"
UPLOAD_FILE = 20 * 1024 * 1024
IMPORT_PART = 2 * 1024 * 1024
IMPORT_ROWS = 1_000_000
IMPORT_COLUMNS = 200
MAX_AMOUNT = 10**13  # NUMERIC(16, 2)
BATCH = 100  # leads decided in one transaction
LEASE_SECONDS = 60
TRIES = 3  # a record that killed its worker this often is set aside
UNDO_DAYS = 30
NOTICE_DAYS = 90
UNDO_AT_ONCE = 100  # rows; more go to the bulk worker
BOARD_CARDS = 10
FORM_POSTS_PER_MINUTE = 20  # from one address, before its submissions are set aside
SIGN_IN_TRIES = 10  # for one account within
SIGN_IN_MINUTES = 15
