"""What is done with notices: sending, reading, the ways they go out by."""

from qingshan.bureau.notices.actions.channels import keep_post, keep_robot, send_again, set_robot_active
from qingshan.bureau.notices.actions.reading import choose, read, read_all
from qingshan.bureau.notices.actions.sending import send

__all__ = ["choose", "keep_post", "keep_robot", "read", "read_all", "send", "send_again", "set_robot_active"]
