// What is taken out of a text and what stays: a table of both, laws over made-up texts, and time on hostile ones.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecret, redacted, withoutSecrets } from './secrets.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

test.each([
  ['jdbc:postgresql://me:hunter2@db:5432/sales', 'jdbc:postgresql://***@db:5432/sales'],
  ['s3a://AKIAIOSFODNN7EXAMPLE:wJal/rXUt+nFEMI@bucket/path', 's3a://***@bucket/path'],
  ['redis://:p@ss@host/0', 'redis://***@host/0'],
  ['cannot connect to mongodb://u:secret@h1…', 'cannot connect to mongodb://***@h1…'],
  ['jdbc:mysql://root:hunt…', 'jdbc:mysql://***@…'],
  ['jdbc:oracle:thin:scott/tiger@//db:1521/x', 'jdbc:oracle:thin:***@//db:1521/x'],
  [
    'JDBCRelation(jdbc:mysql://h/db?user=me&password=hunter2&ssl=true) [id#1]',
    'JDBCRelation(jdbc:mysql://h/db?user=me&password=***&ssl=true) [id#1]',
  ],
  ['jdbc:sqlserver://h;user=sa;password=a,b)c1;encrypt=true', 'jdbc:sqlserver://h;user=sa;password=***;encrypt=true'],
  ['{"user":"me","password":"hun\\"ter"}', '{"user":"me","password":"***"}'],
  ['{\\"token\\":\\"abcdef\\",\\"a\\":1}', '{\\"token\\":\\"***\\",\\"a\\":1}'],
  ['Map(url -> jdbc:x, password -> hunter2, fetchsize -> 10)', 'Map(url -> jdbc:x, password -> ***, fetchsize -> 10)'],
  ['passwd: hunter2', 'passwd: ***'],
  ['PWD = hunter2', 'PWD = ***'],
  ['password=hunter#2', 'password=***'],
  ['fs.s3a.secret.key=wJalrXUtnFEMI/K7MDENG', 'fs.s3a.secret.key=***'],
  ['fs.s3a.access.key: minio', 'fs.s3a.access.key: ***'],
  ['fs.azure.account.key.acme.dfs.core.windows.net=ab/cd+ef==', 'fs.azure.account.key.acme.dfs.core.windows.net=***'],
  ['AccountName=acme;AccountKey=ab/cd+ef==;EndpointSuffix=x', 'AccountName=acme;AccountKey=***;EndpointSuffix=x'],
  [
    'wasbs://c@a.blob.core.windows.net/x?sv=2020-08-04&se=2026&sig=ab%2Fcd%3D',
    'wasbs://c@a.blob.core.windows.net/x?sv=2020-08-04&se=2026&sig=***',
  ],
  [
    'https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature=0af3',
    'https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Signature=***',
  ],
  ["SELECT * FROM read('x', token = 'abc')", "SELECT * FROM read('x', token = '***')"],
  ["client_secret='it''s' x", "client_secret='***' x"],
  ['spark.databricks.token dapi0123456789abcdef0123456789abcdef', 'spark.databricks.token ***'],
  ['the key ASIAIOSFODNN7EXAMPLE was refused', 'the key *** was refused'],
  ['Authorization: Bearer abcdef0123456789abcdef', 'Authorization: Bearer ***'],
  ['Authorization: Basic bWU6aHVudGVyMg==', 'Authorization: Basic ***'],
  [`got ${JWT} back`, 'got *** back'],
  ['token: hvs.CAESIJ0123', 'token: ***'],
  ['-Djavax.net.ssl.trustStorePassword=changeit -Xmx1g', '-Djavax.net.ssl.trustStorePassword=*** -Xmx1g'],
  ['PlainLoginModule required username="u" password="p w";', 'PlainLoginModule required username="u" password="***";'],
])('%s → %s', (text, expected) => {
  expect(redacted(text)).toBe(expected);
});

const NORMAL = [
  'SELECT * FROM t WHERE token_count = 5',
  'WHERE token = 5 AND max_tokens=512',
  'JOIN s ON a.token = b.token',
  'Filter (isnotnull(password#12) AND (password#12 = pw#3))',
  'Project [password#12, token#13L AS token_id#14]',
  'FileScan parquet [id#1,token#2] ReadSchema: struct<id:int,token:string,password:string,secret:decimal(10,2)>',
  'ReadSchema: struct<id:bigint,password:str...',
  'root |-- token: string (nullable = true)',
  'PushedFilters: [IsNotNull(token), EqualTo(token,abc)]',
  'HashAggregate(keys=[token#5], functions=[count(1)])',
  'transform(tokens, token -> length(token))',
  'tokens.map(token => token.trim).filter(secret => secret.nonEmpty)',
  'token::string',
  'mismatched input: unexpected token: FROM',
  "Unrecognized token 'abc': was expecting ('true', 'false')",
  'Unable to load AWS credentials: com.amazonaws.SdkClientException',
  "Access denied for user 'me'@'host' (using password: YES)",
  `password=\${DB_PASSWORD}`,
  'password -> *********(redacted)',
  'GOOGLE_APPLICATION_CREDENTIALS=/etc/gcp/key.json',
  'spark.redaction.regex=(?i)secret|password|token|access[.]key',
  'abfss://container@account.dfs.core.windows.net/silver/orders',
  's3a://warehouse/sales/dt=2026-03-11/part-00000.snappy.parquet',
  'hdfs://nn1:8020,nn2:8020/user/me@corp/x',
  'http://host:8080/path?mail=a@b.com',
  'file://C:/Users/a@b',
  'thrift://meta:9083',
  'ssh://git@github.com/acme/jobs.git',
  'org.apache.spark.shuffle.FetchFailedException: Failed to connect to host-1/10.0.0.1:7337',
  'basic authorization is not enough for the bearer of this',
  'spark.sql.shuffle.partitions=400',
  'design = 5, config=7, sigma = 3, keys: [a, b], primary key: id',
  'Set spark.hadoop.fs.s3a.aws.credentials.provider=org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider',
];

describe('normal texts stay', () => {
  test.each(NORMAL)('%s', (text) => {
    expect(redacted(text)).toBe(text);
  });

  test('in any combination', () => {
    const joint = fc.constantFrom(' ', ', ', '; ', '\n', ' AND ');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...NORMAL.filter((text) => !text.endsWith('...'))), joint), { maxLength: 8 }),
        (parts) => {
          const text = parts.flat().join('');
          expect(redacted(text)).toBe(text);
        },
      ),
    );
  });
});

describe('laws', () => {
  const secret = fc.string({ unit: fc.constantFrom(...'abcXYZ0189+/_-.~$#'), minLength: 12, maxLength: 60 }).map((text) => `Q7${text}z9`);
  const around = fc.constantFrom(...NORMAL, '', 'é日本', 'x = 1');
  const forms: readonly ((value: string) => string)[] = [
    (value) => `password=${value}`,
    (value) => `"secret": "${value}"`,
    (value) => `spark.hadoop.fs.s3a.secret.key=${value}`,
    (value) => `Map(token -> ${value})`,
    (value) => `pwd='${value}'`,
    (value) => `access_token: ${value}`,
    (value) => `?a=b&sig=${value}&c=d`,
    (value) => `jdbc:postgresql://me:${value}@db.acme.com:5432/x`,
  ];
  test('a secret is never left', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...forms), around, around, (value, form, before, after) => {
        expect(redacted(`${before} ${form(value)} ${after}`)).not.toContain(value);
      }),
      { numRuns: 500 },
    );
  });

  test('once is enough', () => {
    const piece = fc.constantFrom(
      'password',
      'token',
      'sig',
      'account.key.',
      '=',
      ':',
      ' ',
      '"',
      "'",
      '\\',
      '//',
      '@',
      'a',
      '1',
      ',',
      ')',
      '->',
      '***',
      '…',
      '\n',
    );
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 40 }), (text) => {
        const first = redacted(text);
        expect(redacted(first)).toBe(first);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    'a',
    '//a:',
    '//a:b@',
    'token:',
    'token:"',
    "token:'\\",
    'password=',
    'account.key.',
    'eyJaaaaaaaaaaa.',
    'bearer ',
    '\\',
    'sas.',
    '-----BEGIN PRIVATE KEY-----',
    'jdbc:oracle:thin:a/',
  ])('a megabyte of %j takes no time', (piece) => {
    expect(redacted(`token ${piece.repeat(Math.ceil(1e6 / piece.length))}`)).toContain('token');
  });
});

test('every string of a value is redacted; what has none is the same object', () => {
  const clean = { list: [1, 'a'], nothing: Number.NaN, map: new Map([['k', 'v']]), bytes: new Float64Array(2) };
  expect(withoutSecrets(clean)).toBe(clean);
  const value = { clean, cause: 'password=x', deep: [new Map([['k', { note: 'token=abc' }]]), new Set(['pwd=y'])] };
  const result = withoutSecrets(value);
  expect(result).toEqual({ clean, cause: 'password=***', deep: [new Map([['k', { note: 'token=***' }]]), new Set(['pwd=***'])] });
  expect(result.clean).toBe(clean);
  const hostile = JSON.parse('{"__proto__": "password=x"}');
  expect(JSON.stringify(withoutSecrets(hostile))).toBe('{"__proto__":"password=***"}');
});

test('a setting whose value holds a secret is one', () => {
  expect(isSecret('spark.x', 'password=abc')).toBe(true);
});
