"""Notices (消息): what a unit must know at once, on its page, by e-mail and in the group chats of 企业微信 and 钉钉."""
