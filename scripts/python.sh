#!/bin/sh
# Run a script with the first Python 3.11 or newer found: $PYTHON, else python3, else a versioned name on PATH.
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" "$@"
    fi
done
echo "Anteroom needs Python 3.11 or newer and found none${PYTHON:+ at PYTHON=$PYTHON}: install it, or name it with PYTHON=/path/to/python3.11." >&2
exit 1
