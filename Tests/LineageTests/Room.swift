// Why this file exists: keeps the target until the room has tests of its own.
import Testing
