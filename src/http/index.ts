// http: the server, a thin face over the table of operations, and the store of audited runs behind it.
// Laws: no log is read in the server's own thread; paths only below watched folders and uploads; loopback without a token, nothing else.
export { type Serving, serve } from './serve.ts';
export { DEFAULT_HOST, DEFAULT_PORT, ROLES, type Role, type ServeOptions } from './settings.ts';
export { newToken } from './tokens.ts';
