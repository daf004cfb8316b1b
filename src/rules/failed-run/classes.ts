// What to do about an error, by its class: patterns over the exception's name and message, the first that fits wins.
// Law: an advice fits its class on every cluster; what depends on the run is said by the rule.

export interface ErrorClass {
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedies: readonly string[];
  /** The same call may well succeed on a second try. */
  readonly passing?: true;
}

export const ERROR_CLASSES: readonly ErrorClass[] = [
  {
    pattern: /ModuleNotFoundError|ImportError|PYTHON_.*(VERSION|MODULE)|No module named/,
    what: 'a Python package is missing on the workers',
    remedies: [
      'Install the package for the Python that the workers run (spark.pyspark.python), or ship it: --archives with a packed virtual environment, or spark.submit.pyFiles for pure Python.',
      'Import it once on a worker before the long work begins, so that a missing package fails in the first second.',
    ],
  },
  {
    pattern:
      /CAST_INVALID_INPUT|CAST_OVERFLOW|CANNOT_PARSE|NumberFormatException|MALFORMED_RECORD|FAILED_READ_FILE.*PARSE|CANNOT_CONVERT|INVALID_.*TIMESTAMP|DateTimeException|BadRecordException/,
    what: 'a value in the data does not fit the wanted type',
    remedies: [
      'Use try_cast (or try_to_date, try_to_timestamp) at this line and write the rows that give null to a reject table instead of stopping the run.',
      'Check the share of unreadable values right after the read, before the first output is written.',
    ],
  },
  {
    pattern:
      /DIVIDE_BY_ZERO|ARITHMETIC_OVERFLOW|BINARY_ARITHMETIC_OVERFLOW|INVALID_ARRAY_INDEX|ArithmeticException|NUMERIC_VALUE_OUT_OF_RANGE/,
    what: 'an expression has no value for some rows',
    remedies: ['Use try_divide, try_add or try_element_at at this line, or filter the rows for which the expression has no value.'],
  },
  {
    pattern: /maxResultSize|results? of \d+ tasks/i,
    what: 'the result is too large for the driver',
    remedies: [
      'Keep the result in Spark (write it, or aggregate before collect); raising spark.driver.maxResultSize only moves the limit to the driver heap.',
    ],
  },
  {
    pattern: /OutOfMemory|OOM|GC overhead|SparkOutOfMemoryError|UNABLE_TO_ACQUIRE_MEMORY|Cannot broadcast the table/,
    what: 'memory ran out',
    remedies: [
      'Make the partitions of the failing stage smaller (more shuffle partitions, a smaller spark.sql.files.maxPartitionBytes), or give each task more memory (spark.executor.memory up, spark.executor.cores down).',
      'Drop broadcast hints and collected lists of unknown size in this query.',
    ],
  },
  {
    pattern: /TABLE_OR_VIEW_NOT_FOUND|PATH_NOT_FOUND|FileNotFound|NoSuchFile|NoSuchKey|SCHEMA_NOT_FOUND|NoSuchTable|does not exist/i,
    what: 'an input is not there',
    remedies: [
      'Check that the writer of this input ran before this job, and let the scheduler order the two.',
      'Files that vanish while a job reads them were replaced by another job: read a table format with snapshots, or write to a new path.',
    ],
  },
  {
    pattern: /UNRESOLVED_COLUMN|AMBIGUOUS|DATATYPE_MISMATCH|INCOMPATIBLE_DATA|SchemaMismatch|AnalysisException|PARSE_SYNTAX_ERROR/,
    what: 'the query does not fit the schema',
    remedies: [
      'Compare the schema of the input with the columns that the query names; read with an explicit schema so that a change is seen at the first line.',
    ],
  },
  {
    pattern:
      /ConcurrentModification|ConcurrentAppend|CommitFailed|ValidationException|COMMIT_CONFLICT|ConcurrentDelete|CommitStateUnknown/i,
    what: 'another writer changed the table meanwhile',
    remedies: ['Give each table one writer at a time, or let the writers touch disjoint partitions; then retry the commit.'],
    passing: true,
  },
  {
    pattern: /AlreadyExists|ALREADY_EXISTS|OUTPUT_PATH/i,
    what: 'the output is there already',
    remedies: ['Write with mode("overwrite") to a path of this run, or clear the output of the earlier run first.'],
  },
  {
    pattern: /AccessDenied|AccessControl|Permission denied|Forbidden|403|AuthorizationException|InvalidToken/i,
    what: 'access was refused',
    remedies: ["Give the job's identity the right on the path or table named in the message; check expiring tokens when the run is long."],
  },
  {
    pattern: /FetchFailed|ExecutorLost|ExecutorDead|exit code 1(37|43)|Shuffle block/i,
    what: 'executors or their shuffle files were lost',
    remedies: ['Find why the executors died (their own logs, exit code 137 means memory) before raising any retry limit.'],
  },
  {
    pattern:
      /ConnectionReset|ConnectionRefused|ConnectionError|BrokenPipe|TimeoutError|Timeout|Read timed out|Too Many Requests|429|503|SQLTransient|SQLRecoverable|ConnectException|SocketException|UnknownHost|RemoteDisconnected/,
    what: 'a service outside Spark did not answer',
    remedies: [
      'Reconnect and retry inside the task, at this line (a few tries with growing pauses), so that one dropped call does not repeat the whole partition.',
      'Keep what a partition has done: smaller partitions, or a write per batch, make a retry cheap.',
    ],
    passing: true,
  },
  {
    pattern: /PicklingError|NotSerializable|SerializationException|cannot pickle/,
    what: 'an object cannot be sent to the workers',
    remedies: ['Create clients, locks and sessions inside the function that runs on the workers (once per partition), not on the driver.'],
  },
  {
    pattern: /USER_RAISED_EXCEPTION|AssertionError|ASSERT/,
    what: 'a check in the job itself failed',
    remedies: ['The job stopped itself: look at the rows that break the check, and do it before the expensive part and the first output.'],
  },
  {
    pattern:
      /TypeError|AttributeError|KeyError|ValueError|IndexError|NameError|ZeroDivisionError|UnicodeDecodeError|NullPointerException|PYTHON_EXCEPTION/,
    what: 'the code did not expect some value',
    remedies: [
      'Handle missing and unexpected values at this line (None is the usual one), and try the function on a sample with such rows.',
    ],
  },
];

export const OTHER: ErrorClass = {
  pattern: /^/,
  what: 'an error',
  remedies: ['Read the first exception in the message: later ones are its consequences.'],
};
