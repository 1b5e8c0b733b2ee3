"""gcloud, loaded once: that takes longer than most of what it is told to do.

gcloud's start script runs this in front of gcloud's own program, whose path comes last. Each line of standard input is a command
line with its variables, which runs in a process that forks off with all loaded, by that program from beginning to end. What it
loads besides is loaded for those that come. Answers in JSON, a line each.
"""
import atexit, contextlib, gc, importlib, json, os, runpy, sys, tempfile

program = sys.argv[-1]
sys.path.remove(os.path.dirname(os.path.abspath(__file__)))
sys.path[0] = os.path.dirname(program)
del os.environ["PYTHONPATH"], os.environ["PYTHONDONTWRITEBYTECODE"]
sys.dont_write_bytecode = False
import gcloud, googlecloudsdk.gcloud_main
from googlecloudsdk.core.configurations.named_configs import ActivePropertiesFile

for line in sys.stdin:
    gc.freeze()  # what is not looked at stays shared
    words, variables = json.loads(line)
    with contextlib.ExitStack() as stack:
        stdin, stdout, stderr, used = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
        child = os.fork()
        if child == 0:
            for number, file in enumerate([stdin, stdout, stderr]):
                os.dup2(file.fileno(), number)
            os.environ.update(variables)
            ActivePropertiesFile.Invalidate()  # read while all was loaded, for other variables
            sys.argv = [program, *words]
            try:
                runpy.run_path(program, run_name="__main__")
            except SystemExit as end:
                atexit._run_exitfuncs()
                sys.stdout.flush()
                sys.stderr.flush()
                os.write(used.fileno(), " ".join(sys.modules).encode())
                os._exit(end.code or 0)  # to take apart all that is loaded would copy it first
        _, status = os.waitpid(child, 0)
        for file in [stdout, stderr, used]:
            file.seek(0)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps({"code": code, "stdout": stdout.read().decode(), "stderr": stderr.read().decode()}), flush=True)
        for name in used.read().decode().split():
            with contextlib.suppress(ImportError):  # gcloud loads its commands by files, under names of its own
                importlib.import_module(name)
