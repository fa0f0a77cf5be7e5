"""Settings of this course for nbgrader: for its own commands, formgrader, and ours alike."""

from rmsprop_course import classroom

c = get_config()  # noqa: F821 - nbgrader defines it

classroom.configure(c)  # the sandbox, what becomes of broken submissions, the feedback pages

c.CourseDirectory.course_id = "rmsprop"  # its name in the exchange, if there is one
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}

# What one submission may use. All of it together:
c.ExecuteInSandbox.wall = 180.0  # seconds
c.ExecuteInSandbox.cpu = 300  # seconds of processor time
c.ExecuteInSandbox.memory = 3 * 1024**3  # bytes
c.ExecuteInSandbox.timeout = 30  # seconds, for one cell

# What an assignment asks to write, so that a submission that takes it from elsewhere needs a look.
c.RestoreCells.forbidden = {
    "1_moving_average": ["rmsprop_course"],
    "2_rmsprop_in_numpy": ["rmsprop_course", "torch.optim"],
    "3_torch_optimizer": [
        "rmsprop_course.torch_optim",
        "torch.optim.RMSprop",
        "torch.optim.rmsprop",
    ],
    "4_fair_comparison": ["rmsprop_course.tuning"],
}

# `nbgrader zip_collect` finds whose a returned file is by the roster, also in the names that Canvas
# and Moodle give to files. For other names, delete this line and set nbgrader's own way:
# c.FileNameCollectorPlugin.named_regexp = r".*/(?P<student_id>\w+)-(?P<file_id>\w+)\.ipynb$"
c.ZipCollectApp.collector_plugin = classroom.RosterCollector

# Late submissions keep their points; "zero" takes them all. The instructor guide shows how to take
# a share a day.
c.LateSubmissionPlugin.penalty_method = "none"
