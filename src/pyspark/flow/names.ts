// Names of PySpark's interface that the analysis knows.
// Source: the API reference of pyspark 3.5 to 4.1 (DataFrame, GroupedData, DataFrameReader, DataFrameWriter, Column, functions).

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Methods of a DataFrame that give a DataFrame. */
export const FRAME_METHODS = words(
  'agg alias cache checkpoint coalesce colRegex crossJoin describe distinct drop dropDuplicates dropDuplicatesWithinWatermark drop_duplicates ' +
    'dropna except exceptAll fillna filter hint intersect intersectAll join lateralJoin limit localCheckpoint melt observe offset orderBy persist repartition ' +
    'repartitionByRange replace sample sampleBy select selectExpr sort sortWithinPartitions subtract summary to toDF transform transpose union ' +
    'unionAll unionByName unpersist unpivot where withColumn withColumnRenamed withColumns withColumnsRenamed withMetadata withWatermark mapInPandas ' +
    'mapInArrow freqItems approxQuantile crosstab toJSON',
);

/** Methods of a DataFrame that start a job. */
export const ACTIONS = words(
  'count collect toPandas show first head take tail isEmpty foreach foreachPartition toLocalIterator toArrow display pandas_api',
);

export const GROUPINGS = words('groupBy groupby rollup cube groupingSets');

/** Methods and properties that only a DataFrame has: a value on which they are used is one. */
export const FRAME_ONLY = words(
  'withColumn withColumns withColumnRenamed groupBy selectExpr crossJoin dropDuplicates unionByName createOrReplaceTempView createTempView ' +
    'createGlobalTempView createOrReplaceGlobalTempView toPandas repartition repartitionByRange unpersist mapInPandas mapInArrow orderBy sortWithinPartitions ' +
    'writeStream writeTo withWatermark printSchema localCheckpoint',
);

export const SESSION_ONLY = words('createDataFrame readStream sparkContext');

/** What a reader can be asked behind `.read`. */
export const READER_METHODS = words('format option options schema load parquet csv json orc text table jdbc xml');

export const READ_FORMATS = words('parquet csv json orc text jdbc xml avro delta');

/** Functions whose texts behind the first argument are no column names. */
export const FORMAT_FUNCTIONS = words(
  'date_format to_date to_timestamp unix_timestamp from_unixtime format_number format_string from_json from_csv to_json to_csv regexp_replace ' +
    'regexp_extract regexp_extract_all split trunc date_trunc lpad rpad translate get_json_object json_tuple substring_index instr locate ' +
    'from_utc_timestamp to_utc_timestamp window session_window overlay decode encode sha2 round bround percentile_approx lit lag lead ntile ' +
    'hex conv months_between next_day rlike regexp_like approx_count_distinct element_at like ilike startswith endswith contains',
);

/** Functions whose value differs from one evaluation to the next. */
export const NON_DETERMINISTIC = words('rand randn uuid shuffle random monotonically_increasing_id randstr uniform');

/** Functions whose names nothing else is likely to have, taken for Spark's where a program uses them without saying where they are from. */
export const FREE_FUNCTIONS = words(
  'col lit when expr countDistinct count_distinct approx_count_distinct broadcast pandas_udf udf row_number dense_rank collect_list collect_set explode ' +
    'from_json to_json concat_ws date_format to_date to_timestamp regexp_replace monotonically_increasing_id current_timestamp',
);
