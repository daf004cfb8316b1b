// The Spark operator's manifests and whatever else holds a map of Spark properties in YAML.
// Laws: every document of the file is read; a file that is no YAML is a FiresteelError that names the line.

import { isMap, isPair, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { FiresteelError } from '../../base/index.ts';
import type { Setting } from '../types.ts';

/** `sparkConf` and `hadoopConf` of the operator (kubeflow and Apache), and any map whose keys begin with `spark.`. */
export function readYaml(text: string, file: string): { readonly settings: readonly Setting[]; readonly sparkVersion: string | undefined } {
  const lines = new LineCounter();
  const settings: Setting[] = [];
  let sparkVersion: string | undefined;
  // Templates of Helm are no YAML; what they would put in is not known.
  const plain = text.replace(/\{\{[^\n]*?\}\}/g, (template) => '_'.repeat(template.length));
  const documents = parseAllDocuments(plain, { lineCounter: lines, logLevel: 'silent', strict: false, uniqueKeys: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      throw new FiresteelError(
        'corrupt-input',
        `${file} is no YAML: line ${line}: ${error.message.split('\n')[0]?.replace(/ at line.*$/, '')}.`,
        'Mend it there.',
      );
    }
    visit(document, {
      Pair(_key, pair, path) {
        if (!isScalar(pair.key) || typeof pair.key.value !== 'string') return;
        const name = pair.key.value;
        if (name === 'sparkVersion' && isScalar(pair.value)) sparkVersion ??= String(pair.value.value);
        const parent = path.findLast(isPair);
        const inMap = parent !== undefined && isScalar(parent.key) ? String(parent.key.value) : '';
        const isHadoop = inMap === 'hadoopConf';
        if (isMap(pair.value) || (!isHadoop && inMap !== 'sparkConf' && !/^spark\.\w/.test(name))) return;
        const range = pair.key.range?.[0];
        const value = isScalar(pair.value) && pair.value.value !== null ? String(pair.value.value) : undefined;
        const { line, col } = lines.linePos(range ?? 0);
        settings.push({
          key: isHadoop ? `spark.hadoop.${name}` : name,
          value: value === undefined || /^_+$/.test(value) ? undefined : value,
          origin: 'operator',
          file,
          line,
          column: col,
        });
      },
    });
  }
  return { settings, sparkVersion };
}
