// The commands: this is the place where they are added. It prints results on stdout and returns the exit code.
// Law: only cli prints or exits; everything a command does lives in the rooms.

/** Runs one command line (without `node` and the script's name) and returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const what = args.length === 0 ? 'no command was given' : `unknown command "${args[0]}"`;
  process.stderr.write(`firesteel: ${what}\n  next step: firesteel --version is all this build knows\n`);
  return 2;
}
