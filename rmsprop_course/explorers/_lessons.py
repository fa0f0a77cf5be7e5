"""The lessons that have exercises and a quiz."""

LESSONS = {
    "00": "Start here",
    "01": "One learning rate is not enough",
    "02": "The moving average",
    "03": "From the average to the update",
    "04": "RMSProp in NumPy",
    "05": "Watch it move",
    "06": "RMSProp as a torch optimizer",
    "07": "RMSProp on the GPU",
    "08": "Train real networks",
    "09": "How fast does it converge?",
    "10": "What does √v compute?",
    "11": "RMSProp in the literature",
}
"""Their titles by number, as in the map of the lessons in the README."""
