import { m } from '@chatiq/i18n/console';
import { eventText } from '#lib/integrations/webhook-texts.ts';
import { scopeText } from '#lib/integrations/scope-texts.ts';
import { kindName } from '#lib/settings/forms.ts';
import { triggerName } from '#lib/settings/rules/rule-texts.ts';
import { roleText } from './team-texts.ts';

export type Words = Readonly<Record<string, () => string>>;

const languages: Words = {
	auto: m.set_widget_language_auto,
	en: m.set_language_en,
	uk: m.set_language_uk
};

/** What values of a choice are called where they are chosen; `table.column` where a column means two things. */
export const valueWords: Readonly<Record<string, Words>> = {
	role: roleText,
	trigger: triggerName,
	events: eventText,
	scopes: scopeText,
	language: languages,
	languages,
	'widget_settings.theme': {
		auto: m.set_theme_auto,
		light: m.set_theme_light,
		dark: m.set_theme_dark
	},
	'widget_settings.position': { left: m.set_position_left, right: m.set_position_right },
	'widget_settings.size': {
		compact: m.set_size_compact,
		standard: m.set_size_standard,
		large: m.set_size_large
	},
	'widget_settings.kind': kindName,
	file_kinds: {
		image: m.set_files_image,
		audio: m.set_files_audio,
		video: m.set_files_video,
		pdf: m.set_files_pdf,
		document: m.set_files_document,
		text: m.set_files_text,
		archive: m.set_files_archive
	},
	scale: { faces: m.set_rating_faces, stars: m.set_rating_stars },
	'offline_form.email': { optional: m.set_offline_optional, required: m.set_offline_required },
	frequency: {
		conversation: m.set_once_conversation,
		visitor: m.set_once_visitor,
		day: m.set_once_day
	},
	schedule: { open: m.set_test_open, closed: m.set_preview_closed },
	routing: { off: m.set_no, round_robin: m.set_yes },
	'blocklist.kind': {
		visitor: m.set_block_visitor,
		identity: m.set_block_identity,
		address: m.set_block_address
	},
	'exports.kind': {
		conversations: m.export_conversations,
		visitors: m.export_visitors,
		organization: m.export_organization
	},
	format: { csv: () => 'CSV', json: () => 'JSON' },
	'rate_limits.kind': {
		session: m.audit_limit_session,
		conversation: m.audit_limit_conversation,
		message: m.audit_limit_message,
		upload: m.audit_limit_upload
	},
	scope: { visitor: m.audit_scope_visitor, address: m.audit_scope_address }
};
