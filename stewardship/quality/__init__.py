"""The monthly quality sample at the desk: judging pairs blind, and what came of it."""
