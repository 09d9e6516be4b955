import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MailKind } from './mail.ts';

/** What a template may name, as `{{ .ConfirmationURL }}` or `{{ .Data.name }}`. */
export type TemplateValues = {
	ConfirmationURL: string;
	Token: string;
	TokenHash: string;
	SiteURL: string;
	Email: string;
	NewEmail: string;
	RedirectTo: string;
	Data: Record<string, unknown>;
};

export type Template = { subject: string; html: string };

/** `[auth.email.template.*]` of supabase/config.toml. */
export type TemplateConfig = Record<
	string,
	{
		subject?: string | undefined;
		content?: string | undefined;
		content_path?: string | undefined;
	}
>;

const wording: Record<MailKind, { subject: string; text: string; action: string | null }> = {
	confirmation: {
		subject: 'Confirm Your Signup',
		text: 'Follow the link to confirm this address.',
		action: 'Confirm your e-mail address'
	},
	recovery: {
		subject: 'Reset Your Password',
		text: 'Somebody, hopefully you, asked to choose a new password.',
		action: 'Choose a new password'
	},
	magic_link: {
		subject: 'Your Magic Link',
		text: 'Follow the link to sign in.',
		action: 'Sign in'
	},
	invite: {
		subject: 'You have been invited',
		text: 'You have been invited to {{ .SiteURL }}.',
		action: 'Accept the invitation'
	},
	email_change: {
		subject: 'Confirm Email Change',
		text: 'Confirm the change of your address from {{ .Email }} to {{ .NewEmail }}.',
		action: 'Confirm the change'
	},
	reauthentication: {
		subject: 'Confirm reauthentication',
		text: 'Enter this code to confirm that it is you.',
		action: null
	}
};

/** The project's template where it has one, else ours. */
export function templateOf(kind: MailKind, config: TemplateConfig): Template {
	const { subject, text, action } = wording[kind];
	const link = action === null ? '' : `<p><a href="{{ .ConfirmationURL }}">${action}</a></p>\n`;
	const html = `<h2>${subject}</h2>\n<p>${text}</p>\n${link}<p>Code: <strong>{{ .Token }}</strong></p>`;
	const own = config[kind];
	return { subject: own?.subject ?? subject, html: own?.content ?? html };
}

/** Reads what `content_path` names; as the CLI does, from the folder that holds `supabase/`. */
export function loadTemplates(root: string, config: TemplateConfig): TemplateConfig {
	return Object.fromEntries(
		Object.entries(config).map(([kind, template]) => {
			const path = template.content_path;
			if (path === undefined) return [kind, template];
			return [kind, { ...template, content: readFileSync(join(root, path), 'utf8') }];
		})
	);
}

/** Fields, `{{ if .X }}` or `{{ if eq .X "text" }}…{{ else }}…{{ end }}`: what mails need of Go's templates. */
export function render(template: string, values: TemplateValues, escape: boolean): string {
	const shown: boolean[] = [];
	let output = '';
	// Text and actions take turns.
	for (const [index, part] of template.split(/\{\{-?\s*(.*?)\s*-?\}\}/s).entries()) {
		if (index % 2 === 0) {
			if (!shown.includes(false)) output += part;
			continue;
		}
		const condition = /^if\s+(?:(\S+)|eq\s+(\S+)\s+"([^"]*)")$/.exec(part);
		if (condition !== null) shown.push(holds(condition, values));
		else if (part === 'else') shown.push(shown.pop() !== true);
		else if (part === 'end') shown.pop();
		else if (!shown.includes(false)) {
			const value = valueOf(part, values);
			output += escape ? escapeHtml(value) : value;
		}
	}
	return output;
}

function holds([, field, compared, text]: RegExpExecArray, values: TemplateValues): boolean {
	if (compared !== undefined) return valueOf(compared, values) === text;
	return field !== undefined && valueOf(field, values) !== '';
}

export function escapeHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;');
}

/** Where the button of a mail leads, whoever wrote its template. */
export function firstLink(html: string): string | null {
	const href = /<a\b[^>]*?href="([^"]*)"/i.exec(html)?.[1];
	return href === undefined ? null : plainText(href);
}

/** The plain part of a mail whose template knows HTML only. */
export function plainText(html: string): string {
	return html
		.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, '')
		.replace(/<a\b[^>]*?href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi, '$2: $1')
		.replace(/<(br|\/p|\/h\d|\/div|\/li|\/tr)\b[^>]*>/gi, '\n')
		.replace(/<[^>]*>/g, '')
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&quot;', '"')
		.replaceAll('&#39;', "'")
		.replaceAll('&nbsp;', ' ')
		.replaceAll('&amp;', '&')
		.replace(/[ \t]+\n/g, '\n')
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}

function valueOf(path: string, values: TemplateValues): string {
	let value: unknown = values;
	for (const name of path.split('.').slice(1)) {
		const known = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
		value = known ? (value as Record<string, unknown>)[name] : undefined;
	}
	if (typeof value === 'string') return value;
	return value === undefined || value === null ? '' : JSON.stringify(value);
}
