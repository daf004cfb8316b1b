// Which settings are secret, whatever Spark's own redaction let through.
// Law: when in doubt it is a secret; a secret's value is neither shown nor compared in public.

/** Spark's spark.redaction.regex (3.x, 4.x) and the words that connectors use besides. */
const SECRET_KEY =
  /secret|password|passwd|passphrase|token|credential|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key|sas[._-]?(key|fixed)|encryption[._-]?key|redact|authorization|jaas|connection[._-]?string/i;

/** Values that carry a secret under an innocent key: user info in a URL, `password=`, bearer tokens, PEM blocks, well-known key forms. */
const SECRET_VALUE =
  /\/\/[^/\s:@]+:[^/\s@]+@|(pass(word|wd|phrase)?|pwd|secret|token|\bsig|access_?key|api_?key|account_?key)\s*[=:]|\bbearer\s|-----BEGIN|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-|\beyJ[\w-]{10,}\.[\w-]{10,}\./i;

export function isSecret(key: string, value: string | undefined): boolean {
  return SECRET_KEY.test(key) || (value !== undefined && SECRET_VALUE.test(value.slice(0, 65_536)));
}
