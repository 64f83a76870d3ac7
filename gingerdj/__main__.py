"""`python -m gingerdj` does what `gingerdj-admin` does."""

from gingerdj.management import main

if __name__ == "__main__":
    main()
