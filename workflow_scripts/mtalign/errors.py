"""What a user may have got wrong: a command line ends with the message alone, no traceback. Imports nothing of ours."""


class UserError(Exception):
    """An expected error: the message names the file, the row or key, and the remedy."""


class ConfigError(UserError):
    """A config that cannot be used. The message has one line a problem: the key, what is wrong, what to do."""


class InputError(UserError):
    """A missing or malformed artifact: says which file, and what to do."""


class SourceError(UserError):
    """A data set that cannot be read: says which file and row, and what to do."""


class SandboxError(UserError):
    """The sandbox failed, or there is no isolation here; it says nothing about the program."""
