import { needsOf, policyText } from '@chatiq/contracts/embed';
import { expect, it } from 'vitest';
import { missingIn, trustsNonces } from './content-policy.ts';

const needs = needsOf('https://ref.supabase.co/storage/widget.js', 'https://ref.supabase.co');
const lacks = (policy: string) =>
	missingIn(policy, needs).map(({ directive, sources }) => [directive, ...sources].join(' '));

it('finds nothing to add where the policy lets the widget run', () => {
	expect(lacks('')).toEqual([]);
	expect(lacks(`default-src 'none'; ${policyText(needs)}`)).toEqual([]);
	expect(lacks('frame-ancestors https://shop.example')).toEqual([]);
	expect(
		lacks('Content-Security-Policy: script-src https: ; connect-src *; img-src * blob:')
	).toEqual([]);
	expect(lacks("script-src 'self' *.supabase.co; img-src blob: https:")).toEqual([]);
});

it('names what each directive lacks, with default-src behind those that are missing', () => {
	expect(lacks("default-src 'self'")).toEqual([
		'script-src https://ref.supabase.co',
		'connect-src https://ref.supabase.co wss://ref.supabase.co',
		'img-src https://ref.supabase.co blob:'
	]);
	expect(lacks("script-src 'self'; script-src https://ref.supabase.co")).toEqual([
		'script-src https://ref.supabase.co'
	]);
	expect(lacks('connect-src https://ref.supabase.co')).toEqual([
		'connect-src wss://ref.supabase.co'
	]);
	expect(lacks('script-src https://ref.supabase.co:8443 https://evil-supabase.co')).toEqual([
		'script-src https://ref.supabase.co'
	]);
});

it('asks for a nonce where addresses of scripts count for nothing', () => {
	const strict = "script-src 'nonce-r4nd0m' 'strict-dynamic'; connect-src 'self'";
	expect(trustsNonces(strict)).toBe(true);
	expect(lacks(strict)).toEqual(['connect-src https://ref.supabase.co wss://ref.supabase.co']);
	expect(trustsNonces("script-src 'nonce-r4nd0m'")).toBe(false);
	expect(trustsNonces('')).toBe(false);
});
