"""`./crm …` arrives here, once Python and the packages are there."""

import sys

from crm_site.run import cli

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
