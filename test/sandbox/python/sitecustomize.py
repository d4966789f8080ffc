"""Makes compiled Python reproducible, as nixpkgs' patches of CPython do: with a fixed time in place of the source's."""
import importlib.machinery
import py_compile


def _path_stats(self, path):
    return {"mtime": 1, "size": _original(self, path)["size"]}


_original = importlib.machinery.SourceFileLoader.path_stats
importlib.machinery.SourceFileLoader.path_stats = _path_stats
py_compile._get_default_invalidation_mode = lambda: py_compile.PycInvalidationMode.TIMESTAMP
