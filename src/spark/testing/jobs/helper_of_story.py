def average_of(frame):
    return frame.agg({"id": "avg"}).collect()[0][0]  # line 2
