"""An nbgrader course for this course's assignments: made, graded in a sandbox, returned.

nbgrader and its gradebook do the work, and its own commands keep working on the same course. What
stands here puts a course where an instructor wants it, looks at submissions before and while they
run in a sandbox, grades one after the other, and makes pages and tables of the result. The command
``rmsprop-course classroom`` calls it.
"""

# A folder, because a grade has many steps: `_new` and `_roster` put a course where an instructor
# wants it; `_look`, `_suspicions`, `_preprocessors` and `_execute` look at submissions before and
# while they run, in the sandbox of `_kernel` and `_sandbox`; `_grading` and `_records` grade one
# after the other; `_feedback`, `_grades` and `_returning` make pages and tables of the result.
# `_collecting` finds whose a file is.

from rmsprop_course.classroom._collecting import RosterCollector
from rmsprop_course.classroom._course import Course, CourseError
from rmsprop_course.classroom._grading import Grading, grade
from rmsprop_course.classroom._new import NewCourse, new_course
from rmsprop_course.classroom._preprocessors import configure
from rmsprop_course.classroom._records import Record
from rmsprop_course.classroom._release import release
from rmsprop_course.classroom._returning import make_feedback, write_all_grades
from rmsprop_course.classroom._roster import RosterError
from rmsprop_course.classroom._sandbox import NoSandboxError

__all__ = [
    "Course",
    "CourseError",
    "Grading",
    "NewCourse",
    "NoSandboxError",
    "Record",
    "RosterCollector",
    "RosterError",
    "configure",
    "grade",
    "make_feedback",
    "new_course",
    "release",
    "write_all_grades",
]
