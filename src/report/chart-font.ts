// The font of pictures: DejaVu Sans from npm, so that a picture looks the same on every machine. Its widths, and SVG → PNG with it.
// Laws: no font of the system is ever asked; a width is exact to the unit of the font (cmap format 12, hmtx).

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const fileOf = (name: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** What SVG names: DejaVu Sans, and Verdana, which has nearly the same widths. */
export const FONT_FAMILY = "'DejaVu Sans', Verdana, sans-serif";

interface Font {
  /** Advance of a character as a part of the font size. */
  widthOf(codePoint: number): number;
}

const fonts = new Map<string, Font>();

function fontOf(bold: boolean): Font {
  const name = bold ? 'DejaVuSans-Bold' : 'DejaVuSans';
  let font = fonts.get(name);
  if (font === undefined) {
    font = readFont(readFileSync(fileOf(name)));
    fonts.set(name, font);
  }
  return font;
}

/** Reads widths from a TrueType file (OpenType specification, chapters cmap, hhea, hmtx). */
function readFont(bytes: Buffer): Font {
  const tables = new Map<string, number>();
  for (let i = 0; i < bytes.readUInt16BE(4); i++)
    tables.set(bytes.toString('latin1', 12 + 16 * i, 16 + 16 * i), bytes.readUInt32BE(20 + 16 * i));
  const table = (name: string): number => {
    const at = tables.get(name);
    if (at === undefined) throw new Error(`the font has no table ${name}`);
    return at;
  };
  const unitsPerEm = bytes.readUInt16BE(table('head') + 18);
  const metrics = bytes.readUInt16BE(table('hhea') + 34);
  const hmtx = table('hmtx');
  const cmap = table('cmap');
  const groups: (readonly [first: number, last: number, glyph: number])[] = [];
  for (let i = 0; i < bytes.readUInt16BE(cmap + 2); i++) {
    const at = cmap + bytes.readUInt32BE(cmap + 8 + 8 * i);
    if (bytes.readUInt16BE(at) !== 12 || groups.length > 0) continue;
    for (let k = 0; k < bytes.readUInt32BE(at + 12); k++) {
      const group = at + 16 + 12 * k;
      groups.push([bytes.readUInt32BE(group), bytes.readUInt32BE(group + 4), bytes.readUInt32BE(group + 8)]);
    }
  }
  return {
    widthOf(codePoint) {
      const group = groups.find(([first, last]) => codePoint >= first && codePoint <= last);
      const glyph = group === undefined ? 0 : group[2] + codePoint - group[0];
      return bytes.readUInt16BE(hmtx + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;
    },
  };
}

/** Width of a line of text in pixels. */
export function textWidth(text: string, size: number, bold: boolean = false): number {
  const font = fontOf(bold);
  let width = 0;
  for (const character of text) width += font.widthOf(character.codePointAt(0) ?? 0);
  return width * size;
}

/** The text cut in its middle to a width in pixels: names differ at their ends. */
export function fitted(text: string, room: number, size: number, bold: boolean = false): string {
  if (textWidth(text, size, bold) <= room) return text;
  const characters = [...text];
  for (let keep = characters.length - 1; keep > 0; keep--) {
    const head = Math.ceil(keep / 2);
    const cut = `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (keep - head)).join('')}`;
    if (textWidth(cut, size, bold) <= room) return cut;
  }
  return '…';
}

/** An SVG as PNG; `zoom` pixels for each of its own. */
export async function pngOf(svg: string, zoom: number = 2): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { loadSystemFonts: false, fontFiles: [fileOf('DejaVuSans'), fileOf('DejaVuSans-Bold')], defaultFontFamily: 'DejaVu Sans' },
  });
  return picture.render().asPng();
}
