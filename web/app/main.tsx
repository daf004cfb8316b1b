// Entry of the web app: the shell around the page that the address names. Styles are those of the report page, and a few of its own.

import { createRoot } from 'react-dom/client';
import '../src/style/base.css';
import '../src/style/layout.css';
import '../src/style/overview.css';
import '../src/style/charts.css';
import '../src/style/panels.css';
import '../src/style/small.css';
import './app.css';
import { setTheme } from '../src/look.ts';
import { Shell } from './shell.tsx';
import { keptTheme } from './theme.ts';

setTheme(keptTheme());
createRoot(document.getElementById('root') as HTMLElement).render(<Shell />);
