"""What writes a format: one module for each format and framework.

Each has `write(network, job)` and imports, with what it imports from here, the packages
alone that its `Writer` in `kerasgan.export.formats` names: extras are seldom all
installed. A writer's process imports its module and no other.
"""
