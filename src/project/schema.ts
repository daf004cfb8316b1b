// What a project file may say, as Zod schemas; the JSON Schema for editors (firesteel.schema.json) is made from them.
// Laws: an unknown key is an error; every message is a predicate that follows the place: `models.daily.timeout` + `must be …`.

import { z } from 'zod';
import { parseDuration } from './duration.ts';

const text = z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' });
const texts = (about: string) => z.array(text, { error: 'must be a list of texts' }).default([]).meta({ description: about });
const anyText = z.array(z.string({ error: 'must be text' }), { error: 'must be a list of texts' }).default([]);

/** Spark's properties are texts; `true` and `4` are what people write. */
const value = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' })
  .transform((given) => String(given));
const values = (about: string) =>
  z
    .record(z.string().min(1, { error: 'must not be empty' }), value, { error: 'must be an object of names and values' })
    .default({})
    .meta({ description: about });

/** A model's name is part of application names and folders. */
const name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,99}$/u, {
  error: 'must be a name: up to 100 letters, digits, _, . and -, the first a letter or digit',
});

export const modelSchema = z.strictObject(
  {
    script: text.meta({ description: 'the PySpark script, relative to this file' }),
    args: anyText.meta({ description: 'arguments of the script; {output}, {run} and {input} are filled in for each run' }),
    conf: values('Spark properties; {output}, {run} and {input} are filled in'),
    properties: text.optional().meta({ description: 'a spark-defaults style file' }),
    master: text.optional().meta({ description: 'local[4], spark://…, yarn, k8s://…' }),
    deployMode: z.enum(['client', 'cluster'], { error: 'must be "client" or "cluster"' }).optional(),
    packages: texts('Maven coordinates, group:artifact:version'),
    jars: texts('jar files or URIs'),
    pyFiles: texts('Python files, eggs or zips for the workers'),
    env: values('environment variables of the driver, on top of those that are there'),
    cwd: text.optional().meta({ description: 'working folder of the driver; without it, the folder of this file' }),
    timeout: text
      .refine((given) => parseDuration(given) !== undefined, { error: 'must be a duration such as "90s", "2h" or "1h30m"' })
      .optional()
      .meta({ description: 'the run is ended after so long: "90s", "2h", "1h30m"' }),
    owner: text.optional(),
    tier: text.optional().meta({ description: 'how much depends on it, such as T1' }),
    schedule: text.optional().meta({ description: 'in words or as cron' }),
    description: text.optional(),
    inputs: texts('tables or paths it reads, for the record'),
    outputs: texts('tables or paths it writes, for the record'),
  },
  { error: 'must be an object with a script' },
);

const rate = (about: string) =>
  z
    .number({ error: 'must be a number' })
    .nonnegative({ error: 'must be 0 or more' })
    .optional()
    .meta({ description: `money ${about}` });

const RATES = ['perCoreHour', 'perGiBHour', 'perExecutorHour', 'perHour', 'perUnitHour', 'instances'] as const;

const units = (about: string) =>
  z
    .number({ error: 'must be a number' })
    .nonnegative({ error: 'must be 0 or more' })
    .optional()
    .meta({ description: `units of the platform that ${about}` });

export const priceSchema = z
  .strictObject(
    {
      $schema: z.string().optional(),
      currency: text.meta({ description: 'such as EUR' }),
      version: text.meta({ description: 'date or name of the rate: recorded with every cost' }),
      perCoreHour: rate('for an hour of one allocated core'),
      perGiBHour: rate('for an hour of one allocated GiB of memory'),
      perExecutorHour: rate('for an hour of one executor'),
      perHour: rate('for an hour of wall time: a flat rate for a cluster'),
      perUnitHour: rate('for an hour of one unit of the platform, such as a DPU or a DBU'),
      unit: text.optional().meta({ description: 'name of that unit' }),
      unitsPerExecutor: units('one executor is'),
      instances: z
        .record(
          text,
          z.strictObject(
            {
              perHour: z
                .number({ error: 'must be a number' })
                .nonnegative({ error: 'must be 0 or more' })
                .default(0)
                .meta({ description: 'money for an hour of the machine' }),
              units: units('an hour of the machine is'),
            },
            { error: 'must be an object with perHour or units' },
          ),
          { error: 'must be an object: type of machine → its price' },
        )
        .optional()
        .meta({ description: 'machines by type; each executor is one' }),
      instance: text.optional().meta({ description: 'type of the machines when the log does not name it' }),
    },
    { error: 'must be an object with currency, version and a rate' },
  )
  .refine((sheet) => RATES.some((key) => sheet[key] !== undefined), { error: `has no rate: give one of ${RATES.join(', ')}` });

/** What a tuner may do with Spark's configuration: `ConfConstraints` of base. */
export const constraintsSchema = z.strictObject(
  {
    enforce: values('keys that have these values, whatever a proposal says'),
    preserve: texts('keys that stay as they are; `spark.sql.*` names all that begin so'),
    exclude: texts('keys that are never proposed; `spark.sql.*` names all that begin so'),
    ceilings: values('the most that a key may be given: a number or a size such as 16g'),
  },
  { error: 'must be an object with enforce, preserve, exclude or ceilings' },
);

export const projectSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    models: z.record(name, modelSchema, { error: 'must be an object: name → model' }).default({}).meta({ description: 'jobs by name' }),
    prices: z
      .union([text, priceSchema], { error: 'must be a price sheet (an object) or the path of one' })
      .optional()
      .meta({ description: 'what computing costs: a price sheet, or the path of a JSON file that holds one' }),
    ledger: text.optional().meta({ description: 'path of a SQLite file, or postgres://user@host/database' }),
    constraints: constraintsSchema.prefault({}).meta({ description: 'what fixes of configuration must keep to' }),
    spark: z
      .strictObject(
        {
          home: text.optional().meta({ description: 'SPARK_HOME' }),
          version: text.optional().meta({ description: 'version of the embedded Spark' }),
        },
        { error: 'must be an object' },
      )
      .default({}),
  },
  { error: 'must be an object' },
);
