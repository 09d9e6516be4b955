import type { ApiScope } from '@chatiq/contracts/team';
import { m } from '@chatiq/i18n/console';

export const scopeText: Record<ApiScope, () => string> = {
	'conversations:read': m.api_keys_scope_conversations_read,
	'conversations:write': m.api_keys_scope_conversations_write,
	'messages:read': m.api_keys_scope_messages_read,
	'messages:write': m.api_keys_scope_messages_write,
	'visitors:read': m.api_keys_scope_visitors_read,
	'visitors:write': m.api_keys_scope_visitors_write
};
