"""Makes ``python -m rmsprop_course.cli`` the same as ``rmsprop-course``."""

from rmsprop_course.cli import main

if __name__ == "__main__":
    main(prog_name="rmsprop-course")
