import { m } from '@chatiq/i18n/console';
import type { Variable } from './variables.ts';

const names: Record<Variable, () => string> = {
	visitor_name: m.variable_visitor_name,
	visitor_email: m.variable_visitor_email,
	operator_name: m.variable_operator_name,
	operator_signature: m.variable_operator_signature,
	site_name: m.variable_site_name,
	organization_name: m.variable_organization_name,
	page_url: m.variable_page_url
};

export const variableName = (variable: Variable): string => names[variable]();
