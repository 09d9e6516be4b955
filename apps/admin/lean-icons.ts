import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

/** As Lucide writes it: the name of the element and its attributes. */
export type Shape = [tag: string, attributes: Record<string, string>];

const oneIcon = /@lucide\/svelte\/dist\/icons\/[\w-]+\.js$/;
const component = join(import.meta.dirname, 'src/lib/ui/LineIcon.svelte').replaceAll('\\', '/');

/**
 * An icon of Lucide becomes one path in our own component. Theirs builds each element from data and spreads its
 * attributes, which was two thirds of the work of drawing a message's buttons. Another format of icons has to be looked
 * at: the build fails.
 */
export function leanIcons(): Plugin {
	return {
		name: 'lean-icons',
		// While developing, the icons come bundled beforehand.
		apply: 'build',
		enforce: 'pre',
		transform(code, id) {
			const path = id.replaceAll('\\', '/');
			if (!oneIcon.test(path)) return null;
			const d = pathOf(shapesOf(path, code));
			return {
				code: `import Icon from ${JSON.stringify(component)};
export default (to, props) => Icon(to, Object.assign(props, { d: ${JSON.stringify(d)} }));`,
				map: null
			};
		}
	};
}

/** The module only names the component that has them; several names may mean one. */
function shapesOf(path: string, code: string): Shape[] {
	const file = /export \{ default \} from "(.+\.svelte)"/.exec(code)?.[1];
	const source = file && readFileSync(join(dirname(path), file), 'utf8');
	const data = /const iconData = (\{.*\});/.exec(source || '')?.[1];
	if (!data) throw new Error(`${path} is not what lean-icons.ts was written for.`);
	return (JSON.parse(data) as { node: Shape[] }).node;
}

/** The outlines of all shapes in one. */
export function pathOf(shapes: Shape[]): string {
	return shapes.map(outline).reduce((all, d) => all + (d.startsWith('m') ? `M0 0${d}` : d));
}

function outline([tag, attributes]: Shape): string {
	const { d = '', points = '', fill } = attributes;
	const { x, y, width: w, height: h, cx, cy, r, rx, x1, y1, x2, y2 } = numbers(attributes);
	if (fill && !(tag === 'circle' && r < 1)) throw new Error(`A ${tag} that is filled.`);
	// The line is wide enough to fill a small dot from its middle.
	const middle = fill ? `M${cx} ${cy}h0` : '';
	const quarter = (to: string) => `a${rx} ${rx} 0 0 1 ${to}`;
	switch (tag) {
		case 'path':
			return d;
		case 'line':
			return `M${x1} ${y1}L${x2} ${y2}`;
		case 'polyline':
			return `M${points}`;
		case 'circle':
			return `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z${middle}`;
		case 'rect':
			return (
				`M${x + rx} ${y}h${w - 2 * rx}${quarter(`${rx} ${rx}`)}v${h - 2 * rx}${quarter(`${-rx} ${rx}`)}` +
				`h${2 * rx - w}${quarter(`${-rx} ${-rx}`)}v${2 * rx - h}${quarter(`${rx} ${-rx}`)}z`
			);
		default:
			throw new Error(`A ${tag} in an icon.`);
	}
}

const names = ['x', 'y', 'width', 'height', 'cx', 'cy', 'r', 'rx', 'x1', 'y1', 'x2', 'y2'] as const;
type Numbers = Record<(typeof names)[number], number>;

const numbers = (attributes: Record<string, string>): Numbers =>
	Object.fromEntries(names.map((name) => [name, Number(attributes[name] ?? 0)])) as Numbers;
