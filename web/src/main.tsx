// Entry of the report page: reads the data out of the document and draws the app in place of the plain summary.
// Law: when the data cannot be read the plain summary stays, with a sentence on why.

import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { readPage } from './data.ts';
import { inFrame } from './frame.ts';
import './style/base.css';
import './style/layout.css';
import './style/overview.css';
import './style/charts.css';
import './style/panels.css';
import './style/small.css';

inFrame();
const root = document.getElementById('root') as HTMLElement;
try {
  const page = readPage(document);
  createRoot(root).render(<App page={page} />);
} catch (error) {
  const line = document.createElement('p');
  line.textContent = `The interactive report could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
  root.prepend(line);
}
