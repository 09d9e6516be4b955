import { expect, it } from 'vitest';
import {
	readTemplates,
	templateProblem,
	toCsv,
	toJson,
	type TemplateText
} from './template-file.ts';

const templates: TemplateText[] = [
	{
		shortcut: 'hi',
		language: 'en',
		title: 'Greeting',
		body: 'Hello, {{visitor_name}}!\n"Welcome"',
		site: ''
	},
	{
		shortcut: 'ціна',
		language: 'uk',
		title: '',
		body: 'Від 100 грн, залежно від ваги',
		site: 'Outlet'
	},
	{
		shortcut: 'call',
		language: 'en',
		title: '=HYPERLINK("https://evil.test")',
		body: '+380 44 000 00 00',
		site: ''
	}
];

it.each([
	['CSV', toCsv],
	['JSON', toJson]
])('reads the %s that it wrote', (_, write) => {
	expect(readTemplates(write(templates), ['Outlet'])).toEqual({ templates, problems: [] });
});

it('writes nothing that a spreadsheet would run', () => {
	expect(toCsv(templates)).toMatch(/^\uFEFFshortcut,/);
	expect(toCsv(templates)).toContain(`"'=HYPERLINK(""https://evil.test"")",'+380`);
});

it('reads what a spreadsheet with semicolons wrote, in any order of columns', () => {
	const text = 'Body;Language;Shortcut\r\n"One; two";en;/more\r\n;;\r\n';
	expect(readTemplates(text, [])).toEqual({
		templates: [{ shortcut: 'more', language: 'en', title: '', body: 'One; two', site: '' }],
		problems: []
	});
});

it('takes what is good and names the rest by its line', () => {
	const { templates: taken, problems } = readTemplates(
		'shortcut,language,body,site\nok,en,Fine\nTwo Words,en,x\nfr,fr,Bonjour\nvar,en,{{nonsense}}\nhi,en,Hi,Gone',
		['Outlet']
	);
	expect(taken.map(({ shortcut }) => shortcut)).toEqual(['ok']);
	expect(problems).toHaveLength(4);
	expect(problems[0]).toContain('2');
	expect(problems[2]).toContain('{{nonsense}}');
	expect(problems[3]).toContain('Gone');
});

it('says that a file is no list of templates', () => {
	for (const text of ['', 'a picture', '[not json', '{"shortcut": "x"}'])
		expect(readTemplates(text, [])).toMatchObject({
			templates: [],
			problems: [expect.any(String)]
		});
});

it('wants a shortcut that can be typed', () => {
	const [first] = templates;
	if (!first) throw new Error('no template');
	expect(templateProblem(first)).toBeNull();
	expect(templateProblem({ ...first, shortcut: 'Hi' })).not.toBeNull();
	expect(templateProblem({ ...first, body: ' ' })).not.toBeNull();
});
